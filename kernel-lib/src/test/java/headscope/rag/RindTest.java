package headscope.rag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import headscope.model.Tokenizer;
import headscope.trace.Span;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RindTest {
  private static final Path TOKENIZERS = Path.of("src/test/resources/fixtures/tokenizer");

  @ParameterizedTest
  @EnumSource(Rind.Form.class)
  void bothFormsAreThoseOfAnIndependentProgram(Rind.Form form) {
    JsonObject golden = Golden.rind().getAsJsonObject("arrays");
    List<String> tokens = Golden.strings(golden.get("pieces"));
    double[] entropies = Golden.doubles(golden.get("entropies"));
    double[][][] rows = Golden.cube(golden.get("rows"));
    boolean[] content = Golden.booleans(golden.get("content"));
    JsonObject expected = golden.getAsJsonObject(form.title());

    assertThat(Rind.received(form, rows, tokens.size()))
        .containsExactly(Golden.doubles(expected.get("token")), within(1e-12));
    Rind rind = new Rind(form, 1, words -> content);
    List<Rind.Word> words = rind.words(tokens, entropies, rows);
    assertThat(words)
        .extracting(Rind.Word::text)
        .containsExactly("The", "Wennar.", "", "was", "bright.");
    double[] attention = words.stream().mapToDouble(Rind.Word::attention).toArray();
    double[] entropy = words.stream().mapToDouble(Rind.Word::entropy).toArray();
    double[] values = words.stream().mapToDouble(Rind.Word::value).toArray();
    assertThat(attention).containsExactly(Golden.doubles(expected.get("attention")), within(1e-12));
    assertThat(entropy).containsExactly(Golden.doubles(expected.get("entropy")), within(1e-12));
    assertThat(values).containsExactly(Golden.doubles(expected.get("value")), within(1e-12));
    assertThat(Rind.values(form, attention, entropy, content)).containsExactly(values);
    // 1.235 and .316 in the paper's form, 1.651 and 2.055 in DRAGIN's
    assertThat(rind.trigger(words)).isEqualTo(1);
    assertThat(rind.withThreshold(1.5).trigger(words)).isEqualTo(form == Rind.Form.PAPER ? -1 : 1);
    assertThat(rind.withThreshold(2).trigger(words)).isEqualTo(form == Rind.Form.PAPER ? -1 : 4);
    assertThat(rind.withThreshold(Double.POSITIVE_INFINITY).trigger(words)).isEqualTo(-1);
  }

  @Test
  void onlyStrictlyLaterTokensCountInThePapersForm() {
    double[][][] rows = {
      {{1, 0, 0}, {.2, .8, 0}, {.3, .1, .6}}, {{1, 0, 0}, {.6, .4, 0}, {0, 0, 1}}
    };
    assertThat(Rind.received(Rind.Form.PAPER, rows, 3))
        .containsExactly(new double[] {.45, .05, 0}, within(1e-15));
    assertThat(Rind.received(Rind.Form.DRAGIN, rows, 3))
        .containsExactly(new double[] {1, .6, .8}, within(1e-15));
  }

  @Test
  void oneTokenIsNeverATriggerInThePapersForm() {
    double[][][] rows = {{{1}}};
    assertThat(Rind.standard().words(List.of("Oslo"), new double[] {5}, rows).get(0).value())
        .isZero();
    assertThat(Rind.dragin(1).words(List.of("Oslo"), new double[] {5}, rows).get(0).value())
        .isEqualTo(5);
  }

  @ParameterizedTest
  @EnumSource(Rind.Form.class)
  void aDraftWithoutTokensHasNoWords(Rind.Form form) {
    Rind rind = new Rind(form, 0, ContentWords.standard());
    assertThat(rind.words(List.of(), new double[0], new double[2][0][0])).isEmpty();
    assertThat(rind.trigger(List.of())).isEqualTo(-1);
  }

  @Test
  void aWordBeginsWithWhiteSpace() {
    assertThat(Rind.wordSpans(List.of("A", "na", " was", " ", "bo", "rn", ".", "\n", "In")))
        .containsExactly(new Span(0, 2), new Span(2, 3), new Span(3, 7), new Span(7, 9));
    assertThat(Rind.wordSpans(List.of(" one"))).containsExactly(new Span(0, 1));
    assertThat(Rind.wordSpans(List.of())).isEmpty();
    // a character that several tokens make up is added by the last of them
    assertThat(Rind.wordSpans(List.of(" M", "", "ü", "r"))).containsExactly(new Span(0, 4));
  }

  @Test
  void stopWordsAndPunctuationAreNoContent() {
    List<String> words =
        List.of(
            "The", "the,", "It’s", "don't", "—", "", "Was", "(of)", "Oslo.", "1901", "born", "\"So",
            "answer", "Müller", "éa", "x");
    boolean[] content = ContentWords.standard().of(words);
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < content.length; i++) {
      if (content[i]) {
        kept.add(words.get(i));
      }
    }
    assertThat(kept).containsExactly("Oslo.", "1901", "born", "answer", "Müller", "éa", "x");
  }

  @Test
  void aTaggerTakesThePlaceOfTheList() {
    ContentWords numbers =
        words -> {
          boolean[] content = new boolean[words.size()];
          for (int i = 0; i < content.length; i++) {
            content[i] = words.get(i).matches("\\d+");
          }
          return content;
        };
    double[][][] rows = {{{1, 0, 0}, {.5, .5, 0}, {.4, .3, .3}}};
    Rind rind = Rind.standard().withContentWords(numbers).withThreshold(.1);
    List<Rind.Word> words =
        rind.words(List.of("Oslo", " 1901", " is"), new double[] {2, 2, 2}, rows);
    assertThat(rind.trigger(words)).isEqualTo(1);
    assertThat(words.get(0).value()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Ana Müller was born in the quiet harbour of Thenstuncarnd in 1956.",
        "Mr. O'Brien doesn't know; the river (Jilkei) is 731 kilometres long!",
        "Wer wagt es, Rittersmann oder Knapp 🙂 zu tauchen?"
      })
  void theTriggerFallsOnTheSameWordForEveryTokenizer(String sentence) {
    List<String> plain = List.of(sentence.split(" "));
    for (Rind.Form form : Rind.Form.values()) {
      List<List<String>> words = new ArrayList<>();
      List<Integer> triggers = new ArrayList<>();
      for (String name : List.of("llama3", "qwen", "llama2", "llama2-metaspace")) {
        try (Tokenizer tokenizer = Tokenizer.load(TOKENIZERS.resolve(name))) {
          List<String> tokens = tokenizer.decodeEach(tokenizer.encode(sentence).ids());
          Rind rind = new Rind(form, .5, ContentWords.standard());
          List<Rind.Word> found = rind.words(tokens, entropies(tokens), even(tokens));
          words.add(found.stream().map(Rind.Word::text).toList());
          triggers.add(rind.trigger(found));
        }
      }
      assertThat(words).containsOnly(plain);
      assertThat(triggers).containsOnly(triggers.get(0)).doesNotContain(-1);
    }
  }

  /** An entropy a word, high from the third on: the same for all its tokens. */
  private static double[] entropies(List<String> tokens) {
    double[] entropies = new double[tokens.size()];
    List<Span> spans = Rind.wordSpans(tokens);
    for (int w = 0; w < spans.size(); w++) {
      Arrays.fill(entropies, spans.get(w).from(), spans.get(w).to(), w < 2 ? .01 : 4 + w % 3);
    }
    return entropies;
  }

  /** The last row gives every word the same attention, spread over its tokens; no other does. */
  private static double[][][] even(List<String> tokens) {
    int n = tokens.size();
    double[][][] rows = new double[1][n][n];
    for (Span word : Rind.wordSpans(tokens)) {
      for (int i = word.from(); i < word.to(); i++) {
        rows[0][n - 1][i] = 1.0 / word.length();
      }
    }
    return rows;
  }

  @Test
  void whatDoesNotFitIsRefusedWithItsNumbers() {
    assertThatThrownBy(() -> Rind.standard().withThreshold(Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> Rind.standard().withThreshold(-1)).hasMessageContaining("-1.0");
    assertThatThrownBy(() -> Rind.received(Rind.Form.PAPER, new double[1][3][3], 2))
        .hasMessageContaining("3 rows for n = 2");
    assertThatThrownBy(() -> Rind.received(Rind.Form.PAPER, new double[0][][], 2))
        .hasMessageContaining("at least one head");
    assertThatThrownBy(
            () -> Rind.standard().words(List.of("a"), new double[2], new double[1][1][1]))
        .hasMessageContaining("1 tokens, 2 entropies");
    assertThatThrownBy(
            () -> Rind.values(Rind.Form.PAPER, new double[2], new double[2], new boolean[1]))
        .hasMessageContaining("2, 2, 1");
    assertThatThrownBy(
            () ->
                Rind.standard()
                    .withContentWords(words -> new boolean[0])
                    .words(List.of("a"), new double[1], new double[1][1][1]))
        .hasMessageContaining("1 words, 0 given");
  }
}
