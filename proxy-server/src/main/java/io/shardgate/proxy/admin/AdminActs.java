package io.shardgate.proxy.admin;

import io.shardgate.directory.KeySpace;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.admin.TopologyChange.Planned;
import io.shardgate.proxy.admin.TopologyChange.Remark;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.statement.AdminStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The door: carries out admin statements that change something or ask the shards.
/// Thread-safe: acts run on [ActThreads]; who comes first is decided by the directory's compare-and-set.
public final class AdminActs implements AutoCloseable {
  private final ShardDirectory directory;
  private final ServiceConnections connections;
  private final ProxyConfig config;
  private final Supplier<List<Integer>> inTheWay;
  private final ActThreads threads = new ActThreads();

  /// @param inTheWay numbers of this proxy's clients that a version of the map is not acknowledged for yet
  public AdminActs(ShardDirectory directory, ServiceConnections connections, ProxyConfig config, Supplier<List<Integer>> inTheWay) {
    this.inTheWay = inTheWay;
    this.directory = directory;
    this.connections = connections;
    this.config = config;
  }

  /// Whether a role has the admin right.
  public boolean mayAct(Actor actor) {
    return config.admins().roles().contains(actor.role());
  }

  /// Notes that a role without the right tried.
  public void denied(Actor actor, AdminStatement statement) {
    Audit.denied(actor, name(statement));
  }

  /// The words that a statement begins with.
  public static String name(AdminStatement statement) {
    return switch (statement) {
      case AdminStatement.Apply _ -> "SHARDGATE APPLY";
      case AdminStatement.Diff _ -> "SHARDGATE DIFF";
      case AdminStatement.Split _ -> "SHARDGATE SPLIT";
      case AdminStatement.Merge _ -> "SHARDGATE MERGE";
      case AdminStatement.Assign _ -> "SHARDGATE ASSIGN";
      case AdminStatement.Route _ -> "SHARDGATE ROUTE";
      case AdminStatement.VerifySchema _ -> "SHARDGATE VERIFY SCHEMA";
      case AdminStatement.Uninstall _ -> "SHARDGATE UNINSTALL";
      case AdminStatement.Show show -> "SHARDGATE " + show.topic();
      case AdminStatement.Unknown _ -> "SHARDGATE";
    };
  }

  /// Whether it changes something: what can't be taken back by ROLLBACK has no place in a transaction block.
  public static boolean changes(AdminStatement statement) {
    return switch (statement) {
      case AdminStatement.Apply _, AdminStatement.Split _, AdminStatement.Merge _, AdminStatement.Assign _ -> true;
      case AdminStatement.Uninstall uninstall -> uninstall.confirmation() != null;
      case AdminStatement.Diff _, AdminStatement.Route _, AdminStatement.VerifySchema _, AdminStatement.Show _, AdminStatement.Unknown _ -> false;
    };
  }

  /// The columns of what [#run] answers.
  public static List<String> columns(AdminStatement statement) {
    return switch (statement) {
      case AdminStatement.Apply _, AdminStatement.Diff _ -> TopologyDiff.COLUMNS;
      case AdminStatement.Split _, AdminStatement.Merge _ -> List.of("group", "from", "until", "shard", "map_version");
      case AdminStatement.Assign _ -> List.of("group", "key", "shard");
      case AdminStatement.VerifySchema _ -> SchemaVerification.COLUMNS;
      case AdminStatement.Uninstall _ -> Removal.COLUMNS;
      case AdminStatement.Show _, AdminStatement.Route _, AdminStatement.Unknown _ -> throw new IllegalArgumentException("answered by the session: " + name(statement));
    };
  }

  /// Carries a statement out. Completes on any thread, and fails with a [ServerErrorException] that the client is to see.
  public CompletableFuture<AdminAnswer> run(AdminStatement statement, Actor actor) {
    return threads.run(() -> carryOut(statement, actor));
  }

