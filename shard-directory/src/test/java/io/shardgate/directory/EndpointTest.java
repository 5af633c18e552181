package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EndpointTest {
  @Test
  void aUrlIsReadAsLibpqReadsIt() {
    Endpoint endpoint = Endpoint.parse("postgres://us%40er:p%3Aa+b%2F@[::1]:55/my%20db?sslmode=verify-full&application_name=x%26y");
    assertThat(endpoint.user()).isEqualTo("us@er");
    assertThat(endpoint.password()).isEqualTo(new Password("p:a+b/"));
    assertThat(endpoint.host()).isEqualTo("::1");
    assertThat(endpoint.port()).isEqualTo(55);
    assertThat(endpoint.database()).isEqualTo("my db");
    assertThat(endpoint.sslMode()).isEqualTo(SslMode.VERIFY_FULL);
    assertThat(endpoint.options()).containsEntry("application_name", "x&y");
    assertThat(Endpoint.parse(endpoint.toUri())).isEqualTo(endpoint);
  }

  @Test
  void defaultsAreThoseOfTheEngine() {
    assertThat(Endpoint.parse("postgresql://h/app"))
        .isEqualTo(new Endpoint(Engine.POSTGRESQL, null, null, "h", 5432, "app", SslMode.PREFER, Map.of()));
    assertThat(Endpoint.parse("mysql://h/app").engine()).isEqualTo(Engine.MYSQL);
    assertThat(Endpoint.parse("mysql://h/app").port()).isEqualTo(3306);
  }

  @Test
  void thePasswordIsMasked() {
    Endpoint endpoint = Endpoint.parse("postgresql://app:s3cret@127.0.0.1:6432/app");
    assertThat(endpoint).hasToString("postgresql://app:***@127.0.0.1:6432/app");
    assertThat(new Shard(new ShardId("s1"), endpoint).toString()).doesNotContain("s3cret");
    assertThat(endpoint.toUri()).isEqualTo("postgresql://app:s3cret@127.0.0.1:6432/app");
  }

  @Test
  void whatIsNotAnEndpointIsRefused() {
    for (String bad : new String[] {"", "h:5432/app", "http://h/app", "postgresql://h", "postgresql://h/", "postgresql:///app",
        "postgresql://h:0/app", "postgresql://h:70000/app", "postgresql://h/app?sslmode=no", "postgresql://h/app?x",
        "postgresql://h/app?a=1&a=2", "postgresql://h1,h2/app", "postgresql://h:5432:5433/app", "postgresql://u:%zz@h/app"}) {
      assertThatThrownBy(() -> Endpoint.parse(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
