package headscope.cli;

import headscope.experiment.MaskingResult;
import headscope.experiment.NeedleTrials;
import headscope.experiment.Trials;
import headscope.head.MaskMode;
import headscope.task.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tech.tablesaw.api.Table;

/** What experiments that mask heads share. */
abstract class MaskingCommand<R extends MaskingResult> extends ExperimentCommand<R> {
  @Option(
      names = {"--samples", "--n"},
      paramLabel = "N",
      description = "hotpotqa: evaluated questions (60).")
  private Integer samples;

  @Option(
      names = "--runs",
      paramLabel = "N",
      description = "niah: trials a length and depth (3; of compensation 20).")
  private Integer runs;

  @Option(
      names = "--mask-mode",
      paramLabel = "MODE",
      defaultValue = "zero",
      description = "zero, uniform, or mean over the ranking prompts (${DEFAULT-VALUE}).")
  private MaskMode mode;

  @Mixin private RankingOptions ranking;

  Trials trials(TaskOptions asked, Trials own) {
    atLeastOne("--samples", samples);
    return asked.grid((NeedleTrials) own, runs, samples, ranking.samples());
  }

  int staticHeads() {
    return ranking.heads();
  }

  MaskMode mode() {
    return mode;
  }

  @Override
  int report(R result) {
    Table outcomes = save("outcomes", result.byCondition());
    save("answers", result.toTable());
    List<String> shown = new ArrayList<>(List.of("condition", "masked heads", "m"));
    for (Metric metric : result.metrics()) {
      save("grid-" + metric.title().toLowerCase(Locale.ROOT), result.grid(metric.title()));
      shown.add(metric.title());
    }
    save("comparisons", result.comparisons());
    print(outcomes.selectColumns(shown.toArray(String[]::new)));
    return ranked(result.ranking());
  }
}
