package io.shardgate.proxy.dev;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/// Ends the servers that a killed run left behind. The pid file alone proves nothing, since process ids are given out again: a
/// process is ended only if it is a `postgres` that was started with our data folder as its `-D` argument, or works in that folder.
final class Leftovers {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(15);

  private Leftovers() {}

  /// Sweeps every shard folder below `shards`, and says how many servers it ended.
  static int sweep(Path shards) throws IOException, InterruptedException, DevException {
    if (!Files.isDirectory(shards)) {
      return 0;
    }
    List<Path> folders;
    try (Stream<Path> entries = Files.list(shards)) {
      folders = entries.filter(Files::isDirectory).toList();
    }
    int servers = 0;
    for (Path folder : folders) {
      List<ProcessHandle> running = processesOf(folder);
      if (!running.isEmpty()) {
        servers++;
        end(running, Signals.INTERRUPT);
        end(processesOf(folder), Signals.QUIT);
        end(processesOf(folder), Signals.KILL);
        if (!processesOf(folder).isEmpty()) {
          throw new DevException("a server of an earlier run is still on " + folder + " and can't be ended: process "
              + processesOf(folder).getFirst().pid());
        }
      }
      // Nobody is left: a pid file here is a dead server's, and its number may be anybody's by now.
      Files.deleteIfExists(folder.resolve("postmaster.pid"));
    }
    return servers;
  }

  private static void end(List<ProcessHandle> processes, String signal) throws InterruptedException {
    processes.forEach(process -> Signals.send(process, signal));
    for (ProcessHandle process : processes) {
      try {
        process.onExit().get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException _) {
        // It lives on: the next signal is harder.
      }
    }
  }

  /// The postmaster first, if it lives, and the backends that outlived theirs.
  static List<ProcessHandle> processesOf(Path dataFolder) {
    List<ProcessHandle> found = new ArrayList<>();
    ProcessHandle.allProcesses().filter(process -> isServer(process, dataFolder)).forEach(process -> {
      if (isPostmaster(process.pid(), dataFolder)) {
        found.addFirst(process);
      } else {
        found.addLast(process);
      }
    });
    // Backends of a living postmaster end with it, and signals to them mean other things.
    return !found.isEmpty() && isPostmaster(found.getFirst().pid(), dataFolder) ? List.of(found.getFirst()) : found;
  }

  private static boolean isServer(ProcessHandle process, Path dataFolder) {
    Path proc = Path.of("/proc", Long.toString(process.pid()));
    try {
      return Files.readString(proc.resolve("comm")).strip().equals("postgres")
          && (isPostmaster(process.pid(), dataFolder) || Files.readSymbolicLink(proc.resolve("cwd")).equals(dataFolder));
    } catch (IOException _) {
      return false; // ended meanwhile, or another user's
    }
  }

  private static boolean isPostmaster(long pid, Path dataFolder) {
    try {
      byte[] line = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
      List<String> arguments = List.of(new String(line, StandardCharsets.UTF_8).split("\0"));
      int flag = arguments.indexOf("-D");
      return flag >= 0 && flag + 1 < arguments.size() && arguments.get(flag + 1).equals(dataFolder.toString());
    } catch (IOException _) {
      return false;
    }
  }
}
