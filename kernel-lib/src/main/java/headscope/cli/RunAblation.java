package headscope.cli;

import headscope.experiment.AblationExperiment;
import headscope.experiment.AblationResult;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "ablation",
    description = "What does the answer become without some heads (Figs. 2 and 6)?")
final class RunAblation extends MaskingCommand<AblationResult> {
  @Option(
      names = "--conditions",
      split = ";",
      paramLabel = "NAMES",
      defaultValue = "dynamic;static;random;random, layer-matched",
      description = {
        "Separated by semicolons: dynamic; dynamic K; static; random; random, layer-matched; random,"
            + " fixed (${DEFAULT-VALUE})."
      })
  private List<String> conditions;

  @Override
  AblationExperiment experiment(TaskOptions asked) {
    AblationExperiment own = AblationExperiment.standard();
    AblationExperiment experiment =
        own.withConditions(conditions.stream().map(String::strip).toList())
            .withTrials(trials(asked, own.trials()))
            .withProtocol(asked.protocol(own.protocol()))
            .withStaticHeads(staticHeads())
            .withMode(mode());
    experiment = counts().map(experiment::withCounts).orElse(experiment);
    return forced() ? experiment.withForcedRuns() : experiment;
  }
}
