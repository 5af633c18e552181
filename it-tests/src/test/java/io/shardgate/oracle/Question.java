package io.shardgate.oracle;

import java.util.List;
import java.util.Set;

/// What is asked of both sides.
/// Immutable.
///
/// @param before statements that are said first, in a transaction block; none where there is no block
/// @param meanwhile statements that are said when some of its rows are read
/// @param features what it makes use of
/// @param draws of which it was made
record Question(long seed, Query query, List<Parameter> parameters, Manner manner, List<String> before, List<String> meanwhile, Set<String> features, List<Integer> draws) {
  Question {
    parameters = List.copyOf(parameters);
    before = List.copyOf(before);
    meanwhile = List.copyOf(meanwhile);
    features = Set.copyOf(features);
    draws = List.copyOf(draws);
  }

  String sql() {
    return query.sql();
  }

  boolean uses(String feature) {
    return features.contains(feature);
  }

  boolean inBlock() {
    return !before.isEmpty() || manner.needsBlock();
  }

  @Override
  public String toString() {
    return "seed " + seed + ", " + manner + (before.isEmpty() ? "" : " after " + before) + (meanwhile.isEmpty() ? "" : " with meanwhile " + meanwhile) + "\n    " + query.sql() + (parameters.isEmpty() ? "" : "\n    " + parameters);
  }
}
