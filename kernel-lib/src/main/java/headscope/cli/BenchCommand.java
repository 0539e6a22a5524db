package headscope.cli;

import headscope.bench.Benchmark;
import headscope.bench.Benchmark.Memory;
import headscope.bench.Benchmark.Row;
import headscope.bench.RandomCheckpoint;
import headscope.bench.SweepBenchmark;
import headscope.json.Json;
import headscope.model.LanguageModel;
import headscope.model.LoadOptions.Dtype;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "bench",
    description = {
      "Measures prompt and generation speed in tokens a second, untraced and traced, mean ±"
          + " deviation, and the peak memory of the process; with --sweep how many rows of many"
          + " prompts are generated a second, by how many advance together."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  headscope bench --model reference",
      "  headscope bench --model llama100m --make-random --lengths 1000,4000,16000 --runs 3",
      "  headscope bench --model llama3b --make-random --shape llama-3.2-3b --weights bfloat16"
          + " --dtype bfloat16 --lengths 5000 --runs 1 --traced-only",
      "  headscope bench --model DIR --lengths 4000 --traced-only --json --trace a.trace.safetensors",
      "  headscope bench --model smollm2 --sweep --lengths 970 --runs 1"
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
      description = "Write a random Llama checkpoint to the folder that --model names first.")
  private boolean makeRandom;

  @Option(
      names = "--shape",
      paramLabel = "SHAPE",
      defaultValue = "llama-100m",
      description = {
        "--make-random: llama-100m, of 100 million parameters, or the shape of llama-3.2-1b,"
            + " llama-3.2-3b, llama-3.1-8b (${DEFAULT-VALUE})."
      })
  private String shape;

  @Option(
      names = "--weights",
      paramLabel = "TYPE",
      defaultValue = "float32",
      description = {
        "--make-random: type of the weights in the file, float32, float16 or bfloat16"
            + " (${DEFAULT-VALUE})."
      })
  private String weights;

  @Option(names = "--traced-only", description = "Leave out the untraced rounds.")
  private boolean tracedOnly;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Save what the last traced round of the last length saw.")
  private Path trace;

  @Option(names = "--json", description = "Print one JSON object, with the speed of every round.")
  private boolean json;

  @Option(
      names = "--sweep",
      description = {
        "Measure prompts that advance together, in generated rows a second; --lengths is that of the"
            + " longest, --trace a folder."
      })
  private boolean sweep;

  @Option(
      names = "--groups",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,2,4,8",
      description = "--sweep: rows that advance together (${DEFAULT-VALUE}).")
  private List<Integer> groups;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "8",
      description = "--sweep: prompts in all (${DEFAULT-VALUE}).")
  private int rows;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Override
  public void run() {
    if (makeRandom) {
      RandomCheckpoint.named(shape).write(Path.of(model.text()), 1, Dtype.parse(weights));
    }
    if (sweep) {
      sweep();
    } else {
      lengths();
    }
  }

  private void sweep() {
    BenchSweep report = new BenchSweep(spec.commandLine().getOut(), json, newTokens);
    List<SweepBenchmark> sweeps =
        lengths.stream()
            .map(n -> new SweepBenchmark(n, rows, groups, newTokens, runs, !tracedOnly))
            .toList();
    try (LanguageModel m = model.load()) {
      report.begin(m);
      for (SweepBenchmark benchmark : sweeps) {
        List<SweepBenchmark.Row> measured = benchmark.run(m, row -> report.row(m, benchmark, row));
        if (trace != null) {
          BenchSweep.save(measured.get(measured.size() - 1).traces(), trace);
        }
      }
      report.end(m);
    }
  }

  private void lengths() {
    PrintWriter out = spec.commandLine().getOut();
    Benchmark benchmark = new Benchmark(lengths, newTokens, runs, !tracedOnly);
    try (LanguageModel m = model.load()) {
      benchmark.checkFits(m);
      Memory loaded = Memory.now();
      if (!json) {
        out.println(
            "| model     | prompt | prompt t/s           | untraced t/s         | traced t/s        "
                + "   | traced / untraced | peak MB |");
        out.println("|---|---|---|---|---|---|---|");
      }
      List<Row> rows = benchmark.run(m, row -> print(out, m, row));
      if (json) {
        Map<String, Object> o = object(m, newTokens, loaded.resident());
        o.put("rows", rows.stream().map(BenchCommand::object).toList());
        out.println(Json.line(o));
      } else {
        out.println(about(m, newTokens) + ", " + runs + " rounds");
      }
      if (trace != null) {
        rows.get(rows.size() - 1).trace().save(trace);
      }
    }
  }

  /** Under what circumstances something was measured. */
  static String about(LanguageModel m, int newTokens) {
    return String.format(
        Locale.ROOT,
        "%s, %s, %d processors, JDK %s, %d new tokens",
        m.options().dtype(),
        m.options().device(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        newTokens);
  }

  private void print(PrintWriter out, LanguageModel m, Row row) {
    if (!json) {
      out.printf(
          Locale.ROOT,
          "| %-9s | %6d | %-20s | %-20s | %-20s | %-17s | %7s |%n",
          m.name(),
          row.length(),
          row.prompt(),
          row.untraced(),
          row.traced(),
          ratio(row.ratio()),
          megabytes(row.memory().peak()));
      out.flush();
    }
  }

  /** The same as JSON; what was measured is the caller's to add. */
  static Map<String, Object> object(LanguageModel m, int newTokens, OptionalLong loaded) {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("model", m.name());
    o.put("dtype", m.options().dtype().toString());
    o.put("device", m.options().device());
    o.put("newTokens", newTokens);
    o.put("loadedBytes", number(loaded));
    o.put("environment", m.environment());
    return o;
  }

  private static Map<String, Object> object(Row row) {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("length", row.length());
    o.put("promptTokensPerSecond", row.prompt().rounds());
    o.put("untracedTokensPerSecond", row.untraced().rounds());
    o.put("tracedTokensPerSecond", row.traced().rounds());
    o.put("peakBytes", number(row.memory().peak()));
    return o;
  }

  /** A dash where there is none. */
  static String ratio(double ratio) {
    return Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.3f", ratio);
  }

  /** A dash where it is not known. */
  static String megabytes(OptionalLong bytes) {
    return bytes.isPresent() ? String.format(Locale.ROOT, "%.0f", bytes.getAsLong() / 1e6) : "-";
  }

  /** Null where it is not known. */
  static Long number(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }
}
