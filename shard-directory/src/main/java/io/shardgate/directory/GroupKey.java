package io.shardgate.directory;

/// A key of a group, by the group's name.
public record GroupKey(String group, KeyValue key) {}
