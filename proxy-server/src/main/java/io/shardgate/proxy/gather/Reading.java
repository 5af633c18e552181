package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.execute.ShardCall;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.RunCutter;
import io.shardgate.router.Bindings;
import io.shardgate.router.Split;
import io.shardgate.router.catalog.ViewRights;
import io.shardgate.router.plan.Gathering;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Has the home shard read the user's own text, for its errors and its columns, and the text that is to be run in its place.
/// Confined to its conversation's event loop.
///
/// What PostgreSQL rejects in the first is the user's error. What it rejects only in the second is a query that can't be answered in this way. Where views
/// are expanded in the second, the first is bound, too, but not run: so the role's rights to the views are looked at, and their owners' to what they read. Views have to be what they
/// were when the query was planned.
final class Reading extends ShardCall {
  private static final byte[] NO_COLUMNS = {'T', 0, 0, 0, 6, 0, 0};

  private static final String LOOKED_AT = "sg-rights";
  private static final int ANSWER_BYTES_MAX = 1 << 10;
  private static final int COUNT_AT = 11;

  private final Execution execution;
  private int parsed;
  private boolean unbound;
  private final RunCutter cutter = new RunCutter(ANSWER_BYTES_MAX);
  private final int views;
  private int unchangedViews;
  private byte @Nullable [] first;
  private byte @Nullable [] second;

  private Reading(Execution execution, int views, ExecutionPort port) {
    super(port);
    this.execution = execution;
    this.views = views;
  }

  /// Sends both texts. Does not flush.
  ///
  /// @param before what stands before the query in the statement that is to be run; empty where that is the query
  static Reading start(Conversation home, Split.Piece last, byte[] before, Gathering gathering, Execution execution, ExecutionPort port) {
    Reading reading = new Reading(execution, gathering.viewVersions().size(), port);
    ByteBuf out = home.stage();
    home.state().unnamed().taken();
    Bindings bindings = execution.bindings();
    int[] own = new int[bindings.count()];
    for (int i = 0; i < own.length; i++) {
      own[i] = bindings.typeOid(i);
    }
    FrontendWriter.parse(out, "", execution.lexed().toBytes(), own);
    FrontendWriter.describeStatement(out, "");
    if (gathering.views() != null) {
      reading.unbound = true;
      bind(out, bindings);
    }
    if (reading.views > 0) {
      lookAt(out, gathering.viewVersions());
    }
    int[] types = new int[last.parameters().length];
    for (int i = 0; i < types.length; i++) {
      int number = last.parameters()[i];
      types[i] = number < 0 ? 0 : bindings.typeOid(number - 1);
    }
    FrontendWriter.closeStatement(out, GatheredQuery.STATEMENT);
    FrontendWriter.parse(out, GatheredQuery.STATEMENT, last.text(), types);
    FrontendWriter.describeStatement(out, GatheredQuery.STATEMENT);
    if (before.length > 0) {
      byte[] whole = Arrays.copyOf(before, before.length + last.text().length);
      System.arraycopy(last.text(), 0, whole, before.length, last.text().length);
      FrontendWriter.closeStatement(out, GatheredQuery.STATEMENT);
      FrontendWriter.parse(out, GatheredQuery.STATEMENT, whole, types);
    }
    FrontendWriter.sync(out);
    home.announce(reading);
    return reading;
  }

  private static void bind(ByteBuf out, Bindings bindings) {
    int[] formats = new int[bindings.count()];
    List<byte @Nullable []> values = new ArrayList<>();
    for (int i = 0; i < formats.length; i++) {
      formats[i] = bindings.binary(i) ? 1 : 0;
      values.add(bindings.value(i));
    }
    FrontendWriter.bind(out, LOOKED_AT, "", formats, values, new int[0]);
    FrontendWriter.closePortal(out, LOOKED_AT);
  }

  /// Asks how many views are what they were.
  private static void lookAt(ByteBuf out, Map<Integer, String> versions) {
    String each =
        versions.entrySet().stream()
            .map(view -> "c.oid OPERATOR(pg_catalog.=) '" + Integer.toUnsignedString(view.getKey()) + "'::pg_catalog.oid AND " + ViewRights.VERSION_SQL + " OPERATOR(pg_catalog.=) '" + view.getValue() + "'")
            .collect(Collectors.joining(" OR "));
    String query =
        "SELECT pg_catalog.count(*) FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) r.ev_class WHERE r.rulename OPERATOR(pg_catalog.=) '_RETURN'::pg_catalog.name AND (" + each + ")";
    FrontendWriter.parse(out, "", query.getBytes(StandardCharsets.US_ASCII), new int[0]);
    FrontendWriter.bind(out, LOOKED_AT, "", new int[0], List.of(), new int[0]);
    FrontendWriter.execute(out, LOOKED_AT, 0);
    FrontendWriter.closePortal(out, LOOKED_AT);
  }

  @Override
  protected void run(Conversation conversation, ByteBuf run) {
    cutter.cut(run, (_, row) -> unchangedViews = Integer.parseInt(row.toString(row.readerIndex() + COUNT_AT, row.readableBytes() - COUNT_AT, StandardCharsets.US_ASCII)));
  }

  @Override
  protected void ended(Conversation conversation, Outcome outcome) {
    cutter.release();
    super.ended(conversation, outcome);
  }

  /// The columns of the user's text; throws where the other text has others, or a view was changed.
  byte[] description() {
    if (unchangedViews != views) {
      throw ProxyRefusal.VIEW_CHANGED.error();
    }
    byte[] users = first;
    byte[] made = second;
    if (users == null || made == null || !ResultShape.areAlike(users, made)) {
      throw ProxyRefusal.GATHER_DIFFERS.error("its columns would be of other types");
    }
    return users;
  }

  @Override
  protected void frame(Conversation conversation, byte type, ByteBuf frame) {
    switch (type) {
      case '1' -> parsed++;
      case '2' -> unbound = false;
      case 'n' -> columns(NO_COLUMNS);
      case 'T' -> columns(ByteBufUtil.getBytes(frame));
      default -> super.frame(conversation, type, frame);
    }
  }

  private void columns(byte[] frame) {
    if (first == null) {
      first = frame;
    } else {
      second = frame;
    }
  }

  @Override
  protected ErrorFields adapted(ErrorFields fields) {
    return parsed == 0 || unbound || fields.hasCode(SqlState.QUERY_CANCELED) ? fields.withPositionShiftedBy(execution.charsBefore()) : ProxyRefusal.GATHER_DIFFERS.fields(fields.message());
  }
}
