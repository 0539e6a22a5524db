package headscope.task;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.model.LanguageModel;
import headscope.model.StopRule;
import java.util.List;
import org.junit.jupiter.api.Test;

class StopTest {
  private static int steps(Stop stop, Trial trial, List<String> tokens) {
    StopRule.Reading reading = stop.of(trial).begin();
    for (int i = 0; i < tokens.size(); i++) {
      if (reading.read(tokens.get(i), false)) {
        return i + 1;
      }
    }
    return tokens.size();
  }

  @Test
  void anAnswerEndsBehindItsSentenceItsLineOrItself() {
    try (LanguageModel model = LanguageModel.reference()) {
      NeedleTrial trial = NeedleInHaystack.standard().trial(model.tokenizer(), 64, 0.5, 3);
      String uuid = trial.answers().get(0);
      List<String> tokens =
          List.of("\n", "Well", ".", " It", " is ", uuid, ",", " yes", "!\"", "\n", "More", ".");
      assertThat(steps(Stop.NONE, trial, tokens)).isEqualTo(12);
      assertThat(steps(Stop.SENTENCE, trial, tokens))
          .as("a newline ends one, rule 26")
          .isEqualTo(1);
      assertThat(steps(Stop.SENTENCE, trial, tokens.subList(1, 12))).isEqualTo(2);
      assertThat(steps(Stop.LINE, trial, tokens)).as("a blank line is none").isEqualTo(10);
      assertThat(steps(Stop.ANSWER, trial, tokens)).isEqualTo(9);
      assertThat(AnswerSpan.of(trial).steps(tokens)).isEqualTo(9);

      List<String> never = List.of("I", " do", " not", " know", ".", " Sorry", ".");
      assertThat(steps(Stop.ANSWER, trial, never)).as("no fallback: it goes on").isEqualTo(7);
      assertThat(AnswerSpan.of(trial).steps(never)).isEqualTo(5);
      assertThat(Stop.SENTENCE.of(trial).begin().read("", true)).as("the end token").isTrue();
    }
  }
}
