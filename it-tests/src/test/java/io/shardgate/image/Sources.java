package io.shardgate.image;

import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.config.ProxyConfigReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The files of the source tree, each read by whom it is for.
final class Sources {
  static final Path ROOT = root();

  /// What a proxy needs after its drain: the farewell to clients that don't go, its server connections, its threads.
  static final Duration TO_END = Duration.ofSeconds(10);

  private Sources() {}

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("ARCHITECTURE.md"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  static String text(String file) {
    try {
      return Files.readString(ROOT.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The version in the root pom.
  static String version() {
    Matcher version = Pattern.compile("<artifactId>shardgate</artifactId>\\s*<version>(.*?)</version>").matcher(text("pom.xml"));
    if (!version.find()) {
      throw new IllegalStateException("no version in pom.xml");
    }
    return version.group(1);
  }

  /// The documents of a YAML text; merge keys are carried out, as Docker and Kubernetes do.
  static List<Map<String, Object>> yaml(String text) {
    return StreamSupport.stream(new Load(LoadSettings.builder().build()).loadAllFromString(text).spliterator(), false).map(Sources::merged).map(Sources::map).toList();
  }

  private static Object merged(Object node) {
    return switch (node) {
      case List<?> list -> list.stream().map(Sources::merged).toList();
      case Map<?, ?> map -> {
        Map<String, Object> all = new LinkedHashMap<>();
        if (map.get("<<") instanceof Map<?, ?> base) {
          all.putAll(map(merged(base)));
        }
        map.forEach((key, value) -> {
          if (!key.equals("<<")) {
            all.put(String.valueOf(key), value == null ? Map.of() : merged(value));
          }
        });
        yield all;
      }
      default -> node;
    };
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object node) {
    return (Map<String, Object>) node;
  }

  /// What stands at a path of keys; an empty mapping where there is nothing.
  static Map<String, Object> map(Map<String, Object> node, String... path) {
    Map<String, Object> at = node;
    for (String key : path) {
      at = map(at.getOrDefault(key, Map.of()));
    }
    return at;
  }

  /// A list of words; empty where there is none.
  static List<String> words(Map<String, Object> node, String key) {
    return node.get(key) instanceof List<?> list ? list.stream().map(String::valueOf).toList() : List.of();
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> maps(Map<String, Object> node, String key) {
    return node.get(key) instanceof List<?> list ? (List<Map<String, Object>>) list : List.of();
  }

  /// The settings of a proxy, as it will read them; its password file, which is not here, is replaced by another.
  static ProxyConfig settings(String yaml, String source) {
    return ProxyConfigReader.read(yaml.replaceAll("password_file: [^ }]+", "password_file: " + ROOT.resolve("LICENSE")), source, Map.of());
  }

  static Topology topology(String yaml, String source) {
    try {
      return TopologyReader.read(yaml, source, Optional.empty());
    } catch (TopologyException e) {
      throw new AssertionError(e);
    }
  }

  /// How long a proxy must be left alone between SIGTERM and SIGKILL.
  static Duration timeToEnd(ProxyConfig settings) {
    return settings.clients().drainDelay().plus(settings.clients().drainTimeout()).plus(TO_END);
  }

  /// Whether a reference names a version: neither nothing nor a word that moves.
  static boolean isPinned(String image) {
    Matcher tag = Pattern.compile(":([^/:]+)$").matcher(image);
    return tag.find() && tag.group(1).matches(".*[0-9].*") && !tag.group(1).contains("latest");
  }
}
