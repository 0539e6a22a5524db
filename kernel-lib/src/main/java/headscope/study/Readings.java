package headscope.study;

import headscope.experiment.DynamismLine;
import headscope.experiment.DynamismResult;
import headscope.experiment.Margin;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.json.Json;
import headscope.score.Dynamism;
import headscope.score.HeadScores;
import headscope.score.Rarefaction;
import headscope.score.Robustness;
import headscope.score.ScoreMatrix;
import headscope.score.StaticRanking;
import headscope.score.Turnover;
import headscope.task.StepSpan;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Which heads retrieved at every step of many generations, under one reading of several: what
 * dynamism is computed from, of a run just made or of a recorded one alike.
 *
 * <pre>
 *   Readings live = Readings.of(DynamismExperiment.standard().run(model, TrialListener.NONE));
 *   Readings most = Recorded.of(model).answers("dynamism-uuid").orElse(live);
 *   most.turnover(StepSpan.ANSWER).toTable();
 * </pre>
 *
 * <p>Scores are 1 for a head that retrieves and 0 for one that does not.
 */
public final class Readings {
  private final String reading;
  private final List<ReadSample> samples;

  private Readings(String reading, List<ReadSample> samples) {
    this.reading = reading;
    this.samples = samples;
  }

  /** A run's own reading. */
  public static Readings of(DynamismResult result) {
    var score = result.experiment().protocol().score();
    return of(result, Map.of(score.name(), score::matrix));
  }

  /**
   * Several readings of a run.
   *
   * @param readings name to what reads the counted steps of a trace; the first is taken
   */
  public static Readings of(
      DynamismResult result, Map<String, Function<Trace, ScoreMatrix>> readings) {
    return ofSamples(result.samples().stream().map(s -> sample(result, s, readings)).toList());
  }

  static ReadSample sample(
      DynamismResult result,
      DynamismResult.Sample sample,
      Map<String, Function<Trace, ScoreMatrix>> readings) {
    return sample(
        sample.line(),
        sample.trace(),
        result.experiment().trials().answerSpan(sample.line().facts()).steps(sample.trace()),
        readings);
  }

  static ReadSample sample(
      DynamismLine line,
      Trace trace,
      int answerSteps,
      Map<String, Function<Trace, ScoreMatrix>> readings) {
    Map<String, List<List<Integer>>> heads = new LinkedHashMap<>();
    Map<String, List<Double>> means = new LinkedHashMap<>();
    List<String> tokens = new ArrayList<>();
    readings.forEach(
        (name, read) -> {
          ScoreMatrix matrix = read.apply(trace);
          tokens.clear();
          tokens.addAll(matrix.tokens());
          if (line.set() == DynamismLine.Set.RANKING) {
            means.put(name, Arrays.stream(matrix.mean().means()).boxed().toList());
          }
          heads.put(
              name,
              IntStream.range(0, matrix.steps())
                  .mapToObj(
                      t ->
                          matrix.dynamicHeads(t).stream()
                              .map(h -> h.index(trace.headsPerLayer()))
                              .toList())
                  .toList());
        });
    return new ReadSample(
        line,
        trace.layers(),
        trace.headsPerLayer(),
        Arrays.stream(trace.ids()).boxed().toList(),
        tokens,
        answerSteps,
        Margin.smallest(trace),
        means,
        heads);
  }

  /**
   * The readings of some samples; the first one of them is taken.
   *
   * @throws IllegalArgumentException if there is no sample, or they are of different models or
   *     readings
   */
  public static Readings ofSamples(List<ReadSample> samples) {
    if (samples.isEmpty() || samples.get(0).heads().isEmpty()) {
      throw Section.STUDY.wrong("there is at least one sample with a reading, got " + samples);
    }
    ReadSample first = samples.get(0);
    for (ReadSample s : samples) {
      if (s.layers() != first.layers()
          || s.headsPerLayer() != first.headsPerLayer()
          || !s.heads().keySet().equals(first.heads().keySet())) {
        throw Section.STUDY.wrong(
            "samples are of one model and have the same readings, got " + first + " and " + s);
      }
      s.heads()
          .forEach(
              (name, steps) -> {
                if (steps.size() != s.steps() || s.answerSteps() > s.steps()) {
                  throw Section.STUDY.wrong(
                      "a reading has a list of heads for each counted step, of which the answer has"
                          + " some; \""
                          + name
                          + "\" has "
                          + steps.size()
                          + " for "
                          + s);
                }
              });
    }
    return new Readings(first.heads().keySet().iterator().next(), List.copyOf(samples));
  }

  /** As {@link #samples} were written, one JSON object a line. */
  List<String> toLines() {
    return samples.stream().map(Json::line).toList();
  }

  static Readings ofLines(String part, List<String> lines) {
    return ofSamples(Lines.read(part, lines, line -> Json.read(line, ReadSample.class)));
  }

  /** The names of the readings. */
  public List<String> names() {
    return List.copyOf(samples.get(0).heads().keySet());
  }

