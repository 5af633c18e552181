package io.shardgate.bench.micro;

import io.shardgate.directory.HashRange;
import io.shardgate.directory.HashRing;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.router.RoutingView;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One sharded table, `accounts (id bigint, balance int)`, on as many shards and ranges of the ring as wanted.
final class Shop {
  private static final int INT8 = 20;
  private static final int INT4 = 23;
  private static final int FIRST_OID = 16_384;
  private static final int PORT = 5432;
  private static final String GROUP = "account";

  private Shop() {}

  /// What a session's statements are planned against.
  static RoutingView view(int shards, int ranges) {
    StringBuilder topology = new StringBuilder("home: s1\nshards:\n");
    for (int i = 1; i <= shards; i++) {
      topology.append("  s").append(i).append(": { primary: \"postgresql://127.0.0.1:").append(PORT).append("/db").append(i).append("\" }\n");
    }
    topology.append("groups: { ").append(GROUP).append(": { strategy: hash, key: bigint, tables: { accounts: id } } }\n");
    try {
      ShardMap map = TopologyReader.read(topology.toString(), "bench", Optional.empty()).toMap(new MapVersion(1));
      return new RoutingView(catalog(), map.withKeySpace(GROUP, ring(shards, ranges)), List.of("public"), true, StandardCharsets.UTF_8, "app");
    } catch (TopologyException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HashRing ring(int shards, int ranges) {
    long step = Long.divideUnsigned(-1, ranges);
    List<HashRange> cut = new ArrayList<>();
    for (int i = 0; i < ranges; i++) {
      cut.add(new HashRange(Long.MIN_VALUE + i * step, new ShardId("s" + (i % shards + 1))));
    }
    return new HashRing(cut);
  }

  private static Catalog catalog() {
    List<Column> columns = List.of(Column.of("id", INT8, "int8"), Column.of("balance", INT4, "int4"));
    Relation accounts =
        new Relation(
            FIRST_OID, "public", "accounts", Relation.Kind.TABLE, columns, null, List.of(), List.of(), List.of(), List.of(), List.of(),
            List.of(new Relation.UniqueIndex("accounts_pkey", List.of("id"), true)), List.of(), false);
    return Catalog.builder().version(1).schema("public").relation(accounts).build();
  }
}
