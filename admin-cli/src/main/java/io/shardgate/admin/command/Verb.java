package io.shardgate.admin.command;

import io.shardgate.admin.proxy.Answer;
import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.Screen;
import java.util.concurrent.Callable;
import picocli.CommandLine.ExitCode;

/// A verb: asks a proxy and shows what it says.
/// Not thread-safe; owned by one command line.
abstract class Verb implements Callable<Integer> {
  private final ProxyOptions options;

  Verb(ProxyOptions options) {
    this.options = options;
  }

  @Override
  public Integer call() {
    Screen screen = options.screen();
    try (ProxyConnection proxy = options.open()) {
      return run(proxy, screen);
    } catch (RefusedException refused) {
      screen.say(refused.said());
      return ExitCode.SOFTWARE;
    }
  }

  /// @return the exit code
  abstract int run(ProxyConnection proxy, Screen screen) throws RefusedException;

  Surroundings surroundings() {
    return options.surroundings();
  }

  /// Shows what one statement answers.
  static int show(ProxyConnection proxy, Screen screen, String sql) throws RefusedException {
    screen.show(proxy.ask(sql));
    return ExitCode.OK;
  }

  static RefusedException refused(String message, String hint) {
    return new RefusedException(new Answer.Said("ERROR", "", message, "", hint));
  }
}
