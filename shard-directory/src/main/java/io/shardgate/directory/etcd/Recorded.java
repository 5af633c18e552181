package io.shardgate.directory.etcd;

import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ProxyPresence;
import io.shardgate.directory.RoleRecord;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.json.MapPieces;
import io.shardgate.directory.json.RoleJson;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What etcd holds under the prefix at one revision. Immutable.
///
/// @param cluster etcd's own id of its cluster
/// @param version the text of the version key; null when there is no map
/// @param pieces the map's pieces, by name
/// @param proxies by id
/// @param roles by name; the same object as before where none of them changed
/// @param created in which revision a group was, by its name: one that comes back under an old name is another
record Recorded(long cluster, long revision, @Nullable String version, SortedMap<String, String> pieces, SortedMap<String, ProxyPresence> proxies,
    SortedMap<String, RoleRecord> roles, SortedMap<String, Long> created) {
  private static final List<String> PREFIXES = List.of(MapPieces.SHARDS, MapPieces.GROUPS, MapPieces.MAPS, MapPieces.FOREIGN, Layout.PROXIES, Layout.ROLES);

  Recorded {
    pieces = Collections.unmodifiableSortedMap(pieces);
    proxies = Collections.unmodifiableSortedMap(proxies);
    created = Collections.unmodifiableSortedMap(created);
  }

  /// Reads all of it under one revision.
  static Recorded read(EtcdConnection connection, Layout layout) throws IOException {
    Op[] gets = new Op[2 + PREFIXES.size()];
    gets[0] = Op.get(layout.key(Layout.VERSION), GetOption.DEFAULT);
    gets[1] = Op.get(layout.key(MapPieces.CLUSTER), GetOption.DEFAULT);
    for (int i = 0; i < PREFIXES.size(); i++) {
      gets[2 + i] = Op.get(layout.key(PREFIXES.get(i)), GetOption.builder().isPrefix(true).build());
    }
    TxnResponse answer = connection.answer(connection.client().getKVClient().txn().Then(gets).commit(), "read");
    Change change = new Change(null, new TreeMap<>(), new TreeMap<>(), Collections.emptySortedMap(), new TreeMap<>());
    for (GetResponse get : answer.getGetResponses()) {
      get.getKvs().forEach(pair -> change.put(layout.name(pair.getKey()), Layout.text(pair.getValue()), pair.getCreateRevision()));
    }
    return change.at(answer.getHeader().getClusterId(), answer.getHeader().getRevision());
  }

  /// Whether another reading was of a later state, or of another cluster's.
  boolean isBefore(Recorded other) {
    return cluster != other.cluster || revision < other.revision;
  }

  /// After the events of one later revision.
  Recorded after(long laterRevision, List<WatchEvent> events, Layout layout) {
    Change change = new Change(version, new TreeMap<>(pieces), new TreeMap<>(proxies), roles, new TreeMap<>(created));
    for (WatchEvent event : events) {
      KeyValue pair = event.getKeyValue();
      String name = layout.name(pair.getKey());
      if (event.getEventType() == WatchEvent.EventType.DELETE) {
        change.remove(name);
      } else {
        change.put(name, Layout.text(pair.getValue()), pair.getCreateRevision());
      }
    }
    return change.at(cluster, laterRevision);
  }

  /// After a revision that changed nothing of it.
  Recorded at(long laterRevision) {
    return new Recorded(cluster, laterRevision, version, pieces, proxies, roles, created);
  }

  /// The version that the version key says; empty when there is no map. Throws [IOException] when it can't be read.
  Optional<MapVersion> mapVersion() throws IOException {
    return version == null ? Optional.empty() : Optional.of(VersionKey.parse(version).version());
  }

  /// The map; empty when there is none. Throws [IOException] when what is there is none.
  Optional<ShardMap> map() throws IOException {
    Optional<MapVersion> number = mapVersion();
    return number.isEmpty() ? Optional.empty() : Optional.of(new MapPieces(pieces).toMap(number.get()));
  }

  /// A copy while it is changed.
  /// Not thread-safe; owned by the method that made it.
  private static final class Change {
    private @Nullable String version;
    private final SortedMap<String, String> pieces;
    private final SortedMap<String, ProxyPresence> proxies;
    private final SortedMap<String, Long> created;
    private SortedMap<String, RoleRecord> roles;
    private boolean rolesCopied;

    Change(
        @Nullable String version, SortedMap<String, String> pieces, SortedMap<String, ProxyPresence> proxies, SortedMap<String, RoleRecord> roles,
        SortedMap<String, Long> created) {
      this.roles = roles;
      this.version = version;
      this.pieces = pieces;
      this.proxies = proxies;
      this.created = created;
    }

    void put(String name, String value, long createRevision) {
      if (name.equals(Layout.VERSION)) {
        version = value;
      } else if (MapPieces.isPiece(name)) {
        pieces.put(name, value);
        if (name.startsWith(MapPieces.GROUPS)) {
          created.put(name.substring(MapPieces.GROUPS.length()), createRevision);
        }
      } else if (name.startsWith(Layout.PROXIES)) {
        String id = name.substring(Layout.PROXIES.length());
        PresenceText.read(id, value).ifPresent(proxy -> proxies.put(id, proxy));
      } else if (name.startsWith(Layout.ROLES)) {
        RoleJson.read(value).ifPresentOrElse(role -> ownRoles().put(role(name), role), () -> ownRoles().remove(role(name)));
      }
    }

    private SortedMap<String, RoleRecord> ownRoles() {
      if (!rolesCopied) {
        roles = new TreeMap<>(roles);
        rolesCopied = true;
      }
      return roles;
    }

    private static String role(String name) {
      return Layout.decoded(name.substring(Layout.ROLES.length()));
    }

    void remove(String name) {
      if (name.equals(Layout.VERSION)) {
        version = null;
      } else if (name.startsWith(Layout.PROXIES)) {
        proxies.remove(name.substring(Layout.PROXIES.length()));
      } else if (name.startsWith(Layout.ROLES)) {
        ownRoles().remove(role(name));
      } else {
        pieces.remove(name);
        if (name.startsWith(MapPieces.GROUPS)) {
          created.remove(name.substring(MapPieces.GROUPS.length()));
        }
      }
    }

    Recorded at(long cluster, long revision) {
      return new Recorded(cluster, revision, version, pieces, proxies, rolesCopied ? Collections.unmodifiableSortedMap(roles) : roles, created);
    }
  }
}