  /**
   * The same samples under another reading.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public Readings by(String name) {
    if (!names().contains(name)) {
      throw Section.STUDY.wrong("readings are " + names() + ", got \"" + name + "\"");
    }
    return new Readings(name, samples);
  }

  /** All samples, in the order of the run. */
  public List<ReadSample> samples() {
    return samples;
  }

  /** The samples that are evaluated. */
  public List<ReadSample> evaluated() {
    return samples.stream().filter(s -> !s.ranking()).toList();
  }

  /** Share of the evaluated samples that were answered. */
  public double accuracy() {
    return evaluated().stream()
        .mapToDouble(s -> s.line().correct() ? 1 : 0)
        .average()
        .orElse(Double.NaN);
  }

  /** Who retrieved, a matrix an evaluated sample: [steps, heads] each, 0 or 1. */
  public List<ScoreMatrix> scores(StepSpan span) {
    return evaluated().stream()
        .map(s -> matrix(s).first(span == StepSpan.ANSWER ? s.answerSteps() : s.steps()))
        .toList();
  }

  /** Who retrieved in one sample: [steps, heads], 0 or 1, over all counted steps. */
  public ScoreMatrix matrix(ReadSample sample) {
    double[][] values = new double[sample.steps()][sample.layers() * sample.headsPerLayer()];
    List<List<Integer>> steps = sample.heads().get(reading);
    for (int t = 0; t < values.length; t++) {
      for (int h : steps.get(t)) {
        values[t][h] = 1;
      }
    }
    return ScoreMatrix.of(
        reading, .5, sample.layers(), sample.headsPerLayer(), sample.tokens(), values);
  }

  /**
   * The heads by their mean score under the reading, over the ranking samples that were answered
   * and all their counted steps.
   *
   * @throws IllegalArgumentException if no sample ranks the heads
   */
  public StaticRanking ranking() {
    List<ReadSample> ranking = samples.stream().filter(ReadSample::ranking).toList();
    if (ranking.isEmpty()) {
      throw Section.STUDY.wrong(
          "no sample ranks the heads in " + this + "; give a ranking of the model");
    }
    List<HeadScores> scores = new ArrayList<>();
    for (ReadSample s : ranking) {
      TreeMap<HeadId, double[]> means = new TreeMap<>();
      List<Double> each = s.means().get(reading);
      for (int h = 0; h < each.size(); h++) {
        means.put(HeadId.ofIndex(h, s.headsPerLayer()), new double[] {each.get(h)});
      }
      scores.add(HeadScores.of(s.layers(), s.headsPerLayer(), means));
    }
    return StaticRanking.of(
        HeadScores.ofSamples(scores), ranking.stream().map(s -> s.line().correct()).toList());
  }

  /** How the set of heads turns over, against {@link #ranking}. */
  public Turnover turnover(StepSpan span) {
    return Turnover.of(scores(span), ranking());
  }

  /** Table 1 against the first heads of the ranking. */
  public Dynamism dynamism(StepSpan span, int staticHeads) {
    return Dynamism.of(scores(span), ranking().top(staticHeads));
  }

  /** These samples over some of their steps, as one reading of {@link Dynamism}. */
  public Dynamism.Reading reading(String name, StepSpan span) {
    return new Dynamism.Reading(name, scores(span), ranking());
  }

  /** The statistics of {@link #turnover} under every reading, each against its own ranking. */
  public Table robustness(StepSpan span) {
    return Robustness.of(names().stream().map(name -> by(name).reading(name, span)).toList());
  }

  /** How many distinct heads so many samples show. */
  public Rarefaction rarefaction(StepSpan span) {
    return Rarefaction.of(scores(span));
  }

  /** One row a sample: what was asked and answered. */
  public Table toTable() {
    return Table.create(
        "samples",
        StringColumn.create("set", samples.stream().map(s -> s.line().set().key()).toList()),
        IntColumn.create(
            "length", samples.stream().mapToInt(s -> s.line().facts().length()).toArray()),
        DoubleColumn.create(
            "depth", samples.stream().mapToDouble(s -> s.line().facts().depth()).toArray()),
        IntColumn.create(
            "prompt tokens",
            samples.stream().mapToInt(s -> s.line().facts().promptTokens()).toArray()),
        BooleanColumn.create("correct", samples.stream().map(s -> s.line().correct()).toList()),
        IntColumn.create("steps", samples.stream().mapToInt(ReadSample::steps).toArray()),
        IntColumn.create(
            "answer steps", samples.stream().mapToInt(ReadSample::answerSteps).toArray()),
        StringColumn.create("answer", samples.stream().map(s -> s.line().text()).toList()));
  }

  @Override
  public String toString() {
    return "Readings["
        + evaluated().size()
        + " evaluated, "
        + (samples.size() - evaluated().size())
        + " rank the heads, reading "
        + reading
        + " of "
        + names()
        + "]";
  }
}
