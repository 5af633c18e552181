package io.shardgate.conversation;

import java.util.List;

/// What a random client likes to talk about. Immutable.
enum Vocabulary {
  DATA(
      "SELECT 1", "SELECT 1/0", "SELECT nothing", "SELEC 1", "",
      "INSERT INTO scratch VALUES (1, 'x')", "SELECT count(*) FROM scratch", "DELETE FROM scratch",
      "SELECT name FROM customers WHERE id = 1", "SELECT name FROM customers WHERE id = 2", "SELECT name FROM customers WHERE id = 3",
      "UPDATE customers SET name = name || 'x' WHERE id = 1", "SELECT nothing FROM customers WHERE id = 2",
      "SELECT i FROM generate_series(1, 3) i", "SELECT i FROM customers, generate_series(1, 3) i WHERE id = 3",
      "DISCARD ALL"),
  TRANSACTIONS(
      "BEGIN", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "SAVEPOINT b", "ROLLBACK TO a", "ROLLBACK TO b", "RELEASE a", "RELEASE b",
      "COMMIT AND CHAIN", "ROLLBACK AND CHAIN"),
  MODES(
      "BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN READ ONLY", "START TRANSACTION READ WRITE", "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE",
      "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET TRANSACTION READ ONLY",
      "SET TRANSACTION READ WRITE", "SET TRANSACTION DEFERRABLE", "SET transaction_isolation = 'serializable'", "SET LOCAL transaction_read_only = on",
      "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SET default_transaction_isolation = 'repeatable read'",
      "SET default_transaction_read_only = off", "SHOW transaction_isolation", "SHOW transaction_read_only",
      "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only') FROM customers WHERE id = 2",
      "SAVEPOINT a", "ROLLBACK TO a", "RELEASE a", "COMMIT", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN", "SELECT 1"),
  SETTINGS(
      "SET application_name = 'one'", "SET LOCAL application_name = 'two'", "RESET application_name", "SET LOCAL application_name TO DEFAULT",
      "SET work_mem = '6MB'", "SET LOCAL work_mem = '5MB'", "SHOW work_mem", "RESET work_mem", "RESET ALL", "SET work_mem = 'none'",
      "SELECT set_config('work_mem', '7MB', true)", "SELECT set_config('work_mem', '8MB', false)",
      "SELECT current_setting('app.x', true)", "SET app.x = '1'", "SET LOCAL app.x = '2'", "RESET app.x",
      "SELECT name, current_setting('work_mem') FROM customers WHERE id = 4",
      "SELECT name, current_setting('application_name') FROM customers WHERE id = 5", "SAVEPOINT a", "ROLLBACK TO a", "RELEASE a"),
  ROLES(
      "SET ROLE clerk", "SET LOCAL ROLE clerk", "SET ROLE NONE", "RESET ROLE", "SET SESSION AUTHORIZATION app", "RESET SESSION AUTHORIZATION",
      "SELECT current_user, session_user", "SHOW role", "SELECT count(*) FROM scratch", "SELECT current_user FROM generate_series(1, 2)",
      "SELECT name, current_user FROM customers WHERE id = 2", "SAVEPOINT a", "ROLLBACK TO a", "RELEASE a", "SELECT 1/0", "BEGIN", "ROLLBACK"),
  PREPARED(
      "PREPARE u AS SELECT 5", "EXECUTE u", "DEALLOCATE u", "PREPARE v (bigint) AS SELECT name FROM customers WHERE id = $1", "EXECUTE v (1)",
      "EXECUTE v (2 + 1)", "EXECUTE v", "EXECUTE v ('x')", "DEALLOCATE v", "PREPARE s AS SELECT 6", "EXECUTE s", "DEALLOCATE s", "EXECUTE t",
      "DEALLOCATE ALL", "DISCARD PLANS", "PREPARE w AS INSERT INTO scratch VALUES ($1, $2)", "EXECUTE w (3, 'y')", "EXECUTE nobody",
      "PREPARE bad AS SELECT nothing"),
  CURSORS(
      "DECLARE c CURSOR FOR SELECT i FROM generate_series(1, 5) i", "FETCH 2 FROM c", "FETCH c", "MOVE 1 IN c", "CLOSE c", "CLOSE ALL", "FETCH ALL c",
      "DECLARE k CURSOR FOR SELECT i, name FROM customers, generate_series(1, 4) i WHERE id = 2", "FETCH 2 FROM k", "MOVE k", "CLOSE k",
      "DECLARE h CURSOR WITH HOLD FOR SELECT i FROM generate_series(1, 6) i", "FETCH 2 FROM h", "MOVE 1 IN h", "CLOSE h", "FETCH 1 FROM p",
      "DECLARE c SCROLL CURSOR FOR SELECT id FROM items ORDER BY id", "FETCH BACKWARD 1 FROM c", "BEGIN", "BEGIN", "COMMIT", "SAVEPOINT a", "ROLLBACK TO a"),
  TEMPORARY(
      "CREATE TEMP TABLE tmp (i int)", "CREATE TEMP TABLE tmp (i int) ON COMMIT DROP", "CREATE TEMP TABLE other (i int) ON COMMIT DELETE ROWS",
      "INSERT INTO tmp VALUES (1), (2)", "SELECT count(*) FROM tmp", "INSERT INTO other VALUES (1)", "SELECT count(*) FROM other", "DROP TABLE tmp",
      "DROP TABLE IF EXISTS other", "DISCARD TEMP", "BEGIN", "COMMIT", "SAVEPOINT a", "ROLLBACK TO a"),
  COPIES(
      "COPY items (id, name) TO STDOUT", "COPY (SELECT i FROM generate_series(1, 3) i) TO STDOUT", "COPY (SELECT name FROM customers WHERE id = 1) TO STDOUT",
      "COPY (SELECT 1/0) TO STDOUT", "COPY scratch TO STDOUT", "COPY nowhere TO STDOUT", "DELETE FROM scratch", "BEGIN", "ROLLBACK");

  private final List<String> statements;

  Vocabulary(String... statements) {
    this.statements = List.of(statements);
  }

  List<String> statements() {
    return statements;
  }
}
