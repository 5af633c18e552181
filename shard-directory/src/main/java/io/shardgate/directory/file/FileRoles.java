package io.shardgate.directory.file;

import io.shardgate.directory.Listeners;
import io.shardgate.directory.RoleBook;
import io.shardgate.directory.RoleRecord;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.json.RoleJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Roles in a file beside the map's, replaced whole: a line for each, its name percent-encoded, a blank, its record as JSON.
/// Thread-safe: read from a concurrent map, changed under one lock.
final class FileRoles implements RoleBook {
  private static final Logger LOG = LoggerFactory.getLogger(FileRoles.class);

  private final Path file;
  private final Map<String, RoleRecord> known = new ConcurrentHashMap<>();
  private final Listeners<String> listeners = new Listeners<>("roles");

  private FileRoles(Path file) {
    this.file = file;
  }

  /// Opens the file, which need not be there. A line that can't be read is left out: the home shard says it again.
  static FileRoles open(Path file) throws IOException {
    FileRoles roles = new FileRoles(file);
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        int blank = line.indexOf(' ');
        Optional<RoleRecord> read = blank < 0 ? Optional.empty() : RoleJson.read(line.substring(blank + 1));
        if (read.isEmpty()) {
          LOG.warn("a line of {} is no role's record: it is left out", file);
        } else {
          roles.known.put(URLDecoder.decode(line.substring(0, blank), StandardCharsets.UTF_8), read.get());
        }
      }
    }
    return roles;
  }

  @Override
  public Optional<RoleRecord> known(String role) {
    return Optional.ofNullable(known.get(role));
  }

  @Override
  public Optional<RoleRecord> read(String role) {
    return known(role);
  }

  @Override
  public synchronized boolean compareAndSet(String role, @Nullable RoleRecord expected, @Nullable RoleRecord next) {
    @Nullable RoleRecord before = known.get(role);
    if (!Objects.equals(before, expected) || (before == null && next != null && known.size() >= MAX_ROLES)) {
      return false;
    }
    if (Objects.equals(before, next)) {
      return true;
    }
    Map<String, RoleRecord> changed = new TreeMap<>(known);
    if (next == null) {
      changed.remove(role);
    } else {
      changed.put(role, next);
    }
    StringBuilder lines = new StringBuilder();
    changed.forEach((name, record) -> lines.append(URLEncoder.encode(name, StandardCharsets.UTF_8)).append(' ').append(RoleJson.write(record)).append('\n'));
    try {
      FileDirectory.replace(file, lines.toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("could not write " + file + ": " + e.getMessage(), e);
    }
    if (next == null) {
      known.remove(role);
    } else {
      known.put(role, next);
    }
    listeners.tell(role);
    return true;
  }

  @Override
  public ShardDirectory.Watch watch(Consumer<String> listener) {
    return listeners.add(listener);
  }

  void close() {
    listeners.clear();
  }
}
