package headscope.experiment;

import headscope.claim.McNemar;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.score.Estimate;
import headscope.score.HeadScores;
import headscope.score.ReasoningScore;
import headscope.score.StaticRanking;
import headscope.task.Metric;
import headscope.task.TrialFacts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What an experiment that masks heads found, read off its lines of results.
 *
 * <p>One class of some length: its tables are readings of the same lines, free runs and forced
 * ones.
 */
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
   * @param askedHeads mean number of heads that were to be masked; none where it was not recorded
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
      OptionalDouble askedHeads,
      String text) {}

  /**
   * A run that was made to say the clean run's tokens.
   *
   * @param trial its place among the trials
   * @param condition which heads were masked
   * @param m static heads that stepped in at one step, the most
   * @param rate static heads that stepped in, mean over steps
   * @param redundancy static heads that were there already and are left, mean over steps
   * @param askedHeads mean number of heads that were to be masked
   * @param maskedHeads mean number that were
   */
  public record ForcedRun(
      int trial,
      String condition,
      double m,
      double rate,
      double redundancy,
      double askedHeads,
      double maskedHeads) {}

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

  /** What the ids of its claims begin with: H where heads were read by Eq. 2. */
  String eq2() {
    return experiment.protocol().score() instanceof ReasoningScore ? "H" : "";
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

  static <T extends MaskingLine> List<T> part(List<MaskingLine> lines, Class<T> type) {
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
                  "none",
                  c.outcome(),
                  c.answerLogprob(),
                  0,
                  OptionalInt.empty(),
                  Optional.empty())));
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
        condition
            .counts()
            .map(c -> OptionalDouble.of(c.meanAsked()))
            .orElse(OptionalDouble.empty()),
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
   * @return columns condition, k (missing where the condition has none), trials (those that the
   *     intervals are over), asked heads (where counts were asked for), masked heads, m, every
   *     metric of the task and answer log-probability, each of them from m on with low and high
   */
  public Table byCondition() {
    List<String> names = new ArrayList<>(List.of("none"));
    experiment.conditions().stream().filter(c -> !c.equals("none")).forEach(names::add);
    Map<String, List<Answer>> under =
        answers().stream().collect(Collectors.groupingBy(Answer::condition));
    IntColumn k = IntColumn.create("k");
    IntColumn trials = IntColumn.create("trials");
    DoubleColumn asked = DoubleColumn.create("asked heads");
    DoubleColumn masked = DoubleColumn.create("masked heads");
    for (String name : names) {
      List<Answer> answers = under.getOrDefault(name, List.of());
      k.append(k(name));
      trials.append(answers.size());
      asked.append(mean(answers, a -> a.askedHeads().orElse(a.maskedHeads())));
      masked.append(mean(answers, Answer::maskedHeads));
    }
    Table table = Table.create("outcomes", StringColumn.create("condition", names), k, trials);
    if (experiment.counts().isPresent()) {
      table.addColumns(asked);
    }
    table.addColumns(masked);
    List<String> outcomes = new ArrayList<>(List.of(M));
    metrics().forEach(m -> outcomes.add(m.title()));
    outcomes.add(LOGPROB);
    for (String outcome : outcomes) {
      addEstimates(
          table,
          outcome,
          names.stream().map(name -> under.getOrDefault(name, List.of())).toList(),
          outcome(outcome));
    }
    return table;
  }

  /**
   * The rows of {@link #byCondition} of one kind of heads by how many were to be masked: condition
   * none as k = 0, then {@code static 1}, {@code static 2}, … of {@code static}.
   *
   * @param who dynamic, static, random or "random, layer-matched"
   */
  public Table byK(String who) {
    return rowsOf(byCondition(), who);
  }

  /** The same of {@link #compensationInForcedRuns}. */
  public Table forcedByK(String who) {
    return rowsOf(compensationInForcedRuns(), who);
  }

  private static Table rowsOf(Table table, String who) {
    StringColumn names = table.stringColumn("condition");
    IntColumn k = table.intColumn("k");
    for (int i = 0; i < table.rowCount(); i++) {
      if (names.get(i).equals("none")) {
        k.set(i, 0);
      }
    }
    int[] rows =
        IntStream.range(0, table.rowCount())
            .filter(
                i ->
                    names.get(i).equals("none")
                        || !k.isMissing(i) && names.get(i).equals(who + " " + k.get(i)))
            .toArray();
    return table.rows(rows).sortAscendingOn("k");
  }

  /**
   * {@link #byCondition} of several results below each other, such as those of three kinds of
   * ablation: a column {@code setting} first.
   *
   * @param results by what they are called, with the same outcomes
   */
  public static Table beside(Map<String, ? extends MaskingResult> results) {
    Table all = null;
    for (Map.Entry<String, ? extends MaskingResult> e : results.entrySet()) {
      Table one = e.getValue().byCondition();
      String[] setting = new String[one.rowCount()];
      Arrays.fill(setting, e.getKey());
      one.insertColumn(0, StringColumn.create("setting", setting));
      all = all == null ? one : all.append(one);
    }
    return all == null ? Table.create("outcomes") : all.setName("outcomes by setting");
  }

  private static <T> double mean(List<T> of, ToDoubleFunction<T> value) {
    return of.stream().mapToDouble(value).average().orElse(Double.NaN);
  }

  private static Integer k(String condition) {
    OptionalInt k = Conditions.k(condition);
    return k.isPresent() ? k.getAsInt() : null;
  }

  /** The forced runs, trial by trial; none where they were not asked for. */
  public List<ForcedRun> forcedRuns() {
    List<MaskingLine.Masked> masked = part(lines, MaskingLine.Masked.class);
    List<ForcedRun> runs = new ArrayList<>();
    for (int i = 0; i < masked.size(); i++) {
      int trial = i;
      masked.get(i).forcedRuns().stream()
          .flatMap(all -> all.forced().stream())
          .map(
              f ->
                  new ForcedRun(
                      trial,
                      f.condition(),
                      f.m(),
                      f.rate(),
                      f.redundancy(),
                      f.counts().meanAsked(),
                      f.counts().meanMasked()))
          .forEach(runs::add);
    }
    return runs;
  }

  /**
   * Compensation in forced runs, a row a condition, with 95 % bootstrap intervals over trials; the
   * random conditions are what the dynamic ones of their k are compared with (DEFINITIONS.md, 34).
   *
   * @return columns condition, k (missing where the condition has none), trials (those that the
   *     intervals are over), asked heads, masked heads, m, rate and redundancy, each of these three
   *     with low and high
   */
  public Table compensationInForcedRuns() {
    Map<String, List<ForcedRun>> under =
        forcedRuns().stream()
            .collect(
                Collectors.groupingBy(
                    ForcedRun::condition, LinkedHashMap::new, Collectors.toList()));
    IntColumn k = IntColumn.create("k");
    IntColumn trials = IntColumn.create("trials");
    DoubleColumn asked = DoubleColumn.create("asked heads");
    DoubleColumn masked = DoubleColumn.create("masked heads");
    under.forEach(
        (name, runs) -> {
          k.append(k(name));
          trials.append(runs.size());
          asked.append(mean(runs, ForcedRun::askedHeads));
          masked.append(mean(runs, ForcedRun::maskedHeads));
        });
    Table table =
        Table.create(
            "compensation in forced runs",
            StringColumn.create("condition", under.keySet()),
            k,
            trials,
            asked,
            masked);
    Map<String, ToDoubleFunction<ForcedRun>> outcomes = new LinkedHashMap<>();
    outcomes.put(M, ForcedRun::m);
    outcomes.put("rate", ForcedRun::rate);
    outcomes.put("redundancy", ForcedRun::redundancy);
    outcomes.forEach((name, value) -> addEstimates(table, name, under.values(), value));
    return table;
  }

  private <T> void addEstimates(
      Table table, String outcome, Collection<List<T>> groups, ToDoubleFunction<T> value) {
    DoubleColumn mean = DoubleColumn.create(outcome);
    DoubleColumn low = DoubleColumn.create(outcome + " low");
    DoubleColumn high = DoubleColumn.create(outcome + " high");
    for (List<T> group : groups) {
      Estimate estimate = estimate(group, value);
      mean.append(estimate.value());
      low.append(estimate.low());
      high.append(estimate.high());
    }
    table.addColumns(mean, low, high);
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

  private <T> Estimate estimate(List<T> of, ToDoubleFunction<T> outcome) {
    double[] values = of.stream().mapToDouble(outcome).filter(x -> !Double.isNaN(x)).toArray();
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

  @Override
  public String toString() {
    return getClass().getSimpleName()
        + "["
        + experiment.trials().evaluated()
        + " trials, conditions "
        + experiment.conditions()
        + ", "
        + lines.size()
        + " lines]";
  }
}
