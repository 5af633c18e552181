package io.shardgate.bench.rig;

import java.util.List;

/// What the clients do. Immutable.
///
/// @param name as the table has it
/// @param script pgbench's script, or the statement of [DriverLoad]
/// @param protocol pgbench's query mode: simple, extended or prepared; `pgjdbc` for [DriverLoad]
/// @param clients how many at once
/// @param statements that one run of the script sends
record Workload(String name, String script, String protocol, int clients, int statements) {
  /// Rows of the table that all scripts use: `accounts (id bigint PRIMARY KEY, balance int, filler text)`.
  static final int ROWS = 100_000;

  private static final String SELECT = "\\set id random(1, " + ROWS + ")\nSELECT balance FROM accounts WHERE id = :id;\n";
  private static final String UPDATE = "\\set id random(1, " + ROWS + ")\nUPDATE accounts SET balance = balance + 1 WHERE id = :id;\n";
  private static final String BULK = "\\set id random(1, " + ROWS + ")\nSELECT id, n, repeat('x', 100) FROM accounts, generate_series(1, 50000) n WHERE id = :id;\n";

  /// What stands in a script for four variables `a` to `d`: keys of four shards.
  static final String FOUR_KEYS = "\\set four keys\n";

  private static final String FOUR = FOUR_KEYS + "SELECT id, balance FROM accounts WHERE id IN (:a, :b, :c, :d);\n";
  private static final String SUM = "SELECT count(*), sum(balance) FROM accounts;\n";
  private static final String ORDERED = "SELECT * FROM accounts ORDER BY id;\n";
  private static final String JOIN = "SELECT count(*), sum(b.balance) FROM accounts a JOIN accounts b ON b.id = a.id + 1;\n";

  /// The workloads of a plan.
  static List<Workload> of(Plan plan) {
    return switch (plan) {
      case QUICK ->
          List.of(
              new Workload("select", SELECT, "simple", 8, 1), new Workload("select", SELECT, "extended", 8, 1), new Workload("select", SELECT, "prepared", 8, 1),
              new Workload("select", SELECT, "prepared", 32, 1), new Workload("update", UPDATE, "prepared", 8, 1), new Workload("bulk", BULK, "simple", 1, 1));
      case FULL -> full();
      case READING -> reading();
    };
  }

  /// Queries over several shards.
  private static List<Workload> reading() {
    return List.of(
        new Workload("four keys", FOUR, "simple", 1, 1), new Workload("four keys", FOUR, "prepared", 1, 1), new Workload("four keys", FOUR, "prepared", 8, 1),
        new Workload("count and sum", SUM, "simple", 1, 1), new Workload("ordered", ORDERED, "simple", 1, 1), new Workload("join", JOIN, "simple", 1, 1));
  }

  private static List<Workload> full() {
    java.util.ArrayList<Workload> all = new java.util.ArrayList<>();
    for (int clients : new int[] {1, 8, 32, 128}) {
      for (String protocol : List.of("simple", "extended", "prepared")) {
        all.add(new Workload("select", SELECT, protocol, clients, 1));
        all.add(new Workload("update", UPDATE, protocol, clients, 1));
      }
    }
    for (int clients : new int[] {1, 4}) {
      all.add(new Workload("bulk", BULK, "simple", clients, 1));
    }
    all.addAll(DriverLoad.all());
    return List.copyOf(all);
  }

  /// How much is measured.
  enum Plan {
    QUICK,
    FULL,

    /// What several shards answer together.
    READING
  }

  boolean byDriver() {
    return protocol.equals("pgjdbc");
  }

  String label() {
    return name + " " + protocol + " " + clients;
  }
}
