package headscope.page;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.figure.Figure;
import headscope.template.Markup;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * One page of all results below a folder, in the order of the paper: figures, tables beside the
 * paper's numbers (section 3), the verdicts on its claims, options and environment. What is not
 * there, or cannot be read, is said on the page. It is one file without scripts, for the screen, a
 * phone and the printer; the same results give the same bytes.
 *
 * <pre>
 *   Report.of(Path.of("out")).save(Path.of("out/report.html"));
 * </pre>
 */
public final class Report {
  private static final long LARGEST_FIGURE = 8_000_000;
  private static final int LONGEST_OPTION = 400;
  private static final int WIDE = 6;
  private static final Pattern DESCRIPTION = Pattern.compile("<desc>([^<]*)</desc>");
  private static final Pattern READING = Pattern.compile("<metadata>([^<]*)</metadata>");

  private final Path root;
  private final List<ResultFolder> folders;
  private final List<String> problems;
  private final String title;

  private Report(Path root, List<ResultFolder> folders, List<String> problems, String title) {
    this.root = root;
    this.folders = folders;
    this.problems = problems;
    this.title = title;
  }

  /**
   * The report of a folder: what {@code environment/reproduce} wrote, or {@code headscope run}, or
   * several of these. Figures of experiments are drawn into their folders first.
   *
   * @throws IllegalArgumentException if it is no folder
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static Report of(Path folder) {
    Path root = folder.toAbsolutePath().normalize();
    List<String> problems = RunFigures.draw(root);
    return new Report(root, ResultFolder.below(root), problems, "Retrieval heads: the results");
  }

  /** The same report under another title. */
  public Report withTitle(String newTitle) {
    return new Report(root, folders, problems, newTitle);
  }

  /**
   * Writes the page; the file is complete or not there.
   *
   * @return the file
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public Path save(Path file) {
    return page().save(file);
  }

  /** The page: a whole HTML document. */
  public String html() {
    return page().html();
  }

  private Page page() {
    List<Map<String, Object>> parts = new ArrayList<>();
    StringColumn missing = StringColumn.create("what");
    StringColumn how = StringColumn.create("how to get it");
    Set<Path> used = new HashSet<>();
    VerdictRows verdicts = verdicts(used);
    verdicts
        .summary()
        .ifPresent(t -> parts.add(part("Verdicts", "the paper's claims and what was found", t)));
    glance().ifPresent(parts::add);
    for (PaperEntry entry : PaperEntry.all()) {
      List<Map<String, Object>> results = results(Optional.of(entry), used);
      if (results.isEmpty()) {
        missing.append(entry.title());
        how.append("environment/reproduce --only " + entry.notebook().substring(0, 2));
      } else {
        Map<String, Object> part = new HashMap<>();
        part.put("heading", entry.title());
        part.put("shows", entry.shows());
        part.put("results", results);
        verdicts.of(entry.claims()).ifPresent(t -> part.put("verdicts", html(t)));
        parts.add(part);
      }
    }
    List<Map<String, Object>> rest = results(Optional.empty(), used);
    if (!rest.isEmpty()) {
      parts.add(Map.of("heading", "Further figures and tables", "results", rest));
    }
    if (!missing.isEmpty()) {
      Table table = Table.create("missing", missing, how);
      parts.add(part("Not in this folder", "what is missing", table));
    }
    parts.add(circumstances());
    Map<String, Object> values = Map.of("title", title, "models", models(), "parts", parts);
    Markup body = new Markup(Page.render("report.html", values));
    return new Page(title, Page.resource("report.css"), body, "");
  }

  /** Those of all folders. */
  private VerdictRows verdicts(Set<Path> used) {
    List<Path> files =
        folders.stream().flatMap(f -> f.tables().stream()).filter(VerdictRows::holds).toList();
    VerdictRows rows = VerdictRows.of(files);
    used.addAll(rows.files());
    return rows;
  }

  private static Map<String, Object> part(String heading, String label, Table table) {
    return Map.of("heading", heading, "label", label, "table", html(table));
  }

  private static Markup html(Table table) {
    return new Markup(TableText.of(table).html());
  }

