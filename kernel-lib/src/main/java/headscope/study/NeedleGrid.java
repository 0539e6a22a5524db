package headscope.study;

import headscope.experiment.AblationExperiment;
import headscope.experiment.MaskingClaims;
import headscope.experiment.NeedleTrials;
import headscope.model.LanguageModel;
import headscope.probe.HeadProbe;
import headscope.task.NeedleInHaystack;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How long the haystacks of the study are, and how many trials there are, for a model and a size.
 *
 * <pre>
 *   NeedleGrid grid = NeedleGrid.of(model, Sizes.LIVE);
 *   DynamismExperiment.of(grid.reading(NeedleInHaystack.classic()), Protocol.copyPaste());
 *   AblationExperiment.of(grid.masking(NeedleInHaystack.standard()), Protocol.copyPaste());
 * </pre>
 *
 * @param read lengths of haystacks of which heads are read, in tokens
 * @param masked lengths of haystacks of masked runs
 * @param depths of needles in masked runs, 0 to 1
 * @param runs of each length and depth
 * @param samples generations whose heads are read; a tenth of them judge a probe
 * @param ranking generations that rank the heads
 * @param few generations of another form of the prompt
 * @param draws of an exchange null
 * @param widths of a probe's hidden layers
 * @param epochs of its training at most
 * @param wide whether a probe of the paper's widths is trained, too
 * @param paper whether the paper's numbers of masked heads are taken, too
 */
public record NeedleGrid(
    List<Integer> read,
    List<Integer> masked,
    List<Double> depths,
    int runs,
    int samples,
    int ranking,
    int few,
    int draws,
    List<Integer> widths,
    int epochs,
    boolean wide,
    boolean paper) {
  /** Needle and template come on top of the haystack, the answer behind: about so many tokens. */
  private static final int AROUND = 300;

  /** Models of fewer positions, such as the reference model, learned on shorter contexts. */
  private static final int SHORT = 2_048;

  private static final List<Integer> NARROW = List.of(512, 256, 256);

  public NeedleGrid {
    read = List.copyOf(read);
    masked = List.copyOf(masked);
    depths = List.copyOf(depths);
    widths = List.copyOf(widths);
  }

  /** The grid of a model. */
  public static NeedleGrid of(LanguageModel model, Sizes sizes) {
    return of(sizes, model.config().maxPositions());
  }

  static NeedleGrid of(Sizes sizes, int positions) {
    boolean small = positions < SHORT;
    List<Integer> read = List.of(128, 256, small ? 384 : 512);
    return switch (sizes) {
      case LIVE ->
          new NeedleGrid(
              clipped(read.subList(0, 2), positions),
              clipped(List.of(256), positions),
              List.of(0.0, .5, 1.0),
              1,
              12,
              4,
              6,
              20,
              NARROW,
              10,
              false,
              false);
      case MIDDLE ->
          new NeedleGrid(
              clipped(read, positions),
              clipped(read, positions),
              List.of(0.0, .25, .5, .75, 1.0),
              3,
              300,
              30,
              45,
              200,
              NARROW,
              60,
              !small,
              false);
      case PAPER -> {
        List<Integer> papers =
            clipped(IntStream.rangeClosed(1, 10).mapToObj(i -> 5_000 * i).toList(), positions);
        yield new NeedleGrid(
            papers,
            papers,
            IntStream.rangeClosed(0, 10).mapToObj(i -> i / 10.0).toList(),
            5,
            300,
            100,
            100,
            200,
            HeadProbe.PAPER_WIDTHS,
            100,
            false,
            true);
      }
    };
  }

  /** With another number of generations whose heads are read. */
  NeedleGrid withSamples(int other) {
    return new NeedleGrid(
        read, masked, depths, runs, other, ranking, few, draws, widths, epochs, wide, paper);
  }

  /** Those that the model has positions for; its longest where it has for none. */
  static List<Integer> clipped(List<Integer> lengths, int positions) {
    int most = Math.max(1, positions - AROUND);
    return lengths.stream().map(n -> Math.min(n, most)).distinct().toList();
  }

  /** Trials whose heads are read, at drawn depths. */
  public NeedleTrials reading(NeedleInHaystack task) {
    return NeedleTrials.standard().withTask(task).withLengths(read).withSamples(samples, ranking);
  }

  /** k dynamic heads of a step, and as many others, for k = 1, 2, 4, 8. */
  List<String> byK() {
    List<String> conditions = new ArrayList<>();
    for (int k : MaskingClaims.KS) {
      AblationExperiment.CONDITIONS.forEach(who -> conditions.add(who + " " + k));
    }
    return conditions;
  }

  /** Trials of masked runs: every length at every depth. */
  public NeedleTrials masking(NeedleInHaystack task) {
    return NeedleTrials.standard()
        .withTask(task)
        .withGrid(masked, depths, runs)
        .withRanking(ranking);
  }

  /** All heads of a step and as many others; k dynamic ones; the paper's k where wanted. */
  List<String> conditions() {
    List<String> conditions = new ArrayList<>(AblationExperiment.CONDITIONS);
    MaskingClaims.KS.forEach(k -> conditions.add("dynamic " + k));
    for (int k = 5; paper && k <= 70; k += 5) {
      conditions.add("dynamic " + k);
    }
    return conditions;
  }
}
