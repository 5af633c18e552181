package io.shardgate.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.shardgate.cluster.LogWatch;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.FrontendWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/// Messages after the login, as [Messages] has them; the first two bytes of an input say where the stream is cut. Whatever they are, they are answered alike
/// in one piece and in several.
final class FrontendMessagesFuzz {
  private static final int HEAD_BYTES = 2;
  private static final int CUTS_MAX = 6;

  /// Longer than any statement may take.
  private static final int SILENCE_MILLIS = 10_000;

  /// Where a message may wait for its rest.
  private static final int SHORT_SILENCE_MILLIS = 100;

  private static final int ATTEMPTS = 3;

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "12s")
  void theAnswerIsTheSameHoweverTheStreamIsCut(byte[] input) throws IOException, InterruptedException {
    if (input.length < HEAD_BYTES) {
      return;
    }
    int logged = LogWatch.lines().size();
    Messages.Stream stream = Messages.of(input, HEAD_BYTES);
    int cut = (input[0] & 0xff) << 8 | input[1] & 0xff;
    RawClient.Heard whole = answer(stream, 0, -1);
    RawClient.Heard pieces = answer(stream, CUTS_MAX, cut);
    if (stream.whole()) {
      assertThat(whole.end()).as("%s", whole).isEqualTo("closed");
      for (int attempt = 1; !pieces.equals(whole) && attempt < ATTEMPTS; attempt++) { // what is random by itself differs from itself
        RawClient.Heard again = answer(stream, 0, -1);
        if (!again.equals(whole)) {
          return;
        }
        pieces = answer(stream, CUTS_MAX, cut);
      }
      assertThat(pieces).isEqualTo(whole);
    }
    FuzzedProxy.isUnharmed(logged);
  }

  private static RawClient.Heard answer(Messages.Stream stream, int cuts, int seed) throws IOException, InterruptedException {
    byte[] bytes = stream.whole() ? ended(stream.bytes()) : stream.bytes();
    try (WireClient client = FuzzedProxy.client()) {
      try {
        write(client.socket().getOutputStream(), bytes, cuts, seed);
      } catch (SocketException _) {
        // It was closed in the middle: what was said before is read below.
      }
      return RawClient.read(client, false, stream.whole() ? SILENCE_MILLIS : SHORT_SILENCE_MILLIS);
    }
  }

  private static byte[] ended(byte[] bytes) {
    byte[] ended = Arrays.copyOf(bytes, bytes.length + 10);
    ended[bytes.length] = 'S';
    ended[bytes.length + 4] = 4;
    ended[bytes.length + 5] = 'X';
    ended[bytes.length + 9] = 4;
    return ended;
  }

  private static void write(OutputStream out, byte[] bytes, int cuts, int seed) throws IOException, InterruptedException {
    Random random = new Random(seed);
    int[] ends = random.ints(cuts, 0, bytes.length + 1).sorted().toArray();
    int from = 0;
    for (int end : ends) {
      out.write(bytes, from, end - from);
      from = end;
      Thread.sleep(0, 200_000);
    }
    out.write(bytes, from, bytes.length - from);
  }

  private static byte[] sql(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void extended(ByteBuf out, String name, String sql, byte[]... values) {
    FrontendWriter.parse(out, name, sql(sql), new int[0]);
    FrontendWriter.bind(out, "", name, new int[0], List.of(values), new int[0]);
    FrontendWriter.describePortal(out, "");
    FrontendWriter.execute(out, "", 0);
  }

  static Stream<byte[]> seeds() {
    Stream<Consumer<ByteBuf>> queries =
        Stream.of(
                FuzzedProxy.ON_S1, FuzzedProxy.ON_S2, "SELECT 1; SELECT note FROM t WHERE id = 2", "BEGIN; SELECT 1/0; COMMIT", "COPY t TO STDOUT", "COPY home_rows TO STDOUT (FORMAT binary)",
                "PREPARE p AS SELECT $1::int", "DECLARE c CURSOR FOR SELECT * FROM home_rows", "SET search_path TO a", "SHOW SHARDGATE VERSION", "EXPLAIN (ROUTE) SELECT * FROM t",
                "SELECT * FROM t", "INSERT INTO t VALUES (3, 'x')", "COPY home_rows FROM STDIN", "", "SHARDGATE STATUS", "LISTEN x", "DISCARD ALL", "SELECT 'a")
            .map(text -> out -> FrontendWriter.query(out, sql(text)));
    Stream<Consumer<ByteBuf>> flows = Stream.of(
        out -> extended(out, "", "SELECT note FROM t WHERE id = $1", sql("1")),
        out -> {
          extended(out, "a", "SELECT b FROM home_rows WHERE a = $1", sql("2"));
          FrontendWriter.sync(out);
          extended(out, "b", "SELECT note FROM t WHERE id = 1001");
          FrontendWriter.flush(out);
          FrontendWriter.describeStatement(out, "a");
          FrontendWriter.closeStatement(out, "a");
          FrontendWriter.closePortal(out, "");
        },
        out -> {
          FrontendWriter.query(out, sql("BEGIN"));
          extended(out, "", "SELECT b FROM home_rows");
          FrontendWriter.sync(out);
          FrontendWriter.query(out, sql("SAVEPOINT a"));
          extended(out, "", "SELECT 1/0");
          FrontendWriter.sync(out);
          FrontendWriter.query(out, sql("ROLLBACK TO a"));
          FrontendWriter.query(out, sql("COMMIT"));
        },
        out -> {
          FrontendWriter.query(out, sql("COPY home_rows FROM STDIN"));
          FrontendWriter.copyData(out, sql("1\ta\n"));
          FrontendWriter.copyDone(out);
        },
        out -> {
          extended(out, "", "SELECT note FROM t WHERE id = 1");
          FrontendWriter.query(out, sql("SELECT 1"));
          FrontendWriter.copyFail(out, "no");
        },
        out -> FrontendWriter.functionCall(out, 1, new int[0], List.of(), 0));
    byte[] head = {1, 2};
    return Stream.concat(queries, flows).map(writer -> Messages.seed(head, writer));
  }
}
