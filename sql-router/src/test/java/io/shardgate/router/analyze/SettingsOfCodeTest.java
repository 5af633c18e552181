package io.shardgate.router.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.router.plan.Effects.SettingChange;
import io.shardgate.router.plan.KeySource;
import java.util.List;
import org.junit.jupiter.api.Test;

/// No setting that code changes is overseen.
class SettingsOfCodeTest {
  private static List<String> in(String body) {
    return SettingsOfCode.in(body).stream().map(SettingsOfCodeTest::shown).toList();
  }

  private static String shown(SettingChange change) {
    String name = change.name() instanceof KeySource.Constant(var value) ? value.toString() : "?";
    return change.local() ? name + " local" : name;
  }

  @Test
  void callsOfSetConfig() {
    assertThat(in("SELECT set_config('app.tenant', $1, false)")).containsExactly("app.tenant");
    assertThat(in("PERFORM Set_Config ( 'a.b'::text , concat(x, ',', (y)) , TRUE );")).containsExactly("a.b local");
    assertThat(in("SELECT pg_catalog.\"set_config\"('x', ')', true), set_config('y', '''', false)")).containsExactly("x local", "y");
    assertThat(in("SELECT set_config(name, 'v', true)")).as("whose name?").containsExactly("?");
    assertThat(in("SELECT set_config('x', 'v', how)")).as("how long?").containsExactly("?");
    assertThat(in("EXECUTE 'SELECT set_config(''x'', ''v'', true)'")).as("in a string").containsExactly("?");
    assertThat(in("SELECT set_config('x', 'v'")).containsExactly("?");
  }

  @Test
  void statements() {
    assertThat(in("SET work_mem = '1MB'")).containsExactly("work_mem");
    assertThat(in("BEGIN\n SET LOCAL app.x TO 1; SET SESSION app.y = 2; RESET app.z; END")).containsExactly("app.x local", "app.y", "app.z");
    assertThat(in("IF a THEN SET TIME ZONE 'UTC'; ELSE set timezone = 'UTC'; END IF; LOOP SET time_x = 1; END LOOP;")).containsExactly("TimeZone", "timezone", "time_x");
    assertThat(in("EXECUTE 'SET DateStyle = german'; EXECUTE $q$SET a.b = 1$q$")).containsExactly("DateStyle", "a.b");
    assertThat(in("EXECUTE format('SET %I = %L', n, v)")).containsExactly("?");
    assertThat(in("EXECUTE 'SET LOCAL ' || n || ' = 1'")).containsExactly("?");
    assertThat(in("x := 1; -- then\n SET a.b = 1; /* and */ SET c.d = 2")).containsExactly("a.b", "c.d");
    assertThat(in("x := '--'; SET a.b = 1; y := '/*'; SET c.d = 2; y := '*/'")).containsExactly("a.b", "c.d");
    assertThat(in("RESET ALL")).containsExactly("?");
  }

  @Test
  void whatIsNone() {
    assertThat(in("UPDATE t SET work_mem = 1; INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 2")).isEmpty();
    assertThat(in("SET TRANSACTION READ ONLY; SET CONSTRAINTS ALL DEFERRED; SET ROLE x; SET SESSION AUTHORIZATION y")).isEmpty();
    assertThat(in("RETURN current_setting('a.b')")).isEmpty();
  }
}
