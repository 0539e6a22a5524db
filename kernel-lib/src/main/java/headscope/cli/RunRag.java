package headscope.cli;

import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import headscope.experiment.RagExperiment;
import headscope.experiment.RagResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tech.tablesaw.api.Table;

@Command(name = "rag", description = "Can the heads find what a hidden context holds (Table 4)?")
final class RunRag extends ExperimentCommand<RagResult> {
  @Option(
      names = {"--samples", "--n"},
      paramLabel = "N",
      description = "Evaluated questions (60; 24 of niah).")
  private Integer samples;

  @Option(
      names = "--ranking-samples",
      paramLabel = "N",
      defaultValue = "120",
      description =
          "Samples of the static ranking, which train the probe as well (${DEFAULT-VALUE}).")
  private int rankingSamples;

  @Mixin private ProbeOptions probe;
  @Mixin private RagOptions rag;

  @Override
  String counted() {
    return "questions";
  }

  @Override
  RagExperiment experiment(TaskOptions asked) {
    atLeastOne("--ranking-samples", rankingSamples);
    atLeastOne("--samples", samples);
    asked.preferQuestions();
    asked.refuseStop();
    RagExperiment own =
        RagExperiment.of(
            asked.trials(NeedleTrials.standard(), samples, rankingSamples),
            asked.protocol(Protocol.copyPaste()));
    return own.withLoop(rag.loop(own.loop().withMaxTokens(own.protocol().maxNewTokens())))
        .withHeads(rag.heads())
        .withProbe(probe.of(own.probe()));
  }

  @Override
  int report(RagResult result) {
    Table table4 = save("table4", result.toTable());
    save("comparisons", result.comparisons());
    save("answers", result.answers());
    print(table4);
    return ranked(result.ranking());
  }
}
