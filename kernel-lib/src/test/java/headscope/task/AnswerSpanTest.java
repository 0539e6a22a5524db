package headscope.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.claim.Twice;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerSpanTest {
  private static final AnswerSpan NEEDLE = AnswerSpan.ofNeedles(List.of("42"));
  private static final AnswerSpan OSLO = AnswerSpan.ofQuestion("the Oslo");

  private static int steps(AnswerSpan span, String... tokens) {
    return span.steps(List.of(tokens));
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "Oslo.", "?\"", "!”", ".' ", "\n", "a\nb", ".)\n", "...", "“Ja.“"})
  void tokensThatEndASentence(String token) {
    assertThat(SentenceEnd.isAt(token)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "Oslo", ".5", ".)", "\"", ", ", "?x", ":", "。"})
  void tokensThatDoNot(String token) {
    assertThat(SentenceEnd.isAt(token)).isFalse();
  }

  @Test
  void aNeedleEndsWithTheSentenceThatCompletesIt() {
    assertThat(steps(NEEDLE, "Well.", " It is", " 4", "2", ", yes", ".", " 42", ".")).isEqualTo(6);
    assertThat(steps(NEEDLE, "It", " is 42.", " More.")).isEqualTo(2);
    assertThat(steps(NEEDLE, "It", " is 42", " or so")).isEqualTo(3);
  }

  @Test
  void severalNeedlesAreCompleteWithTheLast() {
    AnswerSpan both = AnswerSpan.ofNeedles(List.of("42", "abc"));
    assertThat(steps(both, "42.", " ABC.", " abc", "!", " x.")).isEqualTo(4);
  }

  @Test
  void whatIsNeverCompleteEndsWithItsFirstSentence() {
    assertThat(steps(NEEDLE, "No", " idea", ".", " None", ".")).isEqualTo(3);
    assertThat(steps(NEEDLE, "No", " idea")).isEqualTo(2);
    assertThat(steps(NEEDLE)).isZero();
    assertThat(steps(OSLO, "Bergen", ".", " Really", ".")).isEqualTo(2);
  }

  @Test
  void aQuestionIsAnsweredByThePhraseWhereverItComes() {
    assertThat(steps(OSLO, "Oslo.", " The ANSWER", " Is", " Bergen", ".", " Oslo.")).isEqualTo(5);
  }

  @Test
  void withoutThePhraseByARightAnswerInWholeWords() {
    assertThat(steps(OSLO, "In", " Oslonia.", " In", " oslo", ",", " yes.", " No.")).isEqualTo(6);
    assertThat(steps(AnswerSpan.ofQuestion("The"), "The.", " The", ".")).isEqualTo(1);
  }

  @Test
  void theEndTokenTakesNoPart() {
    List<String> texts = List.of("It is", " 42", "\n");
    assertThat(NEEDLE.steps(trace(texts, true))).isEqualTo(2);
    assertThat(NEEDLE.steps(trace(texts, false))).isEqualTo(3);
    assertThat(StepSpan.ALL.steps(trace(texts, true), NEEDLE)).isEqualTo(2);
    assertThat(NEEDLE.steps(trace(List.of("."), true))).isZero();
  }

  @Test
  void aTraceWithoutTextsIsRefused() {
    Trace bare =
        new Trace(
            "m",
            1,
            1,
            Prompt.ofIds(1),
            trace(List.of("a"), false).steps(),
            List.of(),
            "",
            List.of(),
            false,
            Map.of(),
            Map.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NEEDLE.steps(bare))
        .withMessageContaining("has a tokenizer");
  }

  /** By {@code environment/tools/claims_twice.py}, CPython 3.11. */
  @Test
  void spansAreThoseOfAnIndependentProgram() {
    int questions = 0;
    for (JsonElement e : Twice.list("spans")) {
      JsonObject o = e.getAsJsonObject();
      List<String> answers = Twice.strings(o.get("answers"));
      boolean question = o.get("question").getAsBoolean();
      AnswerSpan span =
          question ? AnswerSpan.ofQuestion(answers.get(0)) : AnswerSpan.ofNeedles(answers);
      assertThat(span.steps(Twice.strings(o.get("tokens"))))
          .as(o.toString())
          .isEqualTo(o.get("steps").getAsInt());
      questions += question ? 1 : 0;
    }
    assertThat(questions).isEqualTo(100);
  }

  @Test
  void answersAreToldFromTheSentencesOfATrial() {
    String one = "01234567-89ab-4cde-8f01-23456789abcd";
    String other = one.replace('0', '9');
    List<Needle> needles =
        List.of(
            new Needle("The [magic] word is [UUID]. Really.", "[UUID]"),
            new Needle("Eat a sandwich.", "a sandwich"),
            new Needle("Say [UUID]!", "Say [UUID]"));
    assertThat(
            Needle.answers(
                needles,
                "The [magic] word is " + one + ". Really. Eat a sandwich. Say " + other + "!"))
        .containsExactly(one, "a sandwich", "Say " + other);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Needle.answers(needles, "Eat."))
        .withMessageContaining("Eat.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Needle.answers(List.of(new Needle("Eat.", "[UUID]")), "Eat."))
        .withMessageContaining("[UUID]");
  }

  @Test
  void noAnswerOrABlankOneIsRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> AnswerSpan.ofQuestion(""));
    assertThatIllegalArgumentException().isThrownBy(() -> AnswerSpan.ofNeedles(List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AnswerSpan.ofNeedles(List.of("a", " ")))
        .withMessageContaining("[a,  ]");
  }

  private static final List<String> PIECES =
      List.of("4", "2", ".", " x", "\n", " answer", " is", " Oslo", "!\"");

  private static List<String> texts(List<Integer> pieces) {
    return pieces.stream().map(PIECES::get).toList();
  }

  @Property(tries = 500, seed = "1")
  void aGenerationThatIsStoppedHasTheSpanOfTheWhole(
      @ForAll @Size(max = 14) List<@IntRange(max = 8) Integer> pieces) {
    List<String> tokens = texts(pieces);
    for (AnswerSpan span : List.of(NEEDLE, OSLO)) {
      AnswerSpan.Reading reading = span.reading();
      int read = 0;
      while (read < tokens.size() && !reading.over()) {
        reading.read(tokens.get(read++), false);
      }
      assertThat(span.steps(tokens.subList(0, read))).isEqualTo(span.steps(tokens));
      if (reading.over()) {
        assertThat(read).isEqualTo(span.steps(tokens));
      }
    }
  }

  @Property(tries = 500, seed = "2")
  void aSpanEndsWithASentenceOrTheGeneration(
      @ForAll @Size(min = 1, max = 14) List<@IntRange(max = 8) Integer> pieces) {
    List<String> tokens = texts(pieces);
    int steps = NEEDLE.steps(tokens);
    assertThat(steps).isBetween(1, tokens.size());
    assertThat(steps == tokens.size() || SentenceEnd.isAt(tokens.get(steps - 1))).isTrue();
  }

  private static Trace trace(List<String> texts, boolean ended) {
    List<Step> steps =
        IntStream.range(0, texts.size())
            .mapToObj(
                i ->
                    new Step(
                        i,
                        0,
                        0,
                        new int[0],
                        new float[0],
                        Map.of(),
                        new float[0],
                        Map.of(),
                        new float[0]))
            .toList();
    return new Trace(
        "m",
        1,
        1,
        Prompt.ofIds(1),
        steps,
        List.of(),
        String.join("", texts),
        texts,
        ended,
        Map.of(),
        Map.of());
  }
}
