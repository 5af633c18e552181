package io.shardgate.proxy.config;

import io.shardgate.directory.Password;
import io.shardgate.directory.etcd.EtcdPlace;
import io.shardgate.proxy.config.ProxyConfig.Address;
import io.shardgate.proxy.config.ProxyConfig.Admins;
import io.shardgate.proxy.config.ProxyConfig.ClientCertificates;
import io.shardgate.proxy.config.ProxyConfig.Clients;
import io.shardgate.proxy.config.ProxyConfig.DirectoryPlace;
import io.shardgate.proxy.config.ProxyConfig.Limits;
import io.shardgate.proxy.config.ProxyConfig.Pool;
import io.shardgate.proxy.config.ProxyConfig.ServiceRole;
import io.shardgate.proxy.config.ProxyConfig.Tls;
import io.shardgate.proxy.config.ProxyConfig.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads [ProxyConfig] from YAML: every key optional, unknown keys refused, every fault in one message.
///
/// Not thread-safe; owned by its caller.
public final class ProxyConfigReader {

  private final SecretReader secrets;
  private final ConfigNode root;
  private final ConfigNode.Faults faults;

  private ProxyConfigReader(String yaml, String source, Map<String, String> environment) {
    this.secrets = new SecretReader(environment);
    this.faults = new ConfigNode.Faults(source);
    this.root = ConfigNode.parse(yaml, faults);
  }

  /// Reads a file. Passwords may come from files or from this process's environment.
  ///
  /// @throws ConfigException with every fault of the file
  public static ProxyConfig read(Path file) {
    String yaml;
    try {
      yaml = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new ConfigException(file.toString(), java.util.List.of("no such file"));
    } catch (IOException e) {
      throw new ConfigException(file.toString(), java.util.List.of("cannot be read: " + e.getMessage()));
    }
    return read(yaml, file.toString(), System.getenv());
  }

  /// Reads a text.
  ///
  /// @param source what faults call the text
  /// @throws ConfigException with every fault of the text
  public static ProxyConfig read(String yaml, String source, Map<String, String> environment) {
    return new ProxyConfigReader(yaml, source, environment).read();
  }

  private ProxyConfig read() {
    ProxyConfig defaults = ProxyConfig.defaults();
    Address listen = address("listen", defaults.listen());
    Address http = address("http", defaults.http());
    Tls tls = tls(defaults.tls());
    Pool pool = pool(defaults.pool());
    Clients clients = clients(defaults.clients());
    Limits limits = limits(defaults.limits());
    DirectoryPlace directory = directory(defaults.directory());
    ServiceRole service = service(defaults.service());
    Admins admins = new AdminsReader(secrets).read(root, defaults.admins());
    int eventLoops = root.integer("event_loops", defaults.eventLoops(), 0, 1024);
    Transport transport = Transport.valueOf(root.choice("transport", "auto", "auto", "epoll", "io_uring", "nio").toUpperCase(Locale.ROOT));
    root.refuseOthers();
    faults.throwIfAny();
    return new ProxyConfig(listen, http, tls, pool, clients, limits, directory, service, admins, eventLoops, transport);
  }

  private Address address(String name, Address otherwise) {
    ConfigNode node = root.child(name);
    Address read = new Address(node.text("host", otherwise.host()), node.integer("port", otherwise.port(), 0, 65_535));
    node.refuseOthers();
    return read;
  }

  private Tls tls(Tls otherwise) {
    ConfigNode node = root.child("tls");
    String mode = node.choice("mode", "self-made", "off", "self-made", "files");
    @Nullable Path certificate = node.path("certificate");
    @Nullable Path key = node.path("key");
    @Nullable Path clientAuthorities = node.path("client_ca");
    boolean namesCertificate = node.has("client_certificate");
    String clientCertificate = node.choice("client_certificate", "verify-ca", "verify-ca", "verify-full");
    node.refuseOthers();
    if (node.isAbsent()) {
      return otherwise;
    }
    if (mode.equals("files")) {
      if (certificate == null || key == null) {
        node.fault("tls: mode files needs certificate and key");
        return otherwise;
      }
      if (clientAuthorities == null && namesCertificate) {
        node.faultAt("client_certificate", "needs client_ca");
      }
      @Nullable ClientCertificates clients =
          clientAuthorities == null
              ? null
              : new ClientCertificates(readable(node, "client_ca", clientAuthorities), clientCertificate.equals("verify-full"));
      return new Tls.Files(readable(node, "certificate", certificate), readable(node, "key", key), clients);
    }
    if (certificate != null || key != null || clientAuthorities != null || namesCertificate) {
      node.fault("tls: certificate, key and client_ca are for mode files (found: mode " + mode + ")");
    }
    return mode.equals("off") ? new Tls.Off() : new Tls.SelfMade();
  }

  private static Path readable(ConfigNode node, String key, Path file) {
    if (!Files.isReadable(file)) {
      node.faultAt(key, "file " + file + " cannot be read");
    }
    return file;
  }

