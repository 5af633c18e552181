package io.shardgate.router.plan;

import io.shardgate.directory.TableName;
import org.jspecify.annotations.Nullable;

/// A column of a new row whose value has to be known before the row is routed or copied: evaluated on the home shard,
/// then spliced into the row.
///
/// @param name the column, unquoted
/// @param typeName as in [io.shardgate.router.catalog.Column]
/// @param expression the default as SQL, to be run on the home shard once a row: `nextval('orders_id_seq'::regclass)`
/// @param sequence the sequence when the expression is nothing but its `nextval`: values may be taken in blocks
/// @param place its place among the columns that rows give, where some rows say DEFAULT for it; −1 when no row gives it, so
///     that it is appended to each
public record GeneratedColumn(
    String name, String typeName, String expression, @Nullable TableName sequence, int place) {}
