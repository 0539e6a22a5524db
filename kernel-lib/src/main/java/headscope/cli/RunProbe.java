package headscope.cli;

import headscope.experiment.ProbeExperiment;
import headscope.experiment.ProbeResult;
import headscope.experiment.Protocol;
import headscope.notebook.Progress;
import headscope.probe.HeadProbe;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "probe",
    description = "Can the heads be read off the hidden state (Tables 2 and 3)?")
final class RunProbe extends ExperimentCommand<ProbeResult> {
  @Option(
      names = {"--samples", "--n"},
      paramLabel = "N",
      description = "Evaluated samples (100; 60 of hotpotqa).")
  private Integer samples;

  @Mixin private ProbeOptions probe;

  @Override
  ProbeExperiment experiment(TaskOptions asked) {
    atLeastOne("--samples", samples);
    ProbeExperiment own =
        ProbeExperiment.of(
            asked.trials(ProbeExperiment.TRIALS, samples, 0), asked.protocol(Protocol.copyPaste()));
    return own.withProbe(probe.of(own.probe()));
  }

  @Override
  int report(ProbeResult result) {
    save("samples", result.answers().toTable());
    HeadProbe trained = result.train(Progress.epochs());
    trained.save(out().resolve("probe.safetensors"));
    print(
        save(
            trained.kind() == HeadProbe.Kind.CLASSIFIER ? "table2" : "table3",
            result.report(trained).toTable()));
    return ExitCode.OK;
  }
}
