package headscope.cli;

import headscope.probe.HeadProbe;
import java.util.List;
import picocli.CommandLine.Option;

/** How a probe is trained. */
final class ProbeOptions {
  @Option(
      names = "--widths",
      split = ",",
      paramLabel = "N",
      defaultValue = "512,256,256",
      description = "Hidden layers of the probe (${DEFAULT-VALUE}; the paper: 8192,4096,4096).")
  private List<Integer> widths;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      description = "Epochs of the probe (100; of rag 40).")
  private Integer epochs;

  HeadProbe.Options of(HeadProbe.Options own) {
    return own.withWidths(widths).withEpochs(epochs == null ? own.epochs() : epochs);
  }
}
