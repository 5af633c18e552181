package io.shardgate.directory;

/// What kind of server an [Endpoint] names.
public enum Engine {
  POSTGRESQL("postgresql", 5432),
  MYSQL("mysql", 3306);

  private final String scheme;
  private final int defaultPort;

  Engine(String scheme, int defaultPort) {
    this.scheme = scheme;
    this.defaultPort = defaultPort;
  }

  public String scheme() {
    return scheme;
  }

  public int defaultPort() {
    return defaultPort;
  }
}
