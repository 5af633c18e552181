package io.shardgate.directory.etcd;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.common.exception.EtcdException;
import io.github.resilience4j.core.IntervalFunction;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// A client of an etcd cluster whose every call ends in time.
/// Thread-safe: jetcd's client is.
final class EtcdConnection implements AutoCloseable {
  /// How long one call may take, whichever member it is sent to.
  static final Duration CALL_TIMEOUT = Duration.ofSeconds(2);

  /// How long one may take until the first was answered: jetcd and gRPC are loaded with it.
  private static final Duration FIRST_CALL_TIMEOUT = Duration.ofSeconds(10);

  /// What the end of a call may take to be told.
  private static final Duration GRACE = Duration.ofMillis(500);

  /// How long a change is tried again that could not be made, or got no answer.
  private static final Duration RETRY_TIMEOUT = Duration.ofSeconds(4);

  private static final IntervalFunction BACKOFF = IntervalFunction.ofExponentialRandomBackoff(100, 2.0, 0.3, 500);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

  /// A member that says nothing for this long is asked whether it lives, and given up when it does not answer. gRPC for Java allows no less than 10 s.
  private static final Duration KEEPALIVE_TIME = Duration.ofSeconds(10);
  private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(2);

  /// The longest answer: a whole map. etcd takes 1.5 MiB in one request, so this is a map written by dozens.
  private static final int MESSAGE_BYTES_MAX = 64 << 20;

  /// gRPC tells about its transports there. Held, since java.util.logging forgets what nobody holds.
  private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

  static {
    GRPC_LOG.setLevel(Level.WARNING);
  }

  private final EtcdPlace place;
  private final Client client;
  private final Deadline deadline;

  private EtcdConnection(EtcdPlace place, Client client, Deadline deadline) {
    this.place = place;
    this.client = client;
    this.deadline = deadline;
  }

  /// Makes a client; nothing is sent yet. Throws [IOException] when the certificates can't be read.
  static EtcdConnection to(EtcdPlace place) throws IOException {
    Deadline deadline = new Deadline();
    ClientBuilder builder =
        Client.builder()
            .target("ip:///" + String.join(",", place.members().stream().map(EtcdPlace.Member::toString).toList()))
            .loadBalancerPolicy("round_robin")
            .connectTimeout(CONNECT_TIMEOUT)
            .keepaliveTime(KEEPALIVE_TIME)
            .keepaliveTimeout(KEEPALIVE_TIMEOUT)
            .retryMaxDuration(CALL_TIMEOUT)
            .waitForReady(false)
            .interceptor(deadline)
            .maxInboundMessageSize(MESSAGE_BYTES_MAX);
    EtcdPlace.Login login = place.login();
    if (login != null) {
      builder.user(Layout.bytes(login.user())).password(Layout.bytes(login.password().reveal()));
    }
    EtcdPlace.Tls tls = place.tls();
    if (tls != null) {
      secure(builder, tls);
    }
    return new EtcdConnection(place, builder.build(), deadline);
  }

  private static void secure(ClientBuilder builder, EtcdPlace.Tls tls) throws IOException {
    try {
      builder.sslContext((SslContextBuilder context) -> {
        if (tls.trust() != null) {
          context.trustManager(tls.trust().toFile());
        }
        if (tls.identity() != null) {
          context.keyManager(tls.identity().certificate().toFile(), tls.identity().key().toFile());
        }
      });
    } catch (SSLException | IllegalArgumentException e) {
      throw new IOException("TLS to etcd can't be set up: " + reason(e), e);
    }
  }

  Client client() {
    return client;
  }

  EtcdPlace place() {
    return place;
  }

  /// Ends calls that get no answer, so that none is sent when etcd is back and nobody waits for it any more. Streams have no end.
  private static final class Deadline implements ClientInterceptor {
    private volatile boolean answered;

    Duration timeout() {
      return answered ? CALL_TIMEOUT : FIRST_CALL_TIMEOUT;
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      boolean isCall = method.getType() == MethodDescriptor.MethodType.UNARY;
      return next.newCall(method, isCall ? options.withDeadlineAfter(timeout()) : options);
    }
  }

  /// Waits for an answer. Throws [IOException] that says what could not be done, and why, when it is an error or does not come in time.
  ///
  /// @param doing completes the sentence "could not …"
  <T> T answer(CompletableFuture<T> call, String doing) throws IOException {
    Duration timeout = deadline.timeout();
    try {
      T answer = call.get(timeout.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
      deadline.answered = true;
      return answer;
    } catch (TimeoutException e) {
      call.cancel(true);
      throw unanswered(doing, e);
    } catch (InterruptedException e) {
      call.cancel(true);
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while trying to " + doing + " " + place).initCause(e);
    } catch (ExecutionException e) {
      throw failure(doing, e);
    }
  }

  /// What to tell of a call that failed.
  IOException failure(String doing, Throwable cause) {
    return Status.fromThrowable(cause).getCode() == Status.Code.DEADLINE_EXCEEDED
        ? unanswered(doing, cause)
        : new IOException("could not " + doing + " " + place + ": " + reason(cause), cause);
  }

  /// A call that may be made again, whatever became of it.
  interface Attempt<T> {
    T call() throws IOException;
  }

  /// Makes a call until it succeeds, for [#RETRY_TIMEOUT] at most: an election takes a second or two, and so does a new connection.
  ///
  /// @param inVain whether a failure would come again
  <T> T patiently(Predicate<IOException> inVain, Attempt<T> attempt) throws IOException {
    long until = System.nanoTime() + RETRY_TIMEOUT.toNanos();
    for (int number = 1; ; number++) {
      try {
        return attempt.call();
      } catch (IOException e) {
        if (e instanceof InterruptedIOException || inVain.test(e) || System.nanoTime() - until >= 0) {
          throw e;
        }
      }
      pause(number);
    }
  }

  private void pause(int number) throws IOException {
    try {
      Thread.sleep(BACKOFF.apply(number));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while waiting for " + place).initCause(e);
    }
  }

  private IOException unanswered(String doing, Throwable cause) {
    return new IOException("could not " + doing + " " + place + ": no answer within " + deadline.timeout().toMillis() + " ms", cause);
  }

  /// What etcd said, or else what the network did.
  static String reason(Throwable failure) {
    Throwable said = failure;
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      said = cause;
      if (cause instanceof EtcdException && String.valueOf(cause.getMessage()).contains("etcdserver")) {
        break;
      }
    }
    if (said instanceof ClosedChannelException) {
      return "the connection was closed";
    }
    return String.valueOf(said.getMessage() == null ? said : said.getMessage()).lines().findFirst().orElse("").strip();
  }

  @Override
  public void close() {
    client.close();
  }
}
