package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Statements that change the catalog.
public sealed interface DefinitionStatement extends Statement {
    /// How long a relation lives.
    enum Persistence {
        PERMANENT,
        TEMPORARY,
        UNLOGGED
    }

    /// CREATE TABLE, CREATE FOREIGN TABLE, CREATE TABLE AS.
    ///
    /// @param ofType of a typed table
    /// @param partitionBy PARTITION BY with its key
    /// @param asQuery of CREATE TABLE AS; the body of `AS EXECUTE p(…)` is that EXECUTE
    /// @param columnNames of CREATE TABLE AS
    record CreateTable(
            Name name,
            Persistence persistence,
            boolean foreign,
            boolean ifNotExists,
            List<TableElement> elements,
            @Nullable Name ofType,
            List<Name> inherits,
            @Nullable Name partitionOf,
            @Nullable PartitionBy partitionBy,
            List<String> columnNames,
            @Nullable Lexed asQuery,
            boolean withData)
            implements DefinitionStatement {
        public CreateTable {
            elements = List.copyOf(elements);
            inherits = List.copyOf(inherits);
            columnNames = List.copyOf(columnNames);
        }

        /// The columns among the elements.
        public List<TableElement.Column> columns() {
            return elements.stream().filter(TableElement.Column.class::isInstance).map(TableElement.Column.class::cast).toList();
        }

        /// The table constraints among the elements.
        public List<TableElement.Constraint> constraints() {
            return elements.stream().filter(TableElement.Constraint.class::isInstance).map(TableElement.Constraint.class::cast).toList();
        }

        /// The LIKEs among the elements.
        public List<TableElement.Like> likes() {
            return elements.stream().filter(TableElement.Like.class::isInstance).map(TableElement.Like.class::cast).toList();
        }
    }

    /// PARTITION BY.
    ///
    /// @param strategy lower case: range, list, hash
    /// @param columns the key's elements that are plain columns
    record PartitionBy(String strategy, List<String> columns, Span span) {
        public PartitionBy {
            columns = List.copyOf(columns);
        }
    }

    /// ALTER of a relation.
    ///
    /// @param kind upper case: TABLE, INDEX, VIEW, MATERIALIZED VIEW, SEQUENCE, FOREIGN TABLE
    record AlterTable(String kind, Name name, boolean ifExists, boolean only, List<AlterAction> actions) implements DefinitionStatement {
        public AlterTable {
            actions = List.copyOf(actions);
        }
    }

    /// ALTER TABLE ALL IN TABLESPACE and its kin.
    record AlterAllInTablespace(String kind, String tablespace) implements DefinitionStatement {}

    /// DROP.
    ///
    /// @param kind upper case, as many words as it has: TABLE, MATERIALIZED VIEW, FUNCTION, TEXT SEARCH PARSER, ROLE …
    /// @param objects each with its place in the text
    record Drop(String kind, List<Dropped> objects, boolean ifExists, boolean cascade, boolean concurrently) implements DefinitionStatement {
        public Drop {
            objects = List.copyOf(objects);
        }

        /// The names alone.
        public List<Name> names() {
            return objects.stream().map(Dropped::name).toList();
        }
    }

    /// One object of a DROP.
    ///
    /// @param table behind ON, for triggers, rules, policies
    /// @param span all of it, with arguments and ON
    record Dropped(Name name, @Nullable Name table, Span span) {}

    /// CREATE INDEX.
    ///
    /// @param name null where PostgreSQL is to choose it
    /// @param columns the elements that are plain columns
    /// @param elements how many elements there are, columns and expressions
    record CreateIndex(
            @Nullable Name name,
            boolean unique,
            boolean concurrently,
            boolean ifNotExists,
            Name table,
            boolean only,
            List<String> columns,
            int elements,
            @Nullable Span where)
            implements DefinitionStatement {
        public CreateIndex {
            columns = List.copyOf(columns);
        }
    }

    /// CREATE VIEW.
    record CreateView(Name name, boolean orReplace, boolean temporary, boolean recursive, List<String> columns, Lexed body)
            implements DefinitionStatement {
        public CreateView {
            columns = List.copyOf(columns);
        }
    }

    /// CREATE MATERIALIZED VIEW.
    record CreateMaterializedView(Name name, boolean ifNotExists, List<String> columns, Lexed body, boolean withData)
            implements DefinitionStatement {
        public CreateMaterializedView {
            columns = List.copyOf(columns);
        }
    }

    /// CREATE SEQUENCE.
    ///
    /// @param ownedBy table and column, null for none
    record CreateSequence(Name name, boolean temporary, boolean ifNotExists, List<Option> options, @Nullable OwnedBy ownedBy)
            implements DefinitionStatement {
        public CreateSequence {
            options = List.copyOf(options);
        }
    }

    /// ALTER SEQUENCE with sequence options: start, restart, increment, minvalue, maxvalue, cache, cycle, as.
    record AlterSequence(Name name, boolean ifExists, List<Option> options, @Nullable OwnedBy ownedBy) implements DefinitionStatement {
        public AlterSequence {
            options = List.copyOf(options);
        }
    }

    /// OWNED BY of a sequence.
    record OwnedBy(Name table, String column) {}

    /// CREATE SCHEMA.
    ///
    /// @param name null where only AUTHORIZATION names it
    /// @param elements where the statements inside begin and end, null for none
    record CreateSchema(@Nullable String name, boolean ifNotExists, @Nullable String authorization, @Nullable Span elements)
            implements DefinitionStatement {}

