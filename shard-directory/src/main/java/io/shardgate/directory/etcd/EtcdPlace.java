package io.shardgate.directory.etcd;

import io.shardgate.directory.Password;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which etcd, and where in it. [#toString] shows no secret.
///
/// @param members the cluster's members, or some of them; any that answers will do
/// @param prefix what the names of all keys begin with: words with a `/` between, none at either end. One Shardgate cluster each
/// @param login null when etcd asks for none
/// @param tls null for plain TCP
public record EtcdPlace(List<Member> members, String prefix, @Nullable Login login, @Nullable Tls tls) {
  public static final int DEFAULT_PORT = 2379;
  public static final String DEFAULT_PREFIX = "shardgate";

  private static final int MAX_MEMBERS = 16;
  private static final String SCHEME = "etcd://";
  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*");

  public EtcdPlace {
    if (members.isEmpty() || members.size() > MAX_MEMBERS) {
      throw new IllegalArgumentException("endpoints: " + members.size() + " (expected: 1 to " + MAX_MEMBERS + ")");
    }
    if (new HashSet<>(members).size() < members.size()) {
      throw new IllegalArgumentException("endpoints: one is given twice: " + members);
    }
    if (!PREFIX.matcher(prefix).matches() || prefix.length() > 200) {
      throw new IllegalArgumentException("prefix: \"" + prefix + "\" (expected: words of letters, digits, _ . or -, with a / between)");
    }
    members = List.copyOf(members);
  }

  /// A place without login or TLS, from `etcd://host:port[,host:port…]/prefix`. Throws [IllegalArgumentException] that says what was expected.
  public static EtcdPlace parse(String url) {
    if (!url.startsWith(SCHEME)) {
      throw new IllegalArgumentException("\"" + masked(url) + "\" (expected: etcd://host:port/prefix)");
    }
    String rest = url.substring(SCHEME.length());
    int slash = rest.indexOf('/');
    String hosts = slash < 0 ? rest : rest.substring(0, slash);
    if (rest.indexOf('@') >= 0) {
      throw new IllegalArgumentException("\"" + masked(url) + "\" has a user in it, which every process list would show (expected: etcd://host:port/prefix)");
    }
    List<Member> members = new ArrayList<>();
    for (String host : hosts.split(",", -1)) {
      members.add(Member.parse(host));
    }
    return new EtcdPlace(members, slash < 0 ? DEFAULT_PREFIX : rest.substring(slash + 1), null, null);
  }

  private static String masked(String url) {
    return url.replaceAll("//.*@", "//***@");
  }

  /// Where one member listens for clients.
  public record Member(String host, int port) {
    private static final Pattern SHAPE = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9_.-]+)(?::([0-9]{1,5}))?");

    public Member {
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException("etcd port: " + port + " (expected: 1 to 65535)");
      }
    }

    /// Reads `host`, `host:port` or `[address]:port`.
    public static Member parse(String text) {
      var matcher = SHAPE.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("etcd endpoint: \"" + text + "\" (expected: host:port)");
      }
      String port = matcher.group(2);
      return new Member(matcher.group(1), port == null ? DEFAULT_PORT : Integer.parseInt(port));
    }

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /// A user of etcd's own.
  public record Login(String user, Password password) {
    public Login {
      if (user.isEmpty()) {
        throw new IllegalArgumentException("user: empty");
      }
    }
  }

  /// TLS to every member; the name or address in `members` must be in its certificate.
  ///
  /// @param trust certificates to trust, PEM; null for those of the Java runtime
  /// @param identity what this proxy shows; null when etcd asks for no client certificate
  public record Tls(@Nullable Path trust, @Nullable Identity identity) {}

  /// A client certificate: chain and key, both PEM, the key unencrypted.
  public record Identity(Path certificate, Path key) {}

  /// `etcd://host:port,…/prefix`.
  @Override
  public String toString() {
    return SCHEME + String.join(",", members.stream().map(Member::toString).toList()) + "/" + prefix;
  }
}
