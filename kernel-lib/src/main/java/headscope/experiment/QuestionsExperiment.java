package headscope.experiment;

import headscope.model.Continuation;
import headscope.model.Generation;
import headscope.task.QuestionTrial;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Whether a model answers questions, and whether it needs the context for it: every question is
 * asked with all of it, with one paragraph, with none. A question of two hops that is answered from
 * one paragraph did not take two.
 *
 * <pre>
 *   QuestionsExperiment.of(trials, QuestionsExperiment.SHOWN)
 *       .run(model, TrialListener.NONE).toTable();
 * </pre>
 *
 * @param trials what is asked
 * @param protocol how it is answered; heads are not read
 * @param shown with what of their context
 */
public record QuestionsExperiment(QuestionTrials trials, Protocol protocol, List<Shown> shown)
    implements Experiment<QuestionsLine, QuestionsResult> {
  /**
   * All of the context, the second hop by itself, everything but the first or the second, nothing.
   */
  public static final List<String> SHOWN = List.of("all", "last", "all-first", "all-last", "none");

  public QuestionsExperiment {
    shown = List.copyOf(shown);
  }

  /** Questions as {@link Protocol#reasoning()} has them answered, 100 tokens at most. */
  public static QuestionsExperiment of(QuestionTrials trials, List<String> shown) {
    return new QuestionsExperiment(
        trials, Protocol.reasoning(), shown.stream().map(Shown::new).toList());
  }

  /** With answers of at most so many tokens. */
  public QuestionsExperiment withMaxNewTokens(int tokens) {
    return new QuestionsExperiment(trials, protocol.withMaxNewTokens(tokens), shown);
  }

  /** With other trials. */
  public QuestionsExperiment withTrials(QuestionTrials other) {
    return new QuestionsExperiment(other, protocol, shown);
  }

  @Override
  public String name() {
    return "questions";
  }

  @Override
  public Map<String, Object> options() {
    return Map.of("shown", shown.stream().map(Shown::name).toList());
  }

  @Override
  public Class<QuestionsLine> lineType() {
    return QuestionsLine.class;
  }

  @Override
  public List<Stage<QuestionsLine>> stages() {
    return List.of(
        Stage.grouped(
            "questions",
            trials.evaluated(),
            shown.size(),
            run -> (from, to) -> lines(run, from, to)));
  }

  private List<Stage.Done<QuestionsLine>> lines(Run<QuestionsLine> run, int from, int to) {
    List<QuestionTrial> asked =
        IntStream.range(from, to).mapToObj(i -> trials.trial(run.model().tokenizer(), i)).toList();
    List<QuestionTrial> all = new ArrayList<>();
    List<Continuation> rows = new ArrayList<>();
    for (QuestionTrial trial : asked) {
      for (Shown what : shown) {
        QuestionTrial as =
            trials.task().trial(run.model().tokenizer(), what.of(trial.asked()), trials.seed());
        Continuation row = Continuation.of(as.prompt(), protocol.generation(), Capture.tokens());
        all.add(as);
        rows.add(what.hides() ? row.withHidden(as.prompt().span(Prompt.CONTEXT)) : row);
      }
    }
    try (Generation generation = Generation.of(run.model(), rows)) {
      run.watch(generation);
      while (generation.going()) {
        generation.advance();
        run.watch(generation);
      }
      return IntStream.range(0, asked.size())
          .mapToObj(
              i ->
                  Stage.Done.of(
                      new QuestionsLine(
                          asked.get(i).facts(),
                          IntStream.range(0, shown.size())
                              .mapToObj(
                                  s ->
                                      row(
                                          shown.get(s),
                                          all.get(i * shown.size() + s),
                                          generation.trace(
                                              generation.rows().get(i * shown.size() + s),
                                              protocol.generation())))
                              .toList())))
          .toList();
    }
  }

  private static QuestionsLine.Row row(Shown what, QuestionTrial trial, Trace trace) {
    return new QuestionsLine.Row(
        what.name(),
        what.hides() ? 0 : trial.length(),
        trial.answeredBy(trace.text()),
        trial.metrics(trace.text()),
        trace.steps().size(),
        trace.text());
  }

  @Override
  public QuestionsResult result(Run<QuestionsLine> run) {
    return new QuestionsResult(this, run.lines());
  }

  @Override
  public String toString() {
    return "QuestionsExperiment[" + name() + ", " + trials().evaluated() + " questions]";
  }
}
