package io.shardgate.router.statement;

import org.jspecify.annotations.Nullable;

/// One action of ALTER TABLE and its kin.
public sealed interface AlterAction {
    /// ADD COLUMN.
    record AddColumn(TableElement.Column column, boolean ifNotExists) implements AlterAction {}

    /// DROP COLUMN.
    record DropColumn(String column, boolean ifExists, boolean cascade) implements AlterAction {}

    /// ALTER COLUMN … TYPE.
    ///
    /// @param using the expression, null where none was given
    record ColumnType(String column, String type, @Nullable Name collation, @Nullable Span using) implements AlterAction {}

    /// ALTER COLUMN … SET DEFAULT.
    record SetDefault(String column, Span expression) implements AlterAction {}

    /// ALTER COLUMN … DROP DEFAULT.
    record DropDefault(String column) implements AlterAction {}

    /// ALTER COLUMN … SET or DROP NOT NULL.
    record NotNull(String column, boolean set) implements AlterAction {}

    /// ALTER COLUMN … ADD GENERATED … AS IDENTITY.
    record AddIdentity(String column, TableElement.Identity identity) implements AlterAction {}

    /// ALTER COLUMN … DROP IDENTITY.
    record DropIdentity(String column) implements AlterAction {}

    /// ADD of a table constraint.
    record AddConstraint(TableElement.Constraint constraint, boolean notValid) implements AlterAction {}

    /// DROP CONSTRAINT.
    record DropConstraint(String name, boolean ifExists, boolean cascade) implements AlterAction {}

    /// VALIDATE CONSTRAINT.
    record ValidateConstraint(String name) implements AlterAction {}

    /// RENAME COLUMN.
    record RenameColumn(String from, String to) implements AlterAction {}

    /// RENAME CONSTRAINT.
    record RenameConstraint(String from, String to) implements AlterAction {}

    /// RENAME TO.
    ///
    /// @param span the new name
    record RenameTo(String name, Span span) implements AlterAction {}

    /// SET SCHEMA.
    record SetSchema(String schema) implements AlterAction {}

    /// OWNER TO.
    record OwnerTo(String role) implements AlterAction {}

    /// ATTACH PARTITION, of tables and indexes.
    record AttachPartition(Name partition) implements AlterAction {}

    /// DETACH PARTITION.
    record DetachPartition(Name partition, boolean concurrently) implements AlterAction {}

    /// INHERIT, NO INHERIT.
    record Inherit(Name parent, boolean inherit) implements AlterAction {}

    /// ENABLE, DISABLE, FORCE, NO FORCE ROW LEVEL SECURITY.
    record RowSecurity(String change) implements AlterAction {}

    /// ENABLE or DISABLE of a trigger or a rule.
    record Firing(Span span) implements AlterAction {}

    /// SET LOGGED, SET UNLOGGED.
    record SetLogged(boolean logged) implements AlterAction {}

    /// Any other: storage, statistics, parameters, tablespaces, access methods.
    record OtherAction(Span span) implements AlterAction {}
}
