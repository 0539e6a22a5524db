package headscope.cli;

import headscope.experiment.CompensationExperiment;
import headscope.experiment.CompensationResult;
import headscope.failure.Section;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "compensation",
    description = "Do other heads step in for masked ones (Figs. 3 and 7)?")
final class RunCompensation extends MaskingCommand<CompensationResult> {
  @Option(
      names = "--k",
      split = ",",
      paramLabel = "K",
      defaultValue = "0,1,2,3,5,8,12,20,30",
      description = "Numbers of masked dynamic heads, or all (${DEFAULT-VALUE}).")
  private List<String> ks;

  @Override
  CompensationExperiment experiment(TaskOptions asked) {
    CompensationExperiment own = CompensationExperiment.standard();
    CompensationExperiment experiment =
        own.withKs(ks.stream().map(RunCompensation::number).toList())
            .withTrials(trials(asked, own.trials()))
            .withProtocol(asked.protocol(own.protocol()))
            .withStaticHeads(staticHeads())
            .withMode(mode());
    experiment = counts().map(experiment::withCounts).orElse(experiment);
    return forced() ? experiment.withForcedRuns() : experiment;
  }

  private static int number(String k) {
    if (k.strip().equals("all")) {
      return CompensationExperiment.ALL;
    }
    try {
      return Integer.parseInt(k.strip());
    } catch (NumberFormatException e) {
      throw Section.WRONG_USE.wrong("--k is a list of whole numbers, or all, got " + k);
    }
  }
}
