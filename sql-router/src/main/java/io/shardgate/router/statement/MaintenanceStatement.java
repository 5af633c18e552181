package io.shardgate.router.statement;

import io.shardgate.router.statement.DataStatement.TableReference;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Statements that look after storage and the server itself.
public sealed interface MaintenanceStatement extends Statement {
    /// VACUUM.
    ///
    /// @param tables empty for the whole database
    record Vacuum(List<Option> options, List<TableReference> tables) implements MaintenanceStatement {
        public Vacuum {
            options = List.copyOf(options);
            tables = List.copyOf(tables);
        }
    }

    /// ANALYZE.
    ///
    /// @param tables empty for the whole database
    record Analyze(List<Option> options, List<TableReference> tables) implements MaintenanceStatement {
        public Analyze {
            options = List.copyOf(options);
            tables = List.copyOf(tables);
        }
    }

    /// REINDEX.
    ///
    /// @param name null where DATABASE or SYSTEM has none
    record Reindex(Target target, @Nullable Name name, boolean concurrently, List<Option> options) implements MaintenanceStatement {
        public Reindex {
            options = List.copyOf(options);
        }

        /// What the name names.
        public enum Target {
            INDEX,
            TABLE,
            SCHEMA,
            DATABASE,
            SYSTEM
        }
    }

    /// CLUSTER.
    ///
    /// @param table null for all that were clustered before
    record Cluster(@Nullable Name table, @Nullable Name index) implements MaintenanceStatement {}

    /// REFRESH MATERIALIZED VIEW.
    record RefreshMaterializedView(Name view, boolean concurrently, boolean withData) implements MaintenanceStatement {}

    /// CHECKPOINT.
    record Checkpoint() implements MaintenanceStatement {}

    /// ALTER SYSTEM.
    ///
    /// @param setting null for RESET ALL
    record AlterSystem(@Nullable String setting) implements MaintenanceStatement {}
}
