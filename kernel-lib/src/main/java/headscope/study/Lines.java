package headscope.study;

import com.google.gson.JsonParseException;
import headscope.failure.Section;
import headscope.json.JsonFault;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads recorded lines, and says which one is damaged. */
final class Lines {
  private Lines() {}

  static <T> List<T> read(String part, List<String> lines, Function<String, T> one) {
    List<T> all = new ArrayList<>();
    for (String line : lines) {
      try {
        all.add(one.apply(line));
      } catch (JsonParseException
          | IllegalStateException
          | IllegalArgumentException
          | IndexOutOfBoundsException
          | UnsupportedOperationException e) {
        throw Section.STUDY.wrong(
            String.format(
                "the recorded results of %s are damaged at line %d of %d: %s; take the file from the"
                    + " repository anew, or record the part again",
                part, all.size() + 1, lines.size(), JsonFault.of(e)),
            e);
      }
    }
    return all;
  }
}
