package io.shardgate.router.catalog;

import io.shardgate.directory.TableName;

/// A function outside `pg_catalog`, neither C nor internal, that runs without being called by name.
///
/// @param user what runs it; an operator goes by its symbol, a type of `pg_catalog` by that schema
public record CodeUse(Kind kind, TableName user, TableName function) {

  /// What a function can stand behind.
  public enum Kind {
    /// A constraint, default, generated column, index, partition key or trigger condition: runs when rows are written.
    WRITE,
    /// A view, rule or policy: runs when the relation is used.
    RELATION,
    /// A domain's constraint, a cast from or to the type, an operator class.
    TYPE,
    OPERATOR;

    /// The kind for a letter of the catalog query.
    public static Kind of(char letter) {
      return switch (letter) {
        case 'w' -> WRITE;
        case 'r' -> RELATION;
        case 't' -> TYPE;
        default -> OPERATOR;
      };
    }
  }
}
