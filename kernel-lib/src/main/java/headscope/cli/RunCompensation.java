package headscope.cli;

import headscope.experiment.CompensationExperiment;
import headscope.experiment.CompensationResult;
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
      description = "Numbers of masked dynamic heads (${DEFAULT-VALUE}).")
  private List<Integer> ks;

  @Override
  CompensationExperiment experiment(TaskOptions asked) {
    CompensationExperiment own = CompensationExperiment.standard();
    return own.withKs(ks)
        .withTrials(trials(asked, own.trials()))
        .withProtocol(asked.protocol(own.protocol()))
        .withStaticHeads(staticHeads())
        .withMode(mode());
  }
}
