package io.shardgate.admin.command;

import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Not thread-safe; owned by one command line.
@Command(name = "split", mixinStandardHelpOptions = true, description = "Cuts a range in two, in place: no row moves, both have the owner of before.")
final class Split extends Verb {
  @Mixin private final PlaceOptions place = new PlaceOptions();

  Split(ProxyOptions options) {
    super(options);
  }

  @Override
  int run(ProxyConnection proxy, Screen screen) throws RefusedException {
    return show(proxy, screen, "SHARDGATE SPLIT " + place.text());
  }
}
