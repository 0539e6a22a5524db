package headscope.experiment;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.score.Estimate;
import headscope.score.HeadScores;
import headscope.score.StaticRanking;
import headscope.task.Metric;
import headscope.task.TrialFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** What an experiment that masks heads found, read off its lines of results. */
public abstract sealed class MaskingResult permits AblationResult, CompensationResult {
  private static final String LOGPROB = "answer log-probability";
  private static final String M = "m";

  /**
   * The answer to one trial under one condition.
   *
   * @param trial its place among the trials
   * @param length tokens of context, as the task counts them
   * @param depth of the needle, 0 to 1: the wanted one where there is one
   * @param condition which heads were masked; {@code none} for the clean run
   * @param correct whether the answer counts as successful
   * @param metrics what the answer was judged by
   * @param answerLogprob mean log-probability of the tokens of the right response, in nats
   * @param maskedHeads mean number of masked heads a step
   * @param compensation m: static heads that stepped in at one step; none where there was no clean
   *     pass
   * @param text the answer
   */
  public record Answer(
      int trial,
      double length,
      double depth,
      String condition,
      boolean correct,
      Map<Metric, Double> metrics,
      double answerLogprob,
      double maskedHeads,
      OptionalInt compensation,
      String text) {}

  private final MaskingExperiment<?> experiment;
  private final List<MaskingLine> lines;

  MaskingResult(MaskingExperiment<?> experiment, List<MaskingLine> lines) {
    this.experiment = experiment;
    this.lines = List.copyOf(lines);
  }

  /** What was asked for. */
  public MaskingExperiment<?> experiment() {
    return experiment;
  }

  /** What answers were judged by, the main one first. */
  public List<Metric> metrics() {
    return experiment.trials().metrics();
  }

  /** The lines in the order of the plan. */
  public List<MaskingLine> lines() {
    return lines;
  }

  /** The heads by their mean score over the ranking trials that were answered. */
  public StaticRanking ranking() {
    return ranking(lines);
  }

  static StaticRanking ranking(List<MaskingLine> lines) {
    List<MaskingLine.Ranking> samples = part(lines, MaskingLine.Ranking.class);
    int layers = samples.get(0).layers();
    int headsPerLayer = samples.get(0).headsPerLayer();
    TreeMap<HeadId, double[]> scores = new TreeMap<>();
    for (int h = 0; h < layers * headsPerLayer; h++) {
      int head = h;
      scores.put(
          HeadId.ofIndex(h, headsPerLayer),
          samples.stream().mapToDouble(s -> s.scores().get(head)).toArray());
    }
    return StaticRanking.of(
        HeadScores.of(layers, headsPerLayer, scores),
        samples.stream().map(s -> s.outcome().correct()).toList());
  }

  /**
   * How many heads the baselines mask: the mean number of heads that retrieve at a step of the
   * clean runs, rounded half up, at least 1.
   */
  public int baselineSize() {
    return baselineSize(lines);
  }

  static int baselineSize(List<MaskingLine> lines) {
    List<MaskingLine.Clean> clean = part(lines, MaskingLine.Clean.class);
    long heads = clean.stream().mapToLong(MaskingLine.Clean::dynamicHeads).sum();
    long steps = clean.stream().mapToLong(MaskingLine.Clean::steps).sum();
    return steps == 0 ? 1 : (int) Math.max(1, (2 * heads + steps) / (2 * steps));
  }

