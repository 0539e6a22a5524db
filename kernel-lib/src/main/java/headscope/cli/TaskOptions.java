package headscope.cli;

import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import headscope.experiment.Trials;
import headscope.score.Score;
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

  /** So many trials; what no option says is as in {@code own}. */
  Trials trials(NeedleTrials own, Integer evaluated, int ranking) {
    return asked(own).withSamples(evaluated == null ? own.evaluated() : evaluated, ranking);
  }

  /** So many runs of every length at every depth; what no option says is as in {@code own}. */
  Trials grid(NeedleTrials own, Integer runs, int ranking) {
    NeedleTrials asked = asked(own);
    int each = runs == null ? own.evaluated() / own.cells().size() : runs;
    return asked.withGrid(asked.lengths(), asked.depths(), each).withRanking(ranking);
  }

  private NeedleTrials asked(NeedleTrials own) {
    if (!task.equals("niah")) {
      throw new IllegalArgumentException("the task is niah, got \"" + task + "\"");
    }
    NeedleTrials asked =
        own.withLengths(or(lengths, own.lengths()))
            .withDepths(or(depths.stream().map(percent -> percent / 100).toList(), own.depths()))
            .withSeed(seed);
    return haystack == null ? asked : asked.withTask(asked.task().withHaystack(haystack));
  }

  /** The protocol that was asked for; where an option was not given, that of {@code own}. */
  Protocol protocol(Protocol own) {
    return new Protocol(
            Score.named(score),
            sink,
            local,
            maxNewTokens == null ? own.maxNewTokens() : maxNewTokens)
        .withThreshold(threshold);
  }

  private static <T> List<T> or(List<T> given, List<T> otherwise) {
    return given.isEmpty() ? otherwise : given;
  }
}
