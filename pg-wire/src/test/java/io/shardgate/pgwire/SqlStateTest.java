package io.shardgate.pgwire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SqlStateTest {
  @Test
  void everyConstantIsPostgresqlsConditionOfThatCode() throws IOException {
    Map<String, String> names = conditionNames();
    assertThat(SqlState.values())
        .allSatisfy(
            state -> {
              String condition = names.get(state.code());
              assertThat(condition).as(state.code()).isNotNull();
              assertThat(state.name()).endsWith(condition.toUpperCase(Locale.ROOT));
            });
  }

  @Test
  void everyConditionHasAConstant() throws IOException {
    assertThat(conditionNames().keySet())
        .allSatisfy(code -> assertThat(SqlState.of(code)).hasValueSatisfying(s -> assertThat(s.code()).isEqualTo(code)));
  }

  @Test
  void noTwoConstantsShareACode() {
    Set<String> codes = new HashSet<>();
    assertThat(SqlState.values()).allMatch(state -> codes.add(state.code()));
  }

  @Test
  void aCodePostgresqlDoesNotUseHasNoConstant() {
    assertThat(SqlState.of("ZZ999")).isEmpty();
  }

  private static Map<String, String> conditionNames() throws IOException {
    Map<String, String> names = new HashMap<>();
    try (InputStream in = SqlStateTest.class.getResourceAsStream("sqlstates.txt")) {
      assertThat(in).isNotNull();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (!line.startsWith("#")) {
          names.put(line.substring(0, 5), line.substring(6));
        }
      }
    }
    return names;
  }
}
