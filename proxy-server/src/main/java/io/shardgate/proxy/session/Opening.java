package io.shardgate.proxy.session;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Encodings;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.relay.SnapshotSetting;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The first thing a session does: it tries the settings of the startup packet on a connection of its own role, and tells the client what a
/// server would: parameters, its number and cancel key, ReadyForQuery.
public final class Opening {
  /// What a server reports at login (PostgreSQL docs, "Asynchronous Operations"); those the server does not know are left out.
  private static final List<String> REPORTED =
      List.of(
          "in_hot_standby", "integer_datetimes", "TimeZone", "IntervalStyle", "search_path", "is_superuser", "application_name",
          "default_transaction_read_only", "scram_iterations", "DateStyle", "standard_conforming_strings",
          "session_authorization", "client_encoding", "server_version", "server_encoding");

  private Opening() {}

  /// Opens a session; fails with what the client is to see.
  public static CompletableFuture<Void> of(ClientSession session) {
    String encoding = session.startup().value("client_encoding");
    if (encoding != null && Encodings.charsetOf(encoding).isEmpty()) {
      return CompletableFuture.failedFuture(
          Encodings.isRefused(encoding)
              ? ProxyRefusal.CLIENT_ENCODING.error(encoding)
              : new ServerErrorException(
                  SqlState.INVALID_PARAMETER_VALUE, "invalid value for parameter \"client_encoding\": \"" + encoding + "\""));
    }
    String snapshot = session.startup().value(SnapshotSetting.NAME);
    if (snapshot != null && !SnapshotSetting.isValue(snapshot)) {
      return CompletableFuture.failedFuture(SnapshotSetting.refused(snapshot));
    }
    session.connections().knowPlaceholders(session.startup());
    return catalog(session).thenCompose(_ -> session.connections().beside(session.map().home())).thenCompose(
        home ->
            set(session, home)
                .thenCompose(_ -> greet(session, home))
                .whenComplete((_, _) -> session.connections().broughtBack(home)));
  }

  private static CompletableFuture<Void> catalog(ClientSession session) {
    return session.services().catalogs().current(session.database()).isPresent()
        ? CompletableFuture.completedFuture(null)
        : session.sessionView().refresh();
  }

  private static CompletableFuture<Void> set(ClientSession session, Conversation home) {
    String settings = session.startup().differenceFrom(home.state().applied());
    if (settings.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    home.state().applied(session.startup());
    return home.ask(settings).thenAccept(
        answer -> {
          if (answer.error() != null) {
            home.server().taint();
            throw new ServerErrorException(answer.error());
          }
        });
  }

  private static CompletableFuture<Void> greet(ClientSession session, Conversation home) {
    return home
        .ask("SELECT pg_catalog.current_setting('search_path'), pg_catalog.current_setting('standard_conforming_strings')")
        .thenAccept(
            answer -> {
              List<@Nullable String> row = answer.orThrow().rows().getFirst();
              session.sessionView().defaults(String.valueOf(row.get(0)), "on".equals(row.get(1)));
              SettingsVector printed = session.startup();
              for (String name : REPORTED) {
                String value = home.server().parameterStatus(name);
                if (value != null) {
                  session.output().parameterStatus(name, value);
                  printed = printed.value(name) == null ? printed : printed.with(name, value, false);
                }
              }
              session.startup(printed);
              home.state().applied(printed);
              BackendWriter.backendKeyData(session.output().stage(), session.processId(), session.cancelKey());
              session.ready();
            });
  }

  /// The failure as an error that ends the connection.
  public static ErrorFields fatal(Throwable failure) {
    ErrorFields fields = Failures.fields(failure);
    ErrorFields known = fields != null ? fields : ErrorFields.fatal(SqlState.INTERNAL_ERROR, "login failed");
    return known.with(ErrorFields.SEVERITY, "FATAL").with(ErrorFields.SEVERITY_PLAIN, "FATAL");
  }
}
