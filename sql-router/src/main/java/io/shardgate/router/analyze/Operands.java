package io.shardgate.router.analyze;

import io.shardgate.directory.KeyType;
import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.grammar.tree.PgArray;
import io.shardgate.router.grammar.tree.PgCast;
import io.shardgate.router.grammar.tree.PgType;
import io.shardgate.router.grammar.tree.SqlParameter;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.jspecify.annotations.Nullable;

/// Reads the two sides of an equality: columns, and values that can be keys.
/// Immutable.
final class Operands {
  private final Places places;
  private final boolean plainEquality;
  private final boolean plainOrder;

  /// @param plainEquality whether `=` can't mean a user's operator
  /// @param plainOrder whether `<` and its kin can't
  Operands(Places places, boolean plainEquality, boolean plainOrder) {
    this.places = places;
    this.plainEquality = plainEquality;
    this.plainOrder = plainOrder;
  }

  /// Whether equal values are certainly one value.
  boolean plainEquality() {
    return plainEquality;
  }

  /// The column that an expression is, also under casts that change no value.
  Optional<Var> column(SqlNode node, Scope scope) {
    if (node instanceof PgCast cast) {
      Optional<Var> inner = column(cast.operand(), scope);
      return inner.filter(var -> var.family() != null && var.family() == family(cast.type()) && !narrows(var, cast.type()));
    }
    if (node instanceof SqlIdentifier identifier && !identifier.isStar()) {
      return scope.resolve(identifier.names);
    }
    return Optional.empty();
  }

  /// Whether the cast fails for some values: for rows of other shards too.
  private static boolean narrows(Var column, PgType type) {
    return column.family() == KeyType.BIGINT && bytes(elementOid(type)) < bytes(column.typeOid());
  }

  private static int bytes(int integerOid) {
    return switch (integerOid) {
      case 21 -> 2;
      case 23 -> 4;
      default -> 8;
    };
  }

  /// The keys that an expression stands for when a column of that family and type is compared with it.
  Optional<KeySet> keys(SqlNode node, KeyType family, int typeOid) {
    return source(node, family, typeOid, false).map(KeySet.One::new);
  }

  private Optional<KeySource> source(SqlNode node, KeyType family, int typeOid, boolean negative) {
    if (node instanceof SqlParameter parameter) {
      return negative || !places.isUsers() ? Optional.empty() : Optional.of(new KeySource.Parameter(parameter.number(), told(parameter, typeOid)));
    }
    if (node instanceof SqlLiteral literal) {
      return isNull(literal) ? Optional.of(new KeySource.Null()) : places.source(literal, family, negative);
    }
    if (node instanceof PgCast cast) {
      return family(cast.type()) == family ? source(cast.operand(), family, elementOid(cast.type()), negative) : Optional.empty();
    }
    if (node.getKind() == SqlKind.MINUS_PREFIX && (family == KeyType.BIGINT || family == KeyType.NUMERIC) && !negative) {
      return source(((SqlCall) node).operand(0), family, typeOid, true);
    }
    return Optional.empty();
  }

  /// PostgreSQL takes the type from the place that it looks at first: `SELECT $1::numeric … WHERE key = $1`.
  private int told(SqlParameter parameter, int typeOid) {
    return places.isRepeated(parameter.number()) ? KeySource.UNTOLD : typeOid;
  }

  /// What an expression bounds a column by, when both are compared in the order of the column's key type. Text is not: its order is its
  /// collation's.
  Optional<KeySource> bound(SqlNode node, Var column) {
    KeyType family = column.family();
    return family == null || family == KeyType.TEXT || !plainOrder ? Optional.empty() : source(node, family, column.typeOid(), false);
  }

  static boolean isNull(SqlNode node) {
    return node instanceof SqlLiteral literal && literal.getValue() == null;
  }

  /// The elements of the array on the right of `= ANY`.
  Optional<KeySet> arrayKeys(SqlNode node, KeyType family, int typeOid) {
    if (node instanceof SqlParameter parameter) {
      return places.isUsers() ? Optional.of(new KeySet.One(new KeySource.ParameterArray(parameter.number(), told(parameter, typeOid)))) : Optional.empty();
    }
    if (node instanceof SqlLiteral literal) {
      return places.arraySource(literal).map(KeySet.One::new);
    }
    if (node instanceof PgCast cast) {
      boolean fits = cast.type().arrayDimensions() > 0 && elementFamily(cast.type()) == family;
      return fits ? arrayKeys(cast.operand(), family, elementOid(cast.type())) : Optional.empty();
    }
    return node instanceof PgArray array ? union(array.elements(), family, typeOid) : Optional.empty();
  }

  /// All of these, when each can be a key.
  Optional<KeySet> union(Iterable<SqlNode> nodes, KeyType family, int typeOid) {
    List<KeySet> sets = new ArrayList<>();
    // With a decimal among them PostgreSQL reads all as decimals, a parameter too; a literal in quotes that is a whole number stays that number.
    boolean decimals = false;
    for (SqlNode node : nodes) {
      SqlNode bare = node.getKind() == SqlKind.MINUS_PREFIX ? ((SqlCall) node).operand(0) : node;
      decimals |= bare instanceof SqlNumericLiteral number && places.isDecimal(number);
    }
    int parameterOid = decimals ? KeySource.UNTOLD : typeOid;
    for (SqlNode node : nodes) {
      Optional<KeySet> keys = keys(node, family, parameterOid);
      if (keys.isEmpty()) {
        return Optional.empty();
      }
      sets.add(keys.get());
    }
    return Optional.of(sets.size() == 1 ? sets.getFirst() : new KeySet.Union(sets));
  }

  /// The key type whose values a cast to that type leaves as they are; null for any other type.
  static @Nullable KeyType family(PgType type) {
    return type.arrayDimensions() == 0 && !type.setOf() ? elementFamily(type) : null;
  }

  private static @Nullable KeyType elementFamily(PgType type) {
    boolean system = type.name().names.size() == 1 || type.name().names.getFirst().equals("pg_catalog");
    if (!system || !type.modifiers().isEmpty()) {
      return null;
    }
    return KeyType.of(type.name().names.getLast()).orElse(null);
  }

  private static int elementOid(PgType type) {
    return switch (type.name().names.getLast()) {
      case "int2", "smallint" -> 21;
      case "int4", "integer", "int" -> 23;
      case "int8", "bigint" -> 20;
      case "varchar", "character varying" -> 1043;
      case "uuid" -> 2950;
      case "date" -> 1082;
      case "timestamp" -> 1114;
      case "timestamptz" -> 1184;
      case "numeric", "decimal" -> 1700;
      default -> 25;
    };
  }
}
