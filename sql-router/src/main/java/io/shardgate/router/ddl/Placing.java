package io.shardgate.router.ddl;

import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.RoutingView;
import io.shardgate.router.analyze.Names;
import io.shardgate.router.analyze.Reach;
import io.shardgate.router.analyze.RefusedException;
import io.shardgate.router.analyze.Standing;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.Name;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where relations are.
/// Immutable.
final class Placing {
  private final RoutingView view;
  private final Reach reach;

  Placing(RoutingView view, Reach reach) {
    this.view = view;
    this.reach = reach;
  }

  RoutingView view() {
    return view;
  }

  Reach reach() {
    return reach;
  }

  TableName resolve(Name name) {
    return Names.resolve(view, name.schema(), name.name()).table();
  }

  boolean isTemporary(Name name) {
    return Names.resolve(view, name.schema(), name.name()).temporary() || "pg_temp".equals(name.schema());
  }

  /// Where it is, be it usable or not.
  Standing standing(Name name) {
    return reach.placed(resolve(name));
  }

  Optional<Relation> relation(Name name) {
    return view.catalog().relation(resolve(name));
  }

  /// Whether a relation of any kind is on every shard.
  boolean isEverywhere(Name name) {
    TableName table = resolve(name);
    Optional<Relation> relation = view.catalog().relation(table);
    if (relation.isPresent() && relation.get().kind() == Relation.Kind.SEQUENCE) {
      return isSequenceEverywhere(table);
    }
    if (relation.isPresent() && relation.get().kind() == Relation.Kind.INDEX) {
      return relation.get().reads().stream().anyMatch(owner -> isEverywhere(reach.placed(owner)));
    }
    return isEverywhere(reach.placed(table));
  }

  static boolean isEverywhere(Standing standing) {
    return switch (standing) {
      case Standing.Sharded _, Standing.Reference _, Standing.Expanded _, Standing.Absent _ -> true;
      case Standing.Home _ -> false;
      case Standing.Barred barred -> barred.refusal() == Refusal.KEY_COLUMN;
    };
  }

  /// A sequence is where the column is that it belongs to, else on every shard, for the defaults that name it.
  boolean isSequenceEverywhere(TableName sequence) {
    if (sequence.schema().equals(view.catalog().tempSchema())) {
      return false;
    }
    return ownerOf(sequence).map(owner -> isEverywhere(reach.placed(owner))).orElse(true);
  }

  private Optional<TableName> ownerOf(TableName sequence) {
    for (Relation relation : view.catalog().relations()) {
      for (Column column : relation.columns()) {
        if (sequence.equals(column.ownedSequence())) {
          return Optional.of(relation.tableName());
        }
      }
    }
    return Optional.empty();
  }

  /// Refused where the statement's text runs code that is not plain.
  void refuseHiddenCode(Lexed lexed) {
    reach.hiddenCode(lexed).ifPresent(code -> {
      throw new RefusedException(Refusal.HIDDEN_CODE, code);
    });
    for (int token = 0; token + 1 < lexed.size(); token++) {
      if (lexed.kind(token).isName() && lexed.is(token + 1, TokenKind.OPEN) && !reach.isPlain(null, lexed.identifier(token))) {
        throw new RefusedException(Refusal.HIDDEN_CODE, lexed.identifier(token));
      }
    }
  }

  boolean isDeclared(TableName table) {
    return view.map().groupOf(table).isPresent() || view.map().isReference(table);
  }

  /// What a table about to be created will be: declared itself, or part of one that is.
  Kind kindOfNew(TableName table, List<Name> above) {
    if (view.map().groupOf(table).isPresent()) {
      return new Kind(view.map().groupOf(table).orElseThrow(), view.map().groupOf(table).orElseThrow().keyColumn(table).orElseThrow(), false);
    }
    if (view.map().isReference(table)) {
      return new Kind(null, "", true);
    }
    for (Name parent : above) {
      Kind kind = kind(standing(parent));
      if (kind.isEverywhere()) {
        return kind;
      }
    }
    return Kind.HOME;
  }

  Kind kind(Standing standing) {
    return switch (standing) {
      case Standing.Sharded sharded -> new Kind(sharded.group(), sharded.keyColumn(), false);
      case Standing.Reference _ -> new Kind(null, "", true);
      case Standing.Absent(TableName table) -> kindOfNew(table, List.of());
      case Standing.Barred(TableName table, var _, String _) -> kindOfNew(table, List.of());
      case Standing.Home _, Standing.Expanded _ -> Kind.HOME;
    };
  }

  /// Sharded (with its group), reference or home.
  ///
  /// @param keyColumn of a sharded table
  record Kind(io.shardgate.directory.@Nullable Group group, String keyColumn, boolean reference) {
    static final Kind HOME = new Kind(null, "", false);

    boolean isEverywhere() {
      return group != null || reference;
    }

    boolean isSharded() {
      return group != null;
    }
  }
}
