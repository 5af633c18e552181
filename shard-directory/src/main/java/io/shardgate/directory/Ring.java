package io.shardgate.directory;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Cuts the ring of 2^64 positions by consistent hashing with chosen positions instead of drawn ones: every shard gets exactly its weighted
/// share, to one position.
///
/// The first cut gives each shard one range. When shards come, go or change their weight, only what is too much at one shard goes to those
/// that have too little: a new shard takes its share from all present ones, of each what it has too much; a leaving one gives up its own
/// ranges, and no other moves.
public final class Ring {
  private static final BigInteger SIZE = BigInteger.ONE.shiftLeft(64);
  private static final BigInteger FIRST = BigInteger.valueOf(Long.MIN_VALUE);

  private Ring() {}

  /// A first cut for these shards: one range each, in the order of their ids.
  public static HashRing cut(Collection<Shard> shards) {
    List<HashRange> ranges = new ArrayList<>();
    BigInteger next = FIRST;
    for (Map.Entry<ShardId, BigInteger> share : shares(shards).entrySet()) {
      ranges.add(new HashRange(next.longValueExact(), share.getKey()));
      next = next.add(share.getValue());
    }
    return new HashRing(ranges);
  }

  /// The cut that gives these shards their shares and moves as little as can be from the present one.
  public static HashRing balanced(HashRing present, Collection<Shard> shards) {
    SortedMap<ShardId, BigInteger> missing = shares(shards);
    List<Piece> pieces = pieces(present);
    for (Piece piece : pieces) {
      missing.merge(piece.owner, piece.length.negate(), BigInteger::add);
    }
    List<Piece> kept = new ArrayList<>();
    List<Piece> given = new ArrayList<>();
    missing.forEach((shard, lack) -> part(pieces.stream().filter(piece -> piece.owner.equals(shard)).toList(), lack.negate(), kept, given));
    kept.addAll(taken(given, missing));
    kept.sort(Comparator.comparing(Piece::from));
    return joined(kept);
  }

  /// How much of the ring each shard is to have.
  private static SortedMap<ShardId, BigInteger> shares(Collection<Shard> shards) {
    SortedMap<ShardId, Shard> byId = new TreeMap<>();
    shards.forEach(shard -> byId.put(shard.id(), shard));
    if (byId.isEmpty()) {
      throw new IllegalArgumentException("shards: none (expected: at least one)");
    }
    BigInteger total = BigInteger.valueOf(byId.values().stream().mapToLong(Shard::weight).sum());
    SortedMap<ShardId, BigInteger> shares = new TreeMap<>();
    long weight = 0;
    BigInteger before = BigInteger.ZERO;
    for (Shard shard : byId.values()) {
      weight += shard.weight();
      BigInteger until = SIZE.multiply(BigInteger.valueOf(weight)).divide(total);
      shares.put(shard.id(), until.subtract(before));
      before = until;
    }
    return shares;
  }

  private record Piece(BigInteger from, BigInteger length, ShardId owner) {
    Piece first(BigInteger count) {
      return new Piece(from, count, owner);
    }

    Piece after(BigInteger count) {
      return new Piece(from.add(count), length.subtract(count), owner);
    }

    Piece of(ShardId other) {
      return new Piece(from, length, other);
    }
  }

  private static List<Piece> pieces(HashRing ring) {
    List<Piece> pieces = new ArrayList<>();
    List<HashRange> ranges = ring.ranges();
    for (int i = 0; i < ranges.size(); i++) {
      BigInteger from = BigInteger.valueOf(ranges.get(i).fromInclusive());
      BigInteger until = i + 1 < ranges.size() ? BigInteger.valueOf(ranges.get(i + 1).fromInclusive()) : FIRST.add(SIZE);
      pieces.add(new Piece(from, until.subtract(from), ranges.get(i).owner()));
    }
    return pieces;
  }

  /// Parts one shard's pieces into those that it keeps and those that it has too much: small ones whole, at most one cut in two.
  private static void part(List<Piece> owned, BigInteger surplus, List<Piece> kept, List<Piece> given) {
    BigInteger left = surplus;
    for (Piece piece : owned.stream().sorted(Comparator.comparing(Piece::length).thenComparing(Piece::from)).toList()) {
      if (left.signum() <= 0) {
        kept.add(piece);
      } else if (piece.length.compareTo(left) <= 0) {
        given.add(piece);
        left = left.subtract(piece.length);
      } else {
        BigInteger keeps = piece.length.subtract(left);
        kept.add(piece.first(keeps));
        given.add(piece.after(keeps));
        left = BigInteger.ZERO;
      }
    }
  }

  /// The given pieces, dealt out to those that lack some.
  private static List<Piece> taken(List<Piece> given, SortedMap<ShardId, BigInteger> missing) {
    List<Piece> taken = new ArrayList<>();
    List<Piece> rest = new ArrayList<>(given);
    missing.forEach((shard, lack) -> {
      BigInteger left = lack;
      while (left.signum() > 0) {
        Piece piece = rest.removeFirst();
        BigInteger takes = piece.length.min(left);
        taken.add(piece.first(takes).of(shard));
        if (takes.compareTo(piece.length) < 0) {
          rest.addFirst(piece.after(takes));
        }
        left = left.subtract(takes);
      }
    });
    return taken;
  }

  private static HashRing joined(List<Piece> pieces) {
    List<HashRange> ranges = new ArrayList<>();
    for (Piece piece : pieces) {
      if (ranges.isEmpty() || !ranges.getLast().owner().equals(piece.owner)) {
        ranges.add(new HashRange(piece.from.longValueExact(), piece.owner));
      }
    }
    return new HashRing(ranges);
  }
}
