package headscope.experiment;

import headscope.pairs.GenerationStore;
import headscope.pairs.ScoredGeneration;
import headscope.score.CopyPasteScore;
import headscope.score.Dynamism;
import headscope.score.Estimate;
import headscope.score.ScoreMatrix;
import headscope.score.StaticRanking;
import headscope.score.Turnover;
import headscope.task.Metric;
import headscope.task.StepSpan;
import headscope.trace.Trace;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Trials that were answered, with their traces, and from them Table 1.
 *
 * @param experiment what was asked for
 * @param samples those that rank first, then those that are evaluated
 */
public record DynamismResult(Experiment<DynamismLine, ?> experiment, List<Sample> samples) {
  /** One generation: what is written of it, and what the heads looked at. */
  public static final class Sample {
    private final DynamismLine line;
    private final Supplier<Trace> trace;

    /** A generation whose trace is in memory. */
    public Sample(DynamismLine line, Trace trace) {
      this(line, () -> trace);
    }

    Sample(DynamismLine line, Supplier<Trace> trace) {
      this.line = line;
      this.trace = trace;
    }

    /** What is written of it. */
    public DynamismLine line() {
      return line;
    }

    /** What the heads looked at; of a folder it is read now. */
    public Trace trace() {
      return trace.get();
    }

    /** Whether it ranks the heads, else it is evaluated. */
    public boolean ranking() {
      return line.set() == DynamismLine.Set.RANKING;
    }

    /** Whether the answer counts as successful. */
    public boolean correct() {
      return line.correct();
    }

    @Override
    public String toString() {
      return "Sample["
          + (ranking() ? "ranking" : "evaluated")
          + (correct() ? ", answered, " : ", not answered, ")
          + trace()
          + "]";
    }
  }

  public DynamismResult {
    samples = List.copyOf(samples);
  }

  static DynamismResult of(Experiment<DynamismLine, ?> experiment, Run<DynamismLine> run) {
    return new DynamismResult(
        experiment,
        IntStream.range(0, run.lines().size())
            .mapToObj(i -> new Sample(run.lines().get(i), () -> run.traces().get(i)))
            .toList());
  }

  /** The samples that rank the heads. */
  public List<Sample> rankingSamples() {
    return samples.stream().filter(Sample::ranking).toList();
  }

  /** The samples that are evaluated. */
  public List<Sample> evaluated() {
    return samples.stream().filter(s -> !s.ranking()).toList();
  }

  /** Share of the evaluated samples that were answered. */
  public double accuracy() {
    return evaluated().stream().mapToDouble(s -> s.correct() ? 1 : 0).average().orElse(Double.NaN);
  }

  /** Mean of a metric over the evaluated samples, with its interval. */
  public Estimate mean(Metric metric) {
    return Estimate.mean(
        evaluated().stream().mapToDouble(s -> s.line().metrics().get(metric)).toArray(),
        experiment.trials().seed());
  }

  /** The scores of every evaluated sample: [steps, heads] each. */
  public List<ScoreMatrix> scores() {
    return evaluated().stream().map(s -> experiment.protocol().score().matrix(s.trace())).toList();
  }

  /** The same over all counted steps, or over those of the answer; DEFINITIONS.md, 30. */
  public List<ScoreMatrix> scores(StepSpan span) {
    return evaluated().stream()
        .map(s -> experiment.protocol().score().matrix(s.trace()).first(steps(s, span)))
        .toList();
  }

  private int steps(Sample sample, StepSpan span) {
    return span.steps(sample.trace(), experiment.trials().answerSpan(sample.line().facts()));
  }

  /**
   * How the set of heads turns over, against the static ranking, which stays over all counted
   * steps.
   *
   * @param span which steps of the evaluated samples
   */
  public Turnover turnover(StepSpan span) {
    return Turnover.of(scores(span), ranking());
  }

  /** Hidden states and scores of every evaluated sample, answered or not. */
  public List<ScoredGeneration> generations() {
    return generations(evaluated());
  }

  /** The same over all counted steps, or over those of the answer; DEFINITIONS.md, 30. */
  public List<ScoredGeneration> generations(StepSpan span) {
    GenerationStore store = new GenerationStore();
    return evaluated().stream()
        .map(
            s ->
                store.keep(
                    ScoredGeneration.of(s.trace(), experiment.protocol().score())
                        .first(steps(s, span))))
        .toList();
  }

