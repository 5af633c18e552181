package io.shardgate.directory;

/// How a group turns a key into an owner.
public sealed interface Strategy {
  /// The word in a topology.
  String word();

  /// By the 64-bit hash of the key, on a ring that is cut into ranges.
  record Hash() implements Strategy {
    @Override
    public String word() {
      return "hash";
    }
  }

  /// By the key's place in the order of its type, which is cut at chosen keys.
  record Range() implements Strategy {
    @Override
    public String word() {
      return "range";
    }
  }

  /// By an entry of the directory for each key, which is made when the key is seen for the first time.
  ///
  /// @param place how a new key gets its owner
  record Directory(Placement place) implements Strategy {
    @Override
    public String word() {
      return "directory";
    }
  }
}
