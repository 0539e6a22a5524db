package headscope.page;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * One page of all results below a folder, in the order of the paper: figures, tables beside the
 * paper's numbers (section 3), why they differ, options and environment. What is not there, or
 * cannot be read, is said on the page. It is one file without scripts, for the screen, a phone and
 * the printer; the same results give the same bytes.
 *
 * <pre>
 *   Report.of(Path.of("out")).save(Path.of("out/report.html"));
 * </pre>
 */
public final class Report {
  private static final long LARGEST_FIGURE = 8_000_000;
  private static final int LONGEST_OPTION = 400;
  private static final String WIDE = "<div class=\"wide\"";
  private static final Pattern DESCRIPTION = Pattern.compile("<desc>([^<]*)</desc>");

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

  /** A heading and what stands below it. */
  private record Section(String heading, String body) {}

  private Page page() {
    List<Section> sections = new ArrayList<>();
    List<PaperEntry> missing = new ArrayList<>();
    Map<Path, Boolean> used = new LinkedHashMap<>();
    String glance = glance();
    if (!glance.isEmpty()) {
      sections.add(new Section("At a glance", glance));
    }
    for (PaperEntry entry : PaperEntry.all()) {
      String results = results(entry, used);
      if (results.isEmpty()) {
        missing.add(entry);
      } else {
        sections.add(new Section(entry.title(), entry(entry, results)));
      }
    }
    String rest = results(null, used);
    if (!rest.isEmpty()) {
      sections.add(new Section("Further figures and tables", rest));
    }
    if (!missing.isEmpty()) {
      sections.add(new Section("Not in this folder", missing(missing)));
    }
    sections.add(new Section("Options and environment", circumstances()));

    StringBuilder body = new StringBuilder("<header>\n<h1>").append(Html.escape(title));
    body.append("</h1>\n<p>Figures and tables of <em>Retrieval Heads are Dynamic</em>");
    body.append(" (arXiv 2602.11162), the paper's numbers beside those found here");
    body.append(models().map(m -> " with <b>" + Html.escape(m) + "</b>").orElse(""));
    body.append(".</p>\n</header>\n<nav aria-label=\"Contents\">\n<b>Contents</b>\n<ol>\n");
    for (int i = 0; i < sections.size(); i++) {
      body.append("<li><a href=\"#part").append(i).append("\">");
      body.append(Html.escape(sections.get(i).heading())).append("</a></li>\n");
    }
    body.append("</ol>\n</nav>\n<main>\n");
    for (int i = 0; i < sections.size(); i++) {
      body.append("<section id=\"part").append(i).append("\" aria-labelledby=\"head").append(i);
      body.append("\">\n<h2 id=\"head").append(i).append("\">");
      body.append(Html.escape(sections.get(i).heading())).append("</h2>\n");
      body.append(sections.get(i).body()).append("</section>\n");
    }
    body.append("</main>\n");
    return new Page(title, Page.resource("report.css"), body.toString(), "");
  }

  private Optional<String> models() {
    List<String> names =
        folders.stream()
            .map(f -> f.about().getAsJsonObject("options"))
            .filter(o -> o != null && o.has("model") && o.get("model").isJsonPrimitive())
            .map(o -> o.get("model").getAsString())
            .distinct()
            .toList();
    return names.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", names));
  }

  private String entry(PaperEntry entry, String results) {
    return paragraph("", "In the paper: " + entry.shows())
        + results
        + paragraph("why", "Where they differ: " + entry.why());
  }

