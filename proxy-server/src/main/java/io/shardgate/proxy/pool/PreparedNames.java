package io.shardgate.proxy.pool;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/// Which statements one server connection has prepared, under which names; the least recently used leave first.
/// Confined to its channel's event loop.
///
/// A statement is known by whatever key the session layer finds equal for equal statements (text, parameter types, what
/// else shapes it). A name is *pending* from the writing of its Parse until ParseComplete; only then may another client rely
/// on it.
public final class PreparedNames {

  /// One prepared statement.
  public static final class Entry {
    private final String name;
    private boolean ready;

    private Entry(String name) {
      this.name = name;
    }

    /// The name on the server.
    public String name() {
      return name;
    }

    /// Whether the server confirmed it.
    public boolean ready() {
      return ready;
    }
  }

  private static final float LOAD_FACTOR = 0.75f;

  private final LinkedHashMap<Object, Entry> entries = new LinkedHashMap<>(16, LOAD_FACTOR, true);
  private final ArrayDeque<Entry> replaced = new ArrayDeque<>();
  private final int limit;
  private long made;

  PreparedNames(int limit) {
    this.limit = limit;
  }

  /// The entry of a statement, pending or ready; null when it has to be prepared. Counts as a use.
  public @Nullable Entry find(Object statement) {
    return entries.get(statement);
  }

  /// Enters a statement whose Parse is being written, under a name never used on this connection before.
  public Entry begin(Object statement) {
    Entry entry = new Entry("sg" + made++);
    entries.put(statement, entry);
    return entry;
  }

  /// ParseComplete came.
  public void confirm(Entry entry) {
    entry.ready = true;
  }

  /// Enters a statement under the key by which it is to be found from now on; does nothing when it was forgotten meanwhile. An entry that
  /// had the key before leaves by [#leaving], not at once: its holder may have sent the last Sync before it left the connection.
  public void rename(Object from, Entry entry, Object to) {
    Entry older = entries.remove(from, entry) ? entries.put(to, entry) : null;
    if (older != null) {
      replaced.add(older);
    }
  }

  /// Forgets a statement: its Parse failed or was skipped, or it is being closed. Does nothing when it was entered anew since.
  public void forget(Object statement, Entry entry) {
    entries.remove(statement, entry);
  }

  /// Takes out a statement that has to leave: one that was replaced, or the one unused for longest when there are more than the
  /// limit. Whoever has just written a Parse writes a Close for each of these; null when there are no more.
  public @Nullable Entry leaving() {
    Entry older = replaced.poll();
    if (older != null || entries.size() <= limit) {
      return older;
    }
    var eldest = entries.firstEntry();
    entries.remove(eldest.getKey());
    return eldest.getValue();
  }

  /// Forgets all: the server has dropped them (DISCARD ALL, DEALLOCATE ALL).
  public void clear() {
    entries.clear();
    replaced.clear();
  }

  public int size() {
    return entries.size();
  }
}
