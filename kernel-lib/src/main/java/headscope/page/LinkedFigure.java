package headscope.page;

import headscope.figure.Figure;
import headscope.figure.Figures;
import headscope.head.HeadId;
import headscope.json.Json;
import headscope.template.Markup;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import tech.tablesaw.api.Table;

/**
 * A figure of heads with the prompt beside it: pointing at a cell says head, step, token, the token
 * that it looks at and with what weight; a click, or Enter, lights the head's attention row in the
 * prompt. Its picture is the {@link #figure} of the same table, which is what a saved notebook
 * shows where scripts do not run.
 *
 * <pre>
 *   HeadSet heads = HeadSet.of(scores.mostVariable(10).heads());
 *   Trace rows = model.generate(prompt, Capture.heads().withRows(heads));   // whole rows of these
 *   LinkedFigure.headHeatmap(scores.only(heads).toTable(), rows).withTitle("Fig. 1")
 * </pre>
 *
 * <p>Weights below .01 are not lit. Of a head whose rows the trace did not keep the greatest weight
 * alone is.
 */
public final class LinkedFigure {
  private static final List<String> SCRIPTS =
      List.of("base.js", "trace.js", "tokens.js", "linked.js");

  private final Figure figure;
  private final LinkedData data;
  private final String value;

  private LinkedFigure(Figure figure, LinkedData data, String value) {
    this.figure = figure;
    this.data = data;
    this.value = value;
  }

  /**
   * {@link Figures#headHeatmap} of a trace: heads over its generated tokens (Figs. 1 and 5).
   *
   * @param table columns {@code step}, {@code token}, {@code head} and {@code score}
   * @param trace where the heads looked; with whole rows of them if {@code Capture.withRows} had
   *     asked for them
   * @throws IllegalArgumentException if a column is missing, a head or step is none of the trace's,
   *     a token is another one there, or the trace did not capture heads
   */
  public static LinkedFigure headHeatmap(Table table, Trace trace) {
    return headHeatmap(table, trace, Figures.headHeatmap(table));
  }

  /**
   * The same with the steps of the answer marked in the picture.
   *
   * @param answer how many of the first steps are the answer's
   */
  public static LinkedFigure headHeatmap(Table table, Trace trace, int answer) {
    return headHeatmap(table, trace, Figures.headHeatmap(table, answer));
  }

  private static LinkedFigure headHeatmap(Table table, Trace trace, Figure figure) {
    List<HeadId> heads = heads(table);
    List<HeadId> rows = heads.stream().distinct().toList();
    int[] step = IntStream.range(0, heads.size()).map(i -> step(table, trace, i)).toArray();
    List<Integer> steps = Arrays.stream(step).distinct().sorted().boxed().toList();
    double[] cells = new double[rows.size() * steps.size()];
    Arrays.fill(cells, Double.NaN);
    for (int i = 0; i < step.length; i++) {
      int row = rows.indexOf(heads.get(i));
      cells[row * steps.size() + steps.indexOf(step[i])] = number(table, "score", i);
    }
    return new LinkedFigure(figure, new LinkedData(trace, rows, steps, cells), "score");
  }

  /**
   * {@link Figures#layerHeadMap} beside one sample's prompt: what a head of the map looks at is lit
   * for a generated token that can be chosen.
   *
   * @param table columns {@code head} with names such as {@code L3-H7} and {@code score}
   * @param trace the sample
   * @throws IllegalArgumentException if a column is missing, a head is none of the trace's, or the
   *     trace did not capture heads
   */
  public static LinkedFigure layerHeadMap(Table table, Trace trace) {
    Figure figure = Figures.layerHeadMap(table);
    double[] cells =
        IntStream.range(0, table.rowCount()).mapToDouble(i -> number(table, "score", i)).toArray();
    LinkedData data = new LinkedData(trace, heads(table), List.of(), cells);
    return new LinkedFigure(figure, data, "mean score");
  }

  private static List<HeadId> heads(Table table) {
    return IntStream.range(0, table.rowCount())
        .mapToObj(i -> HeadId.parse(table.column("head").getString(i)))
        .toList();
  }

  /** The step of a row of the table, which is one of the trace. */
  private static int step(Table table, Trace trace, int row) {
    int step = (int) number(table, "step", row);
    if (step >= trace.steps().size()) {
      throw LinkedData.foreign("step " + step, "it has " + trace.steps().size() + " steps");
    }
    String token = table.column("token").getString(row);
    String there = trace.tokens().isEmpty() ? token : trace.tokens().get(step);
    if (!there.equals(token)) {
      throw LinkedData.foreign(
          "\"" + token + "\" at step " + step, "there it is \"" + there + "\"");
    }
    return step;
  }

  private static double number(Table table, String column, int row) {
    return table.column(column).isMissing(row)
        ? Double.NaN
        : table.numberColumn(column).getDouble(row);
  }

  /** The same figure under another title. */
  public LinkedFigure withTitle(String title) {
    return new LinkedFigure(figure.withTitle(title), data, value);
  }

  /** The same figure with a caption, see {@link Figure#withReading}. */
  public LinkedFigure withReading(String sentence) {
    return new LinkedFigure(figure.withReading(sentence), data, value);
  }

  /** The same figure with another name of what its colours stand for. */
  public LinkedFigure withValueName(String name) {
    return new LinkedFigure(figure.withValueName(name), data, name);
  }

  /** The picture, which stands where nothing can be pointed at. */
  public Figure figure() {
    return figure;
  }

  /** The page: a whole HTML document. */
  public String html() {
    return page().html();
  }

  /**
   * The page as an element for a notebook's output: a frame without access to what is around it,
   * over the picture, which is seen where frames are not shown.
   */
  public String fragment() {
    return Page.frame(page(), height(), Optional.of(figure));
  }

  /**
   * Writes the page beside the picture; files are replaced in one move.
   *
   * @param path ends in {@code .html}, {@code .png} or {@code .svg} for that one, else all three
   *     are added to it
   * @return the files written
   * @throws java.io.UncheckedIOException if that fails
   */
  public List<Path> save(Path path) {
    String name = path.getFileName().toString();
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".html")) {
      return List.of(page().save(path));
    }
    List<Path> files = new ArrayList<>(figure.save(path));
    if (!lower.endsWith(".png") && !lower.endsWith(".svg")) {
      files.add(page().save(path.resolveSibling(name + ".html")));
    }
    return files;
  }

  private Page page() {
    Map<String, Object> values =
        Map.of(
            "title",
            figure.title(),
            "map",
            data.isMap(),
            "value",
            value,
            "notes",
            data.notes(),
            "data",
            new Markup(Json.inHtml(data.values(value))));
    return new Page(
        figure.title(),
        Page.resource("tokens.css") + Page.resource("linked.css"),
        new Markup(Page.render("linked.html", values)),
        Page.script(SCRIPTS));
  }

  /** Px of the frame: rows, and what stands above and below them. */
  private int height() {
    int rows = data.isMap() ? data.trace().layers() : data.heads().size();
    int row = rows > 20 ? 14 : rows > 16 ? 17 : 25;
    return Math.max(440, Math.min(820, (data.isMap() ? 345 : 225) + rows * row));
  }

  /** What the figure shows, in words. */
  @Override
  public String toString() {
    return figure.summary();
  }
}
