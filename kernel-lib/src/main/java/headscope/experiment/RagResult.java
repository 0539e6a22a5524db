package headscope.experiment;

import headscope.claim.McNemar;
import headscope.failure.Section;
import headscope.model.LanguageModel;
import headscope.probe.HeadProbe;
import headscope.rag.RagRun;
import headscope.score.Estimate;
import headscope.score.StaticRanking;
import headscope.task.Metric;
import headscope.task.Trial;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What {@link RagExperiment} found: Table 4, read off its lines of results.
 *
 * @param experiment what was asked for
 * @param lines those of the sizing, then a line per question; those of a run that is not finished
 *     will do
 * @param probe the probe that chose the heads of the row dynamic; empty of recorded lines
 * @param ranking the ranking that chose those of the row static; empty of recorded lines
 */
public record RagResult(
    RagExperiment experiment,
    List<RagLine> lines,
    Optional<HeadProbe> probe,
    Optional<StaticRanking> ranking) {

  public RagResult {
    lines = List.copyOf(lines);
  }

  /** What lines alone tell. */
  public RagResult(RagExperiment experiment, List<RagLine> lines) {
    this(experiment, lines, Optional.empty(), Optional.empty());
  }

  static <T extends RagLine> List<T> part(List<RagLine> lines, Class<T> type) {
    return lines.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** The questions that were answered, in their order. */
  public List<RagLine.Asked> questions() {
    return part(lines, RagLine.Asked.class);
  }

  /** RIND's threshold and the sizes of windows with which they were answered. */
  public RagSizing.Chosen chosen() {
    return experiment.chosen(lines);
  }

  /**
   * What sizes were chosen from.
   *
   * @return columns k, gap, radius, heads, the task's main metric, context seen (per cent), chosen
   * @throws IllegalArgumentException if none were chosen
   */
  public Table sizes() {
    return experiment
        .sizing()
        .orElseThrow(
            () ->
                Section.EXPERIMENT_OPTIONS.wrong(
                    "sizes were given, not chosen; use RagExperiment.withSizing"))
        .table(part(lines, RagLine.Sized.class));
  }

  /**
   * The place of the question that is followed: the first on which the row dynamic retrieved at
   * least twice; where there is none, the first with most retrievals.
   */
  public int followed() {
    List<RagLine.Row> dynamic = row(RagExperiment.DYNAMIC);
    int best = 0;
    for (int i = 0; i < dynamic.size(); i++) {
      if (dynamic.get(i).run().retrievals() >= 2) {
        return i;
      }
      best = dynamic.get(i).run().retrievals() > dynamic.get(best).run().retrievals() ? i : best;
    }
    return best;
  }

  /**
   * A row's run on a question, made again with the heads that it asked then, so that a person can
   * follow it.
   *
   * @param question its place
   * @param row one that asks heads: dynamic, static, or random ones
   */
  public RagRun replay(LanguageModel model, int question, String row) {
    RagLine.Row was =
        questions().get(question).rows().stream()
            .filter(r -> r.row().equals(row))
            .findFirst()
            .orElseThrow(
                () ->
                    Section.EXPERIMENT_OPTIONS.wrong(
                        "a row is one of " + RagExperiment.ROWS + ", got \"" + row + "\""));
    Trial trial = experiment.trials().trial(model.tokenizer(), question);
    return chosen()
        .loop(experiment.loop())
        .withSelector(RagReplay.selector(was))
        .run(model, trial.prompt());
  }

  /**
   * Share of the context seen against F1, a row each of {@link RagExperiment#ROWS}, the three draws
   * of random heads as one.
   *
   * @return columns row, context seen (per cent), F1, low, high (95 % bootstrap over questions)
   */
  public Table finders() {
    Table table =
        Table.create(
            "who finds it",
            StringColumn.create("row"),
            DoubleColumn.create("context seen"),
            DoubleColumn.create("F1"),
            DoubleColumn.create("low"),
            DoubleColumn.create("high"));
    for (String name : RagExperiment.ROWS) {
      int draw = RagExperiment.RANDOM.indexOf(name);
      if (draw > 0) {
        continue;
      }
      List<String> rows = draw == 0 ? RagExperiment.RANDOM : List.of(name);
      double[] f1 = new double[questions().size()];
      double seen = 0;
      for (String one : rows) {
        double[] of = metric(one, Metric.F1);
        for (int i = 0; i < f1.length; i++) {
          f1[i] += of[i] / rows.size();
        }
        seen += Estimate.mean(values(one, r -> r.run().meanShareSeen()), 0).value() / rows.size();
      }
      Estimate e = Estimate.mean(f1, experiment.trials().seed());
      table.stringColumn("row").append(draw == 0 ? name + ", three draws" : name);
      table.doubleColumn("context seen").append(100 * seen);
      table.doubleColumn("F1").append(e.value());
      table.doubleColumn("low").append(e.low());
      table.doubleColumn("high").append(e.high());
    }
    return table;
  }

  /** What one row did on every question, in their order. */
  private List<RagLine.Row> row(String name) {
    return questions().stream()
        .flatMap(l -> l.rows().stream().filter(r -> r.row().equals(name)))
        .toList();
  }

  /** A metric of every question in a row, in their order: [questions]. */
  public double[] metric(String row, Metric metric) {
    return values(row, by(metric));
  }

  private double[] values(String row, ToDoubleFunction<RagLine.Row> value) {
    return row(row).stream().mapToDouble(value).toArray();
  }

  private static ToDoubleFunction<RagLine.Row> by(Metric metric) {
    return r -> r.metrics().get(metric);
  }

  /** Mean of a metric in a row of Table 4, with its interval over questions. */
  public Estimate mean(String row, Metric metric) {
    return Estimate.mean(values(row, by(metric)), experiment.trials().seed());
  }

  /**
   * Table 4.
   *
   * @return columns row, then every metric of the task but precision and recall with low and high
   *     (95 % bootstrap over questions), retrievals a question, generated tokens a question (those
   *     of dropped drafts included), answer tokens, context seen (per cent that a token of the
   *     answer could see, the mean) and context ever seen (per cent)
   */
  public Table toTable() {
    Table table = Table.create("Table 4", StringColumn.create("row", RagExperiment.ROWS));
    for (Metric metric : experiment.trials().metrics()) {
      if (metric != Metric.PRECISION && metric != Metric.RECALL) {
        DoubleColumn mean = DoubleColumn.create(metric.title());
        DoubleColumn low = DoubleColumn.create(metric.title() + " low");
        DoubleColumn high = DoubleColumn.create(metric.title() + " high");
        for (String row : RagExperiment.ROWS) {
          Estimate e = mean(row, metric);
          mean.append(e.value());
          low.append(e.low());
          high.append(e.high());
        }
        table.addColumns(mean, low, high);
      }
    }
    return table.addColumns(
        column("retrievals", r -> r.run().retrievals(), 1),
        column("generated tokens", r -> r.run().generatedTokens(), 1),
        column("answer tokens", r -> r.run().keptTokens(), 1),
        column("context seen", r -> r.run().meanShareSeen(), 100),
        column("context ever seen", r -> r.run().shareSeen(), 100));
  }

  private DoubleColumn column(String title, ToDoubleFunction<RagLine.Row> value, double factor) {
    DoubleColumn column = DoubleColumn.create(title);
    for (String row : RagExperiment.ROWS) {
      column.append(factor * Estimate.mean(values(row, value), 0).value());
    }
    return column;
  }

  /**
   * Every two rows on the same questions: the mean difference of the task's main metric with its
   * paired bootstrap interval, and McNemar's exact test of right answers.
   *
   * @return columns first, second, difference, low, high, only first right, only second right, p
   */
  public Table comparisons() {
    Metric main = experiment.trials().metrics().get(0);
    StringColumn first = StringColumn.create("first");
    StringColumn second = StringColumn.create("second");
    DoubleColumn difference = DoubleColumn.create(main.title() + " difference");
    DoubleColumn low = DoubleColumn.create("low");
    DoubleColumn high = DoubleColumn.create("high");
    IntColumn onlyFirst = IntColumn.create("only first right");
    IntColumn onlySecond = IntColumn.create("only second right");
    DoubleColumn p = DoubleColumn.create("p");
    for (int a = 0; a < RagExperiment.ROWS.size(); a++) {
      for (int b = a + 1; b < RagExperiment.ROWS.size(); b++) {
        String one = RagExperiment.ROWS.get(a);
        String other = RagExperiment.ROWS.get(b);
        double[] x = values(one, by(main));
        double[] y = values(other, by(main));
        double[] paired = new double[x.length];
        for (int i = 0; i < x.length; i++) {
          paired[i] = x[i] - y[i];
        }
        Estimate e = Estimate.mean(paired, experiment.trials().seed());
        McNemar test = McNemar.of(right(one), right(other));
        first.append(one);
        second.append(other);
        difference.append(e.value());
        low.append(e.low());
        high.append(e.high());
        onlyFirst.append(test.first());
        onlySecond.append(test.second());
        p.append(test.p());
      }
    }
    return Table.create(
        "rows of Table 4, paired", first, second, difference, low, high, onlyFirst, onlySecond, p);
  }

  /** The questions that a row answered. */
  private Set<Integer> right(String name) {
    List<RagLine.Row> row = row(name);
    Set<Integer> right = new HashSet<>();
    for (int i = 0; i < row.size(); i++) {
      if (row.get(i).correct()) {
        right.add(i);
      }
    }
    return right;
  }

  /** One row a question and row of Table 4: what was answered, with how many retrievals. */
  public Table answers() {
    StringColumn name = StringColumn.create("row");
    IntColumn question = IntColumn.create("question");
    DoubleColumn value = DoubleColumn.create(experiment.trials().metrics().get(0).title());
    IntColumn retrievals = IntColumn.create("retrievals");
    StringColumn answer = StringColumn.create("answer");
    for (String row : RagExperiment.ROWS) {
      List<RagLine.Row> all = row(row);
      for (int i = 0; i < all.size(); i++) {
        name.append(row);
        question.append(i);
        value.append(all.get(i).metrics().get(experiment.trials().metrics().get(0)));
        retrievals.append(all.get(i).run().retrievals());
        answer.append(all.get(i).run().answer());
      }
    }
    return Table.create("answers", name, question, value, retrievals, answer);
  }

  @Override
  public String toString() {
    return "RagResult["
        + questions().size()
        + " questions"
        + probe.map(p -> ", probe " + p).orElse("")
        + "]";
  }
}
