package io.shardgate.pgwire.message;

import io.shardgate.pgwire.message.FrontendMessage.Subject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/// Any message, of every kind, with the values a hurried reader gets wrong: empty, NULL, 65,535 of them, unsigned OIDs.
final class MessageArbitraries {
  private MessageArbitraries() {}

  static Arbitrary<FrontendMessage> frontend() {
    return Arbitraries.oneOf(
        List.of(
            bind(),
            Combinators.combine(Arbitraries.of(Subject.class), text()).as(FrontendMessage.Close::new),
            bytes().map(FrontendMessage.CopyData::new),
            Arbitraries.just(new FrontendMessage.CopyDone()),
            text().map(FrontendMessage.CopyFail::new),
            Combinators.combine(Arbitraries.of(Subject.class), text()).as(FrontendMessage.Describe::new),
            Combinators.combine(text(), Arbitraries.integers()).as(FrontendMessage.Execute::new),
            Arbitraries.just(new FrontendMessage.Flush()),
            functionCall(),
            Combinators.combine(text(), sql(), oids()).as(FrontendMessage.Parse::new),
            bytes().map(FrontendMessage.AuthenticationReply::new),
            sql().map(FrontendMessage.Query::new),
            Arbitraries.just(new FrontendMessage.Sync()),
            Arbitraries.just(new FrontendMessage.Terminate())));
  }

  static Arbitrary<FrontendMessage.Bind> bind() {
    return values()
        .flatMap(
            values ->
                Combinators.combine(text(), text(), formatsFor(values.size()), formats())
                    .as((portal, statement, formats, results) ->
                        new FrontendMessage.Bind(portal, statement, formats, values, results)));
  }

  static Arbitrary<BackendMessage> backend() {
    return Arbitraries.oneOf(
        List.of(
            authentication(),
            Combinators.combine(Arbitraries.integers(), Arbitraries.bytes().array(byte[].class).ofMinSize(CancelKey.SHORT_BYTES).ofMaxSize(CancelKey.BYTES_MAX).map(CancelKey::of))
                .as(BackendMessage.BackendKeyData::new),
            Arbitraries.just(new BackendMessage.BindComplete()),
            Arbitraries.just(new BackendMessage.CloseComplete()),
            text().map(BackendMessage.CommandComplete::new),
            copyResponse(),
            bytes().map(BackendMessage.CopyData::new),
            Arbitraries.just(new BackendMessage.CopyDone()),
            values().map(BackendMessage.DataRow::new),
            Arbitraries.just(new BackendMessage.EmptyQueryResponse()),
            fields().map(BackendMessage.ErrorResponse::new),
            bytes().injectNull(0.2).map(BackendMessage.FunctionCallResponse::new),
            Combinators.combine(Arbitraries.integers(), names()).as(BackendMessage.NegotiateProtocolVersion::new),
            Arbitraries.just(new BackendMessage.NoData()),
            fields().map(BackendMessage.NoticeResponse::new),
            Combinators.combine(Arbitraries.integers(), text(), text()).as(BackendMessage.NotificationResponse::new),
            oids().map(BackendMessage.ParameterDescription::new),
            Combinators.combine(text(), text()).as(BackendMessage.ParameterStatus::new),
            Arbitraries.just(new BackendMessage.ParseComplete()),
            Arbitraries.just(new BackendMessage.PortalSuspended()),
            Arbitraries.of('I', 'T', 'E').map(BackendMessage.ReadyForQuery::new),
            field().list().ofMaxSize(20).map(BackendMessage.RowDescription::new)));
  }

  static Arbitrary<BackendMessage> authentication() {
    return Arbitraries.oneOf(
        List.of(
            Arbitraries.just(new BackendMessage.AuthenticationOk()),
            Arbitraries.just(new BackendMessage.AuthenticationCleartextPassword()),
            Arbitraries.integers().map(BackendMessage.AuthenticationMd5Password::new),
            names().map(BackendMessage.AuthenticationSasl::new),
            bytes().map(BackendMessage.AuthenticationSaslContinue::new),
            bytes().map(BackendMessage.AuthenticationSaslFinal::new)));
  }

  static Arbitrary<ErrorFields> fields() {
    Arbitrary<Byte> types = Arbitraries.bytes().filter(type -> type != 0);
    return Arbitraries.maps(types, text()).ofMaxSize(20).map(ErrorFields::new);
  }

  static Arbitrary<Map<String, String>> parameters() {
    return Arbitraries.maps(text().filter(name -> !name.isEmpty()), text()).ofMaxSize(10);
  }

  static Arbitrary<List<byte[]>> values() {
    return bytes().injectNull(0.2).list().ofMaxSize(20);
  }

  static Arbitrary<String> text() {
    return Arbitraries.strings()
        .ofMaxLength(30)
        .map(text -> text.replace("\0", ""))
        .filter(text -> StandardCharsets.UTF_8.newEncoder().canEncode(text));
  }

  static Arbitrary<byte[]> bytes() {
    return Arbitraries.bytes().array(byte[].class).ofMaxSize(100);
  }

  /// Any bytes without a zero: SQL in whatever encoding.
  static Arbitrary<byte[]> sql() {
    return Arbitraries.bytes().filter(b -> b != 0).array(byte[].class).ofMaxSize(200);
  }

  static Arbitrary<int[]> oids() {
    return Arbitraries.integers().array(int[].class).ofMaxSize(20);
  }

  private static Arbitrary<FrontendMessage.FunctionCall> functionCall() {
    return values()
        .flatMap(
            values ->
                Combinators.combine(Arbitraries.integers(), formatsFor(values.size()), Arbitraries.of(0, 1))
                    .as((function, formats, result) ->
                        new FrontendMessage.FunctionCall(function, formats, values, result)));
  }

  private static Arbitrary<BackendMessage> copyResponse() {
    return Combinators.combine(Arbitraries.of(0, 1), formats(), Arbitraries.of('G', 'H', 'W'))
        .as(
            (format, columns, type) ->
                switch (type) {
                  case 'G' -> new BackendMessage.CopyInResponse(format, columns);
                  case 'H' -> new BackendMessage.CopyOutResponse(format, columns);
                  default -> new BackendMessage.CopyBothResponse(format, columns);
                });
  }

  private static Arbitrary<FieldDescription> field() {
    return Combinators.combine(
            text(),
            Arbitraries.integers(),
            Arbitraries.integers().between(Short.MIN_VALUE, Short.MAX_VALUE),
            Arbitraries.integers(),
            Arbitraries.integers().between(Short.MIN_VALUE, Short.MAX_VALUE),
            Arbitraries.integers(),
            Arbitraries.of(0, 1))
        .as(FieldDescription::new);
  }

  private static Arbitrary<List<String>> names() {
    return text().filter(name -> !name.isEmpty()).list().ofMaxSize(5);
  }

  private static Arbitrary<int[]> formats() {
    return Arbitraries.of(0, 1).array(int[].class).ofMaxSize(20);
  }

  private static Arbitrary<int[]> formatsFor(int count) {
    Arbitrary<int[]> each = Arbitraries.of(0, 1).array(int[].class).ofSize(count);
    return Arbitraries.oneOf(
        List.of(each, Arbitraries.just(new int[0]), Arbitraries.of(0, 1).map(format -> new int[] {format})));
  }
}
