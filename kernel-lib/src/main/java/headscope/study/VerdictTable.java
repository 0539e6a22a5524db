package headscope.study;

import headscope.claim.Claim;
import headscope.claim.Outcome;
import headscope.claim.Verdict;
import headscope.claim.Verdicts;
import headscope.failure.Section;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The verdicts on every claim of the study, a row a claim: what the paper has, what was found on
 * SmolLM2 and on the reference model. Where a claim was tested under several settings the numbers
 * are those of the first one, and the verdict says under how many it holds.
 *
 * <pre>
 *   VerdictTable table = VerdictTable.of(Recorded.allVerdicts());
 *   table.toTable();
 *   table.markdown();             // as README has it
 * </pre>
 */
public final class VerdictTable {
  /** The line above the table in a page. */
  public static final String BEGIN = "<!-- verdicts -->";

  /** The line below it. */
  public static final String END = "<!-- end of verdicts -->";

  private static final String NOT_ASKED = "not asked";

  /** What the paper reports, by claim. */
  private static final Map<String, String> PAPER = paper();

  /** The columns of models, and the subjects whose findings stand there. */
  private static final Map<String, List<String>> MODELS = models();

  private static Map<String, String> paper() {
    Map<String, String> map = new LinkedHashMap<>();
    map.put("D1", "adjacent Jaccard .28 to .51");
    map.put("D2", "Jaccard with a fixed list of 20: .18 to .46");
    map.put("D3", "adjacent Jaccard .28 to .51, no null");
    for (String a : List.of("A1", "A2", "A3")) {
      map.put(a, "accuracy almost 0, against partly (Fig. 2)");
      map.put("H" + a, "F1 falls most (Fig. 6)");
    }
    map.put("A3", NOT_ASKED);
    map.put("HA3", NOT_ASKED);
    map.put("K1", "m 4.5 to 7, no null (Fig. 3)");
    map.put("HK1", "m rises, no null (Fig. 7)");
    map.put("C1", "first correlation .93, in sample (Fig. 4)");
    map.put("HC1", "first correlation .84, in sample (Fig. 8)");
    map.put("P1", "F1 .80 to .86 at offset 0, no rival");
    map.put("HP1", "R² .72 to .81 at offset 0, no rival");
    map.put("HD1", "shown (Fig. 5), no number");
    map.put("HD2", "shown (Fig. 5), no number");
    map.put("HD3", "shown (Fig. 5), no number");
    map.put("R2", "F1 −.04 to +.05 (Table 4)");
    map.put("R3", "F1 +.01 to +.19 (Table 4)");
    return map;
  }

  private static Map<String, List<String>> models() {
    Map<String, List<String>> map = new LinkedHashMap<>();
    map.put("SmolLM2", List.of("smollm2", Study.WORLD));
    map.put("reference model", List.of("reference"));
    return map;
  }

  private final Verdicts verdicts;

  private VerdictTable(Verdicts verdicts) {
    this.verdicts = verdicts;
  }

  /** The table of some verdicts; those on other models are left out. */
  public static VerdictTable of(Verdicts verdicts) {
    return new VerdictTable(verdicts);
  }

  /** What was found of a claim on the models of a column. */
  private List<Verdict> found(String claim, String column) {
    return verdicts.rows().stream()
        .filter(v -> v.id().equals(claim) && MODELS.get(column).contains(v.model()))
        .toList();
  }

  private static List<Verdict> settings(List<Verdict> found) {
    return found.stream().filter(v -> !v.setting().equals(Verdicts.OVERALL)).toList();
  }

