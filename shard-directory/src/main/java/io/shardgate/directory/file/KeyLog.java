package io.shardgate.directory.file;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyText;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.keys.PlacedKey;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys of strategy *directory* in a file that only grows, a line for each write.
/// Not thread-safe; owned by its directory, under its lock.
///
///     9f1c22e0 [["tenant","s2","acme"],["tenant","s1","zeta"]]
///     │        └ group, owner, key
///     └ CRC-32C of the rest of the line
///
/// A text key is written byte by byte (as ISO 8859-1), so that it comes back as it was. A line that was not written to its end is the last
/// one, nobody was told of it, and it is cut off when the file is opened. A write that failed leaves the file as it was, or stops all others.
final class KeyLog implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyLog.class);
  private static final JsonFactory JSON = JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
  private static final int CHECKSUM_CHARS = 8;

  /// Keys that one line of a file that is written anew has.
  private static final int LINE_KEYS = 1_000;

  private final Path file;
  private @Nullable FileChannel channel;
  private long length;
  private boolean broken;

  private KeyLog(Path file) {
    this.file = file;
  }

  /// Opens the file, which may be missing, and puts its keys into the tables of their groups. Keys of other groups are dropped from the file.
  /// Throws [IOException] when it can't be read, or is broken elsewhere than at its end.
  static KeyLog open(Path file, Map<String, KeyTable> tables) throws IOException {
    KeyLog log = new KeyLog(file);
    if (Files.exists(file) && log.load(tables)) {
      log.rewrite(tables);
    }
    return log;
  }

  /// Whether there were keys of no table.
  private boolean load(Map<String, KeyTable> tables) throws IOException {
    boolean foreign = false;
    long at = 0;
    long badAt = -1;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      while (readLine(in, line)) {
        byte[] bytes = line.toByteArray();
        boolean good = isWhole(bytes);
        if (good && badAt >= 0) {
          throw new IOException("keys file " + file + " is broken at byte " + badAt + ", before keys that are whole");
        }
        if (good) {
          foreign |= !take(bytes, tables);
        } else if (badAt < 0) {
          badAt = at;
        }
        at += bytes.length;
      }
    }
    length = badAt >= 0 ? badAt : at;
    if (badAt >= 0) {
      LOG.warn("cut {} bytes off keys file {}: a write that did not end, and was not answered", at - badAt, file);
      try (FileChannel tail = FileChannel.open(file, StandardOpenOption.WRITE)) {
        tail.truncate(badAt);
        tail.force(true);
      }
    }
    return foreign;
  }

  /// Reads up to and with the end of a line.
  private static boolean readLine(InputStream in, ByteArrayOutputStream line) throws IOException {
    line.reset();
    for (int b = in.read(); b >= 0; b = in.read()) {
      line.write(b);
      if (b == '\n') {
        break;
      }
    }
    return line.size() > 0;
  }

  private static boolean isWhole(byte[] line) {
    int begin = CHECKSUM_CHARS + 1;
    if (line.length <= begin || line[line.length - 1] != '\n' || line[CHECKSUM_CHARS] != ' ') {
      return false;
    }
    String said = new String(line, 0, CHECKSUM_CHARS, StandardCharsets.US_ASCII);
    return said.equals(checksum(line, begin, line.length - begin));
  }

  private static String checksum(byte[] bytes, int from, int count) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, from, count);
    return HexFormat.of().toHexDigits(sum.getValue(), CHECKSUM_CHARS);
  }

  private boolean take(byte[] line, Map<String, KeyTable> tables) throws IOException {
    boolean all = true;
    try (JsonParser json = JSON.createParser(line, CHECKSUM_CHARS + 1, line.length - CHECKSUM_CHARS - 1)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.START_ARRAY) {
        KeyTable table = tables.get(json.nextTextValue());
        ShardId owner = new ShardId(json.nextTextValue());
        String key = json.nextTextValue();
        json.nextToken();
        all &= table != null;
        if (table != null) {
          put(table, key, owner);
        }
      }
    }
    return all;
  }

  private void put(KeyTable table, String text, ShardId owner) throws IOException {
    if (!table.owners().contains(owner)) {
      throw new IOException("keys file " + file + " has a key on an unknown shard: " + owner);
    }
    byte[] bytes = text.getBytes(table.type() == KeyType.TEXT ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
    if (!(KeyText.read(table.type(), bytes) instanceof KeyText.Reading.Key(KeyValue key))) {
      throw new IOException("keys file " + file + " has a key that is no " + table.type().word() + ": " + text);
    }
    table.put(key, owner);
  }

  /// Records keys: they outlive the process, and the machine's power, when this returns.
  void append(List<PlacedKey> entries) throws IOException {
    if (broken) {
      throw new IOException("keys file " + file + " could not be written before; restart the proxy");
    }
    FileChannel open = opened();
    ByteBuffer bytes = ByteBuffer.wrap(line(entries));
    int count = bytes.remaining();
    try {
      while (bytes.hasRemaining()) {
        open.write(bytes, length + count - bytes.remaining());
      }
      open.force(true);
      length += count;
    } catch (IOException e) {
      takeBack(open);
      throw e;
    }
  }

  private FileChannel opened() throws IOException {
    FileChannel known = channel;
    if (known != null) {
      return known;
    }
    if (Files.notExists(file)) {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      FileDirectory.forceFolder(file);
    }
    FileChannel made = FileChannel.open(file, StandardOpenOption.WRITE);
    channel = made;
    return made;
  }

  /// What the disk has of a write that failed nobody knows: unless it is gone for certain, nothing may follow it.
  private void takeBack(FileChannel open) {
    try {
      open.truncate(length);
      open.force(true);
    } catch (IOException e) {
      broken = true;
      LOG.error("keys file {} can't be written any more: no new key is placed until the proxy is restarted", file, e);
    }
  }

  private static byte[] line(List<PlacedKey> entries) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(body, JsonEncoding.UTF8)) {
      json.writeStartArray();
      for (PlacedKey entry : entries) {
        json.writeStartArray();
        json.writeString(entry.group());
        json.writeString(entry.owner().value());
        json.writeString(text(entry.key()));
        json.writeEndArray();
      }
      json.writeEndArray();
    }
    body.write('\n');
    byte[] bytes = body.toByteArray();
    byte[] head = (checksum(bytes, 0, bytes.length) + " ").getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(head.length + bytes.length).put(head).put(bytes).array();
  }

  private static String text(KeyValue key) {
    return key instanceof KeyValue.OfText(byte[] utf8) ? new String(utf8, StandardCharsets.ISO_8859_1) : key.toString();
  }

  /// Replaces the file by one with the keys of these tables only. When that fails, nothing is written any more.
  void rewrite(Map<String, KeyTable> tables) throws IOException {
    broken = true;
    close();
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    KeyLog copy = new KeyLog(fresh);
    List<PlacedKey> entries = new ArrayList<>();
    for (Map.Entry<String, KeyTable> table : tables.entrySet()) {
      table.getValue().forEach((key, owner) -> entries.add(new PlacedKey(table.getKey(), owner, key)));
    }
    copy.opened();
    for (int from = 0; from < entries.size(); from += LINE_KEYS) {
      copy.append(entries.subList(from, Math.min(from + LINE_KEYS, entries.size())));
    }
    copy.close();
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    FileDirectory.forceFolder(file);
    length = copy.length;
    broken = false;
  }

  @Override
  public void close() throws IOException {
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      open.close();
    }
  }
}
