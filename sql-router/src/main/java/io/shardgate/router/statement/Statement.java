package io.shardgate.router.statement;

/// What a statement asks for. Immutable.
public sealed interface Statement
        permits Query, Malformed, Other, TransactionStatement, SessionStatement, AdminStatement, DataStatement, MaintenanceStatement, DefinitionStatement {}
