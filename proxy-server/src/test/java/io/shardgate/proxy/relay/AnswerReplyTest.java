package io.shardgate.proxy.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a server says to a COMMIT or ROLLBACK is the client's to hear, but not that there is no transaction.
class AnswerReplyTest {
  @Test
  void thatThereIsNoTransactionIsNotTold() {
    List<String> heard = new ArrayList<>();
    ConversationOwner owner =
        (ConversationOwner)
            Proxy.newProxyInstance(
                AnswerReplyTest.class.getClassLoader(),
                new Class<?>[] {ConversationOwner.class},
                (_, method, arguments) -> {
                  assertThat(method.getName()).isEqualTo("notice");
                  heard.add(ErrorFields.read((ByteBuf) arguments[0]).code());
                  return null;
                });
    AnswerReply reply = new AnswerReply(owner, StandardCharsets.UTF_8);
    for (SqlState state : List.of(SqlState.NO_ACTIVE_SQL_TRANSACTION, SqlState.WARNING)) {
      ByteBuf frame = Unpooled.buffer();
      BackendWriter.notice(frame, ErrorFields.error(state, "there is something"));
      hear(reply, frame);
      frame.release();
    }
    assertThat(heard).containsExactly(SqlState.WARNING.code());
  }

  @SuppressWarnings("NullAway") // a notice says nothing of its conversation
  private static void hear(AnswerReply reply, ByteBuf frame) {
    reply.frame(null, (byte) 'N', frame);
  }
}
