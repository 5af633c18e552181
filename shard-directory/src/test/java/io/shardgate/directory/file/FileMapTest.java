package io.shardgate.directory.file;

import io.shardgate.directory.MapContract;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardMap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.io.TempDir;

final class FileMapTest extends MapContract {
  @TempDir Path folder;

  private String original;

  private Path file() {
    return folder.resolve("map.json");
  }

  @Override
  protected List<ShardDirectory> open(ShardMap initial) throws Exception {
    return List.of(FileDirectory.open(file(), initial));
  }

  @Override
  protected ShardDirectory reopen() throws Exception {
    return FileDirectory.open(file());
  }

  @Override
  protected void tamper(UnaryOperator<String> change) throws Exception {
    original = original == null ? Files.readString(file()) : original;
    Files.writeString(file(), change.apply(original));
  }
}
