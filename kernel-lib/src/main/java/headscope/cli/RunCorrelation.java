package headscope.cli;

import headscope.correlation.OffsetCca;
import headscope.experiment.CorrelationExperiment;
import headscope.experiment.CorrelationResult;
import headscope.experiment.Protocol;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import tech.tablesaw.api.Table;

@Command(
    name = "correlation",
    description = "Does the hidden state tell which heads will retrieve (Figs. 4 and 8)?")
final class RunCorrelation extends ExperimentCommand<CorrelationResult> {
  @Option(
      names = {"--samples", "--n"},
      paramLabel = "N",
      description = "Evaluated samples (100; 60 of hotpotqa).")
  private Integer samples;

  @Option(
      names = "--offsets",
      split = ",",
      paramLabel = "K",
      defaultValue = "0,1,2,3,4,5,6,7,8,9,10",
      description = "Offsets in steps (${DEFAULT-VALUE}).")
  private List<Integer> offsets;

  @Override
  CorrelationExperiment experiment(TaskOptions asked) {
    atLeastOne("--samples", samples);
    return CorrelationExperiment.of(
            asked.trials(CorrelationExperiment.TRIALS, samples, 0),
            asked.protocol(Protocol.copyPaste()))
        .withCca(OffsetCca.standard().withSeed(asked.seed()).withOffsets(offsets));
  }

  @Override
  int report(CorrelationResult result) {
    save("samples", result.answers().toTable());
    Table table = save("correlation", result.cca().toTable());
    print(table.selectColumns("offset", "reading", "pairs", "first", "top 10", "top 50"));
    return ExitCode.OK;
  }
}