  /** The paper's numbers as they are printed there. */
  private static String numbers(PaperEntry entry) {
    StringBuilder out = new StringBuilder("<div").append(wide(entry.columns().size()));
    out.append("><h3>The paper</h3>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\"");
    out.append(" aria-label=\"numbers of the paper\"><table><thead><tr>");
    for (int c = 0; c < entry.columns().size(); c++) {
      boolean number = entry.rows().get(0).get(c).getAsJsonPrimitive().isNumber();
      out.append(number ? "<th class=\"n\">" : "<th>");
      out.append(Html.escape(entry.columns().get(c))).append("</th>");
    }
    out.append("</tr></thead><tbody>");
    for (List<JsonElement> row : entry.rows()) {
      out.append("<tr>");
      for (JsonElement cell : row) {
        boolean number = cell.getAsJsonPrimitive().isNumber();
        out.append(number ? "<td class=\"n\">" : "<td>");
        out.append(Html.escape(cell.getAsString())).append("</td>");
      }
      out.append("</tr>");
    }
    return out.append("</tbody></table></div></div>\n").toString();
  }

  private static String wide(int columns) {
    return columns > 6 ? WIDE.substring("<div".length()) : "";
  }

  /** Everything of an entry; with null, everything that belongs to none. */
  private String results(PaperEntry entry, Map<Path, Boolean> used) {
    StringBuilder out = new StringBuilder();
    boolean beside = entry != null && !entry.rows().isEmpty();
    for (ResultFolder folder : folders) {
      boolean whole = entry != null && entry.isMadeBy(folder.experiment(), folder.task());
      List<Path> figures = belonging(folder.figures(), entry, whole, used);
      List<Path> tables = belonging(folder.tables(), entry, whole, used);
      if (figures.isEmpty() && tables.isEmpty()) {
        continue;
      }
      if (!folder.name().isEmpty()) {
        out.append("<h3>").append(Html.escape(folder.name())).append("</h3>\n");
      }
      figures.forEach(f -> out.append(figure(f)));
      out.append("<div class=\"side\">\n").append(beside ? numbers(entry) : "");
      beside = false; // once is enough
      // Narrow ones stand side by side, wide ones below.
      List<String> shown = tables.stream().map(Report::table).toList();
      shown.stream().filter(t -> !t.startsWith(WIDE)).forEach(out::append);
      shown.stream().filter(t -> t.startsWith(WIDE)).forEach(out::append);
      out.append("</div>\n");
    }
    return out.toString();
  }

  private static List<Path> belonging(
      List<Path> files, PaperEntry entry, boolean whole, Map<Path, Boolean> used) {
    List<Path> some =
        files.stream()
            .filter(f -> !used.containsKey(f))
            .filter(f -> entry == null || whole || entry.holds(ResultFolder.stem(f)))
            .toList();
    some.forEach(f -> used.put(f, true));
    return some;
  }

  private String figure(Path file) {
    String name = ResultFolder.stem(file);
    try {
      if (Files.size(file) > LARGEST_FIGURE) {
        return problem(name + ": the figure is left out, it has more than 8 MB");
      }
      byte[] bytes = Files.readAllBytes(file);
      boolean png = file.toString().toLowerCase(Locale.ROOT).endsWith(".png");
      String alt = description(ResultFolder.beside(file, ".svg"), name);
      StringBuilder out = new StringBuilder("<figure>\n<div class=\"scroll\"><img alt=\"");
      out.append(Html.escape(alt)).append('"');
      if (png && bytes.length > 24) {
        // A PNG is twice the size at which it is shown; its width stands at byte 16.
        int width = java.nio.ByteBuffer.wrap(bytes).getInt(16) / headscope.figure.Figure.SCALE;
        if (width > 0 && width <= 4000) {
          out.append(" width=\"").append(width).append('"');
        }
      }
      out.append(" src=\"data:image/").append(png ? "png" : "svg+xml").append(";base64,");
      out.append(Base64.getEncoder().encodeToString(bytes))
          .append("\"></div>\n<figcaption aria-hidden=\"true\">");
      return out.append(Html.escape(alt)).append("</figcaption>\n</figure>\n").toString();
    } catch (IOException e) {
      return problem(name + ": the figure cannot be read");
    }
  }

