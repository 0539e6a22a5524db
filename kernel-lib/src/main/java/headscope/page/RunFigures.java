package headscope.page;

import headscope.figure.Figure;
import headscope.figure.Figures;
import headscope.figure.Series;
import headscope.score.CopyPasteScore;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;

/**
 * Draws what the tables of an experiment hold, as the notebooks draw theirs: grids over length and
 * depth, maps of heads, lines over the number of masked heads, and the first trace.
 */
final class RunFigures {
  private static final int HEADS = 10;

  private RunFigures() {}

  /**
   * Draws the figures of every experiment below a folder that are not there, or older than their
   * table.
   *
   * @return what could not be drawn, and why
   */
  static List<String> draw(Path root) {
    List<String> problems = new ArrayList<>();
    for (ResultFolder folder : ResultFolder.below(root)) {
      if (folder.experiment().isEmpty()) {
        continue; // notebooks draw their own
      }
      for (Path table : folder.tables()) {
        String name = ResultFolder.stem(table);
        attempt(folder, name, table, () -> drawn(ResultTable.read(table)), problems);
      }
      firstTrace(folder.path())
          .ifPresent(
              file ->
                  attempt(folder, "first-trace", file, () -> drawn(Trace.load(file)), problems));
    }
    return problems;
  }

  private static void attempt(
      ResultFolder folder,
      String name,
      Path source,
      Supplier<Optional<Figure>> drawing,
      List<String> problems) {
    Path file = folder.path().resolve("figures").resolve(name);
    Path png = file.resolveSibling(name + ".png");
    try {
      if (Files.exists(png)
          && Files.getLastModifiedTime(png).compareTo(Files.getLastModifiedTime(source)) >= 0) {
        return;
      }
      drawing.get().ifPresent(figure -> figure.save(file));
    } catch (IOException | RuntimeException e) { // a report is made of what there is
      problems.add("no figure of " + name + ": " + e.getMessage());
    }
  }

  private static Optional<Figure> drawn(Table table) {
    List<String> columns = table.columnNames();
    if (columns.containsAll(List.of("panel", "length", "depth")) && columns.size() > 3) {
      boolean grid =
          table.column("length").countUnique() > 1 && table.column("depth").countUnique() > 1;
      String value = columns.get(3);
      return grid
          ? Optional.of(
              Figures.lengthDepthGrid(table, value).withTitle(value + " without some heads"))
          : Optional.empty();
    }
    if (columns.containsAll(List.of("head", "score"))) {
      return Optional.of(
          Figures.layerHeadMap(table).withTitle("Static scores: the mean over ranking samples"));
    }
    if (columns.containsAll(List.of("k", "m", "m low", "m high", "accuracy"))
        && table.column("k") instanceof NumericColumn<?>) {
      Table byK = table.where(table.numberColumn("k").isNotMissing());
      return byK.rowCount() < 2
          ? Optional.empty()
          : Optional.of(
              Figures.lines(
                      "masked dynamic heads k",
                      "static heads that step in, m",
                      Series.of("m", byK, "k", "m").withBand(byK, "m low", "m high"),
                      Series.of("accuracy", byK, "k", "accuracy").onSecondAxis())
                  .withTitle("Compensation and accuracy"));
    }
    return Optional.empty();
  }

  private static Optional<Figure> drawn(Trace trace) {
    return Optional.of(
        Figures.headHeatmap(CopyPasteScore.of(trace).mostVariable(HEADS).toTable())
            .withTitle("The first trace: heads that copy"));
  }

  private static Optional<Path> firstTrace(Path folder) {
    try (Stream<Path> files = Files.list(folder.resolve("traces"))) {
      return files.filter(f -> f.toString().endsWith(".safetensors")).sorted().findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
