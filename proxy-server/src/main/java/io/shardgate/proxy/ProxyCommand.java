package io.shardgate.proxy;

import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.proxy.config.ConfigException;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.config.ProxyConfigReader;
import io.shardgate.proxy.observe.Health;
import io.shardgate.proxy.observe.Observatory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
  private static final Logger LOG = LoggerFactory.getLogger(ProxyCommand.class);

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
    } catch (IOException | UncheckedIOException e) {
      return failed(e.getMessage(), CommandLine.ExitCode.SOFTWARE);
    }
    new CountDownLatch(1).await(); // a signal ends the process, through the hook
    return CommandLine.ExitCode.OK;
  }

  private void start(ProxyConfig settings) throws IOException, TopologyException, InterruptedException {
    Optional<Topology> wanted = topology == null ? Optional.empty() : Optional.of(TopologyReader.read(TopologyReader.bytes(topology), topology.toString(), Optional.empty()));
    Observatory observatory = Observatory.open(settings.http().host(), settings.http().port());
    ShardDirectory directory = null;
    try {
      directory = awaitDirectory(settings, wanted, observatory.health());
      ShardDirectory opened = directory;
      ProxyServer proxy = ProxyServer.start(settings, opened, observatory);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> {
        try {
          proxy.drain();
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
        }
        proxy.close();
        opened.close();
      }, "shutdown"));
    } catch (IOException | TopologyException | RuntimeException e) {
      if (directory != null) {
        directory.close();
      }
      observatory.close();
      throw e;
    }
  }

  /// While there is no map to serve by, the HTTP port says so: alive, not ready.
  private static ShardDirectory awaitDirectory(ProxyConfig settings, Optional<Topology> wanted, Health health)
      throws IOException, TopologyException, InterruptedException {
    AtomicReference<String> waitsFor = new AtomicReference<>("it is being read");
    health.require("directory", () -> Optional.ofNullable(waitsFor.get()));
    ShardDirectory directory = DirectoryOpening.open(settings, wanted, reason -> {
      if (!reason.equals(waitsFor.getAndSet(reason))) {
        LOG.warn("not ready: {}", reason);
      }
    });
    health.require("directory", Optional::empty);
    return directory;
  }
}
