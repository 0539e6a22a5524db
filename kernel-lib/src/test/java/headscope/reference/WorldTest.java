package headscope.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.experiment.DynamismExperiment;
import headscope.experiment.DynamismResult;
import headscope.experiment.Protocol;
import headscope.experiment.QuestionTrials;
import headscope.experiment.TrialListener;
import headscope.model.LanguageModel;
import headscope.task.Metric;
import headscope.task.Question;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class WorldTest {
  private static final String NAME = "[A-Z][a-z]+";
  private static final String PERSON = NAME + " " + NAME;
  private static final String THING = "[a-z ]+";

  /** The sentences that the reference model was trained on. */
  private static final List<String> SENTENCES =
      List.of(
          PERSON + " was born in " + NAME + " in \\d{4}\\.",
          PERSON + " worked as a " + THING + "\\.",
          PERSON + " was fond of " + THING + "\\.",
          NAME + " is a town on the river " + NAME + "\\.",
          NAME + " lies in the region of " + NAME + "\\.",
          NAME + " was founded in \\d{4}\\.",
          NAME + " is known for its " + THING + "\\.",
          "The river " + NAME + " flows into the " + NAME + " Sea\\.",
          "The river " + NAME + " is \\d{2,3} kilometres long\\.",
          "The " + PERSON + " was written by " + PERSON + "\\.",
          "The " + PERSON + " was published in \\d{4}\\.",
          "The " + PERSON + " is a " + THING + "\\.",
          PERSON + " was founded by " + PERSON + "\\.",
          PERSON + " has its seat in " + NAME + "\\.",
          PERSON + " makes " + THING + "\\.");

  /** Its questions. */
  private static final List<String> QUESTIONS =
      List.of(
          "Where was " + PERSON + " born\\?",
          "What was the job of " + PERSON + "\\?",
          "What was " + PERSON + " fond of\\?",
          "On which river is " + NAME + "\\?",
          "In which region is " + NAME + "\\?",
          "When was " + NAME + " founded\\?",
          "What is " + NAME + " known for\\?",
          "Into which sea does the river " + NAME + " flow\\?",
          "How many kilometres long is the river " + NAME + "\\?",
          "Who wrote The " + PERSON + "\\?",
          "When was The " + PERSON + " published\\?",
          "What kind of book is The " + PERSON + "\\?",
          "Who founded " + PERSON + "\\?",
          "Where does " + PERSON + " have its seat\\?",
          "What does " + PERSON + " make\\?",
          "On which river is the town where " + PERSON + " was born\\?",
          "In which region is the town where " + PERSON + " was born\\?",
          "Where was the author of The " + PERSON + " born\\?",
          "What was the job of the author of The " + PERSON + "\\?",
          "What was the founder of " + PERSON + " fond of\\?",
          "On which river is the seat of " + PERSON + "\\?",
          "Into which sea does the river of " + NAME + " flow\\?",
          "What is the town where " + PERSON + " has its seat known for\\?",
          "Who was born first, " + PERSON + " or " + PERSON + "\\?",
          "Were " + PERSON + " and " + PERSON + " born in the same town\\?",
          "Are " + NAME + " and " + NAME + " on the same river\\?");

  private static final List<Question> MADE =
      World.standard().withTypes(World.Type.values()).withParagraphs(2, 9).questions(1_500, 7);

  @Test
  void everySentenceAndQuestionHasATrainedFormAndEveryFormOccurs() {
    Set<String> sentences = new HashSet<>();
    Set<String> questions = new HashSet<>();
    for (Question q : MADE) {
      questions.add(form(QUESTIONS, q.question()));
      q.context().forEach(p -> p.sentences().forEach(s -> sentences.add(form(SENTENCES, s))));
    }
    assertThat(sentences).hasSameSizeAs(SENTENCES);
    assertThat(questions).hasSameSizeAs(QUESTIONS);
  }

  private static String form(List<String> forms, String text) {
    return forms.stream()
        .filter(f -> Pattern.matches(f, text))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no trained form: " + text));
  }

  @Test
  void theAnswerFollowsFromTheSupportingFacts() {
    for (Question q : MADE) {
      List<String> needles = q.needles();
      assertThat(needles).hasSize(q.type().equals("single") ? 1 : 2);
      boolean verdict = q.answer().equals("yes") || q.answer().equals("no");
      assertThat(verdict || String.join(" ", needles).contains(q.answer()))
          .as(q.toString())
          .isTrue();
      if (q.type().equals("bridge")) {
        // what the first fact names is the title of the second
        assertThat(needles.get(0)).contains(q.supportingFacts().get(1).title());
        assertThat(needles.get(1)).contains(q.answer());
      }
    }
    assertThat(MADE.stream().map(Question::id)).doesNotHaveDuplicates();
  }

  @Test
  void theSameSeedMakesTheSameAndALongerListBeginsTheSame() {
    World world = World.standard();
    assertThat(world.questions(20, 4)).isEqualTo(world.questions(30, 4).subList(0, 20));
    assertThat(world.questions(20, 4)).isNotEqualTo(world.questions(20, 5));
    assertThat(world.questions(50, 4))
        .allSatisfy(q -> assertThat(q.context().size()).isBetween(3, 5));
  }

  @Test
  void theReferenceModelAnswersBridgeQuestions() {
    try (LanguageModel model = LanguageModel.reference()) {
      DynamismResult recorded =
          DynamismExperiment.of(
                  QuestionTrials.world(World.standard(), 30, 5, 11), Protocol.reasoning(300))
              .run(model, TrialListener.NONE);
      assertThat(recorded.mean(Metric.EM).value()).isGreaterThanOrEqualTo(.6);
      assertThat(recorded.accuracy()).isGreaterThanOrEqualTo(.6);
    }
  }

  @Test
  void badSizesAreRefused() {
    assertThatThrownBy(() -> World.standard().withParagraphs(5, 3)).hasMessageContaining("5 to 3");
    assertThatThrownBy(() -> World.standard().withTypes()).hasMessageContaining("got none");
  }
}
