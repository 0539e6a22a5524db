package headscope.experiment;

import headscope.score.Estimate;
import headscope.task.Metric;
import headscope.task.TrialFacts;
import java.util.ArrayList;
import java.util.List;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * How many questions were answered, with what of their context.
 *
 * @param experiment what was asked for
 * @param lines a line a question; those of a run that is not finished will do
 */
public record QuestionsResult(QuestionsExperiment experiment, List<QuestionsLine> lines) {
  private static final List<Metric> METRICS = List.of(Metric.EM, Metric.F1, Metric.CONTAINS);
  private static final String ALL = "all";

  public QuestionsResult {
    lines = List.copyOf(lines);
  }

  private List<QuestionsLine.Row> rows(String type, String shown) {
    return lines.stream()
        .filter(l -> type.equals(ALL) || type.equals(type(l)))
        .flatMap(l -> l.rows().stream())
        .filter(r -> r.shown().equals(shown))
        .toList();
  }

  private static String type(QuestionsLine line) {
    return line.facts() instanceof TrialFacts.OfQuestion q ? q.type() : "";
  }

  /** The mean of a metric over all questions, with its interval over them. */
  public Estimate mean(String shown, Metric metric) {
    return mean(rows(ALL, shown), metric);
  }

  private Estimate mean(List<QuestionsLine.Row> rows, Metric metric) {
    return Estimate.mean(
        rows.stream().mapToDouble(r -> r.metrics().get(metric)).toArray(),
        experiment.trials().seed());
  }

  /**
   * One row a type of questions and part of the context; type {@code all} first, the others where
   * there are several.
   *
   * @return columns type, shown, n, context tokens (mean), then EM, F1 and contains, each with low
   *     and high (95 % bootstrap over questions)
   */
  public Table toTable() {
    List<String> types = new ArrayList<>(List.of(ALL));
    List<String> found = lines.stream().map(QuestionsResult::type).distinct().sorted().toList();
    types.addAll(found.size() > 1 ? found : List.of());
    Table table =
        Table.create(
            "questions",
            StringColumn.create("type"),
            StringColumn.create("shown"),
            IntColumn.create("n"),
            DoubleColumn.create("context tokens"));
    for (Metric metric : METRICS) {
      table.addColumns(
          DoubleColumn.create(metric.title()),
          DoubleColumn.create(metric.title() + " low"),
          DoubleColumn.create(metric.title() + " high"));
    }
    for (String type : types) {
      for (Shown shown : experiment.shown()) {
        List<QuestionsLine.Row> rows = rows(type, shown.name());
        table.stringColumn("type").append(type);
        table.stringColumn("shown").append(shown.name());
        table.intColumn("n").append(rows.size());
        table
            .doubleColumn("context tokens")
            .append(rows.stream().mapToInt(QuestionsLine.Row::contextTokens).average().orElse(0));
        for (Metric metric : METRICS) {
          Estimate e = mean(rows, metric);
          table.doubleColumn(metric.title()).append(e.value());
          table.doubleColumn(metric.title() + " low").append(e.low());
          table.doubleColumn(metric.title() + " high").append(e.high());
        }
      }
    }
    return table;
  }

  /** One row an answer: question, type, shown, EM, F1, contains, answer. */
  public Table answers() {
    Table table =
        Table.create(
            "answers",
            IntColumn.create("question"),
            StringColumn.create("type"),
            StringColumn.create("shown"));
    METRICS.forEach(m -> table.addColumns(DoubleColumn.create(m.title())));
    table.addColumns(StringColumn.create("answer"));
    for (int i = 0; i < lines.size(); i++) {
      for (QuestionsLine.Row row : lines.get(i).rows()) {
        table.intColumn("question").append(i);
        table.stringColumn("type").append(type(lines.get(i)));
        table.stringColumn("shown").append(row.shown());
        METRICS.forEach(m -> table.doubleColumn(m.title()).append(row.metrics().get(m)));
        table.stringColumn("answer").append(row.text());
      }
    }
    return table;
  }

  @Override
  public String toString() {
    return "QuestionsResult[" + lines.size() + " questions, shown " + experiment.shown() + "]";
  }
}
