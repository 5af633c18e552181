package io.shardgate.admin.command;

import io.shardgate.admin.proxy.Answer;
import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.ProxyPlace;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// What all verbs have in common: which proxy, and in which form it answers. They stand before or behind the verb.
/// Not thread-safe; owned by one command line.
final class ProxyOptions {
  private static final Pattern PASSWORD = Pattern.compile("\\w+://[^/@:]*:[^/@]+@.*");

  @Option(
      names = "--proxy", paramLabel = "URL", scope = ScopeType.INHERIT,
      description = "any proxy: postgresql://role@host:port/database (default: $SHARDGATE_PROXY, else the dev cluster that runs)")
  private @Nullable String proxy;

  @Option(names = "--json", scope = ScopeType.INHERIT, description = "answer as JSON")
  private boolean json;

  private final Surroundings surroundings;

  ProxyOptions(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  Surroundings surroundings() {
    return surroundings;
  }

  Screen screen() {
    return new Screen(surroundings.out(), surroundings.err(), json);
  }

  ProxyConnection open() throws RefusedException {
    if (proxy != null && PASSWORD.matcher(proxy).matches()) {
      screen().say(new Answer.Said(
          "WARNING", "01000", "the password in --proxy stands in the process list, for everybody on this machine", "",
          "Leave it out: it is also taken from PGPASSWORD, ~/.pgpass, or the URL in $" + ProxyPlace.VARIABLE + "."));
    }
    return ProxyConnection.open(ProxyPlace.find(proxy, surroundings.environment(), surroundings.home()));
  }
}
