package io.shardgate.proxy.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.directory.ShardId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpEndpointTest {

  private record SomePlan() {}

  private final ProxyMetrics metrics = new ProxyMetrics();
  private final Health health = new Health();
  private final HttpClient client = HttpClient.newHttpClient();
  private HttpEndpoint endpoint;

  @BeforeEach
  void open() throws IOException {
    endpoint = HttpEndpoint.open("127.0.0.1", 0, metrics, health);
  }

  @AfterEach
  void close() {
    endpoint.close();
    client.close();
  }

  @Test
  void aScrapeShowsEachChange() throws Exception {
    ShardMetrics shard = metrics.shard(new ShardId("s2"));
    metrics.watchPlanCache(() -> 5, () -> 6, () -> 7);
    shard.watchPool(() -> 3, () -> 2, () -> 1);
    assertThat(scrape()).contains("shardgate_clients 0.0");

    metrics.clientConnected();
    metrics.clientConnected();
    metrics.clientDisconnected();
    metrics.loggedIn();
    metrics.cancelled();
    metrics.planned(SomePlan.class);
    metrics.planned(SomePlan.class);
    metrics.refused("cross-shard-join");
    metrics.errorSent("23505");
    shard.answered(700_000);
    shard.waited(3_000_000);
    shard.connectionOpened();
    shard.connectionFailed();
    shard.rejected();

    assertThat(scrape())
        .contains("shardgate_clients 1.0")
        .contains("shardgate_clients_accepted_total 2.0")
        .contains("shardgate_logins_total 1.0")
        .contains("shardgate_cancels_total 1.0")
        .contains("shardgate_plans_total{kind=\"SomePlan\"} 2.0")
        .contains("shardgate_refusals_total{id=\"cross-shard-join\"} 1.0")
        .contains("shardgate_errors_total{sqlstate=\"23505\"} 1.0")
        .contains("shardgate_plan_cache_hits_total 5.0")
        .contains("shardgate_plan_cache_misses_total 6.0")
        .contains("shardgate_plan_cache_bytes 7.0")
        .contains("shardgate_pool_connections{shard=\"s2\"} 3.0")
        .contains("shardgate_pool_waiting{shard=\"s2\"} 1.0")
        .contains("shardgate_pool_opened_total{shard=\"s2\"} 1.0")
        .contains("shardgate_pool_failed_total{shard=\"s2\"} 1.0")
        .contains("shardgate_pool_rejected_total{shard=\"s2\"} 1.0")
        .contains("shardgate_shard_latency_seconds_bucket{shard=\"s2\",le=\"5.0E-4\"} 0")
        .contains("shardgate_shard_latency_seconds_bucket{shard=\"s2\",le=\"0.001\"} 1")
        .contains("shardgate_pool_wait_seconds_count{shard=\"s2\"} 1");
  }

  @Test
  void sqlStatesOutOfBoundsAreCountedTogether() throws Exception {
    for (int i = 0; i < 2_000; i++) {
      metrics.errorSent("U%04d".formatted(i));
    }
    assertThat(scrape().lines().filter(line -> line.startsWith("shardgate_errors_total"))).hasSizeLessThan(510);
    assertThat(scrape()).contains("shardgate_errors_total{sqlstate=\"other\"} 1500.0");
  }

  @Test
  void readinessFollowsItsChecksWhileLivenessDoesNot() throws Exception {
    AtomicReference<Optional<String>> reason = new AtomicReference<>(Optional.of("not read yet"));
    health.require("directory", reason::get);
    assertThat(get("/health/ready").statusCode()).isEqualTo(503);
    assertThat(get("/health/ready").body()).isEqualTo("directory: not read yet\n");
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
    reason.set(Optional.empty());
    assertThat(get("/health/ready").statusCode()).isEqualTo(200);
    assertThat(get("/health/ready?x=1").statusCode()).isEqualTo(200);
    health.note("store", () -> Optional.of("gone"));
    assertThat(get("/health/ready").statusCode()).as("served all the same").isEqualTo(200);
    assertThat(get("/health/ready").body()).isEqualTo("ready\nstore: gone\n");
  }

  @Test
  void otherRequestsAreRefused() throws Exception {
    assertThat(get("/secrets").statusCode()).isEqualTo(404);
    HttpRequest post = HttpRequest.newBuilder(uri("/metrics")).POST(HttpRequest.BodyPublishers.ofString("x")).build();
    assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(405);
    HttpRequest big = HttpRequest.newBuilder(uri("/metrics")).POST(HttpRequest.BodyPublishers.ofString("x".repeat(100_000))).build();
    assertThat(client.send(big, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(413);
    HttpRequest head = HttpRequest.newBuilder(uri("/metrics")).HEAD().build();
    assertThat(client.send(head, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }

  @Test
  void garbageGetsAnErrorAndTheEndOfTheConnection() throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write("\u0000\u0001nonsense\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 400");
    }
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void aTakenPortIsNamed() {
    assertThatThrownBy(() -> HttpEndpoint.open("127.0.0.1", endpoint.port(), metrics, health))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("127.0.0.1:" + endpoint.port());
  }

  private String scrape() throws Exception {
    return get("/metrics").body();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + endpoint.port() + path);
  }
}