  private static <T extends MaskingLine> List<T> part(List<MaskingLine> lines, Class<T> type) {
    return lines.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** Every answer: first the clean runs as condition {@code none}, then the masked ones. */
  public List<Answer> answers() {
    List<Answer> answers = new ArrayList<>();
    List<MaskingLine.Clean> clean = part(lines, MaskingLine.Clean.class);
    for (int i = 0; i < clean.size(); i++) {
      MaskingLine.Clean c = clean.get(i);
      answers.add(
          answer(
              i,
              c.facts(),
              new MaskingLine.Condition(
                  "none", c.outcome(), c.answerLogprob(), 0, OptionalInt.empty())));
    }
    List<MaskingLine.Masked> masked = part(lines, MaskingLine.Masked.class);
    for (int i = 0; i < masked.size(); i++) {
      for (MaskingLine.Condition condition : masked.get(i).conditions()) {
        answers.add(answer(i, masked.get(i).facts(), condition));
      }
    }
    return answers;
  }

  private static Answer answer(int trial, TrialFacts facts, MaskingLine.Condition condition) {
    return new Answer(
        trial,
        facts.length(),
        facts.depth(),
        condition.condition(),
        condition.outcome().correct(),
        condition.outcome().metrics(),
        condition.answerLogprob(),
        condition.maskedHeads(),
        condition.compensation(),
        condition.outcome().text());
  }

  /** The answers under one condition, in the order of the trials. */
  public List<Answer> under(String condition) {
    return answers().stream().filter(a -> a.condition().equals(condition)).toList();
  }

  /** Share of successful answers under a condition. */
  public double accuracy(String condition) {
    return under(condition).stream()
        .mapToDouble(a -> a.correct() ? 1 : 0)
        .average()
        .orElse(Double.NaN);
  }

  /** Mean of a metric under a condition, with its interval over trials. */
  public Estimate mean(String condition, Metric metric) {
    return estimate(under(condition), a -> a.metrics().get(metric));
  }

  /** One row an answer. */
  public Table toTable() {
    List<Answer> all = answers();
    Table table =
        Table.create(
            "answers",
            IntColumn.create("trial", all.stream().mapToInt(Answer::trial).toArray()),
            DoubleColumn.create("length", all.stream().mapToDouble(Answer::length).toArray()),
            DoubleColumn.create("depth", all.stream().mapToDouble(a -> 100 * a.depth()).toArray()),
            StringColumn.create("condition", all.stream().map(Answer::condition).toList()),
            BooleanColumn.create("correct", all.stream().map(Answer::correct).toList()));
    for (Metric metric : metrics()) {
      table.addColumns(
          DoubleColumn.create(
              metric.title(), all.stream().mapToDouble(a -> a.metrics().get(metric)).toArray()));
    }
    return table.addColumns(
        DoubleColumn.create(LOGPROB, all.stream().mapToDouble(Answer::answerLogprob).toArray()),
        DoubleColumn.create(
            "masked heads", all.stream().mapToDouble(Answer::maskedHeads).toArray()),
        StringColumn.create("answer", all.stream().map(Answer::text).toList()));
  }

  /**
   * The mean of an outcome over length and depth, a panel a condition: Figs. 2 and 6.
   *
   * @param outcome a metric of the task by its title, or answer log-probability
   * @return columns panel, length (tokens), depth (per cent), the outcome, samples: the trials in
   *     the cell
   */
  public Table grid(String outcome) {
    return grid(outcome, a -> true);
  }

  /** The same of the trials alone that were answered without masks. */
  public Table gridOfAnswered(String outcome) {
    Set<Integer> answered = new HashSet<>();
    under("none").stream().filter(Answer::correct).forEach(a -> answered.add(a.trial()));
    return grid(outcome, a -> answered.contains(a.trial()));
  }

  private Table grid(String outcome, Predicate<Answer> valid) {
    ToDoubleFunction<Answer> value = outcome(outcome);
    StringColumn panel = StringColumn.create("panel");
    DoubleColumn length = DoubleColumn.create("length");
    DoubleColumn depth = DoubleColumn.create("depth");
    DoubleColumn mean = DoubleColumn.create(outcome);
    IntColumn samples = IntColumn.create("samples");
    Trials trials = experiment.trials();
    for (String condition : experiment.conditions()) {
      Map<Cell, List<Answer>> cells = new HashMap<>();
      under(condition).stream()
          .filter(valid)
          .forEach(
              a ->
                  trials
                      .cell(a.length(), a.depth())
                      .ifPresent(c -> cells.computeIfAbsent(c, k -> new ArrayList<>()).add(a)));
      for (Cell cell : trials.cells()) {
        List<Answer> answers = cells.getOrDefault(cell, List.of());
        panel.append(condition);
        length.append(cell.length());
        depth.append(100 * cell.depth());
        mean.append(answers.stream().mapToDouble(value).average().orElse(Double.NaN));
        samples.append(answers.size());
      }
    }
    return Table.create(outcome + " by condition", panel, length, depth, mean, samples);
  }

  /**
   * Outcomes a condition, with 95 % bootstrap intervals over trials; for conditions {@code dynamic
   * K} the columns that Fig. 3 is drawn from.
   *
   * @return columns condition, k (missing where the condition has none), masked heads, m, every
   *     metric of the task and answer log-probability, each of them from m on with low and high
   */
  public Table byCondition() {
    List<String> names = new ArrayList<>(List.of("none"));
    experiment.conditions().stream().filter(c -> !c.equals("none")).forEach(names::add);
    Map<String, List<Answer>> under =
        answers().stream().collect(Collectors.groupingBy(Answer::condition));
    IntColumn k = IntColumn.create("k");
    DoubleColumn masked = DoubleColumn.create("masked heads");
    for (String name : names) {
      k.append(k(name));
      masked.append(
          under.getOrDefault(name, List.of()).stream()
              .mapToDouble(Answer::maskedHeads)
              .average()
              .orElse(Double.NaN));
    }
    Table table = Table.create("outcomes", StringColumn.create("condition", names), k, masked);
    List<String> outcomes = new ArrayList<>(List.of(M));
    metrics().forEach(m -> outcomes.add(m.title()));
    outcomes.add(LOGPROB);
    for (String outcome : outcomes) {
      DoubleColumn mean = DoubleColumn.create(outcome);
      DoubleColumn low = DoubleColumn.create(outcome + " low");
      DoubleColumn high = DoubleColumn.create(outcome + " high");
      for (String name : names) {
        Estimate estimate = estimate(under.getOrDefault(name, List.of()), outcome(outcome));
        mean.append(estimate.value());
        low.append(estimate.low());
        high.append(estimate.high());
      }
      table.addColumns(mean, low, high);
    }
    return table;
  }

  private static Integer k(String condition) {
    return condition.startsWith("dynamic ")
        ? Integer.valueOf(condition.substring("dynamic ".length()))
        : null;
  }

  private ToDoubleFunction<Answer> outcome(String name) {
    if (name.equals(LOGPROB)) {
      return Answer::answerLogprob;
    }
    if (name.equals(M)) {
      return a -> a.compensation().isPresent() ? a.compensation().getAsInt() : Double.NaN;
    }
    List<Metric> metrics = metrics();
    return metrics.stream()
        .filter(m -> m.title().equals(name))
        .<ToDoubleFunction<Answer>>map(m -> a -> a.metrics().get(m))
        .findFirst()
        .orElseThrow(
            () ->
                Section.EXPERIMENT_OPTIONS.wrong(
                    "an outcome is "
                        + metrics.stream().map(Metric::title).collect(Collectors.joining(", "))
                        + ", answer log-probability or m, got \""
                        + name
                        + "\""));
  }

  private Estimate estimate(List<Answer> answers, ToDoubleFunction<Answer> outcome) {
    double[] values = answers.stream().mapToDouble(outcome).filter(x -> !Double.isNaN(x)).toArray();
    return Estimate.mean(values, experiment.trials().seed());
  }

  /** McNemar's exact test of the successful answers under two conditions. */
  public McNemar compare(String first, String second) {
    return McNemar.of(
        under(first).stream()
            .filter(Answer::correct)
            .map(Answer::trial)
            .collect(Collectors.toSet()),
        under(second).stream()
            .filter(Answer::correct)
            .map(Answer::trial)
            .collect(Collectors.toSet()));
  }

  /**
   * McNemar's test between every two conditions: columns first, second, only first, only second, p.
   */
  public Table comparisons() {
    Table table =
        Table.create(
            "McNemar tests",
            StringColumn.create("first"),
            StringColumn.create("second"),
            IntColumn.create("only first right"),
            IntColumn.create("only second right"),
            DoubleColumn.create("p"));
    List<String> names = experiment.conditions();
    for (int i = 0; i < names.size(); i++) {
      for (int j = i + 1; j < names.size(); j++) {
        McNemar test = compare(names.get(i), names.get(j));
        table.stringColumn("first").append(names.get(i));
        table.stringColumn("second").append(names.get(j));
        table.intColumn("only first right").append(test.first());
        table.intColumn("only second right").append(test.second());
        table.doubleColumn("p").append(test.p());
      }
    }
    return table;
  }
}
