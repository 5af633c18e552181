package io.shardgate.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/// Topologies and settings. The first byte of an input says which it is, the rest is the text.
final class YamlFuzz {
  @MethodSource("seeds")
  @FuzzTest(maxDuration = "12s")
  void aTextIsReadOrItsFaultsAreNamed(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] text = Arrays.copyOfRange(input, 1, input.length);
    if ((input[0] & 1) == 0) {
      topology(text);
    } else {
      settings(new String(text, StandardCharsets.UTF_8));
    }
  }

  /// What is read makes a map in which every key has one owner: the map's constructor sees to that.
  private static void topology(byte[] text) {
    try {
      Topology topology = TopologyReader.read(text, "topology.yaml", Optional.empty());
      assertThat(topology.toMap(new MapVersion(1)).home()).isEqualTo(topology.home());
    } catch (TopologyException faults) {
      assertThat(faults.getMessage()).startsWith("topology.yaml");
    }
  }

  private static void settings(String text) {
    try {
      ProxyConfig config = ProxyConfigReader.read(text, "shardgate.yaml", Map.of());
      assertThat(config.clients().loginTimeout()).isPositive();
      assertThat(config.toString()).isNotBlank();
    } catch (ConfigException faults) {
      assertThat(faults.getMessage()).contains("shardgate.yaml");
    }
  }

  static Stream<byte[]> seeds() throws IOException {
    String topology = """
        home: s1
        shards:
          s1: { primary: "postgresql://127.0.0.1:55431/app", weight: 1, labels: { region: eu } }
          s2: { primary: "postgresql://127.0.0.1:55432/app?sslmode=disable", weight: 2, labels: { region: us } }
        groups:
          customer: { strategy: hash, key: bigint, tables: { customers: id, orders: customer_id } }
          event: { strategy: range, key: timestamptz, tables: { events: at }, splits: [{ until: "2026-01-01", shard: s1 }, { shard: s2 }] }
          part: { strategy: range, key: numeric, tables: { parts: number }, splits: [{ until: 100.5, shard: s1 }, { shard: s2 }] }
          word: { strategy: range, key: text, tables: { words: word }, splits: [{ until: m, shard: s1 }, { shard: s2 }] }
          tenant: { strategy: directory, key: text, tables: { "app.documents": tenant }, place: { label: region, column: region } }
        reference: [ countries ]
        unique: { orders: [ id ], customers: [ [ email ], [ a, b ] ] }
        functions: { price_of: local }
        """;
    String aliases = "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n";
    return Stream.of("0" + topology, "0" + aliases, "1" + aliases, "1" + Files.readString(Path.of("../conf/shardgate.yaml")),
            "1clients: { max: 5, login_timeout: 10s }\nlimits: { frame: 1GiB }\ntls: { mode: off }\nadmins: [ a, b ]\n")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }
}
