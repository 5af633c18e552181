package io.shardgate.proxy.execute.copy;

import java.util.Arrays;

/// A field of a binary tuple. Not thread-safe; owned by one COPY.
final class BinaryField implements FieldFinder {
  private final int column;
  private byte[] value = new byte[0];

  BinaryField(int column) {
    this.column = column;
  }

  @Override
  public Found find(byte[] row, int from, int contentEnd) {
    if (count(row, from, contentEnd) <= column) {
      return Found.MISSING;
    }
    int at = from + 2;
    for (int i = 0; i < column; i++) {
      at += 4 + Math.max(0, BinaryCutter.int32(row, at));
    }
    int length = BinaryCutter.int32(row, at);
    if (length < 0) {
      return Found.NULL;
    }
    value = Arrays.copyOfRange(row, at + 4, at + 4 + length);
    return Found.VALUE;
  }

  @Override
  public byte[] value() {
    return value;
  }

  @Override
  public int count(byte[] row, int from, int contentEnd) {
    return (short) ((row[from] & 0xff) << 8 | (row[from + 1] & 0xff));
  }
}
