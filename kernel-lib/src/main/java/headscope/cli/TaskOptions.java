package headscope.cli;

import headscope.experiment.DynamismExperiment;
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
      defaultValue = "128,256,384",
      description = "Haystack lengths in tokens, taken in turn (${DEFAULT-VALUE}).")
  private List<Integer> lengths;

  @Option(
      names = "--depths",
      split = ",",
      paramLabel = "PERCENT",
      description = "Needle depths in per cent, taken in turn; drawn if none is given.")
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
      defaultValue = "" + GenerateOptions.MAX_NEW_TOKENS,
      description = "The most tokens an answer has (${DEFAULT-VALUE}).")
  private int maxNewTokens;

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
    if (!task.equals("niah")) {
      throw new IllegalArgumentException("the task is niah, got \"" + task + "\"");
    }
    NeedleInHaystack needles = NeedleInHaystack.standard();
    return new DynamismExperiment(
        haystack == null ? needles : needles.withHaystack(haystack),
        samples,
        rankingSamples,
        lengths,
        depths.stream().map(percent -> percent / 100).toList(),
        seed,
        maxNewTokens,
        DynamismExperiment.score(score, threshold),
        sink,
        local);
  }
}
