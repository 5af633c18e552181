package io.shardgate.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.shardgate.cluster.LogWatch;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/// A server that says anything, at its login or in answer to a client. The client gets an answer, an error or the end of its connection; others are served
/// meanwhile, and when the server has come to its senses everybody is. The first byte of an input says when it speaks and what the client asks, the rest is
/// what it says, as [Messages] has it.
final class HostileServerFuzz {
  private static final int SHORT_SILENCE_MILLIS = 300;
  private static final int SILENCE_MILLIS = 10_000;
  private static final long RECOVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "12s")
  void aServerMaySayAnything(byte[] input) throws IOException {
    if (input.length == 0) {
      return;
    }
    int logged = LogWatch.lines().size();
    HostileShard shard = FuzzedProxy.hostileShard();
    HostileShard.Moment moment = moment(input[0] & 7);
    try (WireClient client = FuzzedProxy.client()) {
      if (moment == HostileShard.Moment.LOGIN) {
        shard.repent();
      }
      Messages.Stream lie = Messages.of(input, 1);
      shard.say(moment, lie.bytes());
      ask(client, (input[0] & 8) != 0, (input[0] & 16) != 0);
      RawClient.Heard heard = RawClient.read(client, true, SHORT_SILENCE_MILLIS);
      if (heard.end().equals("silence")) { // a message without an end, a COPY that the client has not asked for: until the server goes
        shard.repent();
        heard = RawClient.read(client, true, SILENCE_MILLIS);
      }
      assertThat(heard.end()).isNotEqualTo("silence");
    } finally {
      shard.repent();
    }
    try (WireClient other = FuzzedProxy.client()) {
      assertThat(other.value(FuzzedProxy.ON_S1)).isEqualTo("note 1");
      recovers(other);
    }
    FuzzedProxy.isUnharmed(logged);
  }

  private static HostileShard.Moment moment(int number) {
    return switch (number) {
      case 0, 1, 2, 3 -> HostileShard.Moment.ANSWER_AND_CLOSE;
      case 4, 5, 6 -> HostileShard.Moment.BEFORE_THE_ANSWER;
      default -> HostileShard.Moment.LOGIN;
    };
  }

  private static void ask(WireClient client, boolean extended, boolean inTransaction) {
    client.send(out -> {
      if (inTransaction) {
        FrontendWriter.query(out, "BEGIN".getBytes(StandardCharsets.UTF_8));
      }
      byte[] sql = FuzzedProxy.ON_S2.getBytes(StandardCharsets.UTF_8);
      if (extended) {
        FrontendWriter.parse(out, "", sql, new int[0]);
        FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[0]);
        FrontendWriter.describePortal(out, "");
        FrontendWriter.execute(out, "", 0);
        FrontendWriter.sync(out);
      } else {
        FrontendWriter.query(out, sql);
      }
    });
    if (inTransaction) {
      client.readToReady();
    }
  }

  /// A connection that was lost, or a shard that was found to be away, is an error at first; a wrong row never is.
  private static void recovers(WireClient client) {
    long until = System.nanoTime() + RECOVERY_NANOS;
    while (true) {
      var answer = client.query(FuzzedProxy.ON_S2);
      boolean failed = answer.stream().anyMatch(BackendMessage.ErrorResponse.class::isInstance);
      if (!failed) {
        assertThat(answer.toString()).contains("DataRow");
        assertThat(client.value(FuzzedProxy.ON_S2)).isEqualTo("note 1001");
        return;
      }
      assertThat(System.nanoTime()).as("still %s", answer).isLessThan(until);
    }
  }

  static Stream<byte[]> seeds() {
    Stream<Consumer<ByteBuf>> said = Stream.of(
        out -> BackendWriter.readyForQuery(out, 'I'),
        out -> BackendWriter.readyForQuery(out, 'T'),
        out -> {
          BackendWriter.commandComplete(out, "SELECT 1");
          BackendWriter.readyForQuery(out, 'I');
        },
        out -> BackendWriter.errorResponse(out, ErrorFields.error(SqlState.INTERNAL_ERROR, "no")),
        out -> BackendWriter.errorResponse(out, ErrorFields.fatal(SqlState.ADMIN_SHUTDOWN, "over")),
        out -> {
          BackendWriter.parseComplete(out);
          BackendWriter.bindComplete(out);
          out.writeByte('T').writeInt(6).writeShort(0x7fff);
          out.writeByte('D').writeInt(6).writeShort(1);
        },
        out -> BackendWriter.parameterStatus(out, "client_encoding", "SJIS"),
        out -> out.writeByte('K').writeInt(12).writeInt(1).writeInt(2),
        out -> out.writeByte('R').writeInt(8).writeInt(0),
        out -> out.writeByte('R').writeInt(23).writeInt(10).writeBytes("SCRAM-SHA-256".getBytes(StandardCharsets.US_ASCII)).writeZero(2),
        out -> out.writeByte('R').writeInt(8 + 20).writeInt(11).writeBytes("r=abc,s=c2FsdA==,i=1".getBytes(StandardCharsets.US_ASCII)),
        out -> out.writeByte('G').writeInt(7).writeByte(0).writeShort(0),
        out -> out.writeByte('H').writeInt(7).writeByte(0).writeShort(0),
        out -> out.writeByte('A').writeInt(12).writeInt(1).writeBytes(new byte[] {'a', 0, 'b', 0}));
    List<Consumer<ByteBuf>> all = said.toList();
    return Stream.of(0, 12, 23).flatMap(when -> all.stream().map(writer -> Messages.seed(new byte[] {when.byteValue()}, writer)));
  }
}
