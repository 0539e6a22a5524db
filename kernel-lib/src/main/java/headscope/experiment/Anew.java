package headscope.experiment;

import headscope.failure.Section;
import headscope.model.LanguageModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Computes some trials of a finished run again, from the lines that it left, without its folder.
 *
 * <pre>
 *   List&lt;Stage.Done&lt;MaskingLine&gt;&gt; again =
 *       Anew.lines(model, result.experiment(), result.lines(), List.of(3, 60));
 * </pre>
 *
 * <p>A trial is computed by itself, not among those of its group, so that numbers may differ by
 * rounding.
 */
public final class Anew {
  private Anew() {}

  /**
   * The lines at some places, anew.
   *
   * @param recorded all lines of the run, in the order of the plan
   * @param places among them, from 0 on
   * @return one a place, in their order
   * @throws IllegalArgumentException if there is no such place, the lines are not as many as the
   *     plan has, or the experiment needs the result of another
   */
  public static <L> List<Stage.Done<L>> lines(
      LanguageModel model, Experiment<L, ?> experiment, List<L> recorded, List<Integer> places) {
    List<Stage<L>> stages = experiment.stages();
    int total = stages.stream().mapToInt(Stage::trials).sum();
    if (recorded.size() != total || places.stream().anyMatch(p -> p < 0 || p >= total)) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "the plan has "
              + total
              + " trials, of which all are recorded; got "
              + recorded.size()
              + " lines and places "
              + places);
    }
    if (!experiment.before().isEmpty()) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "the experiment "
              + experiment.name()
              + " needs the traces of another, which lines do not have; run it as a whole");
    }
    Run<L> run = Run.begin(model, Optional.empty(), TrialListener.NONE, Map.of());
    Map<Integer, Stage.Done<L>> done = new HashMap<>();
    int begin = 0;
    for (Stage<L> stage : stages) {
      int from = begin;
      int to = begin + stage.trials();
      List<Integer> own = places.stream().filter(p -> p >= from && p < to).distinct().toList();
      if (!own.isEmpty()) {
        Stage.Work<L> work = stage.work().apply(run.with(recorded.subList(0, from), List.of()));
        own.forEach(p -> done.put(p, work.lines(p - from, p - from + 1).get(0)));
      }
      begin = to;
    }
    List<Stage.Done<L>> all = new ArrayList<>();
    places.forEach(p -> all.add(done.get(p)));
    return all;
  }
}
