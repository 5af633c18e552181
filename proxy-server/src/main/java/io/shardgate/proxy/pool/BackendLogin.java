package io.shardgate.proxy.pool;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendReader;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.message.MalformedMessageException;
import io.shardgate.pgwire.scram.ScramClient;
import io.shardgate.pgwire.scram.ScramException;
import io.shardgate.pgwire.scram.ScramServer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Logs a new connection in: StartupMessage, SCRAM-SHA-256, until ReadyForQuery; then it is compared ([BackendComparison]).
/// Confined to its channel's event loop; only the key derivation from a password leaves it, for a virtual thread.
///
///     → StartupMessage    ← AuthenticationSASL       → SASLInitialResponse
///                         ← AuthenticationSASLContinue → SASLResponse
///                         ← AuthenticationSASLFinal   (the server proves that it knows the role)
///                         ← AuthenticationOk  ParameterStatus…  BackendKeyData  ReadyForQuery
///
/// A server that asks for the password in clear or by MD5 gets none: whoever listens or pretends would have it. One that asks for nothing is
/// taken, as an administrator set it up so (`trust`, `cert`).
final class BackendLogin {
  private final ServerConnection connection;
  private final Credential credential;
  private final Connector connector;
  private @Nullable ScramClient scram;
  private boolean serverProved;
  private boolean failed;
  private @Nullable BackendComparison comparison;

  /// What takes the frames afterwards.
  private Runnable over = () -> {};

  BackendLogin(ServerConnection connection, Credential credential, Connector connector) {
    this.connection = connection;
    this.credential = credential;
    this.connector = connector;
  }

  /// @param then told when the login is over, in front of the connection's first use
  void begin(String applicationName, Runnable then) {
    over = then;
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", connection.key().role());
    parameters.put("database", connection.key().database());
    parameters.put("application_name", applicationName);
    parameters.put("client_encoding", "UTF8");
    parameters.putAll(connector.homesSettings(connection));
    parameters.put("idle_session_timeout", "0"); // it is of the client's session, and this one only waits for the next client
    ByteBuf startup = connection.alloc().ioBuffer();
    FrontendWriter.startup(startup, parameters);
    send(startup);
  }

  private void send(ByteBuf message) {
    connection.write(message, 0);
    connection.flush();
  }

  /// Takes the next frame.
  void take(byte type, ByteBuf frame) {
    if (failed) {
      return;
    }
    try {
      take(BackendReader.read(type, frame));
    } catch (MalformedMessageException | ScramException e) {
      decline(String.valueOf(e.getMessage()));
    }
  }

  private void take(BackendMessage message) {
    switch (message) {
      case BackendMessage.Authentication step -> authenticate(step);
      case BackendMessage.ParameterStatus status -> connection.parameter(status.name(), status.value());
      case BackendMessage.BackendKeyData key -> connection.backendKey(key.processId(), key.key());
      case BackendMessage.NoticeResponse _, BackendMessage.NegotiateProtocolVersion _ -> {}
      case BackendMessage.ErrorResponse error -> {
        failed = true;
        connector.refused(error.fields());
      }
      default -> takeOther(message);
    }
  }

  private void takeOther(BackendMessage message) {
    if (comparison != null) {
      comparison.takes(message);
    } else if (message instanceof BackendMessage.ReadyForQuery) {
      comparison = new BackendComparison(connection, connector, this);
      comparison.begin();
    } else {
      decline("unexpected message during login: " + message.getClass().getSimpleName());
    }
  }

  private void authenticate(BackendMessage.Authentication step) {
    switch (step) {
      case BackendMessage.AuthenticationOk _ -> {
        if (scram != null && !serverProved) {
          decline("the server ended SCRAM without proving that it knows the role");
        }
      }
      case BackendMessage.AuthenticationSasl sasl -> beginScram(sasl);
      case BackendMessage.AuthenticationSaslContinue next -> continueScram(next.data());
      case BackendMessage.AuthenticationSaslFinal last -> finishScram(last.data());
      case BackendMessage.AuthenticationCleartextPassword _ ->
          decline("the server asks for the password in clear text (expected: scram-sha-256)");
      case BackendMessage.AuthenticationMd5Password _ ->
          decline("the server asks for an MD5 password (expected: scram-sha-256)");
      case BackendMessage.AuthenticationKerberosV5 _, BackendMessage.AuthenticationGss _,
          BackendMessage.AuthenticationGssContinue _, BackendMessage.AuthenticationSspi _ ->
          decline("the server asks for an authentication that is not supported (expected: scram-sha-256)");
    }
  }

  private void beginScram(BackendMessage.AuthenticationSasl sasl) {
    if (!sasl.mechanisms().contains(ScramServer.MECHANISM_NAME)) {
      decline("the server offers " + sasl.mechanisms() + " (expected: " + ScramServer.MECHANISM_NAME + ")");
      return;
    }
    ScramClient client = switch (credential) {
      case Credential.Keys keys -> ScramClient.withKeys(keys.keys());
      case Credential.Secret secret -> ScramClient.withPassword(secret.password().reveal());
      case Credential.Nothing _ -> null;
    };
    if (client == null) {
      decline("the server asks for a password, and none is known");
      return;
    }
    scram = client;
    ByteBuf initial = connection.alloc().ioBuffer();
    FrontendWriter.saslInitial(initial, ScramServer.MECHANISM_NAME, client.first());
    send(initial);
  }

  /// Keys answer on the spot; a password is hashed thousands of times, elsewhere.
  private void continueScram(byte[] serverFirst) {
    ScramClient client = scram;
    if (client == null) {
      decline("the server sent a SASL message out of order");
    } else if (credential instanceof Credential.Keys) {
      answer(client.respond(serverFirst));
    } else {
      deriveAndAnswer(client, serverFirst);
    }
  }

  private void deriveAndAnswer(ScramClient client, byte[] serverFirst) {
    Thread.ofVirtual().name("scram-" + connection.shard()).start(() -> {
      try {
        byte[] response = client.respond(serverFirst);
        connection.eventLoop().execute(() -> answer(response));
      } catch (ScramException e) {
        connection.eventLoop().execute(() -> decline(String.valueOf(e.getMessage())));
      }
    });
  }

  private void finishScram(byte[] serverFinal) {
    ScramClient client = scram;
    if (client == null) {
      decline("the server sent a SASL message out of order");
    } else {
      client.finish(serverFinal);
      serverProved = true;
    }
  }

  private void answer(byte[] response) {
    if (!failed) {
      ByteBuf next = connection.alloc().ioBuffer();
      FrontendWriter.saslResponse(next, response);
      send(next);
    }
  }

  /// We will not do what the server asks for, or can't, or may not use it.
  void decline(String reason) {
    failed = true;
    connector.declined(reason);
  }

  /// The server is ready, and like the home shard.
  void finish() {
    if (!failed) {
      over.run();
      connector.loggedIn(connection);
    }
  }

  /// The channel failed or closed.
  void broke(Throwable cause) {
    failed = true;
    connector.failed(cause);
  }
}
