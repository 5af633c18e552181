package io.shardgate.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// What the parts of one statement have in common while they are made. Not thread-safe; owned by one question.
final class Draft {
  private static final int PARAMETER_PERCENT = 40;

  final Chance chance;
  final World world;
  private final Set<String> features = new TreeSet<>();
  private final List<Parameter> parameters = new ArrayList<>();
  private boolean takesParameters;
  private int aliases;

  Draft(World world, Chance chance, boolean takesParameters) {
    this.world = world;
    this.chance = chance;
    this.takesParameters = takesParameters;
  }

  /// Says what the statement makes use of.
  void uses(String feature) {
    features.add(feature);
  }

  Set<String> features() {
    return features;
  }

  List<Parameter> parameters() {
    return parameters;
  }

  String alias() {
    return "t" + ++aliases;
  }

  /// Makes something that may be written twice, as in GROUP BY, and so has to have no parameters.
  <T> T withoutParameters(Supplier<T> made) {
    boolean before = takesParameters;
    takesParameters = false;
    try {
      return made.get();
    } finally {
      takesParameters = before;
    }
  }

  /// One of the values that columns of this kind have.
  String constant(Kind kind) {
    return constant(kind, kind.values);
  }

  /// One of these values as a literal or a parameter, its type said or not.
  String constant(Kind kind, List<String> values) {
    String text = chance.one(values);
    if (takesParameters && chance.percent(PARAMETER_PERCENT)) {
      return parameter(kind, text, chance.one(values));
    }
    String literal = kind.literal(text);
    return switch (chance.between(0, 5)) {
      case 5 -> literal.startsWith("-") ? "(" + literal + ")::" + kind.sql : literal + "::" + kind.sql;
      case 4 -> "CAST(" + literal + " AS " + kind.sql + ")";
      default -> literal;
    };
  }

  private String parameter(Kind kind, String text, String second) {
    String number = "$" + (parameters.size() + 1);
    byte[] binary = chance.percent(50) ? kind.binary(text) : null;
    byte[] other = kind.binary(second);
    boolean typed = kind.oid != 0 && chance.percent(60);
    // A value in binary has to be of the type that it is taken for.
    boolean cast = !typed && (binary != null || chance.percent(50));
    int oid = typed ? kind.oid : 0;
    parameters.add(binary == null ? Parameter.text(oid, text, second) : Parameter.binary(oid, text, binary, other == null ? binary : other));
    uses(typed ? "typed parameter" : "untyped parameter");
    return cast ? number + "::" + kind.sql : number;
  }

  /// An array of these as a literal or a parameter.
  String array(Kind kind, List<String> values) {
    String array = values.stream().map(value -> "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"").collect(Collectors.joining(",", "{", "}"));
    if (!takesParameters || !chance.percent(PARAMETER_PERCENT)) {
      return "'" + array.replace("'", "''") + "'::" + kind.sql + "[]";
    }
    uses("array parameter");
    parameters.add(Parameter.text(0, array, array));
    return "$" + parameters.size() + (chance.percent(50) ? "::" + kind.sql + "[]" : "");
  }

  /// A number for LIMIT and the like.
  String count(int low, int high) {
    int count = chance.between(low, high);
    if (!takesParameters || !chance.percent(PARAMETER_PERCENT)) {
      return Integer.toString(count);
    }
    uses("LIMIT as a parameter");
    parameters.add(Parameter.text(chance.percent(50) ? Kind.INT8.oid : 0, Integer.toString(count), Integer.toString(chance.between(low, high))));
    return "$" + parameters.size();
  }
}
