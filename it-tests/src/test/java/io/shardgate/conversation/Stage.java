package io.shardgate.conversation;

import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Plays one script against one port. Not thread-safe; owned by the test.
final class Stage implements AutoCloseable {
  /// What a script can do besides talking to the port.
  interface Backdoor {
    /// Runs a statement as superuser on the only, or the home server.
    void onHome(String sql);

    /// Waits until a client's statement is seen to wait on a server.
    void awaitWaiting();
  }

  private final int port;
  private final String database;
  private final Backdoor backdoor;
  private final Map<String, WirePeer> peers = new LinkedHashMap<>();
  private final Transcript transcript = new Transcript();
  private String speaker = "a";

  Stage(int port, String database, Backdoor backdoor) {
    this.port = port;
    this.database = database;
    this.backdoor = backdoor;
  }

  List<String> play(Script script) throws IOException {
    for (String line : script.lines()) {
      transcript.note(line);
      act(line);
    }
    return transcript.lines();
  }

  private void act(String line) throws IOException {
    char verb = line.charAt(0);
    String rest = line.substring(1).strip();
    switch (verb) {
      case '@' -> turnTo(rest);
      case '!' -> backdoor.onHome(rest);
      case 'K' -> {
        backdoor.awaitWaiting();
        peer(rest).cancel();
      }
      default -> say(verb, rest, peer(speaker));
    }
  }

  private void turnTo(String who) throws IOException {
    String[] words = who.split(" ");
    if (who.startsWith("-")) {
      peer(who.substring(1)).close();
      peers.remove(who.substring(1));
      return;
    }
    speaker = words[0];
    if (!peers.containsKey(speaker)) {
      Map<String, String> parameters = new LinkedHashMap<>();
      for (String word : Arrays.asList(words).subList(1, words.length)) {
        int equals = word.indexOf('=');
        parameters.put(word.substring(0, equals), word.substring(equals + 1).replace("~", " "));
      }
      List<BackendMessage> heard = new ArrayList<>();
      peers.put(speaker, WirePeer.login(port, database, parameters, heard::add));
      if (!parameters.isEmpty()) {
        transcript.heard(heard);
      }
    }
  }

  private WirePeer peer(String name) throws IOException {
    WirePeer known = peers.get(name);
    if (known == null) {
      known = WirePeer.login(port, database, Map.of(), _ -> {});
      peers.put(name, known);
    }
    return known;
  }

  @SuppressWarnings("unchecked")
  private void say(char verb, String rest, WirePeer peer) throws IOException {
    String[] parts = rest.split("\\|", -1);
    switch (verb) {
      case 'Q' -> {
        peer.say(out -> FrontendWriter.query(out, bytes(rest)));
        peer.flush();
        transcript.heard(peer.hearUntil(BackendMessage.ReadyForQuery.class, BackendMessage.CopyInResponse.class));
      }
      case 'q' -> {
        peer.say(out -> FrontendWriter.query(out, bytes(rest)));
        peer.flush();
      }
      case 'P' -> {
        int last = rest.lastIndexOf('|');
        int first = rest.indexOf('|');
        String sql = last > first ? rest.substring(first + 1, last) : rest.substring(first + 1);
        int[] oids = last > first ? ints(rest.substring(last + 1)) : new int[0];
        peer.say(out -> FrontendWriter.parse(out, rest.substring(0, first), bytes(sql), oids));
      }
      case 'B' ->
          peer.say(
              out ->
                  FrontendWriter.bind(
                      out, parts[0], at(parts, 1), ints(at(parts, 3)), values(at(parts, 2)), ints(at(parts, 4))));
      case 'D' -> {
        String name = rest.substring(1).strip();
        peer.say(out -> {
          if (rest.startsWith("S")) {
            FrontendWriter.describeStatement(out, name);
          } else {
            FrontendWriter.describePortal(out, name);
          }
        });
      }
      case 'C' -> {
        String name = rest.substring(1).strip();
        peer.say(out -> {
          if (rest.startsWith("S")) {
            FrontendWriter.closeStatement(out, name);
          } else {
            FrontendWriter.closePortal(out, name);
          }
        });
      }
      case 'E' -> peer.say(out -> FrontendWriter.execute(out, parts[0], at(parts, 1).isEmpty() ? 0 : Integer.parseInt(at(parts, 1))));
      case 'H' -> {
        peer.say(FrontendWriter::flush);
        peer.flush();
        Class<? extends BackendMessage> last =
            (Class<? extends BackendMessage>)
                Stream.of(BackendMessage.class.getPermittedSubclasses())
                    .filter(each -> each.getSimpleName().equals(rest))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no message " + rest));
        transcript.heard(peer.hearUntil(last, BackendMessage.ErrorResponse.class));
      }
      case 'S' -> {
        peer.say(FrontendWriter::sync);
        peer.flush();
        transcript.heard(peer.hearUntil(BackendMessage.ReadyForQuery.class));
      }
      case 's' -> peer.say(FrontendWriter::sync);
      case 'd' -> peer.say(out -> FrontendWriter.copyData(out, bytes(rest.replace("\\n", "\n").replace("\\t", "\t"))));
      case 'c' -> peer.say(FrontendWriter::copyDone);
      case 'f' -> peer.say(out -> FrontendWriter.copyFail(out, rest));
      case 'R' -> {
        peer.flush();
        for (int i = 0; i < Integer.parseInt(rest); i++) {
          transcript.heard(peer.hearUntil(BackendMessage.ReadyForQuery.class));
        }
      }
      case 'N' -> transcript.heard(peer.hearUntil(BackendMessage.NotificationResponse.class));
      default -> throw new IllegalArgumentException("no verb " + verb);
    }
  }

  private static String at(String[] parts, int index) {
    return index < parts.length ? parts[index] : "";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static int[] ints(String list) {
    return list.isEmpty() ? new int[0] : Stream.of(list.split(",")).mapToInt(each -> Integer.parseInt(each.strip())).toArray();
  }

  private static List<byte @Nullable []> values(String list) {
    List<byte @Nullable []> values = new ArrayList<>();
    if (!list.isEmpty()) {
      for (String each : list.split(",", -1)) {
        values.add(each.equals("\\N") ? null : each.startsWith("0x") ? HexFormat.of().parseHex(each.substring(2)) : bytes(each));
      }
    }
    return values;
  }

  @Override
  public void close() throws IOException {
    for (WirePeer peer : peers.values()) {
      peer.close();
    }
  }
}
