package io.shardgate.directory;

import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;

/// A look at a YAML text as a flat row of events, before its nodes are made: making them recurses, and an alias can stand for many.
/// Not thread-safe; owned by the reader of one text.
final class YamlEvents {
  /// A topology's own depth is 4.
  static final int MAX_DEPTH = 20;
  static final int MAX_ALIASES = 50;

  private static final String STANDARD_TAGS = "tag:yaml.org,2002:";

  private final TopologyFaults faults;
  private int depth;
  private int aliases;

  YamlEvents(TopologyFaults faults) {
    this.faults = faults;
  }

  /// Whether the nodes may be made; false after a fault of depth or number. Throws what the parser throws.
  boolean check(String text, LoadSettings settings) {
    for (Event event : new Parse(settings).parseString(text)) {
      switch (event) {
        case CollectionStartEvent start -> {
          tag(start.getTag(), event);
          if (++depth > MAX_DEPTH) {
            return fault(event, "nested more than " + MAX_DEPTH + " levels deep (expected: a topology, of 4 levels)");
          }
        }
        case CollectionEndEvent _ -> depth--;
        case ScalarEvent scalar -> tag(scalar.getTag(), event);
        case AliasEvent alias -> {
          if (++aliases > MAX_ALIASES) {
            return fault(event, "alias *" + alias.getAlias().getValue() + " is one too many (expected: at most " + MAX_ALIASES + " aliases)");
          }
        }
        default -> {} // the beginning and the end of documents
      }
    }
    return true;
  }

  private void tag(Optional<String> tag, Event event) {
    if (tag.isPresent() && !tag.get().equals("!") && !tag.get().startsWith(STANDARD_TAGS)) {
      fault(event, "tag " + tag.get() + " means nothing here (expected: no tag)");
    }
  }

  private boolean fault(Event event, String text) {
    faults.add(event.getStartMark().map(Mark::getLine).orElse(0) + 1, text);
    return false;
  }
}
