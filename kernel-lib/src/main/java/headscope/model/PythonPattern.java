package headscope.model;

import headscope.failure.Section;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression of Python's {@code re} over the short names of modules. What Java reads
 * otherwise is rewritten; one that takes too many steps is refused.
 */
final class PythonPattern {
  private static final int STEPS = 1 << 21;

  private final String python;
  private final Pattern pattern;

  /**
   * Reads an expression.
   *
   * @throws CheckpointException if it cannot be read
   */
  PythonPattern(String python) {
    this.python = python;
    try {
      pattern = Pattern.compile(inJava(python));
    } catch (PatternSyntaxException | StackOverflowError e) {
      throw new CheckpointException(
          Section.ADAPTERS,
          "the pattern \"" + python + "\" cannot be read as a regular expression of Python",
          e);
    }
  }

  private static String inJava(String python) {
    StringBuilder java = new StringBuilder();
    boolean inClass = false;
    for (int i = 0; i < python.length(); i++) {
      char c = python.charAt(i);
      if (c == '\\' && i + 1 < python.length()) {
        char next = python.charAt(++i);
        if ("pPhHRXQEGzKk".indexOf(next) >= 0) {
          throw new PatternSyntaxException("no escape of Python", python, i);
        }
        java.append(next == 'Z' ? "\\z" : next == 'v' ? "\\x0B" : "\\" + next);
      } else if (inClass) {
        boolean first = python.charAt(i - 1) == '[' || python.startsWith("[^", i - 2);
        inClass = c != ']' || first && python.charAt(i - 1) != '\\';
        java.append(c == '[' || c == '&' || c == ']' && inClass ? "\\" + c : String.valueOf(c));
      } else if (python.startsWith("(?P<", i) || python.startsWith("(?P=", i)) {
        boolean named = python.charAt(i + 3) == '<';
        int end = python.indexOf(named ? '>' : ')', i);
        if (end < 0) {
          throw new PatternSyntaxException("a group's name does not end", python, i);
        }
        String name = python.substring(i + 4, end).replace("_", "U95");
        java.append(named ? "(?<" + name + ">" : "\\k<" + name + ">");
        i = end;
      } else if (python.startsWith("{,", i)) {
        java.append("{0");
      } else {
        inClass = c == '[';
        java.append(c);
      }
    }
    return java.toString();
  }

  /** Whether it matches all of a name, as {@code re.fullmatch}. */
  boolean matches(String name) {
    return matcher(name).matches();
  }

  /** Matches from the start of a name, as {@code re.match}. */
  boolean startsIn(String name) {
    return matcher(name).lookingAt();
  }

  /** Its matcher over a name. */
  Matcher matcher(String name) {
    return pattern.matcher(new Counted(name, new int[1]));
  }

  /** A text that can be looked at so often and no oftener. */
  private final class Counted implements CharSequence {
    private final String text;
    private final int[] steps;

    Counted(String text, int[] steps) {
      this.text = text;
      this.steps = steps;
    }

    @Override
    public char charAt(int index) {
      if (++steps[0] > STEPS) {
        throw new CheckpointException(
            Section.ADAPTERS,
            "the pattern \"" + python + "\" takes too many steps over \"" + text + "\"");
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.substring(start, end), steps);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
