package io.shardgate.router.plan;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.plan.Plan.QuerySpan;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;

/// A query in which views stand as their own queries, as PostgreSQL would put them there.
///
/// @param parts in the order of the text
/// @param borrowsRights whether a view in it reads with the rights of another role than the one that asks: what this one may not read, that one may
public record Expansion(List<Part> parts, boolean borrowsRights) {
  public Expansion {
    parts = List.copyOf(parts);
  }

  /// One view.
  ///
  /// @param name the tokens of its name
  /// @param text what stands in their place
  public record Part(QuerySpan name, String text) {}

  /// The text with its views expanded.
  public Lexed of(Lexed users) {
    return new Lexer().statements(write(users).out.toByteArray(), users.rules()).getFirst();
  }

  /// What came from the expanded text, told of the user's: triples of where it is elsewhere, where in the text, and its length.
  public int[] originsIn(Lexed users, int[] origins) {
    Written written = write(users);
    int[] found = new int[3 * (origins.length / 3) * (parts.size() + 1)];
    int count = 0;
    for (int i = 0; i < origins.length; i += 3) {
      for (int j = 0; j < written.kept.length; j += 3) {
        int from = Math.max(origins[i + 1], written.kept[j]);
        int to = Math.min(origins[i + 1] + origins[i + 2], written.kept[j] + written.kept[j + 2]);
        if (from < to) {
          found[count++] = origins[i] + from - origins[i + 1];
          found[count++] = written.kept[j + 1] + from - written.kept[j];
          found[count++] = to - from;
        }
      }
    }
    return Arrays.copyOf(found, count);
  }

  /// @param kept which bytes are the user's: triples of where they are in `out`, where in his text, and how many
  @SuppressWarnings("ArrayRecordComponent") // made, read and dropped within a call
  private record Written(ByteArrayOutputStream out, int[] kept) {
    void keep(Lexed users, int piece, int from, int to) {
      kept[3 * piece] = out.size();
      kept[3 * piece + 1] = from;
      kept[3 * piece + 2] = to - from;
      out.writeBytes(users.slice(from, to));
    }
  }

  private Written write(Lexed users) {
    Written written = new Written(new ByteArrayOutputStream(), new int[3 * (parts.size() + 1)]);
    int from = 0;
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      written.keep(users, i, from, users.tokenStart(part.name().first()));
      // The lexer counts from the first token on.
      written.out.writeBytes(((written.out.size() == 0 ? "" : " ") + part.text() + " ").getBytes(users.encoding()));
      from = users.tokenEnd(part.name().last() - 1);
    }
    written.keep(users, parts.size(), from, users.length());
    return written;
  }
}
