package io.shardgate.proxy.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// One YAML mapping while it is read: each key is asked for once, what was not asked for is a fault.
///
/// Not thread-safe; owned by [ProxyConfigReader].
final class ConfigNode {

  private static final Pattern DURATION = Pattern.compile("(\\d{1,10})\\s*(ms|s|m|min|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,10})\\s*(B|KiB|MiB|GiB|)");

  private final String name;
  private final int line;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Integer> keyLines = new LinkedHashMap<>();
  private final Faults faults;
  private final boolean absent;

  private ConfigNode(String name, @Nullable Node node, Faults faults) {
    this.name = name;
    this.faults = faults;
    this.line = node == null ? 0 : line(node);
    this.absent = node == null || node.getTag().equals(Tag.NULL);
    if (absent || node == null) {
      return;
    }
    if (node instanceof MappingNode mapping) {
      mapping.getValue().forEach(this::add);
    } else {
      faults.add(line, (name.isEmpty() ? "the file" : name) + ": expected keys with values");
    }
  }

  static ConfigNode parse(String yaml, Faults faults) {
    try {
      Optional<Node> node = new Compose(LoadSettings.builder().setLabel(faults.source).setParseComments(false).build()).composeString(yaml);
      return new ConfigNode("", node.orElse(null), faults);
    } catch (MarkedYamlEngineException e) {
      faults.add(e.getProblemMark().map(Mark::getLine).map(l -> l + 1).orElse(0), "not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      faults.add(0, "not YAML: " + e.getMessage());
    }
    return new ConfigNode("", null, faults);
  }

  private void add(NodeTuple tuple) {
    String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
    if (values.put(key, tuple.getValueNode()) != null) {
      faults.add(line(tuple.getKeyNode()), qualified(key) + ": given twice");
    }
    keyLines.put(key, line(tuple.getKeyNode()));
  }

  String name() {
    return name;
  }

  boolean isAbsent() {
    return absent;
  }

  /// Whether the key is given and was not asked for yet.
  boolean has(String key) {
    return values.containsKey(key);
  }

  /// Whether the key is given with keys of its own.
  boolean isMapping(String key) {
    return values.get(key) instanceof MappingNode;
  }

  /// The keys that nobody asked for yet.
  List<String> keys() {
    return List.copyOf(values.keySet());
  }

  /// Asks for a key that may stand without a value, and says whether it does.
  boolean takeEmpty(String key) {
    @Nullable Node node = values.get(key);
    return node != null && node.getTag().equals(Tag.NULL) && values.remove(key) != null;
  }

  ConfigNode child(String key) {
    return new ConfigNode(qualified(key), values.remove(key), faults);
  }

  @Nullable String textOrNull(String key) {
    @Nullable Node node = values.remove(key);
    if (node == null) {
      return null;
    }
    if (node instanceof ScalarNode scalar && !node.getTag().equals(Tag.NULL)) {
      return scalar.getValue();
    }
    faults.add(line(node), qualified(key) + ": expected one value");
    return null;
  }

  String text(String key, String otherwise) {
    @Nullable String read = textOrNull(key);
    if (read == null) {
      return otherwise;
    }
    if (read.isEmpty()) {
      faultAt(key, "empty");
      return otherwise;
    }
    return read;
  }

  /// A list of values, or one value; empty where the key is missing.
  List<String> texts(String key, List<String> otherwise) {
    if (!(values.get(key) instanceof SequenceNode list)) {
      @Nullable String one = textOrNull(key);
      return one == null ? otherwise : List.of(one);
    }
    values.remove(key);
    List<String> texts = new ArrayList<>();
    for (Node item : list.getValue()) {
      if (item instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL) && !scalar.getValue().isEmpty()) {
        texts.add(scalar.getValue());
      } else {
        faults.add(line(item), qualified(key) + ": expected a list of values");
      }
    }
    return texts;
  }

  @Nullable Path path(String key) {
    @Nullable String read = textOrNull(key);
    try {
      return read == null ? null : Path.of(read);
    } catch (java.nio.file.InvalidPathException e) {
      faultAt(key, "\"" + read + "\" (expected: a path)");
      return null;
    }
  }