  /** What a figure says of itself in words: it is in the SVG. */
  private static String description(Path svg, String otherwise) {
    try {
      if (Files.isRegularFile(svg) && Files.size(svg) <= LARGEST_FIGURE) {
        Matcher m = DESCRIPTION.matcher(Files.readString(svg));
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

  private static String table(Path file) {
    String name = ResultFolder.stem(file);
    String heading = ">\n<h3>" + Html.escape(name) + "</h3>\n";
    try {
      Table table = ResultTable.read(file);
      return "<div"
          + wide(table.columnCount())
          + heading
          + scroll("table " + name, TableText.of(table).html())
          + "</div>\n";
    } catch (IllegalArgumentException e) {
      return "<div" + heading + problem("the table cannot be read: " + e.getMessage()) + "</div>\n";
    }
  }

  private String glance() {
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
    return what.isEmpty()
        ? ""
        : scroll(
            "numbers of the paper and here",
            TableText.of(Table.create("glance", what, paper, here)).html());
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

  private static String missing(List<PaperEntry> entries) {
    StringColumn what = StringColumn.create("what");
    StringColumn how = StringColumn.create("how to get it");
    for (PaperEntry entry : entries) {
      what.append(entry.title());
      how.append("environment/reproduce --only " + entry.notebook().substring(0, 2));
    }
    return scroll("what is missing", TableText.of(Table.create("missing", what, how)).html());
  }

  private String circumstances() {
    StringBuilder out = new StringBuilder();
    List<String> all = new ArrayList<>(problems);
    for (ResultFolder folder : folders) {
      folder.problems().forEach(p -> all.add((folder.name() + " " + p).strip()));
      folder
          .about()
          .entrySet()
          .forEach(
              e -> {
                String of = folder.name().isEmpty() ? "" : " of " + folder.name();
                out.append("<div><h3>").append(Html.escape(e.getKey() + of)).append("</h3>\n");
                out.append(scroll(e.getKey(), properties(e.getValue().getAsJsonObject())));
                out.append("</div>\n");
              });
    }
    StringBuilder page = new StringBuilder();
    all.forEach(p -> page.append(problem(p)));
    if (out.length() == 0) {
      page.append(
          paragraph("", "This folder holds no experiment.json and no reproduce.json to tell."));
    } else {
      page.append("<div class=\"side\">\n").append(out).append("</div>\n");
    }
    String version = Report.class.getPackage().getImplementationVersion();
    String made =
        String.format(
            "This page was made by headscope %s with Java %s.",
            version == null ? "as built" : version, System.getProperty("java.version"));
    return page.append(paragraph("soft", made)).toString();
  }

  private static String properties(JsonObject object) {
    StringBuilder out = new StringBuilder("<table><tbody>");
    object
        .entrySet()
        .forEach(
            e -> {
              JsonElement v = e.getValue();
              String text = v.isJsonPrimitive() ? v.getAsString() : v.toString();
              out.append("<tr><th scope=\"row\">").append(Html.escape(e.getKey()));
              out.append("</th><td class=\"w\">").append(Html.escape(cut(text)));
              out.append("</td></tr>");
            });
    return out.append("</tbody></table>").toString();
  }

  private static String cut(String text) {
    return text.codePointCount(0, text.length()) <= LONGEST_OPTION
        ? text
        : text.substring(0, text.offsetByCodePoints(0, LONGEST_OPTION - 1)) + "…";
  }

  /** What is wider than a phone is scrolled by itself, by keyboard, too. */
  private static String scroll(String label, String html) {
    return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\""
        + Html.escape(label)
        + "\">"
        + html
        + "</div>\n";
  }

  private static String paragraph(String style, String text) {
    return "<p"
        + (style.isEmpty() ? "" : " class=\"" + style + "\"")
        + ">"
        + Html.escape(text)
        + "</p>\n";
  }

  private static String problem(String text) {
    return paragraph("problem", text);
  }
}
