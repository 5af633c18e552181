package io.shardgate.oracle;

import io.netty.buffer.ByteBuf;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Asks questions of one side, over a connection that it keeps. Not thread-safe; owned by the test.
final class Speaker implements AutoCloseable {
  private static final int PIECE = 3;

  private final Supplier<WireClient> login;
  private final List<String> settings = new ArrayList<>();
  private Names names = Names.NONE;
  private @Nullable WireClient client;

  Speaker(Supplier<WireClient> login) {
    this.login = login;
  }

  private WireClient client() {
    if (client == null) {
      client = login.get();
      settings.forEach(client::query);
    }
    return client;
  }

  /// From here on with these settings.
  void with(List<String> sessionSettings) {
    settings.clear();
    settings.addAll(sessionSettings);
    settings.forEach(client()::query);
  }

  /// Learns what types and tables are called.
  void learnNames() {
    Map<Integer, String> byNumber = new HashMap<>();
    for (String row : client().rows(Names.QUERY)) {
      String[] parts = row.split("\\|", 2);
      byNumber.put(Integer.parseUnsignedInt(parts[0]), parts[1]);
    }
    names = new Names(byNumber);
  }

  /// Says a statement that may not fail.
  void say(String sql) {
    client().query(sql).stream().filter(BackendMessage.ErrorResponse.class::isInstance).findFirst().ifPresent(error -> {
      throw new IllegalStateException(sql + ": " + error);
    });
  }

  /// Asks, and leaves no transaction, no cursor and no prepared statement behind.
  Answer ask(Question question) {
    try {
      boolean block = question.inBlock();
      List<BackendMessage> heard = new ArrayList<>();
      if (block) {
        heard.addAll(client().query("BEGIN"));
        question.before().forEach(write -> heard.addAll(client().query(write)));
      }
      heard.addAll(asked(question));
      Answer said = Answer.of(heard, names, Copying.of(question.sql()));
      Answer answer = question.manner() == Manner.EXPLAINED ? said.withRows(List.of()).withEnds(List.of()) : said;
      if (block) {
        client().query("ROLLBACK");
      } else if (question.manner() == Manner.HELD) {
        client().query("CLOSE ALL");
      }
      if (question.manner() == Manner.EXECUTED) {
        client().query("DEALLOCATE ALL");
      }
      return answer;
    } catch (UncheckedIOException e) {
      close();
      return new Answer(List.of(), List.of(), List.of(), new Answer.Fault("connection lost", e.toString()), '?');
    }
  }

  private List<BackendMessage> asked(Question question) {
    String sql = question.sql();
    return switch (question.manner()) {
      case SIMPLE -> client().query(sql);
      case TWICE -> client().query(sql + "; " + sql);
      case SUSPENDED -> suspended(question);
      case TEXT -> client().send(out -> {
        parse(out, "", question);
        bind(out, "", question, false);
        FrontendWriter.describePortal(out, "");
        FrontendWriter.execute(out, "", 0);
        FrontendWriter.sync(out);
      }).readToReady();
      case BINARY -> client().send(out -> {
        parse(out, "", question);
        bind(out, "", question, true);
        FrontendWriter.describePortal(out, "");
        FrontendWriter.execute(out, "", 0);
        FrontendWriter.sync(out);
      }).readToReady();
      case NAMED -> named(question);
      case IN_PIECES -> client().send(out -> {
        parse(out, "", question);
        bind(out, "", question, false);
        FrontendWriter.describePortal(out, "");
        FrontendWriter.execute(out, "", 1);
        FrontendWriter.execute(out, "", PIECE);
        FrontendWriter.execute(out, "", 0);
        FrontendWriter.sync(out);
      }).readToReady();
      case EXECUTED -> {
        List<BackendMessage> heard = new ArrayList<>(client().query("PREPARE named AS " + sql));
        heard.addAll(client().query("EXECUTE named"));
        yield heard;
      }
      case COPIED -> client().query("COPY (" + sql + ") TO STDOUT " + Copying.of(sql).options);
      case EXPLAINED -> client().query("EXPLAIN (COSTS off) " + sql);
      case CURSOR -> fetched("DECLARE c CURSOR FOR " + sql, question, false);
      case SCROLLED -> fetched("DECLARE c SCROLL CURSOR FOR " + sql, question, question.query().order() == Query.Order.WHOLE);
      case HELD -> fetched("DECLARE c CURSOR WITH HOLD FOR " + sql, question, false);
    };
  }

  private List<BackendMessage> named(Question question) {
    List<BackendMessage> heard = new ArrayList<>(client().send(out -> {
      parse(out, "named", question);
      FrontendWriter.describeStatement(out, "named");
      FrontendWriter.sync(out);
    }).readToReady());
    for (boolean second : List.of(false, true)) {
      heard.addAll(client().send(out -> {
        List<byte[]> values = question.parameters().stream().map(parameter -> second ? parameter.other() : parameter.bytes()).toList();
        bind(out, "", "named", question.parameters(), values, false);
        FrontendWriter.execute(out, "", 0);
        FrontendWriter.sync(out);
      }).readToReady());
    }
    client().send(out -> {
      FrontendWriter.closeStatement(out, "named");
      FrontendWriter.sync(out);
    }).readToReady();
    return heard;
  }

  private List<BackendMessage> suspended(Question question) {
    List<BackendMessage> heard = new ArrayList<>(client().send(out -> {
      parse(out, "", question);
      bind(out, "p", "", question.parameters(), question.parameters().stream().map(Parameter::bytes).toList(), false);
      FrontendWriter.describePortal(out, "p");
      FrontendWriter.execute(out, "p", PIECE);
      FrontendWriter.sync(out);
    }).readToReady());
    question.meanwhile().forEach(write -> heard.addAll(client().query(write)));
    heard.addAll(client().send(out -> {
      FrontendWriter.execute(out, "p", 0);
      FrontendWriter.sync(out);
    }).readToReady());
    return heard;
  }

  /// @param back whether the rows' order is known, so that some can be asked for again
  private List<BackendMessage> fetched(String declaration, Question question, boolean back) {
    List<BackendMessage> heard = new ArrayList<>(client().query(declaration));
    boolean late = question.sql().length() % 2 == 0;
    if (late) {
      heard.addAll(client().query("FETCH " + PIECE + " FROM c"));
    }
    question.meanwhile().forEach(write -> heard.addAll(client().query(write)));
    heard.addAll(client().query("FETCH ALL FROM c"));
    if (back) {
      heard.addAll(client().query("FETCH BACKWARD 2 FROM c"));
      heard.addAll(client().query("FETCH FIRST FROM c"));
    }
    return heard;
  }

  private static void parse(ByteBuf out, String statement, Question question) {
    int[] oids = question.parameters().stream().mapToInt(Parameter::oid).toArray();
    FrontendWriter.parse(out, statement, question.sql().getBytes(StandardCharsets.UTF_8), oids);
  }

  private static void bind(ByteBuf out, String statement, Question question, boolean binary) {
    bind(out, "", statement, question.parameters(), question.parameters().stream().map(Parameter::bytes).toList(), binary);
  }

  private static void bind(ByteBuf out, String portal, String statement, List<Parameter> parameters, List<byte[]> bytes, boolean binary) {
    List<byte @Nullable []> values = new ArrayList<>(bytes);
    FrontendWriter.bind(
        out, portal, statement, parameters.stream().mapToInt(parameter -> parameter.isBinary() ? 1 : 0).toArray(), values, binary ? new int[] {1} : new int[0]);
  }

  @Override
  public void close() {
    if (client != null) {
      client.close();
      client = null;
    }
  }
}
