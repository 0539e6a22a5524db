package headscope;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the Javadoc says of DEFINITIONS.md is there. */
class DefinitionsTest {
  private static final Pattern HEADING = Pattern.compile("(?m)^\\*\\*(\\d+)\\. ");
  private static final Pattern POINTER =
      Pattern.compile("DEFINITIONS\\.md,[\\s*]*(\\d+(?:(?:, | and | to )\\d+)*)");

  private static Set<Integer> numbers(Matcher matcher) {
    Set<Integer> found = new TreeSet<>();
    while (matcher.find()) {
      for (String n : matcher.group(1).split("\\D+")) {
        found.add(Integer.valueOf(n));
      }
    }
    return found;
  }

  @Test
  void everyPointerLeadsToADefinition() throws IOException {
    Set<Integer> defined = numbers(HEADING.matcher(Files.readString(Path.of("DEFINITIONS.md"))));
    Set<Integer> pointed = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      List<Path> sources = files.filter(f -> f.toString().endsWith(".java")).toList();
      for (Path source : sources) {
        String text = Files.readString(source);
        pointed.addAll(numbers(POINTER.matcher(text)));
        assertThat(text).as(source.toString()).doesNotContain("golden" + " rule");
      }
    }
    assertThat(defined).contains(1, 29);
    assertThat(pointed).isNotEmpty().isSubsetOf(defined);
  }
}
