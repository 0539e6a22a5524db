package headscope.cli;

import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import headscope.experiment.RagExperiment;
import headscope.experiment.RagResult;
import headscope.experiment.RagSizing;
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

  @Option(
      names = "--sizing-samples",
      paramLabel = "N",
      description = {
        "Questions of a seed of their own on which the threshold of RIND, --top-k, --gap, --radius and"
            + " --rag-heads are chosen by a rule (none: they are as given)."
      })
  private Integer sizingSamples;

  @Option(
      names = "--sizing-seed",
      paramLabel = "S",
      description = "The seed of these questions (1000 and --seed).")
  private Long sizingSeed;

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
    RagExperiment given =
        own.withLoop(rag.loop(own.loop().withMaxTokens(own.protocol().maxNewTokens())))
            .withHeads(rag.heads())
            .withProbe(probe.of(own.probe()));
    if (sizingSamples == null) {
      return given;
    }
    atLeastOne("--sizing-samples", sizingSamples);
    asked.refuseNeedles("--sizing-samples");
    long seed = sizingSeed == null ? 1000 + asked.seed() : sizingSeed;
    return given.withSizing(RagSizing.of(asked.questions(sizingSamples, 0, seed)));
  }

  @Override
  int report(RagResult result) {
    Table table4 = save("table4", result.toTable());
    save("comparisons", result.comparisons());
    save("answers", result.answers());
    if (result.experiment().sizing().isPresent()) {
      save("sizes", result.sizes());
    }
    print(table4);
    return ranked(result.ranking().orElseThrow());
  }
}
