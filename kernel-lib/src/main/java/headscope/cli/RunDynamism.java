package headscope.cli;

import headscope.experiment.DynamismExperiment;
import headscope.experiment.DynamismResult;
import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tech.tablesaw.api.Table;

@Command(
    name = "dynamism",
    description = "Do the heads that retrieve change from step to step (Table 1)?")
final class RunDynamism extends ExperimentCommand<DynamismResult> {
  @Option(
      names = {"--samples", "--n"},
      paramLabel = "N",
      description = "Evaluated samples (24; 60 of hotpotqa).")
  private Integer samples;

  @Mixin private RankingOptions ranking;

  @Override
  DynamismExperiment experiment(TaskOptions asked) {
    atLeastOne("--samples", samples);
    return DynamismExperiment.of(
        asked.trials(NeedleTrials.standard(), samples, ranking.samples()),
        asked.protocol(Protocol.copyPaste()));
  }

  @Override
  int report(DynamismResult result) {
    Table table1 = save("table1", result.dynamism(ranking.heads()).toTable());
    save("samples", result.toTable());
    List<Integer> windows = result.samples().get(0).trace().windows();
    save("static-ranking", result.ranking().toTable(windows));
    save("sensitivity", result.sensitivity(List.of(result.meanSetSize(), ranking.heads())));
    screen()
        .printf(
            Locale.ROOT,
            "accuracy %.4f over %d samples%n",
            result.accuracy(),
            result.evaluated().size());
    print(table1);
    return ranked(result.ranking());
  }
}
