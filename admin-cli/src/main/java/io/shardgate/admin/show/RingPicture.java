package io.shardgate.admin.show;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// A hash ring in a terminal: a circle of one character for each direction, which stands for the shard that owns the positions there. The ring
/// begins at the top and goes clockwise, from the lowest position to the highest.
public final class RingPicture {
  private static final int HEIGHT = 17;
  private static final int WIDTH = 2 * HEIGHT - 1;
  private static final String SYMBOLS = "123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final BigInteger SIZE = BigInteger.ONE.shiftLeft(64);
  private static final BigInteger FIRST = BigInteger.valueOf(Long.MIN_VALUE);

  private final NavigableMap<BigInteger, String> owners = new TreeMap<>();
  private final Map<String, Character> symbols = new TreeMap<>();

  /// @param owners who owns the positions from each on, the lowest among them
  public RingPicture(Map<Long, String> owners) {
    owners.forEach((from, shard) -> this.owners.put(BigInteger.valueOf(from), shard));
    new TreeMap<>(owners).values().forEach(shard -> symbols.put(shard, ' '));
    int next = 0;
    for (Map.Entry<String, Character> entry : symbols.entrySet()) {
      entry.setValue(next < SYMBOLS.length() ? SYMBOLS.charAt(next++) : '?');
    }
  }

  /// The circle, then a line for each shard: its symbol, its share of the ring, its ranges.
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (char[] row : circle()) {
      lines.add(new String(row).stripTrailing());
    }
    symbols.forEach((shard, symbol) -> lines.add(symbol + "  " + shard + "  " + share(shard) + " %  " + ranges(shard)));
    return lines;
  }

  private char[][] circle() {
    char[][] grid = new char[HEIGHT][WIDTH];
    for (char[] row : grid) {
      Arrays.fill(row, ' ');
    }
    double radius = (HEIGHT - 1) / 2.0;
    int steps = WIDTH * 8;
    for (int step = 0; step < steps; step++) {
      double angle = 2 * Math.PI * step / steps;
      int x = (int) Math.round((WIDTH - 1) / 2.0 + 2 * radius * Math.sin(angle));
      int y = (int) Math.round(radius - radius * Math.cos(angle));
      BigInteger position = FIRST.add(SIZE.multiply(BigInteger.valueOf(step)).divide(BigInteger.valueOf(steps)));
      Map.Entry<BigInteger, String> owner = owners.floorEntry(position);
      if (grid[y][x] == ' ') {
        grid[y][x] = owner == null ? '?' : symbols.getOrDefault(owner.getValue(), '?');
      }
    }
    return grid;
  }

  private String share(String shard) {
    BigInteger owned = BigInteger.ZERO;
    for (Map.Entry<BigInteger, String> range : owners.entrySet()) {
      if (range.getValue().equals(shard)) {
        BigInteger next = owners.higherKey(range.getKey());
        owned = owned.add((next == null ? FIRST.add(SIZE) : next).subtract(range.getKey()));
      }
    }
    return new BigDecimal(owned).multiply(BigDecimal.valueOf(100)).divide(new BigDecimal(SIZE), 1, RoundingMode.HALF_UP).toString();
  }

  private String ranges(String shard) {
    long count = owners.values().stream().filter(shard::equals).count();
    return count + (count == 1 ? " range" : " ranges");
  }
}
