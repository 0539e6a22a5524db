package headscope.experiment;

import headscope.head.MaskMode;
import java.util.List;
import java.util.Optional;

/**
 * What the answer becomes without some heads, over context length and needle depth (section 5.2,
 * Figs. 2 and 6).
 *
 * <pre>
 *   var result = AblationExperiment.standard().run(model, TrialListener.NONE);
 *   Figures.lengthDepthGrid(result.grid("accuracy"), "accuracy");      // Fig. 2
 * </pre>
 *
 * @param trials what is asked
 * @param protocol how it is answered and read
 * @param conditions which heads are masked, see {@link #withConditions}
 * @param staticHeads heads that count as static: N = 20 in the paper
 * @param mode what masking does
 * @param counts how many heads the baselines mask, asked for and recorded a step; empty: a constant
 *     number, of which the mean is recorded
 * @param forced whether forced runs are made beside free ones
 */
public record AblationExperiment(
    Trials trials,
    Protocol protocol,
    List<String> conditions,
    int staticHeads,
    MaskMode mode,
    Optional<Counts> counts,
    boolean forced)
    implements MaskingExperiment<AblationResult> {

  /** The conditions of Figs. 2 and 6, and random heads from the layers of the dynamic ones. */
  public static final List<String> CONDITIONS =
      List.of("dynamic", "static", "random", "random, layer-matched");

  public AblationExperiment {
    conditions = List.copyOf(conditions);
    MaskingExperiment.check(trials, conditions, staticHeads, counts, forced);
  }

  /** {@link #CONDITIONS} on any trials, 20 static heads, masked heads zeroed. */
  public static AblationExperiment of(Trials trials, Protocol protocol) {
    return new AblationExperiment(
        trials, protocol, CONDITIONS, 20, MaskMode.ZERO, Optional.empty(), false);
  }

  /** Figs. 2 and 9 to 11 at the size of the reference model: 4 lengths, 5 depths, 3 runs. */
  public static AblationExperiment standard() {
    return of(
        NeedleTrials.standard()
            .withGrid(List.of(96, 192, 288, 384), List.of(0.0, .25, .5, .75, 1.0), 3),
        Protocol.copyPaste().withMaxNewTokens(60));
  }

  /**
   * With other conditions: {@code none}, {@code dynamic}, {@code static}, {@code random}, {@code
   * random, layer-matched}, each but the first also with a number behind it, such as {@code static
   * 4}, or {@code random, fixed}. How many heads the baselines mask say the {@link #counts};
   * without any, as many as retrieve at a step on average without masks.
   */
  public AblationExperiment withConditions(List<String> other) {
    return new AblationExperiment(trials, protocol, other, staticHeads, mode, counts, forced);
  }

  /** With other trials, of this task or another. */
  public AblationExperiment withTrials(Trials other) {
    return new AblationExperiment(other, protocol, conditions, staticHeads, mode, counts, forced);
  }

  /** Answered and read in another way. */
  public AblationExperiment withProtocol(Protocol other) {
    return new AblationExperiment(trials, other, conditions, staticHeads, mode, counts, forced);
  }

  /** With another number of heads that count as static. */
  public AblationExperiment withStaticHeads(int heads) {
    return new AblationExperiment(trials, protocol, conditions, heads, mode, counts, forced);
  }

  /** With another treatment of masked heads: zero, uniform, or the mean over ranking prompts. */
  public AblationExperiment withMode(MaskMode other) {
    return new AblationExperiment(trials, protocol, conditions, staticHeads, other, counts, forced);
  }

  /**
   * With baselines that mask as many heads as this says; asked for and in fact they are recorded a
   * step.
   */
  public AblationExperiment withCounts(Counts other) {
    return new AblationExperiment(
        trials, protocol, conditions, staticHeads, mode, Optional.of(other), forced);
  }

  /**
   * With forced runs (DEFINITIONS.md, 34), and their reading of the right response's
   * log-probability (36). Counts are yoked unless others are asked for.
   */
  public AblationExperiment withForcedRuns() {
    return new AblationExperiment(
        trials,
        protocol,
        conditions,
        staticHeads,
        mode,
        counts.or(() -> Optional.of(Counts.YOKED)),
        true);
  }

  @Override
  public String name() {
    return "ablation";
  }

  @Override
  public AblationResult result(Run<MaskingLine> run) {
    return new AblationResult(this, run.lines());
  }
}
