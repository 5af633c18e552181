package io.shardgate.proxy.accept;

import io.shardgate.proxy.config.ConfigException;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.pool.TlsLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What clients are offered for TLS now. Files are looked at every second and read again when they differ, so that a renewed certificate
/// needs no restart; connections that are there go on with what they began with.
/// Thread-safe: one volatile reference, set by one virtual thread.
public final class TlsOffer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TlsOffer.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /// From this long before its end on a certificate is told of.
  private static final Duration TELL_BEFORE = Duration.ofDays(14);

  /// The files as they were: when they were written, and their sizes.
  private record Stamp(List<FileTime> written, List<Long> bytes) {}

  private final ProxyConfig config;
  private final @Nullable Thread watcher;
  private volatile @Nullable ServerTls current;

  /// A connection that came at the last moment may still begin with it.
  private @Nullable ServerTls previous;

  private volatile @Nullable String fault;
  private @Nullable Stamp read;
  private String told = "";

  private TlsOffer(ProxyConfig config, @Nullable ServerTls first, boolean changes) {
    this.config = config;
    this.current = first;
    this.watcher = changes ? Thread.ofVirtual().name("certificate").unstarted(this::run) : null;
  }

  /// Reads what the settings say.
  ///
  /// @throws ConfigException when certificate or key cannot be used
  public static TlsOffer open(ProxyConfig config) {
    boolean files = config.tls() instanceof ProxyConfig.Tls.Files;
    TlsOffer offer = new TlsOffer(config, null, files);
    offer.read = files ? offer.stamp() : null;
    offer.current = ServerTls.of(config).orElse(null);
    offer.tell();
    Thread thread = offer.watcher;
    if (thread != null) {
      thread.start();
    }
    return offer;
  }

  /// What a new connection is offered; null where TLS is off. To be asked once for each connection.
  public @Nullable ServerTls current() {
    return current;
  }

  /// What an operator should know: the certificate ends soon or has ended, or another one can't be used.
  public Optional<String> note() {
    String amiss = fault;
    ServerTls tls = current;
    if (amiss != null) {
      return Optional.of("the files changed and can't be used: " + amiss);
    }
    if (tls == null || Instant.now().isBefore(tls.validUntil().minus(TELL_BEFORE))) {
      return Optional.empty();
    }
    return Optional.of("the certificate " + (Instant.now().isBefore(tls.validUntil()) ? "is valid until " : "was valid until ") + tls.validUntil());
  }

  /// When the certificate ends, in seconds since 1970.
  public double validUntilSeconds() {
    ServerTls tls = current;
    return tls == null ? Double.NaN : tls.validUntil().getEpochSecond();
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(LOOK_EVERY);
        look();
        tell();
      }
    } catch (InterruptedException _) {
      // Closed.
    }
  }

  private void look() {
    Stamp now = stamp();
    if (now == null || now.equals(read)) {
      return;
    }
    read = now;
    try {
      ServerTls renewed = ServerTls.of(config).orElseThrow();
      ServerTls old = previous;
      previous = current;
      current = renewed;
      fault = null;
      TlsLibrary.release(old == null ? null : old.context());
      LOG.info("the certificate was read again: valid until {}", renewed.validUntil());
    } catch (ConfigException unusable) {
      fault = unusable.getMessage();
    }
  }

  /// In the log once for each that is amiss.
  private void tell() {
    String now = note().orElse("");
    if (!now.equals(told) && !now.isEmpty()) {
      LOG.warn("TLS: {}", now);
    }
    told = now;
  }

  /// Null while a file is missing, as in the middle of a renewal.
  private @Nullable Stamp stamp() {
    List<FileTime> written = new ArrayList<>();
    List<Long> bytes = new ArrayList<>();
    try {
      for (Path file : files()) {
        written.add(Files.getLastModifiedTime(file));
        bytes.add(Files.size(file));
      }
      return new Stamp(written, bytes);
    } catch (IOException _) {
      return null;
    }
  }

  private List<Path> files() {
    if (!(config.tls() instanceof ProxyConfig.Tls.Files files)) {
      return List.of();
    }
    ProxyConfig.ClientCertificates clients = files.clients();
    return clients == null ? List.of(files.certificate(), files.key()) : List.of(files.certificate(), files.key(), clients.authorities());
  }

  /// Ends the looking, and gives the contexts back.
  @Override
  public void close() {
    Thread thread = watcher;
    if (thread != null) {
      thread.interrupt();
      try {
        thread.join();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    for (ServerTls each : new ServerTls[] {previous, current}) {
      TlsLibrary.release(each == null ? null : each.context());
    }
  }
}