  private AdminAnswer carryOut(AdminStatement statement, Actor actor) {
    return switch (statement) {
      case AdminStatement.Diff diff -> {
        Planned planned = plan(diff.topology());
        yield new AdminAnswer(TopologyDiff.between(planned.current(), planned.next()), notices(planned.warnings()));
      }
      case AdminStatement.Apply apply -> Audit.of(actor, name(apply), () -> apply(apply), AdminActs::differences);
      case AdminStatement.Split split ->
          Audit.of(actor, name(split), () -> edit(split.group(), map -> MapEdits.split(map, split.group(), split.at())), done -> split.group() + " at " + split.at() + ": " + done.rows());
      case AdminStatement.Merge merge ->
          Audit.of(actor, name(merge), () -> edit(merge.group(), map -> MapEdits.merge(map, merge.group(), merge.at())), done -> merge.group() + " at " + merge.at() + ": " + done.rows());
      case AdminStatement.Assign assign -> Audit.of(actor, name(assign), () -> new AdminAnswer(
          List.of(List.of(assign.group(), assign.key(), KeyAssignment.assign(assign, directory, connections).value())), List.of()), done -> done.rows().toString());
      case AdminStatement.VerifySchema _ -> {
        List<List<String>> rows = new ArrayList<>(SchemaVerification.differences(connections, directory.current(), actor.database()));
        rows.addAll(RoleDifferences.of(connections, directory.current()));
        yield new AdminAnswer(rows, List.of());
      }
      case AdminStatement.Uninstall uninstall -> uninstall(uninstall, actor);
      case AdminStatement.Show _, AdminStatement.Route _, AdminStatement.Unknown _ -> throw new IllegalArgumentException("answered by the session: " + name(statement));
    };
  }

  private AdminAnswer uninstall(AdminStatement.Uninstall uninstall, Actor actor) {
    Removal removal = new Removal(directory, connections);
    @Nullable String confirmation = uninstall.confirmation();
    return confirmation == null
        ? removal.list()
        : Audit.of(actor, name(uninstall), () -> removal.remove(confirmation), done -> "removed " + done.rows());
  }

  static String differences(AdminAnswer done) {
    return done.rows().isEmpty() ? "nothing changed" : done.rows().toString();
  }

  private Planned plan(String topology) {
    try {
      return TopologyChange.plan(read(topology), directory.current(), config);
    } catch (TopologyException refused) {
      throw inapplicable(refused);
    }
  }

  static Topology read(String topology) throws TopologyException {
    return TopologyReader.read(topology, "topology", Optional.empty());
  }

  static ServerErrorException inapplicable(TopologyException refused) {
    return new ServerErrorException(ErrorFields.error(SqlState.INVALID_PARAMETER_VALUE, "the topology can't be applied")
        .withDetail(String.join("\n", refused.faults())).withHint("Each line of the detail says what was expected. Nothing was changed."));
  }

  private AdminAnswer apply(AdminStatement.Apply apply) {
    Planned planned = plan(apply.topology());
    String version = planned.current().version().toString();
    @Nullable Long expected = apply.ifVersion();
    if (expected != null && expected != planned.current().version().value()) {
      throw Refusals.mapChanged(expected.toString(), version);
    }
    Planned applied =
        settle(apply.topology(), planned).orElseThrow(() -> Refusals.mapChanged(version, directory.current().version().toString()));
    List<ErrorFields> notices = notices(applied.warnings());
    if (!planned.isChange()) {
      notices.add(ErrorFields.notice(SqlState.SUCCESSFUL_COMPLETION, "the topology is in force already, nothing changed"));
    }
    return new AdminAnswer(TopologyDiff.between(planned.current(), applied.next()), notices);
  }

  private Optional<Planned> settle(String topology, Planned planned) {
    try {
      return new Settlement(read(topology), directory, config, inTheWay).apply(planned);
    } catch (TopologyException refused) {
      throw inapplicable(refused);
    }
  }

  static List<ErrorFields> notices(List<Remark> warnings) {
    List<ErrorFields> notices = new ArrayList<>();
    warnings.forEach(warning -> notices.add(ErrorFields.warning(SqlState.WARNING, warning.message()).withHint(warning.remedy())));
    return notices;
  }

  /// Changes one group's key space, and answers its pieces around the change.
  private AdminAnswer edit(String group, Function<ShardMap, ShardMap> change) {
    ShardMap current = directory.current();
    ShardMap next = change.apply(current);
    if (!directory.compareAndSet(current.version(), next)) {
      throw Refusals.mapChanged(current.version().toString(), directory.current().version().toString());
    }
    List<KeySpace.Piece> before = current.keySpace(Refusals.group(current, group)).pieces();
    List<List<String>> rows = new ArrayList<>();
    for (KeySpace.Piece piece : next.keySpace(Refusals.group(next, group)).pieces()) {
      if (!before.contains(piece)) {
        rows.add(List.of(
            group, piece.from() == null ? "" : piece.from(), piece.until() == null ? "" : piece.until(), piece.owner().value(), next.version().toString()));
      }
    }
    return new AdminAnswer(rows, List.of());
  }

  @Override
  public void close() {
    threads.close();
  }
}
