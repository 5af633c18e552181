package io.shardgate.directory.etcd;

import io.etcd.jetcd.ByteSequence;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/// The names of the keys under a prefix. Immutable.
///
///     <prefix>/version          written by every change of the map, together with the pieces that change
///     <prefix>/cluster          pieces of the map (MapPieces)
///     <prefix>/shards/<id>
///     <prefix>/groups/<name>
///     <prefix>/maps/<group>
///     <prefix>/foreign/<group>
///     <prefix>/roles/<name>     what was recorded of a role
///     <prefix>/proxies/<id>     a proxy that serves, under its lease
///
///     <prefix>/keys/<group>/<key>      owner of a key of strategy *directory*
///     <prefix>/holders/<group>/<shard> there once a key of the group was placed on the shard
///
/// Behind keys/ and holders/ a group's name is percent-encoded, and so is a role's; the key is the bytes of its text. moves/ is a name that is kept
/// free beside them.
record Layout(String prefix) {
  static final String VERSION = "version";
  static final String PROXIES = "proxies/";
  static final String ROLES = "roles/";

  private static final String KEYS = "keys/";
  private static final String HOLDERS = "holders/";

  Layout(EtcdPlace place) {
    this(place.prefix() + "/");
  }

  ByteSequence key(String name) {
    return bytes(prefix + name);
  }

  /// What the names of a group's keys begin with.
  ByteSequence keys(String group) {
    return key(KEYS + encoded(group) + "/");
  }

  ByteSequence key(String group, KeyValue key) {
    return keys(group).concat(key instanceof KeyValue.OfText(byte[] utf8) ? ByteSequence.from(utf8) : bytes(key.toString()));
  }

  ByteSequence role(String role) {
    return key(ROLES + encoded(role));
  }

  boolean isKey(ByteSequence name) {
    return name.startsWith(key(KEYS));
  }

  static String holders(String group) {
    return HOLDERS + encoded(group) + "/";
  }

  static String holder(String group, ShardId shard) {
    return holders(group) + shard;
  }

  private static String encoded(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8);
  }

  static String decoded(String name) {
    return URLDecoder.decode(name, StandardCharsets.UTF_8);
  }

  /// The name of a key under the prefix.
  String name(ByteSequence key) {
    return text(key).substring(prefix.length());
  }

  static ByteSequence bytes(String text) {
    return ByteSequence.from(text, StandardCharsets.UTF_8);
  }

  static String text(ByteSequence bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
