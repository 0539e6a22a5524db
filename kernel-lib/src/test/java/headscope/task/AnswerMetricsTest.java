package headscope.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.Gson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AnswerMetricsTest {

  @ParameterizedTest
  @MethodSource("answers")
  void metricsAreThoseOfThePythonReferences(
      String prediction,
      String gold,
      String normalized,
      boolean exact,
      double f1,
      double precision,
      double recall,
      double rougeL) {
    assertThat(AnswerMetrics.normalized(prediction)).isEqualTo(normalized);
    assertThat(AnswerMetrics.exactMatch(prediction, gold)).isEqualTo(exact);
    AnswerMetrics.Overlap overlap = AnswerMetrics.overlap(prediction, gold);
    assertThat(overlap.f1()).isCloseTo(f1, within(1e-12));
    assertThat(overlap.precision()).isCloseTo(precision, within(1e-12));
    assertThat(overlap.recall()).isCloseTo(recall, within(1e-12));
    assertThat(AnswerMetrics.rougeL(prediction, gold)).isCloseTo(rougeL, within(1e-12));
  }

  /**
   * Prediction, gold, normalized prediction, EM, F1, precision, recall: CPython 3.11 by the
   * definitions of HotpotQA's evaluation; ROUGE-L: rouge_score 0.1.2 without stemmer.
   */
  static Stream<Arguments> answers() {
    return Stream.of(
        Arguments.of("The Eiffel Tower", "Eiffel tower", "eiffel tower", true, 1.0, 1.0, 1.0, 0.8),
        Arguments.of(
            "the town of Oslo, Norway",
            "Oslo",
            "town of oslo norway",
            false,
            0.4,
            0.25,
            1.0,
            0.33333333333333337),
        Arguments.of("yes", "no", "yes", false, 0.0, 0.0, 0.0, 0.0),
        Arguments.of("yes", "Yes!", "yes", true, 1.0, 1.0, 1.0, 1.0),
        Arguments.of("yes it is", "yes", "yes it is", false, 0.0, 0.0, 0.0, 0.5),
        Arguments.of("no answer", "noanswer", "no answer", false, 0.0, 0.0, 0.0, 0.0),
        Arguments.of("", "", "", true, 0.0, 0.0, 0.0, 0.0),
        Arguments.of("...", "", "", true, 0.0, 0.0, 0.0, 0.0),
        Arguments.of("the", "a", "", true, 0.0, 0.0, 0.0, 0.0),
        Arguments.of("\u00e9a", "\u00e9a a", "\u00e9a", true, 1.0, 1.0, 1.0, 0.6666666666666666),
        Arguments.of("a \u00e9a", "\u00e9a", "\u00e9a", true, 1.0, 1.0, 1.0, 0.6666666666666666),
        Arguments.of("the 'The'-an", "\"An\"", "thean", false, 0.0, 0.0, 0.0, 0.5),
        Arguments.of("Stra\u00dfe", "STRASSE", "stra\u00dfe", false, 0.0, 0.0, 0.0, 0.0),
        Arguments.of("Stra\u00dfe", "stra\u00dfe", "stra\u00dfe", true, 1.0, 1.0, 1.0, 1.0),
        Arguments.of("\u0130stanbul", "i\u0307stanbul", "i\u0307stanbul", true, 1.0, 1.0, 1.0, 1.0),
        Arguments.of("\u0130stanbul", "istanbul", "i\u0307stanbul", false, 0.0, 0.0, 0.0, 0.0),
        Arguments.of(
            "a\u0301 b", "b", "\u0301 b", false, 0.6666666666666666, 0.5, 1.0, 0.6666666666666666),
        Arguments.of(
            "a\u00b2 b", "b", "a\u00b2 b", false, 0.6666666666666666, 0.5, 1.0, 0.6666666666666666),
        Arguments.of(
            "x \ud83c\udf89 a party",
            "a \ud83c\udf89 X",
            "x \ud83c\udf89 party",
            false,
            0.8,
            0.6666666666666666,
            1.0,
            0.4),
        Arguments.of(
            "\ud835\udc9ca the\ud835\udc9c",
            "\ud835\udc9ca",
            "\ud835\udc9ca the\ud835\udc9c",
            false,
            0.6666666666666666,
            0.5,
            1.0,
            0.6666666666666666),
        Arguments.of("Los\u00a0Angeles", "los angeles", "los angeles", true, 1.0, 1.0, 1.0, 1.0),
        Arguments.of("one\u001ctwo", "one two", "one two", true, 1.0, 1.0, 1.0, 1.0),
        Arguments.of(
            "\u1f48\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c2 \u03a3\u0391\u03a3",
            "\u1f40\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c2 \u03c3\u03b1\u03c2",
            "\u1f40\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c2 \u03c3\u03b1\u03c2",
            true,
            1.0,
            1.0,
            1.0,
            0.0),
        Arguments.of(
            "new new york",
            "new york new new",
            "new new york",
            false,
            0.8571428571428571,
            1.0,
            0.75,
            0.5714285714285715),
        Arguments.of("U.S.A.", "USA", "usa", true, 1.0, 1.0, 1.0, 0.0),
        Arguments.of("an_apple", "an apple", "anapple", false, 0.0, 0.0, 0.0, 1.0),
        Arguments.of(
            "\u201cquoted\u201d", "quoted", "\u201cquoted\u201d", false, 0.0, 0.0, 0.0, 1.0),
        Arguments.of("a, an, the", "the", "", true, 0.0, 0.0, 0.0, 0.5),
        Arguments.of("3.14", "314", "314", true, 1.0, 1.0, 1.0, 0.0),
        Arguments.of(
            "state-of-the-art", "state of the art", "stateoftheart", false, 0.0, 0.0, 0.0, 1.0),
        Arguments.of(
            "noanswer", "the NoAnswer.", "noanswer", true, 1.0, 1.0, 1.0, 0.6666666666666666),
        Arguments.of("\u0661\u0662 a", "\u0661\u0662", "\u0661\u0662", true, 1.0, 1.0, 1.0, 0.0),
        Arguments.of(
            "na\u00efve caf\u00e9",
            "naive cafe",
            "na\u00efve caf\u00e9",
            false,
            0.0,
            0.0,
            0.0,
            0.0),
        Arguments.of("a\u200db", "b", "\u200db", false, 0.0, 0.0, 0.0, 0.6666666666666666),
        Arguments.of(
            "The magic word is 3f9c-11.",
            "the magic word is 3f9c-11.",
            "magic word is 3f9c11",
            true,
            1.0,
            1.0,
            1.0,
            1.0),
        Arguments.of(
            "I ate a sandwich in Dolores Park",
            "The best thing to do in San Francisco is to eat a sandwich and sit in Dolores Park on a sunny day.",
            "i ate sandwich in dolores park",
            false,
            0.32,
            0.6666666666666666,
            0.21052631578947367,
            0.3448275862068965),
        Arguments.of("\u212aelvin K", "kelvin k", "kelvin k", true, 1.0, 1.0, 1.0, 1.0),
        Arguments.of(
            "b a b a b",
            "a b b a",
            "b b b",
            false,
            0.8,
            0.6666666666666666,
            1.0,
            0.6666666666666665));
  }

  @ParameterizedTest
  @MethodSource("nastyAnswers")
  void exactMatchAndOverlapAreThoseOfThePublishedRules(
      String prediction,
      String gold,
      String normalized,
      boolean exact,
      double f1,
      double precision,
      double recall) {
    assertThat(AnswerMetrics.normalized(prediction)).isEqualTo(normalized);
    assertThat(AnswerMetrics.exactMatch(prediction, gold)).isEqualTo(exact);
    AnswerMetrics.Overlap overlap = AnswerMetrics.overlap(prediction, gold);
    assertThat(overlap.f1()).isCloseTo(f1, within(1e-12));
    assertThat(overlap.precision()).isCloseTo(precision, within(1e-12));
    assertThat(overlap.recall()).isCloseTo(recall, within(1e-12));
  }

  /**
   * Rows of prediction, gold, normalized prediction, EM, F1, precision, recall: CPython 3.11 by a
   * restatement of the published rules (str.lower, string.punctuation, \\b(a|an|the)\\b, split). It
   * also agreed on 30,000 random pairs and on every character up to U+2FFFF that Unicode 13 has.
   */
  static Stream<Arguments> nastyAnswers() throws IOException {
    String json = Files.readString(Path.of("src/test/resources/headscope/task/answers.json"));
    return Arrays.stream(new Gson().fromJson(json, Object[][].class)).map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("responses")
  void theAnswerIsWhatFollowsTheLastAnswerIs(String response, String answer) {
    assertThat(AnswerMetrics.extract(response)).isEqualTo(answer);
  }

  /** CPython 3.11, re.IGNORECASE. */
  static Stream<Arguments> responses() {
    return Stream.of(
        Arguments.of("So the answer is Oslo.", "Oslo"),
        Arguments.of("The Answer Is: X.Y..\nThe end.", ": X.Y."),
        Arguments.of("no phrase here.", "no phrase here."),
        Arguments.of("answer is", ""),
        Arguments.of("The answer is\nOslo", ""),
        Arguments.of("answer is one. answer is two", "two"),
        Arguments.of("ANSWER IS  a b .  ", "a b"),
        Arguments.of("\u0130 answer is \u0131.\r\nmore", "\u0131"),
        Arguments.of("\ud83c\udf89 the answer is \ud83c\udf89", "\ud83c\udf89"),
        Arguments.of("The answer isn't known.", "n't known"));
  }

  @Test
  void accuracyKeepsTheCase() {
    assertThat(AnswerMetrics.contains("it is 3f9c.", "3f9c")).isTrue();
    assertThat(AnswerMetrics.contains("it is 3F9C.", "3f9c")).isFalse();
  }

  @Property(tries = 300, seed = "1")
  void metricsAreSharesAndPerfectOnlyForTheSameWords(@ForAll String a, @ForAll String b) {
    AnswerMetrics.Overlap overlap = AnswerMetrics.overlap(a, b);
    assertThat(overlap.f1()).isBetween(0., 1.).isEqualTo(AnswerMetrics.overlap(b, a).f1());
    assertThat(AnswerMetrics.rougeL(a, b))
        .isBetween(0., 1.)
        .isCloseTo(AnswerMetrics.rougeL(b, a), within(1e-12));
    assertThat(AnswerMetrics.exactMatch(a, a)).isTrue();
    assertThat(AnswerMetrics.extract("The answer is " + a.replace("\n", "") + ".\nDone."))
        .isNotNull();
  }
}
