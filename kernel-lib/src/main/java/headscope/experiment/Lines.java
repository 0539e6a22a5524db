package headscope.experiment;

import headscope.failure.Section;
import headscope.json.Json;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** The lines of a run so far, with what an earlier run left of those that come. */
final class Lines<L> {
  private final Class<L> type;
  private final Optional<Results> results;
  private final Optional<Path> traceFolder;
  private final boolean traced;
  private final List<L> all = new ArrayList<>();
  private final List<Supplier<Trace>> traces = new ArrayList<>();

  Lines(Experiment<L, ?> experiment, Optional<Results> results, Optional<Path> folder) {
    this.type = experiment.lineType();
    this.results = results;
    this.traced = experiment.keepsTraces();
    this.traceFolder = folder.filter(f -> traced).map(Lines::traceFolder);
    traceFolder.ifPresent(Lines::make);
    dropUnfinished();
  }

  /** Where the traces of a folder lie. */
  static Path traceFolder(Path folder) {
    return folder.resolve("traces");
  }

  /** The file of a line's trace, in the folder {@code traces}. */
  static String traceName(int line) {
    return String.format(Locale.ROOT, "%05d.trace.safetensors", line);
  }

  static void make(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw Section.RESULTS_FOLDER.io("cannot write " + folder + ": " + e.getMessage(), e);
    }
  }

  private Optional<Path> traceFile(int line) {
    return traceFolder.map(f -> f.resolve(traceName(line)));
  }

  private int there() {
    return results.map(Results::size).orElse(0);
  }

  /** Whether an earlier run left all of a group. */
  boolean has(GroupRange range) {
    for (int i = range.line(); i < range.line() + range.size(); i++) {
      if (i >= there() || !hasTrace(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the trace of a line lies where it is looked for. */
  boolean hasTrace(int line) {
    return traceFile(line).map(Files::exists).orElse(true);
  }

  /** Takes the next lines from an earlier run. */
  void take(int size) {
    for (int k = 0; k < size; k++) {
      traceFile(all.size()).map(Traces::in).ifPresent(traces::add);
      all.add(results.orElseThrow().line(all.size(), type));
    }
  }

  /** Takes lines that were computed here, and keeps what is not there yet. */
  void add(List<Stage.Done<L>> group) {
    for (Stage.Done<L> done : group) {
      if (traced) {
        Trace trace = done.trace().orElseThrow();
        Optional<Path> file = traceFile(all.size());
        file.ifPresent(trace::save);
        traces.add(file.map(f -> Traces.in(f, trace)).orElse(() -> trace));
      }
      if (results.isPresent() && all.size() >= there()) {
        results.get().append(Json.tree(done.line()).getAsJsonObject());
      }
      all.add(done.line());
    }
  }

  /** Takes lines that were computed elsewhere, whose traces lie in the folder. */
  void addWritten(List<String> group) {
    for (String line : group) {
      Results into = results.orElseThrow();
      if (all.size() >= there()) {
        into.append(line);
      }
      take(1);
    }
  }

  /** Drops what workers began to write and did not finish. */
  void dropUnfinished() {
    if (traceFolder.isEmpty()) {
      return;
    }
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(traceFolder.get(), Worker.UNFINISHED + "*")) {
      for (Path folder : left) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
          for (Path file : files) {
            Files.deleteIfExists(file);
          }
        }
        Files.deleteIfExists(folder);
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw Section.RESULTS_FOLDER.wrong(
          "cannot clear " + traceFolder.get() + " of unfinished traces: " + e.getMessage(), e);
    }
  }

  int size() {
    return all.size();
  }

  /** The run with these lines and their traces. */
  Run<L> of(Run<L> run) {
    return run.with(all, traces);
  }

  /** The first lines as they are written. */
  List<String> written(int n) {
    return results.orElseThrow().lines().subList(0, n).stream().map(Json::line).toList();
  }
}
