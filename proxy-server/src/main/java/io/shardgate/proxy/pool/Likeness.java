package io.shardgate.proxy.pool;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What two servers have to have alike so that they answer alike, and no session can set: the major version, and of a database its encoding, its
/// collation and that one's version, and its extensions.
/// Immutable.
///
/// Another build of a collation sorts otherwise, so that ranges, indexes and merged rows differ; another version of an extension may compute otherwise.
/// Extensions that only the other server has do no harm: what uses them would have to be on the home shard, too.
///
/// @param facts by their names, in the order in which they are told
public record Likeness(Map<String, String> facts) {
  private static final String EXTENSION = "extension ";

  /// Asks for the facts of the current database: rows of a name and a value. Any role may ask it, and whatever is on its search_path is not used.
  public static final String QUERY =
      """
      SELECT f.name, f.value FROM pg_catalog.pg_database d, LATERAL (VALUES
        ('major version', (pg_catalog.current_setting('server_version_num')::pg_catalog.int4 OPERATOR(pg_catalog./) 10000)::pg_catalog.text),
        ('encoding', pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text),
        ('collation', pg_catalog.concat(
          CASE WHEN d.datlocprovider OPERATOR(pg_catalog.=) 'c' THEN 'libc ' WHEN d.datlocprovider OPERATOR(pg_catalog.=) 'i' THEN 'icu ' ELSE 'builtin ' END,
          COALESCE(
            pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(d), 'datlocale'),
            pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(d), 'daticulocale'),
            d.datcollate))),
        ('collation version', COALESCE(pg_catalog.pg_database_collation_actual_version(d.oid), 'none'))
      ) f (name, value) WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
      UNION ALL
      SELECT pg_catalog.concat('extension ', e.extname), e.extversion FROM pg_catalog.pg_extension e""";

  public Likeness {
    facts = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(facts));
  }

  /// One fact that differs.
  ///
  /// @param name of the fact: `encoding`, `extension hstore`
  /// @param found empty when the other server has no such extension
  public record Difference(String name, String found, String expected) {

    /// `has encoding LATIN1 (expected: UTF8, as the home shard)`.
    ///
    /// @param whose what the expected value is of: `the home shard`
    public String words(String whose) {
      return found.isEmpty()
          ? "has no " + name + " (expected: version " + expected + ", as " + whose + ")"
          : "has " + name + " " + found + " (expected: " + expected + ", as " + whose + ")";
    }

    /// The name of the extension; empty when the fact is another one.
    public String extension() {
      return name.startsWith(EXTENSION) ? name.substring(EXTENSION.length()) : "";
    }
  }

  /// What the other server has not as this one, the home shard's, has it.
  public List<Difference> differences(Likeness other) {
    List<Difference> differences = new ArrayList<>();
    facts.forEach((name, expected) -> {
      String found = Objects.requireNonNullElse(other.facts.get(name), "");
      if (!found.equals(expected)) {
        differences.add(new Difference(name, found, expected));
      }
    });
    return differences;
  }
}