    /// CREATE TYPE.
    record CreateType(Name name, Form form, List<String> labels, List<TableElement.Column> attributes) implements DefinitionStatement {
        public CreateType {
            labels = List.copyOf(labels);
            attributes = List.copyOf(attributes);
        }

        /// Which of PostgreSQL's forms.
        public enum Form {
            ENUM,
            COMPOSITE,
            RANGE,
            BASE,
            SHELL
        }
    }

    /// CREATE DOMAIN.
    record CreateDomain(Name name, String type) implements DefinitionStatement {}

    /// ALTER TYPE, ALTER DOMAIN.
    ///
    /// @param addedLabel of ADD VALUE, which can't be used in its own transaction
    record AlterType(Name name, boolean domain, @Nullable String addedLabel, Span action) implements DefinitionStatement {}

    /// CREATE FUNCTION, CREATE PROCEDURE.
    ///
    /// @param arguments the list with its parentheses
    /// @param language lower case; `sql` for a body in SQL's standard form
    /// @param body decoded, null for a body in SQL's standard form
    /// @param standardBody BEGIN ATOMIC … END or RETURN …
    record CreateFunction(
            Name name,
            boolean procedure,
            boolean orReplace,
            Span arguments,
            String language,
            @Nullable String body,
            @Nullable Span standardBody)
            implements DefinitionStatement {}

    /// CREATE TRIGGER.
    ///
    /// @param function what it executes
    record CreateTrigger(String name, Name table, Name function, boolean orReplace) implements DefinitionStatement {}

    /// CREATE RULE.
    ///
    /// @param actions the text behind DO
    record CreateRule(String name, Name table, boolean orReplace, Span actions) implements DefinitionStatement {}

    /// CREATE POLICY, ALTER POLICY.
    ///
    /// @param clauses everything behind the table's name
    record CreatePolicy(String name, Name table, boolean alter, Span clauses) implements DefinitionStatement {}

    /// CREATE EXTENSION.
    record CreateExtension(String name, boolean ifNotExists, @Nullable String schema) implements DefinitionStatement {}

    /// CREATE or ALTER of ROLE, USER, GROUP.
    ///
    /// @param password the place of the literal behind PASSWORD; it must never be logged
    record RoleChange(String name, boolean create, List<Option> options, @Nullable Span password) implements DefinitionStatement {
        public RoleChange {
            options = List.copyOf(options);
        }
    }

    /// ALTER ROLE … SET/RESET, ALTER DATABASE … SET/RESET.
    ///
    /// @param role null for ALL, or where only a database is named
    /// @param setting null for RESET ALL
    /// @param value the text of the value, null for RESET and DEFAULT
    record AlterDefaultSetting(@Nullable String role, @Nullable String database, @Nullable String setting, @Nullable Span value)
            implements DefinitionStatement {}

    /// GRANT, REVOKE of privileges.
    ///
    /// @param kind upper case: TABLE, SEQUENCE, FUNCTION, SCHEMA, DATABASE, TYPE …
    /// @param allInSchema the names are schemas, ALL … IN SCHEMA
    record Privileges(boolean grant, String kind, List<Name> objects, boolean allInSchema) implements DefinitionStatement {
        public Privileges {
            objects = List.copyOf(objects);
        }
    }

    /// GRANT, REVOKE of role membership.
    record Membership(boolean grant, List<String> roles) implements DefinitionStatement {
        public Membership {
            roles = List.copyOf(roles);
        }
    }

    /// ALTER DEFAULT PRIVILEGES.
    record AlterDefaultPrivileges(List<String> schemas) implements DefinitionStatement {
        public AlterDefaultPrivileges {
            schemas = List.copyOf(schemas);
        }
    }

    /// COMMENT ON, SECURITY LABEL ON.
    ///
    /// @param kind upper case: TABLE, COLUMN, FUNCTION …
    /// @param object of a COLUMN the relation; null where it has no name of the usual form
    /// @param table behind ON, for constraints, triggers, rules, policies
    record Comment(String kind, @Nullable Name object, @Nullable String column, @Nullable Name table) implements DefinitionStatement {}

    /// ALTER of an object that is no relation: function, schema, extension, trigger, aggregate, collation …
    ///
    /// @param kind upper case
    /// @param name null where it has no name of the usual form
    /// @param table behind ON
    /// @param newName of RENAME TO
    /// @param action everything behind the object
    record AlterObject(String kind, @Nullable Name name, @Nullable Name table, @Nullable String newName, Span action)
            implements DefinitionStatement {}

    /// CREATE of an object that has no record of its own: aggregate, operator, cast, collation, publication, statistics …
    ///
    /// @param kind upper case
    /// @param name null where it has no name of the usual form
    record CreateObject(String kind, @Nullable Name name) implements DefinitionStatement {}

    /// CREATE DATABASE.
    record CreateDatabase(String name) implements DefinitionStatement {}

    /// ALTER DATABASE, but for SET and RESET.
    record AlterDatabase(String name, Span action) implements DefinitionStatement {}

    /// REASSIGN OWNED, DROP OWNED.
    record OwnedObjects(boolean drop, List<String> roles) implements DefinitionStatement {
        public OwnedObjects {
            roles = List.copyOf(roles);
        }
    }

    /// IMPORT FOREIGN SCHEMA.
    record ImportForeignSchema(String into) implements DefinitionStatement {}
}
