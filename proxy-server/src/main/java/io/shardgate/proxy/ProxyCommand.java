package io.shardgate.proxy;

import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.proxy.config.ConfigException;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.config.ProxyConfigReader;
import io.shardgate.proxy.observe.Observatory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
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
    } catch (AccessDeniedException e) {
      return failed("no permission for this user: " + e.getFile(), CommandLine.ExitCode.SOFTWARE);
    } catch (IOException | UncheckedIOException e) {
      return failed(e.getMessage(), CommandLine.ExitCode.SOFTWARE);
    }
    new CountDownLatch(1).await(); // a signal ends the process, through the hook
    return CommandLine.ExitCode.OK;
  }

  private void start(ProxyConfig settings) throws IOException, TopologyException, InterruptedException {
    WarmUp warmUp = WarmUp.begin();
    Optional<Topology> wanted = topology == null ? Optional.empty() : Optional.of(TopologyReader.read(TopologyReader.bytes(topology), topology.toString(), Optional.empty()));
    Observatory observatory = Observatory.open(settings.http().host(), settings.http().port());
    Port port = null;
    ShardDirectory directory = null;
    try {
      port = Port.of(settings, observatory.metrics());
      ProxyServer proxy;
      ShardDirectory opened;
      try (Waiting waiting = new Waiting(settings, port, observatory)) {
        opened = DirectoryOpening.open(settings, wanted, waiting);
        directory = opened;
        proxy = ProxyServer.start(settings, opened, observatory, port, warmUp);
      }
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
      if (port != null) {
        port.close();
      }
      observatory.close();
      throw e;
    }
  }
}
