package io.shardgate.pgwire.scram;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.scram.ScramServer.Outcome;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScramTest {
  /// The exchange of RFC 7677, section 3: user "user", password "pencil".
  private static final byte[] RFC_SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");

  private static final String RFC_SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  private static final String RFC_CLIENT_FIRST = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
  private static final String RFC_SERVER_FIRST =
      "r=rOprNGfwEbeRWgbNEkqO" + RFC_SERVER_NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  private static final String RFC_CLIENT_FINAL =
      "c=biws,r=rOprNGfwEbeRWgbNEkqO" + RFC_SERVER_NONCE + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  private static final String RFC_SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

  private final ScramVerifier pencil = ScramVerifier.of("pencil", RFC_SALT, 4096);

  @Test
  void theServerAnswersTheExchangeOfRfc7677ToTheByte() {
    ScramServer server = new ScramServer(pencil, false, RFC_SERVER_NONCE, null);
    assertThat(text(server.first(bytes(RFC_CLIENT_FIRST)))).isEqualTo(RFC_SERVER_FIRST);
    Outcome outcome = server.finish(bytes(RFC_CLIENT_FINAL));
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Accepted.class,
            accepted -> {
              assertThat(text(accepted.serverFinal())).isEqualTo(RFC_SERVER_FINAL);
              assertThat(accepted.keys().matches(pencil)).isTrue();
            });
  }

  @Test
  void aLoginIsBoundToTheCertificate() {
    byte[] endPoint = {1, 2, 3};
    String proof = "r=c" + "s,p=" + Base64.getEncoder().encodeToString(new byte[32]);
    String header = "p=tls-server-end-point,,";
    ScramServer right = new ScramServer(pencil, false, "s", endPoint);
    assertThat(right.mechanisms()).containsExactly("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256");
    right.first("SCRAM-SHA-256-PLUS", bytes(header + "n=,r=c"));
    byte[] bound = java.util.Arrays.copyOf(bytes(header), header.length() + 3);
    System.arraycopy(endPoint, 0, bound, header.length(), 3);
    assertThat(right.finish(bytes("c=" + Base64.getEncoder().encodeToString(bound) + "," + proof))).isInstanceOf(Outcome.Rejected.class);

    ScramServer between = new ScramServer(pencil, false, "s", endPoint);
    between.first("SCRAM-SHA-256-PLUS", bytes(header + "n=,r=c"));
    bound[bound.length - 1]++;
    assertThatThrownBy(() -> between.finish(bytes("c=" + Base64.getEncoder().encodeToString(bound) + "," + proof)))
        .hasMessage("SCRAM channel binding check failed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SCRAM-SHA-256-PLUS|n,,n=,r=x|malformed SCRAM message",
        "SCRAM-SHA-256-PLUS|y,,n=,r=x|malformed SCRAM message",
        "SCRAM-SHA-256-PLUS|p=tls-unique,,n=,r=x|unsupported SCRAM channel-binding type \"tls-unique\"",
        "SCRAM-SHA-256-PLUS|p=tls-server-end-point,a=admin,n=,r=x|client uses authorization identity, but it is not supported",
        "SCRAM-SHA-256-PLUS|p=tls-server-end-point|malformed SCRAM message",
        "SCRAM-SHA-256-PLUS|p|malformed SCRAM message",
        "SCRAM-SHA-256|y,,n=,r=x|SCRAM channel binding negotiation error",
        "SCRAM-SHA-256|p=tls-server-end-point,,n=,r=x|malformed SCRAM message",
        "SCRAM-SHA-1|n,,n=,r=x|client selected an invalid SASL authentication mechanism"
      })
  void underTlsHeadersAreReadAsPostgresqlReadsThem(String mechanism, String clientFirst, String refusal) {
    ScramServer server = ScramServer.against(pencil, new byte[32]);
    assertThatThrownBy(() -> server.first(mechanism, bytes(clientFirst))).isInstanceOf(ScramException.class).hasMessage(refusal);
  }

  @Test
  void withoutTlsThereIsNoBinding() {
    ScramServer server = ScramServer.against(pencil);
    assertThat(server.mechanisms()).containsExactly("SCRAM-SHA-256");
    assertThatThrownBy(() -> server.first("SCRAM-SHA-256-PLUS", bytes("p=tls-server-end-point,,n=,r=x")))
        .hasMessage("client selected an invalid SASL authentication mechanism");
  }

  @Test
  void theVerifierOfPencilIsTheOneAServerStores() {
    String stored =
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
            + ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
    assertThat(pencil.text()).isEqualTo(stored);
    assertThat(ScramVerifier.parse(stored)).contains(pencil);
  }

  @Test
  void aWrongPasswordIsRejectedAndTheClientToldNothing() {
    ScramServer server = ScramServer.against(pencil);
    ScramClient client = ScramClient.withPassword("pencil2");
    assertThat(server.finish(client.respond(server.first(client.first())))).isInstanceOf(Outcome.Rejected.class);
  }

  @Test
  void keysOfAnotherSaltAreRejected() {
    ScramKeys keys = acceptedKeys(ScramVerifier.of("pencil"));
    ScramServer server = ScramServer.against(pencil);
    ScramClient client = ScramClient.withKeys(keys);
    assertThat(keys.matches(pencil)).isFalse();
    assertThat(server.finish(client.respond(server.first(client.first())))).isInstanceOf(Outcome.Rejected.class);
  }

  @Test
  void anUnknownRoleGoesTheSameWayAndFailsAtItsEnd() {
    byte[] secret = {1, 2, 3};
    ScramServer server = ScramServer.againstNobody("nobody", secret, null);
    ScramClient client = ScramClient.withPassword("pencil");
    byte[] serverFirst = server.first(client.first());
    assertThat(text(serverFirst)).matches("r=\\S+,s=[A-Za-z0-9+/]{22}==,i=4096");
    assertThat(server.finish(client.respond(serverFirst))).isInstanceOf(Outcome.Rejected.class);
  }

  @Test
  void theSaltOfAnUnknownRoleIsItsOwnAndStaysTheSame() {
    byte[] secret = {1, 2, 3};
    String once = saltShown(ScramServer.againstNobody("nobody", secret, null));
    assertThat(saltShown(ScramServer.againstNobody("nobody", secret, null))).isEqualTo(once);
    assertThat(saltShown(ScramServer.againstNobody("nobodx", secret, null))).isNotEqualTo(once);
    assertThat(saltShown(ScramServer.againstNobody("nobody", new byte[] {1, 2, 4}, null))).isNotEqualTo(once);
  }

  @Test
  void notEvenTheRightProofOpensAnUnknownRole() {
    ScramServer server = new ScramServer(pencil, true, RFC_SERVER_NONCE, null);
    server.first(bytes(RFC_CLIENT_FIRST));
    assertThat(server.finish(bytes(RFC_CLIENT_FINAL))).isInstanceOf(Outcome.Rejected.class);
  }

  @Test
  void aServerThatDoesNotKnowTheVerifierIsNotBelieved() {
    ScramServer server = ScramServer.against(pencil);
    ScramClient client = ScramClient.withPassword("pencil");
    server.finish(client.respond(server.first(client.first())));
    assertThatThrownBy(() -> client.finish(bytes(RFC_SERVER_FINAL))).isInstanceOf(ScramException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "''",
        "x",
        "e=other-error",
        "r=*NONCE*s,s=W22ZaJ0SNY7soEsUEjb6gQ==",
        "r=*NONCE*s,s=,i=4096",
        "r=*NONCE*s,s=A===,i=4096",
        "r=*NONCE*s,s=!!!!,i=4096",
        "r=*NONCE*s,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
        "r=*NONCE*s,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1",
        "r=*NONCE*s,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999",
        "r=*NONCE*s,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=999999999",
        "r=*NONCE*s,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=x"
      })
  void aHostileServerFirstMessageEndsTheLogin(String serverFirst) {
    ScramClient client = ScramClient.withPassword("pencil");
    String first = text(client.first());
    String nonce = first.substring(first.indexOf("r=") + 2);
    byte[] answer = bytes(serverFirst.replace("*NONCE*", nonce));
    assertThatThrownBy(() -> client.respond(answer)).isInstanceOf(ScramException.class);
  }

  @Test
  void aHostileServerFinalMessageEndsTheLogin() {
    for (String message : List.of("", "x", "v=", "v=!!", "e=invalid-proof", "e=", "v=AAAA")) {
      ScramServer server = ScramServer.against(pencil);
      ScramClient client = ScramClient.withPassword("pencil");
      client.respond(server.first(client.first()));
      assertThatThrownBy(() -> client.finish(bytes(message))).as(message).isInstanceOf(ScramException.class);
    }
  }

  @Test
  void fewIterationsAsPostgresql16AllowsThemWork() {
    ScramVerifier quick = ScramVerifier.of("pencil", RFC_SALT, 1);
    ScramKeys keys = acceptedKeys(quick, ScramClient.withPassword("pencil"));
    assertThat(acceptedKeys(quick, ScramClient.withKeys(keys))).isEqualTo(keys);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "n,,n=user,r=nonce|",
        "y,,n=user,r=nonce|",
        "n,,n=,r=nonce,x=ignored|",
        "p=tls-server-end-point,,n=,r=x|malformed SCRAM message",
        "z,,n=,r=x|malformed SCRAM message",
        "n|malformed SCRAM message",
        "n,|malformed SCRAM message",
        "n,,|malformed SCRAM message",
        "n,a=admin,n=,r=x|client uses authorization identity, but it is not supported",
        "n,,m=ext,n=,r=x|client requires an unsupported SCRAM extension",
        "n,,r=x|malformed SCRAM message",
        "n,,n=user|malformed SCRAM message",
        "n,,n=user,|malformed SCRAM message",
        "n,,n=user,r|malformed SCRAM message",
        "n,,n=user,r=|non-printable characters in SCRAM nonce",
        "n,,n=user,r=a b|non-printable characters in SCRAM nonce",
        "n,,n=user,r=x,=|malformed SCRAM message"
      })
  void clientFirstMessagesAreReadAsPostgresqlReadsThem(String clientFirst, String refusal) {
    ScramServer server = ScramServer.against(pencil);
    if (refusal == null) {
      assertThat(text(server.first(bytes(clientFirst)))).startsWith("r=nonce");
    } else {
      assertThatThrownBy(() -> server.first(bytes(clientFirst)))
          .isInstanceOf(ScramException.class)
          .hasMessage(refusal);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "c=eSws,r=cs,p=*PROOF*|unexpected SCRAM channel-binding attribute in client-final-message",
        "c=biws,r=cX,p=*PROOF*|invalid SCRAM response",
        "c=biws,r=c,p=*PROOF*|invalid SCRAM response",
        "c=biws,r=cs|malformed SCRAM message",
        "c=biws,p=*PROOF*|malformed SCRAM message",
        "c=biws,r=cs,p=AAAA|malformed SCRAM message",
        "c=biws,r=cs,p=!|malformed SCRAM message",
        "c=biws,r=cs,p=*PROOF*,x=y|malformed SCRAM message",
        "r=cs,c=biws,p=*PROOF*|malformed SCRAM message"
      })
  void brokenClientFinalMessagesAreRefused(String clientFinal, String refusal) {
    ScramServer server = new ScramServer(pencil, false, "s", null);
    server.first(bytes("n,,n=,r=c"));
    String proof = Base64.getEncoder().encodeToString(new byte[32]);
    assertThatThrownBy(() -> server.finish(bytes(clientFinal.replace("*PROOF*", proof))))
        .isInstanceOf(ScramException.class)
        .hasMessage(refusal);
  }

  @Test
  void aRefusalIsAnsweredAsAFatalErrorWithItsDetail() {
    ScramServer server = ScramServer.against(pencil);
    assertThatThrownBy(() -> server.first(new byte[] {(byte) 0xff}))
        .isInstanceOfSatisfying(
            ScramException.class,
            e -> {
              assertThat(e.fields().severity()).isEqualTo("FATAL");
              assertThat(e.fields().hasCode(SqlState.PROTOCOL_VIOLATION)).isTrue();
              assertThat(e.fields().detail()).contains("The message is not UTF-8.");
            });
  }

  @Test
  void anExchangeIsUsedOnce() {
    ScramServer server = new ScramServer(pencil, false, RFC_SERVER_NONCE, null);
    server.first(bytes(RFC_CLIENT_FIRST));
    server.finish(bytes(RFC_CLIENT_FINAL));
    assertThatThrownBy(() -> server.finish(bytes(RFC_CLIENT_FINAL))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void otherStoredFormsAreNoVerifier() {
    String good = pencil.text();
    for (String text :
        List.of(
            "",
            "md5a6343a68d964ca596d9752250d54bb8a",
            good.replace("4096", "0"),
            good.replace("4096", "99999999999"),
            good.replace("4096", "9999999999"),
            good.replace("SHA-256", "SHA-1"),
            good.substring(0, good.length() - 4),
            good + "$")) {
      assertThat(ScramVerifier.parse(text)).as(text).isEmpty();
    }
  }

  /// PostgreSQL takes a password as it is where SASLprep forbids it, and normalises it where it can.
  @Test
  void passwordsAreNormalisedAsPostgresqlDoes() {
    assertThat(ScramVerifier.of("I\u00adX", RFC_SALT, 1)).isEqualTo(ScramVerifier.of("IX", RFC_SALT, 1));
    assertThat(ScramVerifier.of("\u00aa", RFC_SALT, 1)).isEqualTo(ScramVerifier.of("a", RFC_SALT, 1));
    assertThat(ScramVerifier.of("\u0007", RFC_SALT, 1)).isNotEqualTo(ScramVerifier.of("a", RFC_SALT, 1));
  }

  @Test
  void anEmptyPasswordIsRefused() {
    assertThatThrownBy(() -> ScramVerifier.of("")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void secretsAreNotPrinted() {
    ScramKeys keys = acceptedKeys(pencil);
    assertThat(keys.toString()).isEqualTo("ScramKeys[***]");
    assertThat(pencil.toString()).isEqualTo("ScramVerifier[***]");
  }

  private static ScramKeys acceptedKeys(ScramVerifier verifier) {
    return acceptedKeys(verifier, ScramClient.withPassword("pencil"));
  }

  private static ScramKeys acceptedKeys(ScramVerifier verifier, ScramClient client) {
    ScramServer server = ScramServer.against(verifier);
    Outcome.Accepted accepted = (Outcome.Accepted) server.finish(client.respond(server.first(client.first())));
    client.finish(accepted.serverFinal());
    return accepted.keys();
  }

  private static String saltShown(ScramServer server) {
    String first = text(server.first(bytes("n,,n=,r=c")));
    return first.substring(first.indexOf(",s="));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }
}
