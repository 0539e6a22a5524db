package headscope.experiment;

import headscope.failure.Section;
import headscope.head.HeadSet;
import headscope.model.Continuation;
import headscope.model.Generation;
import headscope.score.ReasoningScore;
import headscope.score.ScoreMatrix;
import headscope.task.StepSpan;
import headscope.task.Trial;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How many heads retrieve by Eq. 2, and how their sets overlap from step to step, under several
 * sinks, local windows and thresholds, by the length of the context: what those of a study are
 * chosen by, on samples of their own.
 *
 * <pre>
 *   var result = ReadingsExperiment.of(trials).run(model, TrialListener.NONE);
 *   result.toTable();
 *   result.chosen();             // Protocol: sink 4, local 32, threshold .5
 * </pre>
 *
 * @param trials questions of all lengths; none of an evaluation
 * @param sinks numbers of sink positions
 * @param locals sizes of the local window, ascending
 * @param thresholds of Eq. 2, ascending
 */
public record ReadingsExperiment(
    Trials trials, List<Integer> sinks, List<Integer> locals, List<Double> thresholds)
    implements Experiment<ReadingsLine, ReadingsResult> {
  /** Thresholds where nothing else is said. */
  public static final List<Double> THRESHOLDS = List.of(.1, .2, .3, .4, .5, .6, .7, .8, .9);

  public ReadingsExperiment {
    sinks = List.copyOf(sinks);
    locals = List.copyOf(locals);
    thresholds = List.copyOf(thresholds);
    if (sinks.isEmpty() || locals.isEmpty() || thresholds.isEmpty()) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          String.format(
              "at least one sink, one local window and one threshold are compared, got %s, %s, %s",
              sinks, locals, thresholds));
    }
  }

  /** Sinks of 0 and 4, local windows of 8, 16 and 32 tokens, {@link #THRESHOLDS}. */
  public static ReadingsExperiment of(Trials trials) {
    return new ReadingsExperiment(trials, List.of(0, 4), List.of(8, 16, 32), THRESHOLDS);
  }

  @Override
  public Protocol protocol() {
    return Protocol.reasoning();
  }

  @Override
  public String name() {
    return "readings";
  }

  @Override
  public Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("sinks", sinks);
    map.put("locals", locals);
    map.put("thresholds", thresholds);
    return map;
  }

  @Override
  public Class<ReadingsLine> lineType() {
    return ReadingsLine.class;
  }

  @Override
  public List<Stage<ReadingsLine>> stages() {
    return List.of(
        Stage.grouped(
            "evaluation",
            trials.evaluated(),
            sinks.size() * locals.size(),
            run -> (from, to) -> lines(run, from, to)));
  }

  /**
   * The same answer is read through every pair of windows: rows that share all but what they keep.
   */
  private List<Stage.Done<ReadingsLine>> lines(Run<ReadingsLine> run, int from, int to) {
    List<Trial> asked =
        IntStream.range(from, to).mapToObj(i -> trials.trial(run.model().tokenizer(), i)).toList();
    List<Continuation> rows = new ArrayList<>();
    for (Trial trial : asked) {
      for (int sink : sinks) {
        for (int local : locals) {
          Protocol read = protocol().withWindows(sink, local);
          rows.add(Continuation.of(trial.prompt(), read.generation(), read.capture()));
        }
      }
    }
    try (Generation generation = Generation.of(run.model(), rows)) {
      run.watch(generation);
      while (generation.going()) {
        generation.advance();
        run.watch(generation);
      }
      List<Trace> traces =
          generation.rows().stream()
              .map(row -> generation.trace(row, protocol().generation()))
              .toList();
      int each = sinks.size() * locals.size();
      return IntStream.range(0, asked.size())
          .mapToObj(
              i -> Stage.Done.of(line(asked.get(i), traces.subList(i * each, (i + 1) * each))))
          .toList();
    }
  }

  private ReadingsLine line(Trial trial, List<Trace> traces) {
    List<ReadingsLine.Reading> readings = new ArrayList<>();
    int at = 0;
    for (int sink : sinks) {
      for (int local : locals) {
        Trace trace = traces.get(at++);
        int steps = StepSpan.ANSWER.steps(trace, trial.answerSpan());
        ScoreMatrix scores = ReasoningScore.standard().matrix(trace).first(steps);
        thresholds.forEach(t -> readings.add(reading(scores, sink, local, t)));
      }
    }
    return new ReadingsLine(
        trial.facts(), trial.answeredBy(traces.get(0).text()), traces.get(0).heads(), readings);
  }

  private static ReadingsLine.Reading reading(
      ScoreMatrix scores, int sink, int local, double threshold) {
    int heads = 0;
    int pairs = 0;
    double jaccard = 0;
    HeadSet before = HeadSet.empty();
    for (int s = 0; s < scores.steps(); s++) {
      HeadSet now = scores.retrieving(s, threshold);
      heads += now.size();
      int both = now.intersect(before).size();
      int either = now.size() + before.size() - both;
      if (s > 0 && either > 0) {
        pairs++;
        jaccard += (double) both / either;
      }
      before = now;
    }
    return new ReadingsLine.Reading(sink, local, threshold, scores.steps(), heads, pairs, jaccard);
  }

  @Override
  public ReadingsResult result(Run<ReadingsLine> run) {
    return new ReadingsResult(this, run.lines());
  }
}
