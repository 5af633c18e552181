package io.shardgate.proxy;

import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.directory.file.FileDirectory;
import io.shardgate.proxy.catalog.TopologyChange;
import io.shardgate.proxy.config.ConfigException;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.config.ProxyConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `./shardgate proxy`: the proxy in front of servers that are there already.
/// Not thread-safe; owned by the main thread.
@Command(
    name = "shardgate proxy",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Starts the proxy in front of the shards that its directory, or a topology, names.")
final class ProxyCommand implements Callable<Integer> {
  @Option(names = {"-c", "--config"}, paramLabel = "FILE", required = true, description = "settings, such as conf/shardgate.yaml")
  private @Nullable Path config;

  @Option(names = "--topology", paramLabel = "FILE", description = "shards, groups and reference tables: needed at the first start, applied at a later one")
  private @Nullable Path topology;

  static int run(String... arguments) {
    return new CommandLine(new ProxyCommand())
        .setParameterExceptionHandler((fault, _) -> failed(fault.getMessage() + " (./shardgate proxy --help lists the flags)", CommandLine.ExitCode.USAGE))
        .execute(arguments);
  }

  private static int failed(@Nullable String message, int exitCode) {
    System.err.println("shardgate: " + message);
    return exitCode;
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      start(ProxyConfigReader.read(java.util.Objects.requireNonNull(config)));
    } catch (TopologyException | ConfigException e) {
      return failed(e.getMessage(), CommandLine.ExitCode.SOFTWARE);
    } catch (NoSuchFileException e) {
      return failed("no such file: " + e.getFile(), CommandLine.ExitCode.SOFTWARE);
    } catch (IOException e) {
      return failed(e.getMessage(), CommandLine.ExitCode.SOFTWARE);
    }
    new CountDownLatch(1).await(); // a signal ends the process, through the hook
    return CommandLine.ExitCode.OK;
  }

  private void start(ProxyConfig settings) throws IOException, TopologyException {
    FileDirectory directory = directory(settings);
    try {
      ProxyServer proxy = ProxyServer.start(settings, directory);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> {
        proxy.close();
        directory.close();
      }, "shutdown"));
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private FileDirectory directory(ProxyConfig settings) throws IOException, TopologyException {
    Path file = switch (settings.directory()) {
      case ProxyConfig.DirectoryPlace.File place -> place.path();
    };
    if (topology == null) {
      if (Files.notExists(file)) {
        throw new IOException("the directory " + file + " does not exist yet (give the topology to begin with: --topology FILE)");
      }
      return FileDirectory.open(file);
    }
    Topology wanted = TopologyReader.read(TopologyReader.bytes(topology), topology.toString(), Optional.empty());
    FileDirectory directory = Files.exists(file) ? FileDirectory.open(file) : FileDirectory.open(file, wanted.toMap(MapVersion.FIRST));
    try {
      TopologyChange.apply(wanted, directory, settings.service(), settings.pool().connectTimeout());
      return directory;
    } catch (TopologyException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }
}
