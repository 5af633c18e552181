package io.shardgate.proxy.dev;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Makes the data folder that every shard starts as a copy of: one initdb, then the role `app` and its database. Because the
/// roles are made once, their SCRAM verifiers are the same on every shard, as the proxy needs it.
/// Not thread-safe; owned by the main thread.
final class PostgresTemplate {
  static final String DATABASE = "app";
  static final String ROLE = "app";
  static final String ROLE_PASSWORD = "app";
  static final String SUPERUSER = "postgres";

  private final Children children;
  private final PostgresBinaries binaries;
  private final ServerAccount account;

  PostgresTemplate(Children children, PostgresTools tools) {
    this.children = children;
    this.binaries = tools.binaries();
    this.account = tools.account();
  }

  void make(Path dataFolder, Path passwordFile) throws IOException, InterruptedException, DevException {
    List<String> initdb = new ArrayList<>(List.of(
        binaries.program("initdb").toString(),
        "--pgdata=" + dataFolder,
        "--username=" + SUPERUSER,
        "--pwfile=" + passwordFile,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--data-checksums",
        "--no-sync",
        "--no-instructions"));
    // One collation on every machine, whatever its locale: by code point.
    initdb.addAll(binaries.major() >= 17
        ? List.of("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        : List.of("--locale=C", "--lc-ctype=C.UTF-8"));
    run("initdb", initdb, "");
    // Single-user mode reads one statement a line.
    run("setting up the role " + ROLE, List.of(binaries.program("postgres").toString(), "--single", "-D", dataFolder.toString(), "postgres"), """
        CREATE ROLE %1$s LOGIN PASSWORD '%2$s'
        CREATE DATABASE %3$s OWNER %1$s
        """.formatted(ROLE, ROLE_PASSWORD, DATABASE));
  }

  private void run(String what, List<String> command, String input) throws IOException, InterruptedException, DevException {
    Path output = Files.createTempFile("shardgate-", ".log");
    try {
      Process process = children.start(new ProcessBuilder(account.user(command))
          .redirectErrorStream(true)
          .redirectOutput(output.toFile()));
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      int exitCode = process.waitFor();
      // Single-user mode exits with 0 also after a failed statement.
      String fault = ServerLog.lastFault(output);
      if (exitCode != 0 || !fault.isEmpty()) {
        throw new DevException(what + " failed: " + (fault.isEmpty() ? "exit code " + exitCode : fault));
      }
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
