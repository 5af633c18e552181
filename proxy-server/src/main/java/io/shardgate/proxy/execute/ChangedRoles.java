package io.shardgate.proxy.execute;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.Name;
import io.shardgate.router.statement.Statement;
import io.shardgate.router.statement.StatementReader;
import java.util.LinkedHashSet;
import java.util.Set;

/// The roles that a statement makes, changes or drops, by their names before and after.
final class ChangedRoles {
  /// What stands for a role's name; every one of them is the role that asks, unless it has become another.
  static final Set<String> ONESELF = Set.of("current_user", "current_role", "session_user");

  private static final Set<String> KINDS = Set.of("ROLE", "USER", "GROUP");

  private ChangedRoles() {}

  /// @param user who asks
  static Set<String> of(Lexed lexed, String user) {
    Set<String> names = new LinkedHashSet<>();
    Statement statement = StatementReader.read(lexed);
    if (statement instanceof DefinitionStatement.RoleChange change) {
      names.add(change.name());
    } else if (statement instanceof DefinitionStatement.Drop drop && KINDS.contains(drop.kind())) {
      drop.names().forEach(name -> names.add(name.name()));
    } else if (statement instanceof DefinitionStatement.AlterObject alter && KINDS.contains(alter.kind())) {
      Name before = alter.name();
      String after = alter.newName();
      if (before != null) {
        names.add(before.name());
      }
      if (after != null) {
        names.add(after);
      }
    }
    if (names.removeAll(ONESELF)) {
      names.add(user);
    }
    return names;
  }
}
