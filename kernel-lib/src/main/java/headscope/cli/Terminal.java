package headscope.cli;

import headscope.experiment.TrialListener;
import java.io.PrintWriter;
import picocli.CommandLine;

/** Progress on the terminal's error stream. */
final class Terminal {
  private Terminal() {}

  static TrialListener progress(CommandLine.Model.CommandSpec spec, String what) {
    PrintWriter err = spec.commandLine().getErr();
    return (done, total) -> {
      if (done == total || done % Math.max(1, total / 10) == 0) {
        err.println(what + " " + done + " of " + total);
      }
    };
  }
}
