package io.shardgate.admin.command;

import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Not thread-safe; owned by one command line.
@Command(name = "merge", mixinStandardHelpOptions = true, description = "Joins the range that begins at a place to the one before it, when both are on one shard.")
final class Merge extends Verb {
  @Mixin private final PlaceOptions place = new PlaceOptions();

  Merge(ProxyOptions options) {
    super(options);
  }

  @Override
  int run(ProxyConnection proxy, Screen screen) throws RefusedException {
    return show(proxy, screen, "SHARDGATE MERGE " + place.text());
  }
}
