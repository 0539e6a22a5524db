package headscope.cli;

import headscope.trace.Capture;
import picocli.CommandLine.Option;

/** The positions that are told apart from the rest: the attention sink and the local window. */
final class WindowOptions {
  @Option(
      names = "--sink",
      paramLabel = "N",
      defaultValue = "" + Capture.SINK,
      description = "First positions that count as the attention sink (${DEFAULT-VALUE}).")
  int sink;

  @Option(
      names = "--local",
      paramLabel = "N",
      defaultValue = "" + Capture.LOCAL,
      description = "Last positions that count as local (${DEFAULT-VALUE}).")
  int local;
}
