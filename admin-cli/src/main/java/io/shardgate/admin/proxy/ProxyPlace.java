package io.shardgate.admin.proxy;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// Where a proxy is: `postgresql://role:password@host:port/database?sslmode=…`, as libpq writes it. Immutable.
///
/// The password may be left out: then it comes from `PGPASSWORD`, or from `~/.pgpass`.
///
/// @param jdbcUrl without role and password
public record ProxyPlace(String jdbcUrl, Properties properties) {
  private static final int CONNECT_SECONDS = 10;

  /// A statement that takes longer than this is given up on; what it does goes on in the proxy.
  private static final int ANSWER_SECONDS = 600;

  /// The environment variable that names the proxy.
  public static final String VARIABLE = "SHARDGATE_PROXY";

  /// The file in which `./shardgate dev` says where its proxy is, in the launcher's folder.
  static final String DEV_FILE = "var/dev-proxy.url";

  /// The proxy that is asked for: by `given`, else by the environment, else the dev cluster that runs. Throws [RefusedException] when there is none.
  public static ProxyPlace find(@Nullable String given, Map<String, String> environment, Path home) throws RefusedException {
    @Nullable String url = given != null ? given : environment.get(VARIABLE);
    return parse(url == null || url.isBlank() ? dev(home) : url, environment);
  }

  private static String dev(Path home) throws RefusedException {
    try {
      return Files.readString(home.resolve(DEV_FILE)).strip();
    } catch (IOException _) {
      throw refused("no proxy is named, and no dev cluster runs", "Give --proxy postgresql://role@host:6432/database or set " + VARIABLE + ", or start ./shardgate dev.");
    }
  }

  static ProxyPlace parse(String url, Map<String, String> environment) throws RefusedException {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw refused("the proxy's URL can't be read: " + e.getReason(), "Write postgresql://role@host:port/database.");
    }
    boolean postgres = "postgresql".equals(uri.getScheme()) || "postgres".equals(uri.getScheme());
    @Nullable String host = uri.getHost();
    if (!postgres || host == null || uri.getRawPath() == null || uri.getRawPath().length() < 2) {
      throw refused("the proxy's URL names no host and database, or is no PostgreSQL URL", "Write postgresql://role@host:port/database.");
    }
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    int port = uri.getPort() < 0 ? 6432 : uri.getPort();
    return new ProxyPlace("jdbc:postgresql://" + host + ":" + port + uri.getRawPath() + query, properties(uri.getRawUserInfo(), environment));
  }

  private static Properties properties(@Nullable String userInfo, Map<String, String> environment) {
    Properties properties = new Properties();
    properties.setProperty("ApplicationName", "shardctl");
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("loginTimeout", Integer.toString(CONNECT_SECONDS));
    properties.setProperty("connectTimeout", Integer.toString(CONNECT_SECONDS));
    properties.setProperty("socketTimeout", Integer.toString(ANSWER_SECONDS));
    String info = userInfo == null ? "" : userInfo;
    int colon = info.indexOf(':');
    String user = decode(colon < 0 ? info : info.substring(0, colon));
    if (!user.isEmpty()) {
      properties.setProperty("user", user);
    }
    @Nullable String password = colon < 0 ? environment.get("PGPASSWORD") : decode(info.substring(colon + 1));
    if (password != null) {
      properties.setProperty("password", password);
    }
    return properties;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static RefusedException refused(String message, String hint) {
    return new RefusedException(new Answer.Said("ERROR", "08001", message, "", hint));
  }

  @Override
  public String toString() {
    return jdbcUrl.replaceFirst("\\?.*", "").replaceFirst("^jdbc:", "");
  }
}
