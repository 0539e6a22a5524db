package headscope.cli;

import headscope.bench.Benchmark.Memory;
import headscope.bench.SweepBenchmark;
import headscope.failure.Section;
import headscope.json.Json;
import headscope.model.LanguageModel;
import headscope.trace.Trace;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** What {@code bench --sweep} prints. */
final class BenchSweep {
  private final PrintWriter out;
  private final boolean json;
  private final int newTokens;
  private final List<Map<String, Object>> rows = new ArrayList<>();
  private OptionalLong loaded = OptionalLong.empty();

  BenchSweep(PrintWriter out, boolean json, int newTokens) {
    this.out = out;
    this.json = json;
    this.newTokens = newTokens;
  }

  void begin(LanguageModel model) {
    loaded = Memory.now().resident();
    if (!json) {
      out.printf(
          "| %-9s | %6s | %4s | %5s | %-18s | %-18s | %-18s | %-17s | %7s |%n",
          "model",
          "prompt",
          "rows",
          "group",
          "prompt t/s",
          "untraced rows/s",
          "traced rows/s",
          "traced / untraced",
          "peak MB");
      out.println("|---|---|---|---|---|---|---|---|---|");
      out.flush();
    }
  }

  void row(LanguageModel model, SweepBenchmark benchmark, SweepBenchmark.Row row) {
    rows.add(object(benchmark, row));
    if (!json) {
      out.printf(
          Locale.ROOT,
          "| %-9s | %6d | %4d | %5d | %-18s | %-18s | %-18s | %-17s | %7s |%n",
          model.name(),
          benchmark.length(),
          benchmark.rows(),
          row.group(),
          row.prompt(),
          row.untraced(),
          row.traced(),
          BenchCommand.ratio(row.ratio()),
          BenchCommand.megabytes(row.memory().peak()));
      out.flush();
    }
  }

  void end(LanguageModel model) {
    if (!json) {
      out.println(BenchCommand.about(model, newTokens));
      return;
    }
    Map<String, Object> o = BenchCommand.object(model, newTokens, loaded);
    o.put("sweep", rows);
    out.println(Json.line(o));
  }

  private static Map<String, Object> object(SweepBenchmark benchmark, SweepBenchmark.Row row) {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("length", benchmark.length());
    o.put("rows", benchmark.rows());
    o.put("group", row.group());
    o.put("promptTokensPerSecond", row.prompt().rounds());
    o.put("untracedRowsPerSecond", row.untraced().rounds());
    o.put("tracedRowsPerSecond", row.traced().rounds());
    o.put("tracedSeconds", row.seconds());
    o.put("peakBytes", BenchCommand.number(row.memory().peak()));
    return o;
  }

  /** Writes traces into a folder, which is made if it is not there. */
  static void save(List<Trace> traces, Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw Section.FILES.io("cannot write " + folder + ": " + e.getMessage(), e);
    }
    for (int i = 0; i < traces.size(); i++) {
      traces.get(i).save(folder.resolve(String.format("%05d.trace.safetensors", i)));
    }
  }
}