  private Pool pool(Pool otherwise) {
    ConfigNode node = root.child("pool");
    Pool read =
        checked(
            node,
            otherwise,
            () ->
                new Pool(
                    node.integer("max_connections", otherwise.maxConnections(), 1, 10_000),
                    node.integer("queue_limit", otherwise.queueLimit(), 1, 1_000_000),
                    node.duration("queue_timeout", otherwise.queueTimeout()),
                    node.duration("max_age", otherwise.maxAge()),
                    node.duration("idle_timeout", otherwise.idleTimeout()),
                    node.duration("connect_timeout", otherwise.connectTimeout()),
                    node.duration("cross_shard_timeout", otherwise.crossShardTimeout())));
    node.refuseOthers();
    return read;
  }

  private Clients clients(Clients otherwise) {
    ConfigNode node = root.child("clients");
    Clients read =
        checked(
            node,
            otherwise,
            () -> new Clients(
                node.integer("max", otherwise.max(), 1, 1_000_000),
                node.duration("login_timeout", otherwise.loginTimeout()),
                node.integer("max_logins", otherwise.maxLogins(), 1, 1_000_000),
                node.durationOrNone("send_timeout", otherwise.sendTimeout()),
                node.durationOrNone("drain_delay", otherwise.drainDelay()),
                node.duration("drain_timeout", otherwise.drainTimeout())));
    node.refuseOthers();
    return read;
  }

  private Limits limits(Limits otherwise) {
    ConfigNode node = root.child("limits");
    Limits read =
        checked(
            node,
            otherwise,
            () ->
                new Limits(
                    (int) node.bytes("startup_packet", otherwise.startupPacketBytes(), 100, 10_000),
                    (int) node.bytes("frame", otherwise.frameBytes(), 64 << 10, (1 << 30) - 1),
                    (int) node.bytes("statement", otherwise.statementBytes(), 1 << 10, (1 << 30) - 1),
                    node.bytes("plan_cache", otherwise.planCacheBytes(), 1L << 20, 1L << 40),
                    node.integer("client_statements", otherwise.clientStatements(), 1, 1_000_000),
                    node.integer("server_statements", otherwise.serverStatements(), 1, 100_000),
                    node.duration("apply_wait", otherwise.applyWait()),
                    (int) node.bytes("gather", otherwise.gatherBytes(), 1 << 10, (1 << 30) - 1),
                    node.bytes("gather_total", otherwise.gatherTotalBytes(), 1 << 10, 1L << 40)));
    node.refuseOthers();
    return read;
  }

  private DirectoryPlace directory(DirectoryPlace otherwise) {
    ConfigNode node = root.child("directory");
    return switch (node.choice("kind", "file", "file", "etcd")) {
      case "etcd" -> etcd(node, otherwise);
      default -> {
        @Nullable Path path = node.path("path");
        node.refuseOthers();
        yield path == null ? otherwise : new DirectoryPlace.File(path);
      }
    };
  }

  private DirectoryPlace etcd(ConfigNode node, DirectoryPlace otherwise) {
    @Nullable String url = node.textOrNull("url");
    @Nullable String user = node.textOrNull("user");
    @Nullable Password password = secrets.password(node);
    EtcdPlace.@Nullable Tls tls = etcdTls(node.child("tls"));
    node.refuseOthers();
    if (url == null) {
      node.fault("directory: kind etcd needs url: etcd://host:port/prefix");
      return otherwise;
    }
    if ((user == null) != (password == null)) {
      node.fault("directory: user and a password belong together");
      return otherwise;
    }
    try {
      EtcdPlace place = EtcdPlace.parse(url);
      EtcdPlace.@Nullable Login login = user == null || password == null ? null : new EtcdPlace.Login(user, password);
      return new DirectoryPlace.Etcd(new EtcdPlace(place.members(), place.prefix(), login, tls));
    } catch (IllegalArgumentException e) {
      node.fault("directory.url: " + e.getMessage());
      return otherwise;
    }
  }

  private static EtcdPlace.@Nullable Tls etcdTls(ConfigNode node) {
    @Nullable Path trust = node.path("trust");
    @Nullable Path certificate = node.path("certificate");
    @Nullable Path key = node.path("key");
    node.refuseOthers();
    if (node.isAbsent()) {
      return null;
    }
    if ((certificate == null) != (key == null)) {
      node.fault("directory.tls: certificate and key belong together");
    }
    return new EtcdPlace.Tls(
        trust == null ? null : readable(node, "trust", trust),
        certificate == null || key == null
            ? null
            : new EtcdPlace.Identity(readable(node, "certificate", certificate), readable(node, "key", key)));
  }

  private ServiceRole service(ServiceRole otherwise) {
    ConfigNode node = root.child("service");
    String user = node.text("user", otherwise.user());
    @Nullable Password password = secrets.password(node);
    node.refuseOthers();
    return new ServiceRole(user, password == null ? otherwise.password() : password);
  }

  /// The records check relations between their parts (and what is checked twice is said once).
  private static <T> T checked(ConfigNode node, T otherwise, Supplier<T> read) {
    try {
      return read.get();
    } catch (IllegalArgumentException e) {
      node.fault(String.valueOf(e.getMessage()));
      return otherwise;
    }
  }
}
