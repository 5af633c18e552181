package io.shardgate.proxy.relay;

import com.github.benmanes.caffeine.cache.Interner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The settings of a session that differ from those its role starts with. Immutable; equal ones are mostly the same object.
///
/// Two layers, as PostgreSQL has them: what `SET` sets for the session, and what `SET LOCAL` sets until the transaction ends.
/// A server connection remembers the vector that is in force on it; [#differenceFrom] is the SQL that brings it to another one.
public final class SettingsVector {
  /// Sessions of one role begin with equal settings, and meet on the same server connections: comparing them is mostly comparing references.
  private static final Interner<SettingsVector> KNOWN = Interner.newWeakInterner();

  /// The settings of a session that set nothing.
  public static final SettingsVector EMPTY = new SettingsVector(Map.of(), Map.of());

  /// The settings that PostgreSQL marks as lists of quoted names (GUC_LIST_QUOTE).
  private static final Set<String> NAME_LISTS =
      Set.of("search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries");

  private final Map<String, String> session;
  private final Map<String, String> local;
  private final Set<String> placeholders;
  private final int hash;

  private SettingsVector(Map<String, String> session, Map<String, String> local) {
    this.session = session;
    this.local = local;
    this.placeholders = placeholders(session.keySet(), local.keySet());
    this.hash = session.hashCode() * 31 + local.hashCode();
  }

  private static SettingsVector of(Map<String, String> session, Map<String, String> local) {
    return KNOWN.intern(new SettingsVector(session, local));
  }

  private static Set<String> placeholders(Set<String> session, Set<String> local) {
    Set<String> names = new TreeSet<>();
    for (Set<String> each : List.of(session, local)) {
      for (String name : each) {
        if (isPlaceholder(name)) {
          names.add(name);
        }
      }
    }
    return names.isEmpty() ? Set.of() : Collections.unmodifiableSet(names);
  }

  /// A vector of session settings: name → value as `current_setting` prints it.
  public static SettingsVector of(Map<String, String> session) {
    return session.isEmpty() ? EMPTY : of(sorted(session), Map.of());
  }

  /// This vector with one more value.
  public SettingsVector with(String name, String value, boolean isLocal) {
    String key = name.toLowerCase(Locale.ROOT);
    if (isLocal) {
      return of(session, plus(local, key, value));
    }
    return of(plus(session, key, value), minus(local, key));
  }

  /// This vector with more session settings.
  public SettingsVector withAll(Map<String, String> values) {
    SettingsVector all = this;
    for (Map.Entry<String, String> entry : values.entrySet()) {
      all = all.with(entry.getKey(), entry.getValue(), false);
    }
    return all;
  }

  /// This vector with a name back at its default.
  public SettingsVector without(String name) {
    String key = name.toLowerCase(Locale.ROOT);
    return of(minus(session, key), minus(local, key));
  }

  /// What RESET ALL makes of it: the settings that the session started with, but for who it is, which stays.
  public SettingsVector resetTo(SettingsVector startup) {
    Map<String, String> next = new TreeMap<>(startup.session);
    next.keySet().removeIf(SettingsVector::isIdentity);
    session.forEach((name, value) -> {
      if (isIdentity(name)) {
        next.put(name, value);
      }
    });
    Map<String, String> nextLocal = new TreeMap<>(local);
    nextLocal.keySet().removeIf(name -> !isIdentity(name));
    return of(Collections.unmodifiableMap(next), Collections.unmodifiableMap(nextLocal));
  }

  /// What is left when the transaction has committed.
  public SettingsVector withoutLocal() {
    return local.isEmpty() ? this : of(session, Map.of());
  }

  /// The value in force, or null when the default is.
  public @Nullable String value(String name) {
    String key = name.toLowerCase(Locale.ROOT);
    String value = local.get(key);
    return value != null ? value : session.get(key);
  }

  /// Whether a setting is a custom one (`app.user`), which some sessions have and others don't.
  public static boolean isPlaceholder(String name) {
    return name.indexOf('.') > 0 && !SnapshotSetting.is(name);
  }

  /// Names of custom settings: PostgreSQL never forgets these again within a connection.
  public Set<String> placeholders() {
    return placeholders;
  }

