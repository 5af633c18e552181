package io.shardgate.image;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// The container engine, by its command line. Every call has a limit, and fails with what it printed.
final class Engine {
  /// Set by the profile `containers`.
  static final String WANTED = "shardgate.test.containers";

  static final String IMAGE = "shardgate:test";

  private static final Duration STEP_TIMEOUT = Duration.ofMinutes(4);
  private static final Duration HEALTH_TIMEOUT = Duration.ofMinutes(2);

  /// @param output both streams
  record Result(int exitCode, String output) {}

  private static final class Built {
    static final String IMAGE = build();

    private static String build() {
      docker("build", "--quiet", "-f", Sources.ROOT.resolve("docker/Dockerfile").toString(), "-t", Engine.IMAGE, Sources.ROOT.toString());
      return Engine.IMAGE;
    }
  }

  private Engine() {}

  /// The image, built at first use out of what the modules before this one have packaged.
  static String image() {
    return Built.IMAGE;
  }

  /// What it printed, without the last line's end.
  static String docker(String... arguments) {
    Result result = tried(arguments);
    if (result.exitCode() != 0) {
      throw new AssertionError("docker " + String.join(" ", arguments) + ": exit code " + result.exitCode() + "\n" + result.output());
    }
    return result.output().strip();
  }

  /// The same for what may fail.
  static Result tried(String... arguments) {
    List<String> command = new ArrayList<>(List.of("docker"));
    command.addAll(List.of(arguments));
    return run(command, Map.of());
  }

  static Result run(List<String> command, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      CompletableFuture<byte[]> output = CompletableFuture.supplyAsync(() -> all(process));
      if (!process.waitFor(STEP_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " did not end within " + STEP_TIMEOUT + ": " + new String(output.join(), StandardCharsets.UTF_8));
      }
      return new Result(process.exitValue(), new String(output.join(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static byte[] all(Process process) {
    try {
      return process.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Waits for the image's own health check to say so.
  static void awaitHealthy(String container) {
    await().atMost(HEALTH_TIMEOUT).pollInterval(Duration.ofMillis(200))
        .failFast(() -> {
          if (!inspect(container, "{{.State.Running}}").equals("true")) {
            throw new AssertionError(container + " ended: " + tried("logs", container).output());
          }
        })
        .until(() -> inspect(container, "{{.State.Health.Status}}").equals("healthy"));
  }

  static String inspect(String container, String format) {
    return docker("inspect", "--format", format, container);
  }

  /// A folder's mount, for reading.
  static String mount(Path folder, String place) {
    return "type=bind,source=" + folder + ",target=" + place + ",readonly";
  }
}
