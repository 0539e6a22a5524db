package headscope.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import headscope.model.Encoding;
import headscope.model.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HaystackTest {
  private static Tokenizer tokenizer;

  @TempDir Path folder;

  @BeforeAll
  static void load() {
    tokenizer = Tokenizer.load(Path.of("src/main/resources/headscope/reference/model"));
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @Test
  void theStandardEssaysComeInFileNameOrderWithTheirTitles() {
    Haystack haystack = Haystack.standard();
    assertThat(haystack.essays()).hasSize(48).noneMatch(essay -> essay.contains("\n"));
    assertThat(haystack.essays().get(0))
        .startsWith("Why Small Tools Last The oldest thing I use every week is a marking gauge");
  }

  @Test
  void aRunOfWhiteSpaceThatHoldsALineBreakIsOneSpace() {
    assertThat(Haystack.of(" \n Title \r\n\t\n One.  Two.\rThree.\u00a0\n").essays())
        .containsExactly("Title One.  Two. Three.");
  }

  @Test
  void aFolderIsReadInFileNameOrderAndOnlyItsTexts() throws IOException {
    Files.writeString(folder.resolve("b.txt"), "Second.");
    Files.writeString(folder.resolve("a.txt"), "\ufeffFirst.\n");
    Files.writeString(folder.resolve("B.txt"), "Capitals come before.");
    Files.writeString(folder.resolve("notes.md"), "Not an essay.");
    Files.createDirectory(folder.resolve("c.txt"));
    assertThat(Haystack.folder(folder).essays())
        .containsExactly("Capitals come before.", "First.", "Second.");
  }

  @Test
  void aFolderThatCannotBeAHaystackIsNamedWithTheRemedy() throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Haystack.folder(folder.resolve("nowhere")))
        .withMessageContainingAll("nowhere", "is no folder", ".txt files in UTF-8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Haystack.folder(folder))
        .withMessageContainingAll(folder.toString(), "holds no essay", "put at least one");
    Path essay = folder.resolve("latin1.txt");
    Files.write(essay, new byte[] {'c', 'a', 'f', (byte) 0xe9});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Haystack.folder(folder))
        .withMessageContainingAll("latin1.txt", "no UTF-8", "save it in UTF-8");
    Files.writeString(essay, " \n\u00a0\n");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Haystack.folder(folder))
        .withMessageContainingAll("latin1.txt", "holds no text", "take it away");
    assertThatIllegalArgumentException().isThrownBy(Haystack::of).withMessageContaining("got none");
  }

  @Test
  void aShortHaystackGoesRoundFromTheFirstEssayOn() {
    Encoding cut = Haystack.of("One.", "Two.", "Three.").cut(tokenizer, 30, 1);
    assertThat(cut.length()).isEqualTo(30);
    assertThat(cut.text()).startsWith("Two. Three. One. Two. Three. One.");
  }

  @Test
  void theCutIsExactlyTheFirstTokensOfTheTextEncodedAlone() {
    Haystack haystack = Haystack.standard();
    for (int n : new int[] {1, 7, 300, 1000}) {
      Encoding cut = haystack.cut(tokenizer, n, 47);
      assertThat(cut.length()).isEqualTo(n);
      assertThat(tokenizer.encode(cut.text()).ids()).containsExactly(cut.ids());
    }
    assertThat(haystack.cut(tokenizer, 2000, 47).text())
        .contains(" " + haystack.essays().get(0).substring(0, 200));
  }

  @Test
  void aHaystackOfNoTokensIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Haystack.standard().cut(tokenizer, 0, 0))
        .withMessage("a haystack has 1 to 10000000 tokens, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Haystack.standard().cut(tokenizer, Integer.MAX_VALUE, 0));
  }
}
