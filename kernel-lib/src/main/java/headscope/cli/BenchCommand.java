package headscope.cli;

import headscope.experiment.Benchmark;
import headscope.experiment.RandomCheckpoint;
import headscope.model.LanguageModel;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "bench",
    description = "Measures prompt and generation speed, untraced and traced, mean ± deviation.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope bench --model reference",
      "  headscope bench --model /tmp/llama100m --make-random --lengths 512,4096"
    })
final class BenchCommand implements Runnable {
  @Mixin private ModelOptions model;

  @Option(
      names = "--lengths",
      split = ",",
      paramLabel = "N",
      defaultValue = "128,512",
      description = "Prompt lengths in tokens (${DEFAULT-VALUE}).")
  private List<Integer> lengths;

  @Option(
      names = "--new-tokens",
      paramLabel = "N",
      defaultValue = "64",
      description = "Generated tokens a round (${DEFAULT-VALUE}).")
  private int newTokens;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "10",
      description = "Rounds that are measured, after a warm-up (${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--make-random",
      description = "Write a random Llama checkpoint of 100 million parameters to DIR first.")
  private boolean makeRandom;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    Benchmark benchmark = new Benchmark(lengths, newTokens, runs);
    if (makeRandom) {
      RandomCheckpoint.llama100m().write(Path.of(model.folder()), 1);
    }
    try (LanguageModel m = model.load()) {
      out.printf(
          Locale.ROOT,
          "| %-9s | %6s | %-20s | %-20s | %-20s | %s |%n",
          "model",
          "prompt",
          "prompt t/s",
          "untraced t/s",
          "traced t/s",
          "traced / untraced");
      out.println("|---|---|---|---|---|---|");
      benchmark.run(
          m,
          row -> {
            out.printf(
                Locale.ROOT,
                "| %-9s | %6d | %-20s | %-20s | %-20s | %.3f |%n",
                m.name(),
                row.length(),
                row.prompt(),
                row.untraced(),
                row.traced(),
                row.ratio());
            out.flush();
          });
      out.printf(
          Locale.ROOT,
          "%s, %s, %d processors, JDK %s, %d new tokens, %d rounds%n",
          m.options().dtype(),
          m.options().device(),
          Runtime.getRuntime().availableProcessors(),
          System.getProperty("java.version"),
          newTokens,
          runs);
    }
  }
}
