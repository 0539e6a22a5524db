package headscope.cli;

import headscope.experiment.DynamismExperiment;
import headscope.experiment.MaskingExperiment;
import headscope.model.GenerateOptions;
import headscope.task.NeedleInHaystack;
import headscope.trace.Capture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options of every command that runs trials of a task. */
final class TaskOptions {
  @Option(
      names = "--task",
      paramLabel = "TASK",
      defaultValue = "niah",
      description = "niah: a needle in a haystack (${DEFAULT-VALUE}).")
  private String task;

  @Option(
      names = "--haystack",
      paramLabel = "DIR",
      description = "A folder of essays, .txt files, instead of those in the jar.")
  private Path haystack;

  @Option(
      names = "--lengths",
      split = ",",
      paramLabel = "N",
      description = "Haystack lengths in tokens (those of the notebook).")
  private List<Integer> lengths = new ArrayList<>();

  @Option(
      names = "--depths",
      split = ",",
      paramLabel = "PERCENT",
      description = "Needle depths in per cent (those of the notebook).")
  private List<Double> depths = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of everything that is drawn (${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      description = "The most tokens an answer has (as many as in the notebook).")
  private Integer maxNewTokens;

  @Option(
      names = "--score",
      paramLabel = "SCORE",
      defaultValue = "copy-paste",
      description = "copy-paste (Eq. 1) or reasoning (Eq. 2) (${DEFAULT-VALUE}).")
  private String score;

  @Option(
      names = "--threshold",
      paramLabel = "X",
      defaultValue = "0.1",
      description = "A head with more than this retrieves; for Eq. 2 (${DEFAULT-VALUE}).")
  private double threshold;

  @Option(
      names = "--sink",
      paramLabel = "N",
      defaultValue = "" + Capture.SINK,
      description = "First positions that count as the attention sink (${DEFAULT-VALUE}).")
  private int sink;

  @Option(
      names = "--local",
      paramLabel = "N",
      defaultValue = "" + Capture.LOCAL,
      description = "Last positions that count as local (${DEFAULT-VALUE}).")
  private int local;

  DynamismExperiment experiment(int samples, int rankingSamples) {
    checkTask();
    NeedleInHaystack needles = NeedleInHaystack.standard();
    return new DynamismExperiment(
        haystack == null ? needles : needles.withHaystack(haystack),
        samples,
        rankingSamples,
        or(lengths, DynamismExperiment.standard().lengths()),
        shares(),
        seed,
        maxNewTokens == null ? GenerateOptions.MAX_NEW_TOKENS : maxNewTokens,
        DynamismExperiment.score(score, threshold),
        sink,
        local);
  }

  /** A masking experiment with what was asked for in place of its own sizes. */
  MaskingExperiment masking(
      MaskingExperiment own, Integer runs, int rankingSamples, int staticHeads) {
    checkTask();
    MaskingExperiment asked =
        own.withGrid(
                or(lengths, own.lengths()),
                or(shares(), own.depths()),
                runs == null ? own.runs() : runs)
            .withRanking(rankingSamples, staticHeads)
            .withSeed(seed)
            .withScore(DynamismExperiment.score(score, threshold), sink, local);
    if (maxNewTokens != null) {
      asked = asked.withMaxNewTokens(maxNewTokens);
    }
    return haystack == null
        ? asked
        : asked.withTask(NeedleInHaystack.standard().withHaystack(haystack));
  }

  private void checkTask() {
    if (!task.equals("niah")) {
      throw new IllegalArgumentException("the task is niah, got \"" + task + "\"");
    }
  }

  private List<Double> shares() {
    return depths.stream().map(percent -> percent / 100).toList();
  }

  private static <T> List<T> or(List<T> given, List<T> otherwise) {
    return given.isEmpty() ? otherwise : given;
  }
}
