package io.shardgate.pgwire.scram;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.pgwire.scram.ScramServer.Outcome;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class ScramProperties {
  @Property(tries = 50)
  void anyPasswordLogsInAndItsKeysDoSoAgain(
      @ForAll @NotEmpty @StringLength(max = 40) String password, @ForAll @Size(16) byte[] salt) {
    ScramVerifier verifier = ScramVerifier.of(password, salt, ScramVerifier.DEFAULT_ITERATIONS);
    ScramKeys keys = login(ScramClient.withPassword(password), verifier);
    assertThat(keys.matches(verifier)).isTrue();
    assertThat(login(ScramClient.withKeys(keys), verifier)).isEqualTo(keys);
  }

  private static ScramKeys login(ScramClient client, ScramVerifier verifier) {
    ScramServer server = ScramServer.against(verifier);
    Outcome outcome = server.finish(client.respond(server.first(client.first())));
    assertThat(outcome).isInstanceOf(Outcome.Accepted.class);
    Outcome.Accepted accepted = (Outcome.Accepted) outcome;
    client.finish(accepted.serverFinal());
    return accepted.keys();
  }
}
