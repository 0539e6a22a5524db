package headscope.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.experiment.DynamismExperiment;
import headscope.experiment.DynamismResult;
import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import headscope.experiment.RecordedAnswers;
import headscope.experiment.Runner;
import headscope.experiment.TrialListener;
import headscope.model.LanguageModel;
import headscope.score.Turnover;
import headscope.task.StepSpan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class TurnoverCommandTest {
  @TempDir static Path folder;

  private static Path run;
  private static DynamismResult result;

  @BeforeAll
  static void answer() {
    run = folder.resolve("run");
    try (LanguageModel model = LanguageModel.reference()) {
      result =
          Runner.into(run, model, TrialListener.NONE)
              .run(
                  DynamismExperiment.of(
                      NeedleTrials.standard().withLengths(List.of(96)).withSamples(3, 2),
                      Protocol.copyPaste()));
    }
  }

  @Test
  void aFolderSaysWhatItsRunFound() {
    for (StepSpan span : StepSpan.values()) {
      RecordedAnswers recorded = RecordedAnswers.of(run);
      Turnover live = result.turnover(span);
      Turnover read =
          Turnover.of(recorded.scores(recorded.score(), span), recorded.ranking(recorded.score()));
      assertThat(read.adjacentJaccard()).isEqualTo(live.adjacentJaccard());
      assertThat(read.coverage(2)).isEqualTo(live.coverage(2));
    }
    assertThat(RecordedAnswers.of(run).hidesNeedles()).isTrue();
  }

  @Test
  void jsonHasAllOfItAndCsvOneTable() {
    CommandLineRun json =
        CommandLineRun.of(
            "turnover", run.toString(), "--span", "answer", "--draws", "20", "--format", "json");
    assertThat(json.code()).as(json.err()).isZero();
    JsonObject all = JsonParser.parseString(json.out()).getAsJsonObject();
    assertThat(all.get("span").getAsString()).isEqualTo("answer");
    assertThat(all.getAsJsonArray("steps").get(0).getAsInt())
        .isEqualTo(result.scores(StepSpan.ANSWER).get(0).steps())
        .isLessThanOrEqualTo(result.scores().get(0).steps());
    assertThat(all.getAsJsonArray("lists")).hasSize(72);
    assertThat(all.getAsJsonArray("verdicts")).hasSize(3);
    JsonObject change = all.getAsJsonArray("statistics").get(0).getAsJsonObject();
    assertThat(change.get("value").getAsDouble())
        .isCloseTo(result.turnover(StepSpan.ANSWER).changeRate().value(), within(1e-12));
    assertThat(all.getAsJsonArray("statistics").get(3).getAsJsonObject().get("order").isJsonNull())
        .isTrue();
    for (String table : List.of("statistics", "lists", "heads", "verdicts")) {
      CommandLineRun csv =
          CommandLineRun.of("turnover", run.toString(), "--draws", "5", "--table", table);
      assertThat(csv.code()).as(csv.err()).isZero();
      assertThat(csv.out().lines().count()).isGreaterThan(3);
    }
  }

  @Test
  void tracesNeedARankingAndHaveNoAnswers() {
    String trace = run.resolve("traces/00002.trace.safetensors").toString();
    assertThat(CommandLineRun.of("turnover", trace).err()).contains("--ranking FILE");
    assertThat(CommandLineRun.of("turnover", trace, "--span", "answer").err())
        .contains("folder of the run");
    Path ranking = folder.resolve("head_score.json");
    result.ranking().used().save(ranking);
    CommandLineRun said =
        CommandLineRun.of("turnover", trace, "--ranking", ranking.toString(), "--draws", "5");
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.out()).contains("adjacent Jaccard");
  }

  @Test
  void whatIsNoSuchFolderIsRefused() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertThat(CommandLineRun.of("turnover", empty.toString()).err())
        .contains("no experiment.json");
    Path broken = Files.createDirectories(folder.resolve("broken/traces")).getParent();
    Files.writeString(broken.resolve("experiment.json"), "{\"options\": {}}");
    Files.writeString(broken.resolve("results.jsonl"), "");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordedAnswers.of(broken))
        .withMessageContaining("damaged");
  }
}
