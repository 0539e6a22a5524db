package headscope.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.trace.Spans;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a student sees of an answer, and what of the solution stands in the cell: a seal. */
class ExerciseTest {
  private final PrintStream console = System.out;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  @BeforeEach
  void listen() {
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void stopListening() {
    System.setOut(console);
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void anExerciseIsOpenRightOrNotYetRightAndTheRunGoesOn() {
    String seal = Check.seal("1", 0.3171);
    assertThat(Check.exercise("1", null, seal)).isZero();
    assertThat(Check.exercise("1", 0.31712, seal)).isOne();
    assertThat(Check.exercise("1", 0.32, seal)).isZero();
    assertThat(printed()).isEqualTo("open     1\nright    1: 0.31712\nnot yet  1: 0.32\n");
  }

  @Test
  void anExerciseWithManyRightAnswersTriesEach() {
    assertThat(Check.exercise("2", "falcon", answer -> answer.startsWith("fal"))).isOne();
    assertThat(Check.exercise("2", "heron", answer -> answer.startsWith("fal"))).isZero();
    assertThat(Check.exercise("2", (String) null, answer -> answer.startsWith("fal"))).isZero();
    assertThat(Check.exercise("2", "x", answer -> HeadId.parse(answer).layer() == 0)).isZero();
    assertThat(printed())
        .startsWith(
            "right    2: \"falcon\"\nnot yet  2: \"heron\"\nopen     2\nnot yet  2: \"x\" (")
        .contains("L3-H7");
  }

  @Test
  void whatASealHoldsIsComparedByWhatItIs() {
    assertThat(fits(52, 52L, 52.0, "52")).containsExactly(true, true, true);
    assertThat(fits(1.0, 1, 1.004, .97)).containsExactly(true, true, false);
    assertThat(fits(true, true, "true", false)).containsExactly(true, true, false);
    assertThat(fits(new HeadId(3, 7), "L3-H7", HeadSet.parse("L3-H7"), new HeadId(7, 3)))
        .containsExactly(true, true, false);
    assertThat(fits(HeadSet.parse("L4-H0,L0-H2"), HeadSet.parse("L0-H2,L4-H0"), HeadSet.empty()))
        .containsExactly(true, false);
    assertThat(fits(Spans.parse("6:22,32:48"), Spans.parse("32:48,6:22"), Spans.parse("6:48")))
        .containsExactly(true, false);
    assertThat(fits("saw", " saw ", "see")).containsExactly(true, false);
    assertThat(fits(List.of(1, 2), List.of(1, 2), List.of(2, 1))).containsExactly(true, false);
  }

  private static List<Boolean> fits(Object solution, Object... answers) {
    String seal = Check.seal("a", solution);
    return List.of(answers).stream().map(answer -> Check.exercise("a", answer, seal) == 1).toList();
  }

  @ParameterizedTest
  @CsvSource({
    ".12345, .1234, true",
    ".12345, .125, false",
    "-7.3e-9, -7.304e-9, true",
    "-7.3e-9, 7.3e-9, false",
    "26.03, 26.0, true",
    "26.03, 26.3, false",
    "1234.5, 1230, true",
    "0, 0, true",
    "0, .001, false",
    ".9996, 1, true"
  })
  void aFractionIsHeldToThreeDigits(double solution, double answer, boolean right) {
    assertThat(Check.exercise("f", answer, Check.seal("f", solution)) == 1).isEqualTo(right);
  }

  @Test
  void whereverAFractionIsRoundedAtTheEdgeItFits() {
    String seal = Check.seal("edge", .012_449_999);
    assertThat(Check.exercise("edge", .012_450_001, seal)).isOne();
  }

  @Test
  void noWholeNumberIsRightButTheOne() {
    String seal = Check.seal("w", 3_001);
    assertThat(IntStream.range(2_998, 3_005).filter(i -> Check.exercise("w", i, seal) == 1))
        .containsExactly(3_001);
  }

  @Test
  void equalSolutionsOfTwoExercisesHaveUnlikeSeals() {
    assertThat(Check.seal("a", 7)).isNotEqualTo(Check.seal("b", 7)).isEqualTo(Check.seal("a", 7));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "52", "5A7D22C98B3E6F01", "5a7d22c98b3e6f0"})
  void whatIsNoSealIsRefusedAlsoWhileTheExerciseIsOpen(String seal) {
    assertThatThrownBy(() -> Check.exercise("a", null, seal))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16 hexadecimal digits");
  }

  @Test
  void whatHasNoSealIsNamedAndAsAnAnswerIsNotYetRight() {
    assertThatThrownBy(() -> Check.seal("a", new double[] {1}))
        .hasMessageContaining("an array has no seal");
    assertThatThrownBy(() -> Check.seal("a", Double.NaN)).hasMessageContaining("finite");
    assertThat(Check.exercise("a", Double.NaN, Check.seal("a", 1))).isZero();
    assertThat(printed()).contains("not yet  a: NaN (an answer is a finite number");
  }
}
