package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.MalformedMessageException;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.statement.SessionStatement;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// What a client gave names to: its prepared statements and its portals. Confined to its channel's event loop.
///
/// A Parse waits for the Bind behind it ([#pending]). The unnamed statement that it takes the place of comes back if the Parse turns out
/// never to have been read, being behind an error.
final class ClientNames {
  private final Map<String, ClientStatement> statements = new HashMap<>();
  private final Map<String, ClientPortal> portals = new HashMap<>();
  private final Map<String, ClientStatement> closing = new HashMap<>();
  private final Map<String, ClientPortal> closingPortals = new HashMap<>();
  private final Map<String, Integer> depths = new HashMap<>();
  private final IntSupplier depth;
  private @Nullable ClientStatement pendingParse;
  private String lastBound = "";

  /// @param depth how many subtransactions deep the client is
  ClientNames(IntSupplier depth) {
    this.depth = depth;
  }

  // ---- statements ----

  @Nullable ClientStatement find(String name) {
    return statements.get(name);
  }

  boolean has(String name) {
    return statements.containsKey(name);
  }

  /// Refuses one more statement than a client may have, whether by Parse or by PREPARE.
  void requireRoom(int limit) {
    if (statements.size() >= limit) {
      throw new ServerErrorException(
          ErrorFields.error(SqlState.PROGRAM_LIMIT_EXCEEDED, "too many prepared statements: " + limit)
              .withHint("Deallocate some; the limit is limits.client_statements."));
    }
  }

  void put(ClientStatement statement) {
    statements.put(statement.name(), statement);
  }

  @Nullable ClientStatement remove(String name) {
    return statements.remove(name);
  }

  /// Removes that statement, unless its name is another's by now.
  void remove(ClientStatement statement) {
    statements.remove(statement.name(), statement);
  }

  /// A Parse of the unnamed statement came: what had no name is gone, whatever comes of this one, unless it is never read.
  ///
  /// @return what had no name
  @Nullable ClientStatement replaceUnnamed() {
    ClientStatement unnamed = statements.remove("");
    return unnamed == null ? closing.get("") : unnamed;
  }

  /// Reads a Bind; borrows it. PostgreSQL looks for the statement before it reads on.
  BindFrame bindFrame(ByteBuf frame) {
    try {
      BindFrame bind = BindFrame.read(frame, lastBound);
      lastBound = bind.statement();
      return bind;
    } catch (MalformedMessageException malformed) {
      String statement = BindFrame.statementIn(frame);
      if (statement != null && find(statement) == null) {
        throw noStatement(statement);
      }
      throw malformed;
    }
  }

  /// A statement that was closed, if the Close turns out to be behind an error.
  @Nullable ClientStatement closing(String name) {
    return closing.get(name);
  }

  /// A Close of a statement came; null when there is none of that name.
  @Nullable ClientStatement closingStatement(String name) {
    ClientStatement statement = statements.remove(name);
    if (statement != null) {
      closing.put(name, statement);
    }
    return statement;
  }

  /// The Close was carried out, or passed over being behind an error.
  void closed(ClientStatement statement, boolean done) {
    closing.remove(statement.name(), statement);
    if (done) {
      statement.gone();
      return;
    }
    ClientStatement last = statement.lastRead();
    if (last != null) {
      statements.putIfAbsent(statement.name(), last);
    }
  }

  /// The statement whose Parse waits for a Bind.
  @Nullable ClientStatement pending() {
    return pendingParse;
  }

  void pending(@Nullable ClientStatement statement) {
    pendingParse = statement;
  }

  /// The Parse that waits for its Bind is behind an error: it was never read.
  void dropPending() {
    ClientStatement pending = pendingParse;
    pendingParse = null;
    if (pending != null) {
      neverRead(pending);
    }
  }

  /// Several of that name may have come one after the other: the last that was read comes back.
  void neverRead(ClientStatement statement) {
    statement.skipped();
    ClientStatement last = statement.lastRead();
    if (statements.remove(statement.name(), statement) && last != null) {
      statements.put(statement.name(), last);
    }
  }

  /// What the unnamed statement took the place of never comes back behind a Sync.
  void batchEnded() {
    ClientStatement unnamed = statements.get("");
    if (unnamed != null) {
      unnamed.before(null);
    }
  }

  /// DISCARD ALL.
  void discardAll() {
    forgetAll();
    portals.clear();
  }

  /// DEALLOCATE ALL and DISCARD ALL. The unnamed statement is no prepared one to them.
  void forgetAll() {
    statements.keySet().removeIf(name -> !name.isEmpty());
  }

