package io.shardgate.router.analyze;

import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.Function;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

/// The user functions in whose code, or in that of functions named there, stands a call that means something of the home shard: on another
/// one a sequence gives numbers that were given already, and an advisory lock keeps nobody out. NOTIFY apart, which a transaction sends from
/// the shard that it ran on.
/// Immutable.
final class HomeCalls {
  private final Set<String> names = new HashSet<>();

  /// @param vouched functions that the topology answers for
  HomeCalls(Catalog catalog, Predicate<Function> vouched) {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Function function : catalog.functions()) {
        if (!vouched.test(function) && calls(function)) {
          changed |= names.add(function.name());
        }
      }
    }
  }

  private boolean calls(Function function) {
    String body = function.body();
    return function.calls().stream().anyMatch(called -> names.contains(called.name())) || (body != null && in(body));
  }

  /// Whether code calls one of them, or a function of PostgreSQL that belongs to the home shard.
  boolean in(String code) {
    return Words.in(code).stream().anyMatch(word -> names.contains(word) || isHome(word));
  }

  private static boolean isHome(String word) {
    return BuiltinFunctions.belongsHome(word) && !word.equals("pg_notify");
  }

  /// Whether a user function of that name is one.
  boolean contains(String name) {
    return names.contains(name);
  }
}
