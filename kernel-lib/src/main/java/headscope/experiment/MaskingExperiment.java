package headscope.experiment;

import headscope.failure.Section;
import headscope.head.MaskMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the answer becomes when heads are masked. The plan has three stages: samples that rank the
 * heads, disjoint from the rest; every trial without masks, from which the size of the baselines
 * follows; every trial under all conditions, which share its prompt.
 */
public sealed interface MaskingExperiment<R> extends Experiment<MaskingLine, R>
    permits AblationExperiment, CompensationExperiment {
  /** Clean and masked runs are over the same prompts. */
  @Override
  default boolean keepsPrompts() {
    return true;
  }

  /** Names of the conditions that are compared. */
  List<String> conditions();

  /** Heads that count as static. */
  int staticHeads();

  /** What masking does. */
  MaskMode mode();

  /**
   * How many heads the baselines mask, asked for and recorded a step; empty: a constant number, of
   * which the mean is recorded.
   */
  Optional<Counts> counts();

  /** Whether forced runs are made beside free ones; DEFINITIONS.md, 34 and 36. */
  boolean forced();

  /** Checks what any of them is made of. */
  static void check(
      Trials trials,
      List<String> conditions,
      int staticHeads,
      Optional<Counts> counts,
      boolean forced) {
    Conditions.check(conditions, counts);
    if (conditions.isEmpty()) {
      throw Section.EXPERIMENT_OPTIONS.wrong("at least one condition is compared, got none");
    }
    if (staticHeads < 1 || trials.evaluated() < 1 || trials.ranking() < 1) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          String.format(
              "static heads, evaluated and ranking trials are at least 1, got %d, %d and %d",
              staticHeads, trials.evaluated(), trials.ranking()));
    }
    if (forced && counts.isEmpty()) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "the runs that are compared with forced ones mask a number of heads that has to be said:"
              + " yoked, own or constant counts");
    }
  }

  /**
   * Conditions of the forced runs: those of the free ones, and what dynamic ones are compared with.
   */
  default List<String> forcedConditions() {
    return forced() ? Conditions.withNulls(conditions()) : List.of();
  }

  @Override
  default Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("conditions", conditions());
    map.put("staticHeads", staticHeads());
    map.put("maskMode", mode().name().toLowerCase(Locale.ROOT));
    counts().ifPresent(c -> map.put("counts", c.key()));
    if (forced()) {
      map.put("forced", true);
    }
    return map;
  }

  @Override
  default Class<MaskingLine> lineType() {
    return MaskingLine.class;
  }

  @Override
  default List<Stage<MaskingLine>> stages() {
    int rows = 2 * conditions().size() + forcedConditions().size();
    return List.of(
        Stage.grouped("ranking", trials().ranking(), 1, run -> new MaskingWork(this, run)::ranking),
        Stage.grouped("clean", trials().evaluated(), 2, run -> new MaskingWork(this, run)::clean),
        Stage.grouped(
            "masked", trials().evaluated(), rows, run -> new MaskingWork(this, run).masked()));
  }
}