  private String models() {
    return folders.stream()
        .map(f -> f.about().getAsJsonObject("options"))
        .filter(o -> o != null && o.has("model") && o.get("model").isJsonPrimitive())
        .map(o -> o.get("model").getAsString())
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** The paper's numbers as they are printed there. */
  private static Map<String, Object> numbers(PaperEntry entry) {
    List<Map<String, Object>> columns = new ArrayList<>();
    for (int c = 0; c < entry.columns().size(); c++) {
      boolean number = entry.rows().get(0).get(c).getAsJsonPrimitive().isNumber();
      columns.add(Map.of("text", entry.columns().get(c), "number", number));
    }
    List<List<Map<String, Object>>> rows =
        entry.rows().stream().map(row -> row.stream().map(Report::cell).toList()).toList();
    return Map.of("columns", columns, "rows", rows, "wide", columns.size() > WIDE);
  }

  private static Map<String, Object> cell(JsonElement value) {
    return Map.of("text", value.getAsString(), "number", value.getAsJsonPrimitive().isNumber());
  }

  /** Everything of an entry, a folder each; without one, everything that belongs to none. */
  private List<Map<String, Object>> results(Optional<PaperEntry> entry, Set<Path> used) {
    List<Map<String, Object>> results = new ArrayList<>();
    for (ResultFolder folder : folders) {
      List<Path> figures = belonging(folder, folder.figures(), entry, used);
      List<Path> tables = belonging(folder, folder.tables(), entry, used);
      if (figures.isEmpty() && tables.isEmpty()) {
        continue;
      }
      Map<String, Object> shown = new HashMap<>();
      shown.put("name", folder.name());
      shown.put("figures", figures.stream().map(Report::figure).toList());
      // Narrow ones stand side by side, wide ones below.
      Comparator<Map<String, Object>> narrowFirst =
          Comparator.comparing(table -> (boolean) table.get("wide"));
      shown.put("tables", tables.stream().map(Report::table).sorted(narrowFirst).toList());
      if (results.isEmpty() && entry.isPresent() && !entry.get().rows().isEmpty()) {
        shown.put("paper", numbers(entry.get()));
      }
      results.add(shown);
    }
    return results;
  }

  private static List<Path> belonging(
      ResultFolder folder, List<Path> files, Optional<PaperEntry> entry, Set<Path> used) {
    boolean all = entry.map(e -> e.isMadeBy(folder.experiment(), folder.task())).orElse(true);
    List<Path> some =
        files.stream()
            .filter(f -> !used.contains(f))
            .filter(f -> all || entry.get().holds(ResultFolder.stem(f)))
            .toList();
    used.addAll(some);
    return some;
  }

  private static Map<String, Object> figure(Path file) {
    String name = ResultFolder.stem(file);
    try {
      if (Files.size(file) > LARGEST_FIGURE) {
        return problem(name + ": the figure is left out, it has more than 8 MB");
      }
      byte[] bytes = Files.readAllBytes(file);
      boolean png = file.toString().toLowerCase(Locale.ROOT).endsWith(".png");
      // A PNG is twice the size at which it is shown; its width stands at byte 16.
      int width = png && bytes.length > 24 ? ByteBuffer.wrap(bytes).getInt(16) / Figure.SCALE : 0;
      return Map.of(
          "alt",
          said(ResultFolder.beside(file, ".svg"), DESCRIPTION, name),
          "reading",
          said(ResultFolder.beside(file, ".svg"), READING, ""),
          "width",
          width > 0 && width <= 4000 ? width : 0,
          "type",
          png ? "png" : "svg+xml",
          "data",
          Base64.getEncoder().encodeToString(bytes));
    } catch (IOException e) {
      return problem(name + ": the figure cannot be read");
    }
  }

  private static Map<String, Object> problem(String text) {
    return Map.of("problem", text);
  }

  /** What a figure says of itself in words, all of it or its caption: it is in the SVG. */
  private static String said(Path svg, Pattern where, String otherwise) {
    try {
      if (Files.isRegularFile(svg) && Files.size(svg) <= LARGEST_FIGURE) {
        Matcher m = where.matcher(Files.readString(svg));
        if (m.find()) {
          return m.group(1)
              .replace("&lt;", "<")
              .replace("&gt;", ">")
              .replace("&quot;", "\"")
              .replace("&apos;", "'")
              .replace("&amp;", "&");
        }
      }
    } catch (IOException e) {
      // its name will do
    }
    return otherwise;
  }

  private static Map<String, Object> table(Path file) {
    String name = ResultFolder.stem(file);
    try {
      Table table = ResultTable.read(file);
      return Map.of("name", name, "wide", table.columnCount() > WIDE, "html", html(table));
    } catch (IllegalArgumentException e) {
      String problem = "the table cannot be read: " + e.getMessage();
      return Map.of("name", name, "wide", false, "problem", problem);
    }
  }

  private Optional<Map<String, Object>> glance() {
    StringColumn what = StringColumn.create("what");
    StringColumn paper = StringColumn.create("paper");
    StringColumn here = StringColumn.create("here");
    for (PaperEntry entry : PaperEntry.all()) {
      for (PaperEntry.Compared compared : entry.compare()) {
        List<String> values = new ArrayList<>();
        for (ResultFolder folder : folders) {
          if (folder.experiment().isEmpty() || entry.isMadeBy(folder.experiment(), folder.task())) {
            String of = folder.name().isEmpty() ? "" : " (" + folder.name() + ")";
            found(compared, folder).ifPresent(value -> values.add(number(value) + of));
          }
        }
        if (!values.isEmpty()) {
          what.append(compared.what());
          paper.append(compared.paper());
          here.append(String.join(", ", values));
        }
      }
    }
    Table table = Table.create("glance", what, paper, here);
    return what.isEmpty()
        ? Optional.empty()
        : Optional.of(part("At a glance", "numbers of the paper and here", table));
  }

  /** As the paper writes them: .3512, 3.8154. */
  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value)
        .replaceFirst("^(-?)0\\.", "$1.")
        .replaceFirst("^-?\\.0000$", "0")
        .replaceFirst("^(-?\\d+)\\.0000$", "$1");
  }

  private static Optional<Double> found(PaperEntry.Compared compared, ResultFolder folder) {
    for (String name : compared.tables()) {
      for (Path file : folder.tables()) {
        String stem = ResultFolder.stem(file).toLowerCase(Locale.ROOT);
        boolean named =
            name.endsWith("*")
                ? stem.startsWith(name.substring(0, name.length() - 1))
                : stem.equals(name);
        if (named) {
          try {
            Optional<Double> value =
                ResultTable.number(ResultTable.read(file), compared.row(), compared.column());
            if (value.isPresent()) {
              return value;
            }
          } catch (IllegalArgumentException e) {
            // said where the table stands
          }
        }
      }
    }
    return Optional.empty();
  }

  private Map<String, Object> circumstances() {
    List<String> all = new ArrayList<>(problems);
    List<Map<String, Object>> about = new ArrayList<>();
    for (ResultFolder folder : folders) {
      folder.problems().forEach(p -> all.add((folder.name() + " " + p).strip()));
      String of = folder.name().isEmpty() ? "" : " of " + folder.name();
      folder
          .about()
          .asMap()
          .forEach(
              (name, options) ->
                  about.add(
                      Map.of(
                          "name",
                          name,
                          "heading",
                          name + of,
                          "options",
                          options(options.getAsJsonObject()))));
    }
    String version = Report.class.getPackage().getImplementationVersion();
    return Map.of(
        "heading",
        "Options and environment",
        "problems",
        all,
        "about",
        about,
        "version",
        version == null ? "as built" : version,
        "java",
        System.getProperty("java.version"));
  }

  private static List<Map<String, Object>> options(JsonObject object) {
    return object.entrySet().stream()
        .map(
            e -> {
              JsonElement v = e.getValue();
              String text = v.isJsonPrimitive() ? v.getAsString() : v.toString();
              return Map.<String, Object>of("name", e.getKey(), "value", cut(text));
            })
        .toList();
  }

  private static String cut(String text) {
    return text.codePointCount(0, text.length()) <= LONGEST_OPTION
        ? text
        : text.substring(0, text.offsetByCodePoints(0, LONGEST_OPTION - 1)) + "…";
  }

  @Override
  public String toString() {
    return "Report[" + title + ", " + folders.size() + " folders of results]";
  }
}
