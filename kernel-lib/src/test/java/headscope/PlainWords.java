package headscope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;

/** What every message of a refusal is: words for a user, none of a parser or of a class. */
public final class PlainWords {
  private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"?");
  private static final Pattern FOREIGN =
      Pattern.compile(
          "(?i:exception|gson)|BEGIN_|END_DOCUMENT|\\bnull\\b|\\b(java|com|ai|headscope)\\.\\w+\\.\\w+"
              + "|Cannot invoke|For input string|enum constant|out of bounds");

  private PlainWords() {}

  /** Outside of what it quotes from the input. */
  public static void assertThatItSaysIt(Throwable e) {
    assertThat(e.getMessage()).isNotBlank();
    String said = QUOTED.matcher(e.getMessage()).replaceAll("");
    assertThat(FOREIGN.matcher(said).find()).as("%s: %s", e.getClass(), e.getMessage()).isFalse();
  }
}
