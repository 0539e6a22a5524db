package headscope.experiment;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import headscope.experiment.DynamismResult.Sample;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.json.Json;
import headscope.json.JsonFault;
import headscope.score.Score;
import headscope.score.ScoreMatrix;
import headscope.score.StaticRanking;
import headscope.task.AnswerSpan;
import headscope.task.Needle;
import headscope.task.StepSpan;
import headscope.task.TrialFacts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run that keeps traces left in its folder, read without its model and its trials: one of
 * {@code headscope run dynamism}, {@code correlation} or {@code probe}.
 *
 * <pre>
 *   RecordedAnswers run = RecordedAnswers.of(Path.of("results/smollm2"));
 *   Turnover turnover = Turnover.of(run.scores(run.score(), StepSpan.ANSWER), run.ranking(run.score()));
 * </pre>
 */
public final class RecordedAnswers {
  private final Path folder;
  private final Score score;
  private final List<Needle> needles; // of the task; none where questions were asked
  private final List<Sample> samples;

  private RecordedAnswers(Path folder, Score score, List<Needle> needles, List<Sample> samples) {
    this.folder = folder;
    this.score = score;
    this.needles = List.copyOf(needles);
    this.samples = List.copyOf(samples);
  }

  /**
   * Reads a folder; of a run that was stopped, what there is.
   *
   * @throws IllegalArgumentException if it is no such folder, or damaged
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static RecordedAnswers of(Path folder) {
    Path about = folder.resolve("experiment.json");
    if (!Files.isRegularFile(about) || !Files.isDirectory(folder.resolve("traces"))) {
      throw Section.RESULTS_FOLDER.wrong(
          folder
              + " has no experiment.json beside traces: give the folder that headscope run dynamism,"
              + " correlation or probe wrote");
    }
    try {
      JsonObject options = Json.object(Files.readString(about)).getAsJsonObject("options");
      List<Sample> samples = new ArrayList<>();
      for (String line : Files.readAllLines(folder.resolve("results.jsonl"))) {
        Path trace = folder.resolve("traces").resolve(Lines.traceName(samples.size()));
        samples.add(new Sample(Json.read(line, DynamismLine.class), Traces.in(trace)));
      }
      Score score =
          Score.named(options.get("score").getAsString())
              .withThreshold(options.get("threshold").getAsDouble());
      return new RecordedAnswers(folder, score, needles(options), samples);
    } catch (IOException e) {
      throw Section.RESULTS_FOLDER.io("cannot read " + folder + ": " + FileFault.of(e), e);
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | UnsupportedOperationException e) {
      throw Section.RESULTS_FOLDER.wrong(
          folder + " is damaged, or not of answers with traces: " + JsonFault.of(e), e);
    }
  }

  private static List<Needle> needles(JsonObject options) {
    List<Needle> needles = new ArrayList<>();
    if (options.has("needles")) {
      List<JsonElement> sentences = options.getAsJsonArray("needles").asList();
      List<JsonElement> answers = options.getAsJsonArray("answers").asList();
      for (int i = 0; i < sentences.size(); i++) {
        needles.add(new Needle(sentences.get(i).getAsString(), answers.get(i).getAsString()));
      }
    }
    return needles;
  }

  /** What the run read its heads by. */
  public Score score() {
    return score;
  }

  /** Whether needles were hidden, else questions asked. */
  public boolean hidesNeedles() {
    return !needles.isEmpty();
  }

  /** All samples, in the order of the run. */
  public List<Sample> samples() {
    return samples;
  }

  /** The samples that are evaluated. */
  public List<Sample> evaluated() {
    return samples.stream().filter(s -> !s.ranking()).toList();
  }

  /** When a sample's response has said its answer. */
  public AnswerSpan answerSpan(Sample sample) {
    if (sample.line().facts() instanceof TrialFacts.OfQuestion question) {
      return AnswerSpan.ofQuestion(question.answer());
    }
    return AnswerSpan.ofNeedles(
        Needle.answers(needles, ((TrialFacts.OfNeedle) sample.line().facts()).needle()));
  }

  /** The scores of the evaluated samples. */
  public List<ScoreMatrix> scores(Score read, StepSpan span) {
    return evaluated().stream()
        .map(s -> read.matrix(s.trace()).first(span.steps(s.trace(), answerSpan(s))))
        .toList();
  }

  /**
   * The heads by their mean score over the ranking samples that were answered, all counted steps.
   *
   * @throws IllegalArgumentException if the run had no ranking samples
   */
  public StaticRanking ranking(Score read) {
    List<Sample> ranking = samples.stream().filter(Sample::ranking).toList();
    if (ranking.isEmpty()) {
      throw Section.RESULTS_FOLDER.wrong(
          folder + " has no ranking samples; give a ranking of the model");
    }
    return StaticRanking.of(
        ranking.stream().map(s -> read.matrix(s.trace())).toList(),
        ranking.stream().map(Sample::correct).toList());
  }

  @Override
  public String toString() {
    return "RecordedAnswers[" + samples.size() + " in " + folder + "]";
  }
}
