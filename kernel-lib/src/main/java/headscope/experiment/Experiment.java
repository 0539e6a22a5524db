package headscope.experiment;

import headscope.model.LanguageModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Trials that are answered under a protocol, as a plan of stages, and what is read off the lines
 * they leave. Whatever implements this is run in memory or into a folder, resumed and counted by
 * one {@link Runner}.
 *
 * @param <L> a line of the results, one a trial: a record, or a sealed interface of records, which
 *     {@link headscope.json.Json} writes and reads
 * @param <R> the result of all lines
 */
public interface Experiment<L, R> {
  /** What it is called in the results. */
  String name();

  /** What is asked. */
  Trials trials();

  /** How it is answered and read. */
  Protocol protocol();

  /** What else decides the results: JSON key to value, in the order in which they are written. */
  default Map<String, Object> options() {
    return Map.of();
  }

  /** The type of its lines. */
  Class<L> lineType();

  /** Whether each line has a trace beside it. */
  default boolean keepsTraces() {
    return false;
  }

  /** Whether a stage continues the prompts of the one before, which are kept for it then. */
  default boolean keepsPrompts() {
    return false;
  }

  /** Experiments whose results it needs; each goes into a folder of its name inside its own. */
  default List<Experiment<?, ?>> before() {
    return List.of();
  }

  /** The stages, in their order. */
  List<Stage<L>> stages();

  /** What the lines tell; they may be those of a run that is not finished. */
  R result(Run<L> run);

  /** Runs it in memory. */
  default R run(LanguageModel model, TrialListener listener) {
    return Runner.inMemory(model, listener).run(this);
  }

  /**
   * Runs what is missing; a folder that a killed run left is taken up where it ended.
   *
   * @throws IllegalArgumentException if the folder holds results of other options
   */
  default R run(LanguageModel model, Path folder, TrialListener listener) {
    return Runner.into(folder, model, listener).run(this);
  }
}
