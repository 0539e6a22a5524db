package headscope.experiment;

import headscope.experiment.DynamismLine.Set;
import headscope.task.Trial;
import headscope.trace.Trace;
import java.util.List;

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
        Stage.of(
            "ranking",
            trials().ranking(),
            run ->
                i -> answer(run, Set.RANKING, trials().rankingTrial(run.model().tokenizer(), i))),
        Stage.of(
            "evaluation",
            trials().evaluated(),
            run -> i -> answer(run, Set.EVALUATION, trials().trial(run.model().tokenizer(), i))));
  }

  private Stage.Done<DynamismLine> answer(Run<DynamismLine> run, Set set, Trial trial) {
    Trace trace =
        run.model().generate(trial.prompt(), protocol().capture(), protocol().generation());
    return Stage.Done.of(DynamismLine.of(set, trial, trace), trace);
  }

  /** The answers with their traces. */
  default DynamismResult answers(Run<DynamismLine> run) {
    return DynamismResult.of(this, run);
  }
}
