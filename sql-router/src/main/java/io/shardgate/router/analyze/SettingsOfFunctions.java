package io.shardgate.router.analyze;

import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.Function;
import io.shardgate.router.plan.Effects.SettingChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which settings the functions of one catalog may change, by their own code or that of functions which they call. Names are compared without their
/// schemas.
/// Immutable once made.
public final class SettingsOfFunctions {
  private final Map<String, Set<SettingChange>> byName = new HashMap<>();

  private SettingsOfFunctions() {}

  static SettingsOfFunctions of(Catalog catalog) {
    SettingsOfFunctions settings = new SettingsOfFunctions();
    for (Function function : catalog.functions()) {
      String body = function.body();
      settings.add(function.name(), body == null ? List.of() : SettingsOfCode.in(body));
    }
    if (!settings.byName.isEmpty()) {
      settings.spread(catalog);
    }
    return settings;
  }

  /// Until nothing is new.
  private void spread(Catalog catalog) {
    Map<Function, List<String>> calls = new HashMap<>();
    for (Function function : catalog.functions()) {
      String body = function.body();
      if (body != null) {
        calls.put(function, SettingsOfCode.callsIn(body));
      }
    }
    boolean changed = true;
    while (changed) {
      changed = false;
      for (var each : calls.entrySet()) {
        for (String called : each.getValue()) {
          changed |= add(each.getKey().name(), of(called));
        }
      }
    }
  }

  private boolean add(String function, List<SettingChange> more) {
    return !more.isEmpty() && byName.computeIfAbsent(function, _ -> new LinkedHashSet<>()).addAll(more);
  }

  /// Those of all functions of that name.
  List<SettingChange> of(String name) {
    return List.copyOf(byName.getOrDefault(name, Set.of()));
  }

  /// Those of a body of code.
  public List<SettingChange> ofCode(String body) {
    List<SettingChange> found = new ArrayList<>(SettingsOfCode.in(body));
    SettingsOfCode.callsIn(body).forEach(name -> found.addAll(of(name)));
    return found;
  }
}