  String choice(String key, String otherwise, String... choices) {
    String read = text(key, otherwise);
    if (List.of(choices).contains(read)) {
      return read;
    }
    faultAt(key, "\"" + read + "\" (expected: " + String.join(", ", choices) + ")");
    return otherwise;
  }

  int integer(String key, int otherwise, int least, int most) {
    @Nullable String read = textOrNull(key);
    if (read == null) {
      return otherwise;
    }
    try {
      int value = Integer.parseInt(read.replace("_", ""));
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Said below, with what was expected.
    }
    faultAt(key, "\"" + read + "\" (expected: a number from " + least + " to " + most + ")");
    return otherwise;
  }

  /// The same, or 0 of any unit.
  Duration durationOrNone(String key, Duration otherwise) {
    if (values.get(key) instanceof ScalarNode scalar && scalar.getValue().matches("0\\s*(ms|s|m|min|h|d)?")) {
      values.remove(key);
      return Duration.ZERO;
    }
    return duration(key, otherwise);
  }

  Duration duration(String key, Duration otherwise) {
    @Nullable String read = textOrNull(key);
    if (read == null) {
      return otherwise;
    }
    Matcher matcher = DURATION.matcher(read);
    if (matcher.matches()) {
      Duration value = Duration.ofMillis(Long.parseLong(matcher.group(1)) * millis(matcher.group(2)));
      if (value.isPositive() && value.compareTo(Duration.ofDays(365)) <= 0) {
        return value;
      }
    }
    faultAt(key, "\"" + read + "\" (expected: a duration from 1ms to 365d, such as 500ms, 30s, 5m or 1h)");
    return otherwise;
  }

  private static long millis(String unit) {
    return switch (unit) {
      case "ms" -> 1;
      case "s" -> 1_000;
      case "m", "min" -> 60_000;
      case "h" -> 3_600_000;
      case "d" -> 86_400_000;
      default -> throw new IllegalArgumentException(unit);
    };
  }

  long bytes(String key, long otherwise, long least, long most) {
    @Nullable String read = textOrNull(key);
    if (read == null) {
      return otherwise;
    }
    Matcher matcher = SIZE.matcher(read);
    if (matcher.matches()) {
      long value = Long.parseLong(matcher.group(1)) << shift(matcher.group(2));
      if (value >= least && value <= most) {
        return value;
      }
    }
    faultAt(key, "\"" + read + "\" (expected: " + least + " to " + most + " bytes, such as 10000, 64KiB or 16MiB)");
    return otherwise;
  }

  private static int shift(String unit) {
    return switch (unit) {
      case "GiB" -> 30;
      case "MiB" -> 20;
      case "KiB" -> 10;
      default -> 0;
    };
  }

  /// Every key that nobody asked for is a fault: a mistyped one must not be silently without effect.
  void refuseOthers() {
    values.keySet().forEach(key -> faultAt(key, "no such setting"));
  }

  void faultAt(String key, String fault) {
    faults.add(keyLines.getOrDefault(key, line), qualified(key) + ": " + fault);
  }

  void fault(String fault) {
    faults.add(line, fault);
  }

  private String qualified(String key) {
    return name.isEmpty() ? key : name + "." + key;
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }

  /// The faults found so far, in one file.
  ///
  /// Not thread-safe; owned by [ProxyConfigReader].
  static final class Faults {
    private final String source;
    private final List<Fault> found = new ArrayList<>();

    Faults(String source) {
      this.source = source;
    }

    void add(int line, String text) {
      found.add(new Fault(line, text));
    }

    void throwIfAny() {
      if (!found.isEmpty()) {
        throw new ConfigException(source, found.stream().sorted(java.util.Comparator.comparingInt(Fault::line)).map(Fault::toString).toList());
      }
    }

    private record Fault(int line, String text) {
      @Override
      public String toString() {
        return line == 0 ? text : "line " + line + ": " + text;
      }
    }
  }
}
