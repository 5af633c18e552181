package io.shardgate.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// `docs/limits.md` says what the session declines.
final class ProxyRefusalTest {
  private static final Path LIMITS = Path.of("../docs/limits.md");
  private static final String BEGIN = "<!-- session refusals: written by ProxyRefusalTest -->";
  private static final String END = "<!-- end of session refusals -->";

  @Test
  void limitsListEveryRefusal() throws IOException {
    String before = Files.readString(LIMITS);
    int from = before.indexOf(BEGIN) + BEGIN.length();
    int to = before.indexOf(END);
    assertThat(to).as("marks in limits.md").isGreaterThan(from);
    String after = before.substring(0, from) + "\n\n" + table() + "\n" + before.substring(to);
    if (Boolean.getBoolean("plans.bless")) {
      Files.writeString(LIMITS, after);
    } else {
      assertThat(before).as("docs/limits.md is stale: run the tests with -Dplans.bless=true").isEqualTo(after);
    }
  }

  private static String table() {
    StringBuilder table = new StringBuilder("| refusal | SQLSTATE | message | what to do |\n|---|---|---|---|\n");
    for (ProxyRefusal refusal : ProxyRefusal.values()) {
      table.append(refusal.documentation());
    }
    return table.toString();
  }

  @ParameterizedTest
  @EnumSource
  void theErrorIsWhatTheTableSays(ProxyRefusal refusal) {
    ServerErrorException error = refusal.error("one", "two");
    assertThat(error.fields().code()).isEqualTo(refusal.sqlState());
    assertThat(error.fields().message()).doesNotContain("%s").doesNotEndWith(".");
    assertThat(error.fields().hint()).contains(refusal.hint());
    assertThat(refusal.hint()).endsWith(".");
    assertThat(error.refusal()).isSameAs(refusal);
  }
}
