package headscope.experiment;

import headscope.experiment.DynamismLine.Set;
import headscope.model.Tokenizer;
import headscope.task.Trial;
import headscope.trace.Trace;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * Answers trials and records what every head and the hidden state did: those that rank the heads
 * first, then the evaluated ones. Fig. 1, Table 1, correlations and probes are computed from this.
 */
sealed interface AnsweringExperiment<R> extends Experiment<DynamismLine, R>
    permits DynamismExperiment, CorrelationExperiment, ProbeExperiment {
  @Override
  default Class<DynamismLine> lineType() {
    return DynamismLine.class;
  }

  @Override
  default boolean keepsTraces() {
    return true;
  }

  @Override
  default List<Stage<DynamismLine>> stages() {
    return List.of(
        Stage.grouped(
            "ranking",
            trials().ranking(),
            1,
            run -> (from, to) -> answer(run, Set.RANKING, from, to, trials()::rankingTrial)),
        Stage.grouped(
            "evaluation",
            trials().evaluated(),
            1,
            run -> (from, to) -> answer(run, Set.EVALUATION, from, to, trials()::trial)));
  }

  private List<Stage.Done<DynamismLine>> answer(
      Run<DynamismLine> run,
      Set set,
      int from,
      int to,
      BiFunction<Tokenizer, Integer, Trial> trial) {
    List<Trial> asked =
        IntStream.range(from, to).mapToObj(i -> trial.apply(run.model().tokenizer(), i)).toList();
    List<Trace> traces = Answers.of(run, protocol(), asked);
    return IntStream.range(0, asked.size())
        .mapToObj(
            i -> Stage.Done.of(DynamismLine.of(set, asked.get(i), traces.get(i)), traces.get(i)))
        .toList();
  }

  /** The answers with their traces. */
  default DynamismResult answers(Run<DynamismLine> run) {
    return DynamismResult.of(this, run);
  }
}
