package io.shardgate.proxy.observe;

import static io.netty.handler.codec.http.HttpHeaderNames.ALLOW;
import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/// Answers one HTTP connection's requests.
///
/// Confined to its channel's event loop.
final class HttpRequestHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

  private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String TEXT = "text/plain; charset=utf-8";

  private final ProxyMetrics metrics;
  private final Health health;

  HttpRequestHandler(ProxyMetrics metrics, Health health) {
    this.metrics = metrics;
    this.health = health;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    boolean keep = HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
    FullHttpResponse response = answer(request);
    response.headers().set(CONTENT_LENGTH, response.content().readableBytes());
    if (request.method().equals(HttpMethod.HEAD)) {
      response.content().clear();
    }
    response.headers().set(CONNECTION, keep ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
    var written = ctx.writeAndFlush(response);
    if (!keep) {
      var _ = written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private FullHttpResponse answer(FullHttpRequest request) {
    if (!request.decoderResult().isSuccess()) {
      return text(HttpResponseStatus.BAD_REQUEST, TEXT, "bad request\n");
    }
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      FullHttpResponse refused = text(HttpResponseStatus.METHOD_NOT_ALLOWED, TEXT, "GET only\n");
      refused.headers().set(ALLOW, "GET, HEAD");
      return refused;
    }
    return switch (new QueryStringDecoder(request.uri()).rawPath()) {
      case "/metrics" -> text(HttpResponseStatus.OK, PROMETHEUS_TEXT, metrics.scrape());
      case "/health/live" -> text(HttpResponseStatus.OK, TEXT, "live\n");
      case "/health/ready" -> ready();
      default -> text(HttpResponseStatus.NOT_FOUND, TEXT, "here are /metrics, /health/live and /health/ready\n");
    };
  }

  private FullHttpResponse ready() {
    List<String> reasons = health.reasons();
    String notes = health.notes().stream().map(note -> note + "\n").collect(Collectors.joining());
    return reasons.isEmpty()
        ? text(HttpResponseStatus.OK, TEXT, "ready\n" + notes)
        : text(HttpResponseStatus.SERVICE_UNAVAILABLE, TEXT, String.join("\n", reasons) + "\n" + notes);
  }

  private static FullHttpResponse text(HttpResponseStatus status, String type, String body) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
    response.headers().set(CONTENT_TYPE, type);
    return response;
  }

  /// A peer that breaks off or says nothing for long is no event worth a log line.
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    var _ = ctx.close();
  }
}
