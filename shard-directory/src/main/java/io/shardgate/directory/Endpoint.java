package io.shardgate.directory;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where a server listens: `postgresql://user:password@host:port/database?sslmode=…`, as libpq writes it
/// (PostgreSQL docs, "Connection URIs"; one host only).
///
/// `user` and `password` are those of the service role and may be missing; `options` holds the parameters other than
/// `sslmode`, in the order of the text. [#toString] masks the password, [#toUri] does not.
public record Endpoint(
    Engine engine,
    @Nullable String user,
    @Nullable Password password,
    String host,
    int port,
    String database,
    SslMode sslMode,
    Map<String, String> options) {

  public Endpoint {
    if (host.isEmpty()) {
      throw new IllegalArgumentException("host: empty (expected: a name or an address)");
    }
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 1 to 65535)");
    }
    if (database.isEmpty()) {
      throw new IllegalArgumentException("database: empty (expected: …host:port/database)");
    }
    options = Collections.unmodifiableMap(new LinkedHashMap<>(options));
  }

  /// Reads a URL. Throws [IllegalArgumentException] whose message says what was expected and never holds the password.
  public static Endpoint parse(String text) {
    URI uri = uri(text);
    Engine engine = engine(uri.getScheme());
    String host = uri.getHost();
    if (host == null) {
      throw new IllegalArgumentException("no host in the URL (expected: " + engine.scheme() + "://host:port/database)");
    }
    String bareHost = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    int port = uri.getPort() == -1 ? engine.defaultPort() : uri.getPort();
    String path = uri.getRawPath();
    String database = path == null || path.length() < 2 ? "" : decode(path.substring(1));
    Map<String, String> options = options(uri.getRawQuery());
    SslMode sslMode = sslMode(options.remove("sslmode"));
    return new Endpoint(engine, user(uri).orElse(null), password(uri).orElse(null), bareHost, port, database, sslMode, options);
  }

  private static URI uri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not a URL: " + e.getReason() + " (expected: postgresql://host:port/database)");
    }
  }

  private static Engine engine(@Nullable String scheme) {
    if (scheme == null) {
      throw new IllegalArgumentException("no scheme (expected: postgresql://host:port/database)");
    }
    return switch (scheme) {
      case "postgresql", "postgres" -> Engine.POSTGRESQL;
      case "mysql" -> Engine.MYSQL;
      default -> throw new IllegalArgumentException("scheme: " + scheme + " (expected: postgresql)");
    };
  }

  private static SslMode sslMode(@Nullable String word) {
    if (word == null) {
      return SslMode.PREFER;
    }
    return SslMode.of(word)
        .orElseThrow(() -> new IllegalArgumentException(
            "sslmode: " + word + " (expected: disable, allow, prefer, require, verify-ca or verify-full)"));
  }

  private static Optional<String> user(URI uri) {
    String info = uri.getRawUserInfo();
    if (info == null || info.isEmpty() || info.startsWith(":")) {
      return Optional.empty();
    }
    int colon = info.indexOf(':');
    return Optional.of(decode(colon < 0 ? info : info.substring(0, colon)));
  }

  private static Optional<Password> password(URI uri) {
    String info = uri.getRawUserInfo();
    int colon = info == null ? -1 : info.indexOf(':');
    return info == null || colon < 0 ? Optional.empty() : Optional.of(new Password(decode(info.substring(colon + 1))));
  }

  private static Map<String, String> options(@Nullable String query) {
    Map<String, String> options = new LinkedHashMap<>();
    if (query == null || query.isEmpty()) {
      return options;
    }
    for (String pair : query.split("&")) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("URL parameter: " + pair + " (expected: name=value)");
      }
      String name = decode(pair.substring(0, equals));
      if (options.put(name, decode(pair.substring(equals + 1))) != null) {
        throw new IllegalArgumentException("URL parameter " + name + " is given twice");
      }
    }
    return options;
  }

  /// Percent-decoding only: unlike in forms, `+` stands for itself.
  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  public Endpoint withUser(String newUser, @Nullable Password newPassword) {
    return new Endpoint(engine, newUser, newPassword, host, port, database, sslMode, options);
  }

  public Endpoint withDatabase(String newDatabase) {
    return new Endpoint(engine, user, password, host, port, newDatabase, sslMode, options);
  }

  /// The host as it stands in a URL: IPv6 addresses in brackets.
  public String urlHost() {
    return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
  }

  /// The whole URL with the password in clear. For connecting and for the directory's own file only.
  public String toUri() {
    return text(password == null ? null : encode(password.reveal()));
  }

  /// The URL for a person's eyes: the password is `***`.
  @Override
  public String toString() {
    return text(password == null ? null : "***");
  }

  private String text(@Nullable String shownPassword) {
    StringBuilder out = new StringBuilder(engine.scheme()).append("://");
    if (user != null || shownPassword != null) {
      out.append(user == null ? "" : encode(user)).append(shownPassword == null ? "" : ":" + shownPassword).append('@');
    }
    out.append(urlHost()).append(':').append(port).append('/').append(encode(database));
    char separator = '?';
    if (sslMode != SslMode.PREFER) {
      out.append(separator).append("sslmode=").append(sslMode.word());
      separator = '&';
    }
    for (var option : options.entrySet()) {
      out.append(separator).append(encode(option.getKey())).append('=').append(encode(option.getValue()));
      separator = '&';
    }
    return out.toString();
  }
}
