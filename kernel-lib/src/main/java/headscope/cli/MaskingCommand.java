package headscope.cli;

import headscope.experiment.Counts;
import headscope.experiment.MaskingResult;
import headscope.experiment.NeedleTrials;
import headscope.experiment.Trials;
import headscope.head.MaskMode;
import headscope.task.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
      description =
          "zero, uniform, mean over the ranking prompts, or resample: z of another needle's run"
              + " (${DEFAULT-VALUE}).")
  private MaskMode mode;

  @Option(
      names = "--counts",
      paramLabel = "RULE",
      description = {
        "How many heads the baselines mask at a step: yoked, as many as the dynamic condition of the"
            + " same number masked in fact; own, as many as retrieve in their own clean pass;"
            + " constant, the mean of clean runs; given, the number of the condition, static 8 or"
            + " random 8. Asked for and in fact they are recorded a step (constant, and only means"
            + " recorded; with --forced yoked)."
      })
  private Counts counts;

  @Option(
      names = "--forced",
      description = {
        "Also make every condition say the clean run's tokens, and beside the dynamic ones random and"
            + " layer-matched heads of the same number: m, rate and redundancy of static heads that"
            + " step in."
      })
  private boolean forced;

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

  Optional<Counts> counts() {
    return Optional.ofNullable(counts);
  }

  boolean forced() {
    return forced;
  }

  @Override
  int report(R result) {
    Table outcomes = save("outcomes", result.byCondition());
    save("answers", result.toTable());
    List<String> shown = new ArrayList<>(List.of("condition", "masked heads", "m"));
    if (outcomes.containsColumn("asked heads")) {
      shown.add(1, "asked heads");
    }
    for (Metric metric : result.metrics()) {
      save("grid-" + metric.title().toLowerCase(Locale.ROOT), result.grid(metric.title()));
      shown.add(metric.title());
    }
    save("comparisons", result.comparisons());
    if (counts != null || forced) {
      shown.add("answer log-probability");
    }
    print(outcomes.selectColumns(shown.toArray(String[]::new)));
    if (!result.forcedRuns().isEmpty()) {
      Table forcedRuns = save("forced", result.compensationInForcedRuns());
      print(
          forcedRuns.selectColumns(
              "condition", "asked heads", "masked heads", "m", "rate", "redundancy"));
    }
    return ranked(result.ranking());
  }
}
