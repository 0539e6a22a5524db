package headscope.experiment;

import headscope.head.MaskMode;
import java.util.List;
import java.util.Optional;

/**
 * Do other heads step in for masked ones (section 5.3, Figs. 3 and 7)? The k strongest dynamic
 * heads of each step are masked, for several k.
 *
 * <pre>
 *   var byK = CompensationExperiment.standard().run(model, TrialListener.NONE).byK();
 *   Series.of("m", byK, "k", "m");                                     // Fig. 3
 * </pre>
 *
 * @param trials what is asked
 * @param protocol how it is answered and read
 * @param ks numbers of masked heads, or {@link #ALL}
 * @param staticHeads heads that count as static: N = 20 in the paper
 * @param mode what masking does
 * @param counts how many heads the baselines mask, asked for and recorded a step; empty: a constant
 *     number, of which the mean is recorded
 * @param forced whether forced runs are made beside free ones
 */
public record CompensationExperiment(
    Trials trials,
    Protocol protocol,
    List<Integer> ks,
    int staticHeads,
    MaskMode mode,
    Optional<Counts> counts,
    boolean forced)
    implements MaskingExperiment<CompensationResult> {

  /** Numbers of masked heads for the reference model, which has 72. */
  public static final List<Integer> KS = List.of(0, 1, 2, 3, 5, 8, 12, 20, 30);

  /** Among {@link #ks}: all heads that retrieve. */
  public static final int ALL = Integer.MAX_VALUE;

  public CompensationExperiment {
    ks = List.copyOf(ks);
    MaskingExperiment.check(trials, conditions(ks), staticHeads, counts, forced);
  }

  /** {@link #KS} on any trials, 20 static heads, masked heads zeroed. */
  public static CompensationExperiment of(Trials trials, Protocol protocol) {
    return new CompensationExperiment(
        trials, protocol, KS, 20, MaskMode.ZERO, Optional.empty(), false);
  }

  /** Figs. 3 and 15 to 17 at the size of the reference model: 20 runs. */
  public static CompensationExperiment standard() {
    return of(
        NeedleTrials.standard().withGrid(List.of(256), List.of(.5), 20),
        Protocol.copyPaste().withMaxNewTokens(60));
  }

  /** With other numbers of masked heads. */
  public CompensationExperiment withKs(List<Integer> other) {
    return new CompensationExperiment(trials, protocol, other, staticHeads, mode, counts, forced);
  }

  /** With other trials, of this task or another. */
  public CompensationExperiment withTrials(Trials other) {
    return new CompensationExperiment(other, protocol, ks, staticHeads, mode, counts, forced);
  }

  /** Answered and read in another way. */
  public CompensationExperiment withProtocol(Protocol other) {
    return new CompensationExperiment(trials, other, ks, staticHeads, mode, counts, forced);
  }

  /** With another number of heads that count as static. */
  public CompensationExperiment withStaticHeads(int heads) {
    return new CompensationExperiment(trials, protocol, ks, heads, mode, counts, forced);
  }

  /** With another treatment of masked heads: zero, uniform, or the mean over ranking prompts. */
  public CompensationExperiment withMode(MaskMode other) {
    return new CompensationExperiment(trials, protocol, ks, staticHeads, other, counts, forced);
  }

  /**
   * With baselines that mask as many heads as this says; asked for and in fact they are recorded a
   * step.
   */
  public CompensationExperiment withCounts(Counts other) {
    return new CompensationExperiment(
        trials, protocol, ks, staticHeads, mode, Optional.of(other), forced);
  }

  /**
   * With forced runs (DEFINITIONS.md, 34), and their reading of the right response's
   * log-probability (36). Counts are yoked unless others are asked for.
   */
  public CompensationExperiment withForcedRuns() {
    return new CompensationExperiment(
        trials, protocol, ks, staticHeads, mode, counts.or(() -> Optional.of(Counts.YOKED)), true);
  }

  @Override
  public List<String> conditions() {
    return conditions(ks);
  }

  private static List<String> conditions(List<Integer> ks) {
    return ks.stream().map(k -> k == ALL ? "dynamic" : "dynamic " + k).toList();
  }

  @Override
  public String name() {
    return "compensation";
  }

  @Override
  public CompensationResult result(Run<MaskingLine> run) {
    return new CompensationResult(this, run.lines());
  }
}
