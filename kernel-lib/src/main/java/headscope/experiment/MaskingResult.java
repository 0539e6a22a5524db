package headscope.experiment;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.score.Estimate;
import headscope.score.HeadScores;
import headscope.score.StaticRanking;
import headscope.task.Metric;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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

/**
 * What {@link MaskingExperiment} found, read off its lines of results.
 *
 * @param experiment what was asked for
 * @param lines the lines in the order of the plan; those of a run that is not finished will do
 */
public record MaskingResult(MaskingExperiment experiment, List<JsonObject> lines) {
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
   * @param compensation m: static heads that stepped in at one step; -1 where there was no clean
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
      int compensation,
      String text) {}

  public MaskingResult {
    lines = List.copyOf(lines);
  }

  /** The heads by their mean score over the ranking trials that were answered. */
  public StaticRanking ranking() {
    List<JsonObject> samples = lines.subList(0, experiment.trials().ranking());
    int layers = samples.get(0).get("layers").getAsInt();
    int headsPerLayer = samples.get(0).get("headsPerLayer").getAsInt();
    TreeMap<HeadId, double[]> scores = new TreeMap<>();
    List<Boolean> answered = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      answered.add(samples.get(i).get("correct").getAsBoolean());
      int h = 0;
      for (JsonElement score : samples.get(i).getAsJsonArray("scores")) {
        scores
                .computeIfAbsent(
                    HeadId.ofIndex(h++, headsPerLayer), head -> new double[samples.size()])[i] =
            score.getAsDouble();
      }
    }
    return StaticRanking.of(HeadScores.of(layers, headsPerLayer, scores), answered);
  }

  /**
   * How many heads the baselines mask: the mean number of heads that retrieve at a step of the
   * clean runs, rounded half up, at least 1.
   */
  public int baselineSize() {
    long heads = 0;
    long steps = 0;
    for (JsonObject clean : part("clean")) {
      heads += clean.get("dynamicHeads").getAsLong();
      steps += clean.get("steps").getAsLong();
    }
    return steps == 0 ? 1 : (int) Math.max(1, (2 * heads + steps) / (2 * steps));
  }

  private List<JsonObject> part(String name) {
    return lines.stream().filter(l -> l.get("part").getAsString().equals(name)).toList();
  }

  /** Every answer: first the clean runs as condition {@code none}, then the masked ones. */
  public List<Answer> answers() {
    List<Answer> answers = new ArrayList<>();
    List<JsonObject> clean = part("clean");
    for (int i = 0; i < clean.size(); i++) {
      answers.add(answer(i, clean.get(i), clean.get(i), "none", 0));
    }
    List<JsonObject> masked = part("masked");
    for (int i = 0; i < masked.size(); i++) {
      for (JsonElement e : masked.get(i).getAsJsonArray("conditions")) {
        JsonObject one = e.getAsJsonObject();
        answers.add(
            answer(
                i,
                masked.get(i),
                one,
                one.get("condition").getAsString(),
                one.get("maskedHeads").getAsDouble()));
      }
    }
    return answers;
  }

  private Answer answer(
      int trial, JsonObject line, JsonObject one, String condition, double maskedHeads) {
    Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
    experiment.trials().metrics().forEach(m -> metrics.put(m, one.get(m.key()).getAsDouble()));
    return new Answer(
        trial,
        line.get("length").getAsDouble(),
        line.get("depth").getAsDouble(),
        condition,
        one.get("correct").getAsBoolean(),
        metrics,
        one.get("answerLogprob").getAsDouble(),
        maskedHeads,
        one.has("compensation") ? one.get("compensation").getAsInt() : -1,
        one.get("text").getAsString());
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
    for (Metric metric : experiment.trials().metrics()) {
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
    experiment.trials().metrics().forEach(m -> outcomes.add(m.title()));
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

  /** The rows of {@link #byCondition} that mask k dynamic heads: what Fig. 3 is drawn from. */
  public Table byK() {
    Table all = byCondition();
    return all.where(all.intColumn("k").isNotMissing());
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
      return a -> a.compensation() < 0 ? Double.NaN : a.compensation();
    }
    List<Metric> metrics = experiment.trials().metrics();
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