  /// DEALLOCATE of one; false when there is none.
  boolean forget(String name) {
    return statements.remove(name) != null;
  }

  // ---- portals ----

  @Nullable ClientPortal findPortal(String name) {
    return portals.get(name);
  }

  /// The portal; throws what PostgreSQL says when there is none.
  ClientPortal portal(String name) {
    ClientPortal portal = portals.get(name);
    if (portal == null) {
      throw noPortal(name);
    }
    return portal;
  }

  @Nullable ClientPortal putPortal(String name, ClientPortal portal) {
    int now = depth.getAsInt();
    if (now > 0 || !depths.isEmpty()) {
      depths.put(name, now);
    }
    return portals.put(name, portal);
  }

  @Nullable ClientPortal removePortal(String name) {
    return portals.remove(name);
  }

  /// ROLLBACK TO ends the portals that were made behind the savepoint.
  void rolledBack() {
    int kept = depth.getAsInt();
    portals.keySet().removeIf(name -> depths.getOrDefault(name, 0) >= kept);
  }

  /// RELEASE makes them the surrounding transaction's.
  void released() {
    int now = depth.getAsInt();
    depths.replaceAll((_, made) -> Math.min(made, now));
  }

  /// A Close of a portal was sent on.
  @Nullable ClientPortal closingPortal(String name) {
    ClientPortal portal = portals.remove(name);
    if (portal != null) {
      closingPortals.put(name, portal);
    }
    return portal;
  }

  /// The Close was carried out, or passed over being behind an error.
  void portalClosed(String name, boolean done) {
    ClientPortal portal = closingPortals.remove(name);
    if (!done && portal != null) {
      portals.putIfAbsent(name, portal);
    }
  }

  /// CLOSE ALL leaves the portal that it runs in.
  void closeAll() {
    portals.values().removeIf(
        portal -> !(portal instanceof ClientPortal.Done(ClientPortal.Local local, _) && local.parsed() instanceof SessionStatement.CloseCursor));
  }

  void clearPortals() {
    portals.clear();
    depths.clear();
  }

  /// Where a portal of the extended protocol lives, which SQL's FETCH, MOVE and CLOSE know as a cursor; null when there is none.
  @Nullable ShardId portalShard(String name) {
    return portals.get(name) instanceof ClientPortal.Remote remote ? remote.participant().shard() : null;
  }

  /// SQL can't FETCH from a portal that the proxy has run, either.
  void requireUnfinished(String name) {
    if (portals.get(name) instanceof ClientPortal.Done) {
      throw new ServerErrorException(SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"" + name + "\" cannot be run");
    }
  }

  /// Whether the client may still execute a portal there, which a Sync outside of a block would end.
  boolean hasPortalOn(Participant participant) {
    return portals.values().stream().anyMatch(portal -> portal instanceof ClientPortal.Remote remote && remote.participant() == participant);
  }

  /// A portal of that name on `participant` itself is the server's to refuse.
  void requireNoPortal(String name, @Nullable Participant participant) {
    ClientPortal known = name.isEmpty() ? null : portals.get(name);
    if (known != null && !(known instanceof ClientPortal.Remote remote && remote.participant() == participant)) {
      throw new ServerErrorException(SqlState.DUPLICATE_CURSOR, "cursor \"" + name + "\" already exists");
    }
  }

  void bindFailed(String name, ClientPortal made, @Nullable ClientPortal instead) {
    bindFailed(portals, name, made, instead);
    bindFailed(closingPortals, name, made, instead);
  }

  private static void bindFailed(Map<String, ClientPortal> among, String name, ClientPortal made, @Nullable ClientPortal instead) {
    if (instead == null) {
      among.remove(name, made);
    } else {
      among.replace(name, made, instead);
    }
  }

  static ServerErrorException noPortal(String name) {
    return new ServerErrorException(SqlState.INVALID_CURSOR_NAME, "portal \"" + name + "\" does not exist");
  }

  static ServerErrorException duplicate(String name) {
    return new ServerErrorException(SqlState.DUPLICATE_PREPARED_STATEMENT, "prepared statement \"" + name + "\" already exists");
  }

  static ServerErrorException noStatement(String name) {
    return new ServerErrorException(
        SqlState.INVALID_SQL_STATEMENT_NAME,
        name.isEmpty() ? "unnamed prepared statement does not exist" : "prepared statement \"" + name + "\" does not exist");
  }
}
