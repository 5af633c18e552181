package io.shardgate.proxy.dev;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Under which account PostgreSQL's programs run, and what they hear of the terminal.
///
/// PostgreSQL refuses to run as root; a root user's programs therefore run in a user namespace without a mapping (`unshare -U`),
/// in which they are nobody and own the files all the same. Servers get a session of their own (`setsid`), so that Ctrl-C reaches
/// the proxy only, which ends them when its clients are gone. Immutable.
record ServerAccount(List<String> asUser, List<String> asServer) {
  static ServerAccount detect() throws IOException, InterruptedException, DevException {
    List<String> asUser = new ArrayList<>();
    if (isRoot()) {
      asUser.addAll(List.of("unshare", "-U", "--"));
      if (!works("unshare", "-U", "--", "true")) {
        throw new DevException("PostgreSQL does not run as root, and `unshare -U` is not allowed here (start as an ordinary user)");
      }
    }
    List<String> asServer = new ArrayList<>();
    if (works("setsid", "true")) {
      asServer.add("setsid");
    }
    asServer.addAll(asUser);
    return new ServerAccount(List.copyOf(asUser), List.copyOf(asServer));
  }

  private static boolean isRoot() throws IOException {
    return Files.exists(Path.of("/proc/self")) && Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  private static boolean works(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor() == 0;
    } catch (IOException _) {
      return false; // no such program
    }
  }

  /// The command line of a program that ends by itself.
  List<String> user(List<String> command) {
    return joined(asUser, command);
  }

  /// The command line of a server.
  List<String> server(List<String> command) {
    return joined(asServer, command);
  }

  private static List<String> joined(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return List.copyOf(all);
  }
}