  /// The statements (joined by `;`) that turn `from` into this vector on a server; empty when nothing differs.
  ///
  /// A role is left before anything else changes and taken on after all else, because rights decide what may be set.
  public String differenceFrom(SettingsVector from) {
    if (equals(from)) {
      return "";
    }
    List<String> first = new ArrayList<>();
    List<String> then = new ArrayList<>();
    List<String> last = new ArrayList<>();
    boolean identityChanges = identity(this).equals(identity(from)) ? false : true;
    if (identityChanges) {
      first.add("RESET ROLE");
      first.add("RESET SESSION AUTHORIZATION");
    }
    for (String name : from.session.keySet()) {
      if (!session.containsKey(name) && !isIdentity(name)) {
        then.add("RESET " + quotedName(name));
      }
    }
    for (Map.Entry<String, String> entry : session.entrySet()) {
      if (isIdentity(entry.getKey())) {
        if (identityChanges) {
          last.add(set(entry, false));
        }
      } else if (!entry.getValue().equals(from.session.get(entry.getKey())) || from.local.containsKey(entry.getKey())) {
        then.add(set(entry, false));
      }
    }
    for (Map.Entry<String, String> entry : local.entrySet()) {
      boolean same = entry.getValue().equals(from.local.get(entry.getKey()));
      if (!same || (isIdentity(entry.getKey()) && identityChanges)) {
        (isIdentity(entry.getKey()) ? last : then).add(set(entry, true));
      }
    }
    Collections.sort(last, Collections.reverseOrder()); // session_authorization before role
    first.addAll(then);
    first.addAll(last);
    return String.join("; ", first);
  }

  private static List<@Nullable String> identity(SettingsVector vector) {
    List<@Nullable String> values = new ArrayList<>();
    for (String name : List.of("role", "session_authorization")) {
      values.add(vector.session.get(name));
      values.add(vector.local.get(name));
    }
    return values;
  }

  private static boolean isIdentity(String name) {
    return name.equals("role") || name.equals("session_authorization");
  }

  /// By SET, which takes no snapshot: the client may still want to set the transaction's isolation level. SET would quote lists of names.
  private static String set(Map.Entry<String, String> entry, boolean isLocal) {
    String name = entry.getKey();
    return NAME_LISTS.contains(name)
        ? "SELECT pg_catalog.set_config(" + literal(name) + ", " + literal(entry.getValue()) + ", " + isLocal + ")"
        : "SET " + (isLocal ? "LOCAL " : "") + quotedName(name) + " = " + literal(entry.getValue());
  }

  /// A name as PostgreSQL reads it back: each part quoted.
  public static String quotedName(String name) {
    StringBuilder out = new StringBuilder();
    for (String part : name.split("\\.", -1)) {
      out.append(out.isEmpty() ? "" : ".").append('"').append(part.replace("\"", "\"\"")).append('"');
    }
    return out.toString();
  }

  /// A string literal that reads the same whatever `standard_conforming_strings` says.
  public static String literal(String value) {
    String doubled = value.replace("'", "''");
    return doubled.indexOf('\\') < 0 ? "'" + doubled + "'" : " E'" + doubled.replace("\\", "\\\\") + "'";
  }

  private static Map<String, String> plus(Map<String, String> map, String key, String value) {
    Map<String, String> next = new TreeMap<>(map);
    next.put(key, value);
    return Collections.unmodifiableMap(next);
  }

  private static Map<String, String> minus(Map<String, String> map, String key) {
    if (!map.containsKey(key)) {
      return map;
    }
    Map<String, String> next = new TreeMap<>(map);
    next.remove(key);
    return Collections.unmodifiableMap(next);
  }

  private static Map<String, String> sorted(Map<String, String> map) {
    Map<String, String> next = new TreeMap<>();
    map.forEach((name, value) -> next.put(name.toLowerCase(Locale.ROOT), value));
    return Collections.unmodifiableMap(next);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || (other instanceof SettingsVector that
            && hash == that.hash && session.equals(that.session) && local.equals(that.local));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return "settings " + session.keySet() + (local.isEmpty() ? "" : " local " + local.keySet());
  }
}
