package io.shardgate.proxy.dev;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Says to `./shardctl` where the dev cluster's proxy is, in `var/dev-proxy.url` of the launcher's folder, while it runs. Of several clusters the
/// one that began last counts.
record ProxyNote(Path file, String url) implements AutoCloseable {
  /// Writes it.
  static ProxyNote write(Path home, String url) throws IOException {
    Path file = home.resolve("var/dev-proxy.url");
    Files.createDirectories(home.resolve("var"));
    Path unfinished = home.resolve("var/dev-proxy.url.new");
    Files.writeString(unfinished, url + "\n");
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return new ProxyNote(file, url);
  }

  /// Removes it, unless another cluster has written its own.
  @Override
  public void close() throws IOException {
    if (Files.exists(file) && Files.readString(file).strip().equals(url)) {
      Files.delete(file);
    }
  }
}
