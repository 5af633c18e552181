package io.shardgate.admin.show;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shardgate.admin.proxy.Answer;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes answers: rows to the output, what is said beside them to the error output. As JSON the output is one array of objects, and an error is
/// one object on the error output.
/// Not thread-safe; owned by one command.
public final class Screen {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintStream out;
  private final PrintStream err;
  private final boolean json;

  public Screen(PrintStream out, PrintStream err, boolean json) {
    this.out = out;
    this.err = err;
    this.json = json;
  }

  /// Shows the rows, and the notices.
  public void show(Answer answer) {
    show(answer, TextTable.lines(answer.columns(), answer.rows()));
  }

  /// The same, with other lines for people.
  ///
  /// @param lines what stands for the rows where JSON is not asked for
  public void show(Answer answer, List<String> lines) {
    notices(answer);
    if (json) {
      out.println(text(answer.records()));
    } else {
      lines.forEach(out::println);
    }
  }

  /// What the server said beside the rows.
  public void notices(Answer answer) {
    answer.notices().forEach(this::say);
  }

  /// Shows an error or a notice.
  public void say(Answer.Said said) {
    if (json) {
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("severity", said.severity());
      fields.put("code", said.code());
      fields.put("message", said.message());
      fields.put("detail", said.detail());
      fields.put("hint", said.hint());
      err.println(text(fields));
      return;
    }
    err.println("shardctl: " + (said.severity().equals("ERROR") ? "" : said.severity() + ": ") + said.message() + code(said));
    said.detail().lines().forEach(line -> err.println("  " + line));
    if (!said.hint().isEmpty()) {
      err.println("HINT: " + said.hint());
    }
  }

  private static String code(Answer.Said said) {
    return said.severity().equals("ERROR") && !said.code().isEmpty() ? " (" + said.code() + ")" : "";
  }

  /// A line for people, which JSON does not have.
  public void remark(String line) {
    if (!json) {
      out.println(line);
    }
  }

  private static String text(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
