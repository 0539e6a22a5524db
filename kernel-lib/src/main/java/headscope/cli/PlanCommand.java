package headscope.cli;

import headscope.experiment.Cost;
import headscope.model.LanguageModel;
import headscope.page.TableText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "plan",
    description = {
      "Says what an experiment will take before it runs: trials, tokens, memory, time on this machine"
          + " from a short measurement and on more like it, room for traces."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope plan ablation --model reference",
      "  headscope plan --workers 16 ablation --model smollm2 --lengths 256,512,1024 --runs 50"
    })
final class PlanCommand implements Callable<Integer> {
  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Machines like this one, or executors, that share the groups (${DEFAULT-VALUE}).")
  private int workers;

  @Parameters(
      arity = "1..*",
      paramLabel = "EXPERIMENT",
      description = "The words behind headscope run, of which --out may be left out.")
  private List<String> words;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public Integer call() {
    ExperimentCommand.atLeastOne("--workers", workers);
    List<String> run = new ArrayList<>(List.of("run"));
    run.addAll(words);
    if (words.stream().noneMatch(w -> w.equals("--out") || w.startsWith("--out="))) {
      run.addAll(List.of("--out", "."));
    }
    Asked asked = Asked.of(run.toArray(String[]::new));
    try (LanguageModel model = asked.model().get()) {
      print(Cost.of(model, asked.experiment(), asked.group()));
    }
    return CommandLine.ExitCode.OK;
  }

  private void print(Cost cost) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(TableText.of(cost.toTable(workers)).plain());
    out.printf(
        Locale.ROOT,
        "measured: %,.0f prompt tokens/s, %,.0f new tokens/s by %d rows together, an answer of %d"
            + " tokens%n",
        cost.speed().promptTokens(),
        cost.speed().newTokens(),
        cost.speed().rows(),
        cost.speed().steps());
    out.printf("time on this machine: %s%n", time(cost.seconds(1)));
    if (workers > 1) {
      out.printf(
          "time on %d like it: %s, and on each the model is loaded once%n",
          workers, time(cost.seconds(workers)));
    }
    out.printf(
        Locale.ROOT,
        "memory a worker: %.1f GB (weights %.1f, keys and values of a group %.1f, the rest %.1f)%n",
        cost.workerBytes() / 1e9,
        cost.weightBytes() / 1e9,
        cost.keyValueBytes() / 1e9,
        (cost.workerBytes() - cost.weightBytes() - cost.keyValueBytes()) / 1e9);
    out.println(
        cost.traceBytes() == 0
            ? "traces: none are kept"
            : String.format(Locale.ROOT, "room for traces: %.1f MB", cost.traceBytes() / 1e6));
    out.flush();
  }

  private static String time(double seconds) {
    if (Double.isNaN(seconds)) {
      return "not known, since trials of a stage decide themselves how often they generate";
    }
    if (seconds < 120) {
      return String.format(Locale.ROOT, "%.0f s", seconds);
    }
    return seconds < 7200
        ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
        : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }
}
