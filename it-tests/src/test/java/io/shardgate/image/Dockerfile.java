package io.shardgate.image;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A Dockerfile, as far as it has to be understood here: instructions by stage, with what ARG said put in for its variables.
///
/// @param stages in their order
record Dockerfile(List<Stage> stages) {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)\\}");

  /// @param word upper case
  record Instruction(String word, String rest) {
    /// The words of the exec form; fails for the shell's form, in which a signal ends at the shell.
    List<String> exec() {
      if (!rest.startsWith("[")) {
        throw new AssertionError(word + " is not in the exec form: " + rest);
      }
      return Pattern.compile("\"([^\"]*)\"").matcher(rest).results().map(match -> match.group(1)).toList();
    }
  }

  record Stage(String from, List<Instruction> instructions) {
    List<Instruction> all(String word) {
      return instructions.stream().filter(each -> each.word().equals(word)).toList();
    }

    /// The only one of its kind.
    Instruction only(String word) {
      List<Instruction> found = all(word);
      if (found.size() != 1) {
        throw new AssertionError(word + ": " + found + " (expected: one)");
      }
      return found.getFirst();
    }
  }

  static Dockerfile parse(String text) {
    List<Stage> stages = new ArrayList<>();
    Map<String, String> arguments = new LinkedHashMap<>();
    for (String line : text.replaceAll("(?m)^#.*\n", "").replaceAll("\\\\\n\\s*", "").lines().filter(each -> !each.isBlank()).toList()) {
      String[] parts = line.strip().split("\\s+", 2);
      Instruction instruction = new Instruction(parts[0], filled(parts[1], arguments));
      if (instruction.word().equals("ARG")) {
        String[] pair = instruction.rest().split("=", 2);
        arguments.put(pair[0], pair[1]);
      } else if (instruction.word().equals("FROM")) {
        stages.add(new Stage(instruction.rest().split("\\s+")[0], new ArrayList<>()));
      }
      if (!stages.isEmpty()) {
        stages.getLast().instructions().add(instruction);
      }
    }
    return new Dockerfile(stages);
  }

  private static String filled(String text, Map<String, String> arguments) {
    return VARIABLE.matcher(text).replaceAll(found -> Matcher.quoteReplacement(arguments.getOrDefault(found.group(1), found.group())));
  }

  /// What the image is.
  Stage last() {
    return stages.getLast();
  }
}