  /**
   * The rows: columns {@code claim}, {@code what is claimed}, {@code paper}, {@code SmolLM2},
   * {@code reference model} (value and 95 % interval each), {@code statistic, rival, n}, {@code
   * verdict}.
   */
  public Table toTable() {
    List<String> names = new ArrayList<>(List.of("claim", "what is claimed", "paper"));
    names.addAll(MODELS.keySet());
    names.addAll(List.of("statistic, rival, n", "verdict"));
    Table table = Table.create("verdicts");
    names.forEach(n -> table.addColumns(StringColumn.create(n)));
    for (Claim claim : Claim.all()) {
      if (MODELS.keySet().stream().allMatch(m -> found(claim.id(), m).isEmpty())) {
        continue;
      }
      List<String> cells = new ArrayList<>();
      cells.add(claim.id());
      cells.add(claim.statement());
      cells.add(PAPER.getOrDefault(claim.id(), NOT_ASKED));
      MODELS.keySet().forEach(m -> cells.add(number(settings(found(claim.id(), m)))));
      cells.add(statistic(claim));
      cells.add(
          MODELS.keySet().stream()
              .filter(m -> !found(claim.id(), m).isEmpty())
              .map(m -> m + " " + outcome(found(claim.id(), m)))
              .collect(Collectors.joining(", ")));
      for (int i = 0; i < cells.size(); i++) {
        table.stringColumn(i).append(cells.get(i));
      }
    }
    return table;
  }

  private static String number(List<Verdict> settings) {
    if (settings.isEmpty()) {
      return "–";
    }
    Verdict v = settings.get(0);
    return text(v.value())
        + (Double.isNaN(v.low()) ? "" : " [" + text(v.low()) + ", " + text(v.high()) + "]");
  }

  private String statistic(Claim claim) {
    List<Verdict> first =
        MODELS.keySet().stream()
            .map(m -> settings(found(claim.id(), m)))
            .filter(s -> !s.isEmpty())
            .map(s -> s.get(0))
            .toList();
    return claim.statistic()
        + ", "
        + (claim.side() == Claim.Side.ABOVE ? "above " : "below ")
        + first.stream().map(v -> text(v.rival())).distinct().collect(Collectors.joining(", "))
        + "; n "
        + first.stream().map(v -> "" + v.n()).distinct().collect(Collectors.joining(", "))
        + " ("
        + first.stream().map(Verdict::setting).distinct().collect(Collectors.joining("; "))
        + ")";
  }

  private static String outcome(List<Verdict> found) {
    List<Verdict> settings = settings(found);
    String last = found.get(found.size() - 1).verdict().key();
    return settings.size() < 2
        ? last
        : last
            + " ("
            + settings.stream().filter(v -> v.verdict() == Outcome.HOLDS).count()
            + " of "
            + settings.size()
            + " settings hold)";
  }

  /** Two digits, without a zero before the point. */
  private static String text(double number) {
    if (Double.isNaN(number)) {
      return "–";
    }
    String digits = String.format(Locale.ROOT, "%.2f", Math.abs(number));
    boolean zero = digits.equals("0.00");
    String shown = digits.startsWith("0.") && !zero ? digits.substring(1) : zero ? "0" : digits;
    return (number < 0 && !zero ? "−" : "") + shown;
  }

  /** The same as Markdown, a line a row, without a line end behind the last. */
  public String markdown() {
    Table table = toTable();
    List<String> lines = new ArrayList<>();
    lines.add(line(table.columnNames()));
    lines.add("|" + "---|".repeat(table.columnCount()));
    for (int r = 0; r < table.rowCount(); r++) {
      int row = r;
      lines.add(line(table.columns().stream().map(c -> c.getString(row)).toList()));
    }
    return String.join("\n", lines);
  }

  /**
   * A page with this table in the place of what stands between {@value #BEGIN} and {@value #END}.
   *
   * @throws IllegalArgumentException if the page has no such place, or more than one
   */
  public String into(String page) {
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    if (begin < 0
        || end < begin
        || page.lastIndexOf(BEGIN) != begin
        || page.lastIndexOf(END) != end) {
      throw Section.STUDY.wrong(
          "the table of verdicts goes between one line "
              + BEGIN
              + " and one line "
              + END
              + " behind");
    }
    return page.substring(0, begin + BEGIN.length())
        + "\n"
        + markdown()
        + "\n"
        + page.substring(end);
  }

  private static String line(List<String> cells) {
    return cells.stream()
        .map(c -> c.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }

  @Override
  public String toString() {
    return "VerdictTable[" + verdicts + "]";
  }
}