  /** The same of the samples that rank the heads. */
  public List<ScoredGeneration> rankingGenerations() {
    return generations(rankingSamples());
  }

  private List<ScoredGeneration> generations(List<Sample> some) {
    GenerationStore store = new GenerationStore();
    return some.stream()
        .map(s -> store.keep(ScoredGeneration.of(s.trace(), experiment.protocol().score())))
        .toList();
  }

  /**
   * The heads by their mean score over the ranking samples that were answered.
   *
   * @throws IllegalArgumentException if there was no ranking sample
   */
  public StaticRanking ranking() {
    return ranking(experiment.protocol().score()::matrix);
  }

  private StaticRanking ranking(Function<Trace, ScoreMatrix> reading) {
    return StaticRanking.of(
        rankingSamples().stream().map(s -> reading.apply(s.trace())).toList(),
        rankingSamples().stream().map(Sample::correct).toList());
  }

  /** The mean number of heads that retrieve at a step, rounded half up, at least 1. */
  public int meanSetSize() {
    double mean = Dynamism.of(scores(), ranking().top(1)).headsPerStep().value();
    return Math.max(1, (int) Math.floor(mean + 0.5));
  }

  /**
   * Table 1 against the first heads of the static ranking.
   *
   * @param staticHeads how many, 20 in the paper
   */
  public Dynamism dynamism(int staticHeads) {
    return Dynamism.of(scores(), ranking().top(staticHeads));
  }

  /**
   * How the figures of Table 1 depend on conventions: what counts as a match or which threshold a
   * head must pass, how many static heads, what an empty step counts.
   */
  public Table sensitivity(List<Integer> sizes) {
    if (experiment.protocol().score().equals(CopyPasteScore.standard())) {
      return Dynamism.sensitivity(
          List.of(
              reading("value match", CopyPasteScore::of),
              reading("position match", CopyPasteScore::byPosition),
              reading("weight above .5", t -> CopyPasteScore.byWeight(t))),
          List.of(.5),
          sizes);
    }
    return Dynamism.sensitivity(
        List.of(
            reading(
                "sink "
                    + experiment.protocol().capture().sink()
                    + ", local "
                    + experiment.protocol().capture().local())),
        List.of(.05, .1, .2, .3, .5),
        sizes);
  }

  /** These generations as one reading of {@link Dynamism#sensitivity}. */
  public Dynamism.Reading reading(String name) {
    return reading(name, experiment.protocol().score()::matrix);
  }

  private Dynamism.Reading reading(String name, Function<Trace, ScoreMatrix> reading) {
    return new Dynamism.Reading(
        name, evaluated().stream().map(s -> reading.apply(s.trace())).toList(), ranking(reading));
  }

  /** One row a sample: what was asked and answered. */
  public Table toTable() {
    return table(samples);
  }

  /** The same of the evaluated samples alone. */
  public Table evaluatedTable() {
    return table(evaluated());
  }

  private Table table(List<Sample> samples) {
    Table table =
        Table.create(
            "samples",
            StringColumn.create("set", samples.stream().map(s -> s.line().set().key()).toList()),
            IntColumn.create(
                "length", samples.stream().mapToInt(s -> s.line().facts().length()).toArray()),
            DoubleColumn.create(
                "depth", samples.stream().mapToDouble(s -> s.line().facts().depth()).toArray()),
            DoubleColumn.create(
                "real depth",
                samples.stream().mapToDouble(s -> s.line().facts().realDepth()).toArray()),
            IntColumn.create(
                "prompt tokens",
                samples.stream().mapToInt(s -> s.trace().prompt().length()).toArray()),
            BooleanColumn.create("correct", samples.stream().map(Sample::correct).toList()));
    for (Metric metric : experiment.trials().metrics()) {
      table.addColumns(
          DoubleColumn.create(
              metric.title(),
              samples.stream().mapToDouble(s -> s.line().metrics().get(metric)).toArray()));
    }
    return table.addColumns(
        StringColumn.create("answer", samples.stream().map(s -> s.trace().text()).toList()));
  }

  @Override
  public String toString() {
    return "DynamismResult["
        + experiment.name()
        + ", "
        + evaluated().size()
        + " evaluated, "
        + rankingSamples().size()
        + " rank the heads]";
  }
}
