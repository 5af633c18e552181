package io.shardgate.pgwire.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class MessageProperties {
  @Property(tries = 1500)
  void everyFrontendMessageRoundTrips(@ForAll("frontend") FrontendMessage message) {
    ByteBuf frame = Unpooled.buffer();
    FrontendWriter.write(frame, message);
    FrontendMessage read = FrontendReader.read(frame.getByte(0), frame);
    assertThat(read).usingRecursiveComparison().withStrictTypeChecking().isEqualTo(message);
    assertThat(frame.isReadable()).isFalse();
  }

  @Property(tries = 2000)
  void everyBackendMessageRoundTrips(@ForAll("backend") BackendMessage message) {
    ByteBuf frame = Unpooled.buffer();
    write(frame, message);
    BackendMessage read = BackendReader.read(frame.getByte(0), frame);
    assertThat(read).usingRecursiveComparison().withStrictTypeChecking().isEqualTo(message);
    assertThat(frame.isReadable()).isFalse();
  }

  @Property(tries = 1500)
  void aFrontendMessageCutShortOrChangedIsReadOrRefusedNeverMore(
      @ForAll("frontend") FrontendMessage message, @ForAll long seed) {
    ByteBuf frame = Unpooled.buffer();
    FrontendWriter.write(frame, message);
    damage(frame, new Random(seed));
    try {
      FrontendReader.read(frame.getByte(0), frame);
    } catch (MalformedMessageException expected) {
      assertThat(expected.getMessage()).isNotEmpty();
    }
  }

  @Property(tries = 1500)
  void aBackendMessageCutShortOrChangedIsReadOrRefusedNeverMore(
      @ForAll("backend") BackendMessage message, @ForAll long seed) {
    ByteBuf frame = Unpooled.buffer();
    write(frame, message);
    damage(frame, new Random(seed));
    try {
      BackendReader.read(frame.getByte(0), frame);
    } catch (MalformedMessageException expected) {
      assertThat(expected.getMessage()).isNotEmpty();
    }
  }

  @Property(tries = 500)
  void everyProperBeginningOfABindIsRefused(@ForAll("bind") FrontendMessage.Bind bind) {
    ByteBuf whole = Unpooled.buffer();
    FrontendWriter.write(whole, bind);
    for (int end = 5; end < whole.writerIndex(); end++) {
      ByteBuf frame = whole.copy(0, end);
      frame.setInt(1, end - 1);
      assertRefused(() -> FrontendReader.read((byte) 'B', frame.duplicate()));
      assertRefused(() -> new BindView().read(frame));
    }
  }

  @Property(tries = 500)
  void aViewOfABindSeesWhatTheReaderReads(@ForAll("bind") FrontendMessage.Bind bind) {
    ByteBuf frame = Unpooled.buffer().writeBytes(new byte[3]).skipBytes(3);
    FrontendWriter.write(frame, bind);
    BindView view = new BindView().read(frame);
    assertThat(view.portal(UTF_8)).isEqualTo(bind.portal());
    assertThat(view.statement(UTF_8)).isEqualTo(bind.statement());
    assertThat(view.parameterCount()).isEqualTo(bind.parameters().size());
    for (int i = 0; i < view.parameterCount(); i++) {
      assertThat(view.value(i)).isEqualTo(bind.parameters().get(i));
      assertThat(view.isBinary(i)).isEqualTo(bind.parameterFormat(i) == 1);
    }
    assertThat(view.resultFormatCount()).isEqualTo(bind.resultFormats().length);
    for (int i = 0; i < view.resultFormatCount(); i++) {
      assertThat(view.resultFormat(i)).isEqualTo(bind.resultFormats()[i]);
    }
  }

  @Property(tries = 300)
  void aRenamedBindDiffersInItsNamesOnly(
      @ForAll("bind") FrontendMessage.Bind bind, @ForAll("text") String portal, @ForAll("text") String statement) {
    ByteBuf frame = Unpooled.buffer();
    FrontendWriter.write(frame, bind);
    ByteBuf out = Unpooled.buffer();
    new BindView().read(frame).writeRenamed(out, portal.getBytes(UTF_8), statement.getBytes(UTF_8));
    assertThat(FrontendReader.read((byte) 'B', out))
        .usingRecursiveComparison()
        .isEqualTo(
            new FrontendMessage.Bind(
                portal, statement, bind.parameterFormats(), bind.parameters(), bind.resultFormats()));
  }

  @Property(tries = 500)
  void aCursorWalksOverEveryColumn(@ForAll("values") List<byte[]> values) {
    ByteBuf frame = Unpooled.buffer();
    BackendWriter.dataRow(frame, values);
    DataRowCursor cursor = new DataRowCursor().read(frame);
    assertThat(cursor.columnCount()).isEqualTo(values.size());
    for (int i = 0; i < values.size(); i++) {
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.column()).isEqualTo(i);
      assertThat(cursor.isNull()).isEqualTo(values.get(i) == null);
      if (!cursor.isNull()) {
        assertThat(ByteBufUtil.getBytes(frame, cursor.start(), cursor.length())).isEqualTo(values.get(i));
      }
    }
    assertThat(cursor.next()).isFalse();
  }

  @Property(tries = 300)
  void everyStartupPacketRoundTrips(@ForAll("parameters") Map<String, String> parameters) {
    ByteBuf packet = Unpooled.buffer();
    FrontendWriter.startup(packet, parameters);
    StartupPacket.Startup read = (StartupPacket.Startup) StartupPacket.read(packet);
    assertThat(read.majorVersion()).isEqualTo(3);
    assertThat(read.minorVersion()).isZero();
    assertThat(List.copyOf(read.parameters().entrySet())).isEqualTo(List.copyOf(parameters.entrySet()));
  }

  /// Fails when a record is added that no arbitrary makes.
  @Example
  void noKindOfMessageIsLeftOut() {
    Set<Class<?>> made = new HashSet<>();
    MessageArbitraries.frontend().sampleStream().limit(1000).forEach(m -> made.add(m.getClass()));
    MessageArbitraries.backend().sampleStream().limit(3000).forEach(m -> made.add(m.getClass()));
    assertThat(made).containsAll(List.of(FrontendMessage.class.getPermittedSubclasses()));
    Set<Class<?>> onlyRead =
        Set.of(
            BackendMessage.Authentication.class,
            BackendMessage.AuthenticationKerberosV5.class,
            BackendMessage.AuthenticationGss.class,
            BackendMessage.AuthenticationGssContinue.class,
            BackendMessage.AuthenticationSspi.class);
    Set<Class<?>> all = new HashSet<>(List.of(BackendMessage.class.getPermittedSubclasses()));
    all.addAll(List.of(BackendMessage.Authentication.class.getPermittedSubclasses()));
    all.removeAll(onlyRead);
    assertThat(made).containsAll(all);
  }

  @Provide
  Arbitrary<FrontendMessage> frontend() {
    return MessageArbitraries.frontend();
  }

  @Provide
  Arbitrary<BackendMessage> backend() {
    return MessageArbitraries.backend();
  }

  @Provide
  Arbitrary<FrontendMessage.Bind> bind() {
    return MessageArbitraries.bind();
  }

  @Provide
  Arbitrary<String> text() {
    return MessageArbitraries.text();
  }

  @Provide
  Arbitrary<List<byte[]>> values() {
    return MessageArbitraries.values();
  }

  @Provide
  Arbitrary<Map<String, String>> parameters() {
    return MessageArbitraries.parameters();
  }

  private static void assertRefused(Runnable reading) {
    try {
      reading.run();
    } catch (MalformedMessageException _) {
      return;
    }
    fail("was read");
  }

  /// Changes a few bytes of the body and its length, and mends the header as a splitter would have seen it.
  private static void damage(ByteBuf frame, Random random) {
    for (int i = random.nextInt(4); i > 0 && frame.writerIndex() > 5; i--) {
      frame.setByte(5 + random.nextInt(frame.writerIndex() - 5), random.nextInt());
    }
    frame.writerIndex(5 + random.nextInt(frame.writerIndex() - 4));
    if (random.nextBoolean()) {
      frame.setInt(1, frame.writerIndex() - 1);
    }
  }

  private static void write(ByteBuf out, BackendMessage message) {
    switch (message) {
      case BackendMessage.AuthenticationOk _ -> BackendWriter.authenticationOk(out);
      case BackendMessage.AuthenticationCleartextPassword _ -> BackendWriter.authenticationCleartextPassword(out);
      case BackendMessage.AuthenticationMd5Password m -> BackendWriter.authenticationMd5Password(out, m.salt());
      case BackendMessage.AuthenticationSasl m -> BackendWriter.authenticationSasl(out, m.mechanisms());
      case BackendMessage.AuthenticationSaslContinue m -> BackendWriter.authenticationSaslContinue(out, m.data());
      case BackendMessage.AuthenticationSaslFinal m -> BackendWriter.authenticationSaslFinal(out, m.data());
      case BackendMessage.BackendKeyData m -> BackendWriter.backendKeyData(out, m.processId(), m.key());
      case BackendMessage.BindComplete _ -> BackendWriter.bindComplete(out);
      case BackendMessage.CloseComplete _ -> BackendWriter.closeComplete(out);
      case BackendMessage.CommandComplete m -> BackendWriter.commandComplete(out, m.tag());
      case BackendMessage.CopyBothResponse m -> BackendWriter.copyBothResponse(out, m.format(), m.columnFormats());
      case BackendMessage.CopyData m -> BackendWriter.copyData(out, m.data());
      case BackendMessage.CopyDone _ -> BackendWriter.copyDone(out);
      case BackendMessage.CopyInResponse m -> BackendWriter.copyInResponse(out, m.format(), m.columnFormats());
      case BackendMessage.CopyOutResponse m -> BackendWriter.copyOutResponse(out, m.format(), m.columnFormats());
      case BackendMessage.DataRow m -> BackendWriter.dataRow(out, m.values());
      case BackendMessage.EmptyQueryResponse _ -> BackendWriter.emptyQueryResponse(out);
      case BackendMessage.ErrorResponse m -> BackendWriter.errorResponse(out, m.fields());
      case BackendMessage.FunctionCallResponse m -> BackendWriter.functionCallResponse(out, m.value());
      case BackendMessage.NegotiateProtocolVersion m ->
          BackendWriter.negotiateProtocolVersion(out, m.newestVersion(), m.unknownOptions());
      case BackendMessage.NoData _ -> BackendWriter.noData(out);
      case BackendMessage.NoticeResponse m -> BackendWriter.notice(out, m.fields());
      case BackendMessage.NotificationResponse m ->
          BackendWriter.notificationResponse(out, m.processId(), m.channel(), m.payload());
      case BackendMessage.ParameterDescription m -> BackendWriter.parameterDescription(out, m.typeOids());
      case BackendMessage.ParameterStatus m -> BackendWriter.parameterStatus(out, m.name(), m.value());
      case BackendMessage.ParseComplete _ -> BackendWriter.parseComplete(out);
      case BackendMessage.PortalSuspended _ -> BackendWriter.portalSuspended(out);
      case BackendMessage.ReadyForQuery m -> BackendWriter.readyForQuery(out, m.status());
      case BackendMessage.RowDescription m -> BackendWriter.rowDescription(out, m.fields());
      case BackendMessage.AuthenticationKerberosV5 _,
              BackendMessage.AuthenticationGss _,
              BackendMessage.AuthenticationGssContinue _,
              BackendMessage.AuthenticationSspi _ ->
          throw new IllegalArgumentException("never written: " + message);
    }
  }
}
