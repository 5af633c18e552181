package io.shardgate.router.grammar.testing;

import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/// Expressions in which operators of all precedences stand beside each other, mostly without parentheses, as nobody would write them. Whether they
/// mean anything, or follow the grammar at all, only PostgreSQL can say.
/// Not thread-safe; owned by the test.
public final class RandomExpression {
  private static final List<String> INFIX = List.of(
      "+", "-", "*", "/", "%", "^", "=", "<>", "!=", "<", ">", "<=", ">=", "||", "->", "->>", "#>", "@>", "<@", "&&", "~", "~*", "!~", "<->", "&", "|",
      "#", "<<", ">>", "OPERATOR(pg_catalog.+)", "OPERATOR(pg_catalog.=)", "OPERATOR(<)", "OPERATOR(*)", "AND", "OR", "AND", "OR", "LIKE", "NOT LIKE", "ILIKE",
      "NOT ILIKE", "SIMILAR TO", "NOT SIMILAR TO", "IS DISTINCT FROM", "IS NOT DISTINCT FROM", "AT TIME ZONE");

  private static final List<String> PREFIX = List.of("NOT", "-", "+", "~", "@", "|/", "!!", "OPERATOR(pg_catalog.-)");

  private static final List<String> POSTFIX = List.of(
      "IS NULL", "IS NOT NULL", "ISNULL", "NOTNULL", "IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN", "::u", "::bool",
      "::u::text::u", "COLLATE \"C\"", "AT LOCAL", "IS NORMALIZED", "IS NOT NORMALIZED", "::u IS JSON", "::u IS NOT JSON");

  private static final List<String> PRIMARY = List.of("a", "b", "c", "d", "t.a", "t.b", "s.u", "u 't'", "'t'", "NULL", "TRUE", "a", "b", "c", "d");

  private final Random random;
  private int depth;

  public RandomExpression(long seed) {
    this.random = new Random(seed);
  }

  /// The next one.
  public String next() {
    return expression(2 + random.nextInt(5));
  }

  private String pick(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  /// A row of operands.
  private String expression(int operands) {
    StringBuilder text = new StringBuilder(operand());
    for (int i = 1; i < operands; i++) {
      text.append(switch (random.nextInt(14)) {
        case 0 -> between();
        case 1 -> " " + not() + "IN (" + cast(2) + ", " + cast(1) + ")";
        case 2 -> " " + comparison() + " " + quantified();
        case 3 -> " " + not() + "LIKE " + operand() + " ESCAPE " + operand();
        case 4 -> " " + not() + "IN (SELECT " + primary() + ")";
        default -> glued(pick(INFIX), operand());
      });
    }
    return text.toString();
  }

  /// `a<-1` is another operator than `a < -1`: without a blank where that may be.
  private String glued(String operator, String operand) {
    boolean symbol = !Character.isLetter(operator.charAt(0));
    return symbol && random.nextInt(4) == 0 ? operator + operand : " " + operator + " " + operand;
  }

  private String not() {
    return random.nextBoolean() ? "NOT " : "";
  }

  private String comparison() {
    return pick(List.of("=", "<>", "<", ">=", "OPERATOR(pg_catalog.=)", "LIKE", "NOT LIKE", "~"));
  }

  private String quantified() {
    String word = pick(List.of("ANY", "SOME", "ALL"));
    return word + (random.nextBoolean() ? " (ARRAY[" + cast(1) + "])" : " (SELECT " + primary() + ")");
  }

  private String between() {
    String symmetric = pick(List.of("", "SYMMETRIC ", "ASYMMETRIC "));
    return " " + not() + "BETWEEN " + symmetric + expression(1 + random.nextInt(2)) + " AND " + operand();
  }

  /// Where only one type may stand.
  private String cast(int operands) {
    return "CAST(" + expression(operands) + " AS u)";
  }

  private String operand() {
    StringBuilder text = new StringBuilder();
    while (random.nextInt(4) == 0) {
      text.append(pick(PREFIX)).append(' ');
    }
    text.append(primary());
    while (random.nextInt(5) == 0) {
      text.append(' ').append(pick(POSTFIX));
    }
    return text.toString();
  }

  private String primary() {
    if (depth > 3 || random.nextInt(3) > 0) {
      return pick(PRIMARY);
    }
    depth++;
    List<Supplier<String>> forms = List.of(
        () -> "(" + expression(2) + ")",
        () -> "((" + expression(2) + "))",
        () -> "f(" + expression(2) + ", " + primary() + ")",
        () -> "(ARRAY[" + cast(2) + "])[" + "1 + " + "n]",
        () -> "(" + primary() + ", " + expression(1) + ") = ROW(" + primary() + ", " + expression(1) + ")",
        () -> "CASE WHEN " + expression(2) + " THEN " + cast(1) + " ELSE " + cast(1) + " END",
        () -> "CASE " + cast(1) + " WHEN " + cast(1) + " THEN " + expression(2) + " END",
        () -> cast(2),
        () -> "(SELECT " + expression(2) + ")",
        () -> "EXISTS (SELECT " + expression(1) + " WHERE " + expression(2) + ")",
        () -> "coalesce(" + cast(2) + ", " + cast(1) + ")",
        () -> "position(" + pick(PRIMARY) + " || " + pick(PRIMARY) + " IN " + pick(PRIMARY) + ")::u",
        () -> "extract(day FROM " + cast(2) + ")",
        () -> "trim(BOTH " + cast(1) + " FROM " + cast(2) + ")",
        () -> "substring(" + cast(1) + " FROM " + cast(1) + ")",
        () -> "max(" + cast(1) + ") FILTER (WHERE " + expression(1) + ") OVER (PARTITION BY " + expression(1) + " ORDER BY " + expression(2) + ")");
    String text = forms.get(random.nextInt(forms.size())).get();
    depth--;
    return text;
  }
}
