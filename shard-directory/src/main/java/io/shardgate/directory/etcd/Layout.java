package io.shardgate.directory.etcd;

import io.etcd.jetcd.ByteSequence;
import java.nio.charset.StandardCharsets;

/// The names of the keys under a prefix. Immutable.
///
///     <prefix>/version          written by every change of the map, together with the pieces that change
///     <prefix>/cluster          pieces of the map (MapPieces)
///     <prefix>/shards/<id>
///     <prefix>/groups/<name>
///     <prefix>/maps/<group>
///     <prefix>/proxies/<id>     a proxy that serves, under its lease
///
/// roles/ and moves/ are names that are kept free beside them.
record Layout(String prefix) {
  static final String VERSION = "version";
  static final String PROXIES = "proxies/";

  Layout(EtcdPlace place) {
    this(place.prefix() + "/");
  }

  ByteSequence key(String name) {
    return bytes(prefix + name);
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
