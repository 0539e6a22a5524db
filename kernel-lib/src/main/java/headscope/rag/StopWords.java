package headscope.rag;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Every word that holds a letter or a digit and is not in a list is a content word.
 *
 * @param list the stop words in lower case, apostrophes straight
 */
record StopWords(Set<String> list) implements ContentWords {
  static final StopWords ENGLISH = new StopWords(read("stop-words.txt"));

  // A word without the punctuation round it.
  private static final Pattern OUTSIDE =
      Pattern.compile("^[^\\p{L}\\p{M}\\p{N}]+|[^\\p{L}\\p{M}\\p{N}]+$");

  StopWords {
    list = Set.copyOf(list);
  }

  private static Set<String> read(String resource) {
    try (InputStream in = StopWords.class.getResourceAsStream("/headscope/rag/" + resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .flatMap(line -> List.of(line.strip().split(" ")).stream())
          .filter(word -> !word.isEmpty())
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean[] of(List<String> words) {
    boolean[] content = new boolean[words.size()];
    for (int i = 0; i < content.length; i++) {
      String bare = OUTSIDE.matcher(words.get(i)).replaceAll("");
      content[i] =
          bare.codePoints().anyMatch(Character::isLetterOrDigit)
              && !list.contains(bare.toLowerCase(Locale.ROOT).replace('\u2019', '\''));
    }
    return content;
  }
}
