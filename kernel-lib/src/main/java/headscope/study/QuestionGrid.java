package headscope.study;

import headscope.experiment.Bins;
import headscope.experiment.Protocol;
import headscope.experiment.QuestionTrials;
import headscope.experiment.RagExperiment;
import headscope.experiment.RagSizing;
import headscope.model.LanguageModel;
import headscope.reference.World;
import headscope.task.HotpotQa;
import java.util.List;

/**
 * What is asked in the study: questions of the invented world, none twice, for a model and a size.
 * Every part has seeds of its own: nothing that is chosen is chosen on what is evaluated.
 *
 * <pre>
 *   QuestionGrid grid = QuestionGrid.of(model, Sizes.LIVE);
 *   DynamismExperiment.of(grid.reading(), Protocol.reasoning());
 * </pre>
 *
 * @param few paragraphs of contexts that are asked first; the fewest of those of which heads are
 *     read
 * @param many the most paragraphs of those
 * @param masked the most paragraphs of masked runs
 * @param longest the most paragraphs of contexts that are searched; the fewest are two thirds
 * @param asked questions of each number of paragraphs
 * @param read answers whose heads are read
 * @param ranking questions that rank the heads
 * @param trials of masked runs
 * @param searched questions with a hidden context
 * @param sizing questions by which the sizes of windows are chosen
 * @param draws of an exchange null
 * @param epochs of a probe's training at most
 */
public record QuestionGrid(
    int few,
    int many,
    int masked,
    int longest,
    int asked,
    int read,
    int ranking,
    int trials,
    int searched,
    int sizing,
    int draws,
    int epochs) {
  /** Models of fewer positions, such as the reference model, learned on short contexts. */
  private static final int SHORT = 2_048;

  /** Tokens of a paragraph and of what stands around the context, about. */
  private static final int PARAGRAPH = 58;

  private static final int AROUND = 300;

  private static final long READING = 1;
  private static final long CHOOSING = 2;
  private static final long ASKING = 3;
  private static final long MASKING = 4;
  private static final long SEARCHING = 5;
  private static final long SIZING = 6;

  /** The grid of a model. */
  public static QuestionGrid of(LanguageModel model, Sizes sizes) {
    return of(sizes, model.config().maxPositions());
  }

  static QuestionGrid of(Sizes sizes, int positions) {
    boolean small = positions < SHORT;
    int room = Math.max(3, (positions - AROUND) / PARAGRAPH);
    return switch (sizes) {
      case LIVE ->
          small
              ? new QuestionGrid(3, 5, 6, 6, 24, 60, 24, 24, 12, 4, 20, 20)
              : new QuestionGrid(4, 5, 6, 16, 4, 20, 4, 4, 2, 1, 20, 10);
      case MIDDLE ->
          small
              ? new QuestionGrid(3, 5, 6, 6, 60, 300, 60, 45, 60, 12, 200, 60)
              : new QuestionGrid(4, 5, 20, 24, 60, 300, 24, 45, 60, 8, 200, 60);
      case PAPER ->
          new QuestionGrid(
              4,
              Math.min(10, room),
              Math.min(70, room),
              Math.min(36, room),
              100,
              500,
              100,
              200,
              100,
              24,
              200,
              100);
    };
  }

  private static World world(int fewest, int most) {
    return World.standard().withParagraphs(fewest, most);
  }

  /** Questions of two hops, of so many paragraphs. */
  public QuestionTrials asking(int paragraphs) {
    return QuestionTrials.world(world(paragraphs, paragraphs), asked, 0, 100 * ASKING + paragraphs);
  }

  /** Paragraphs of the longest contexts that are asked: HotpotQA's ten, where they fit. */
  int manyAsked() {
    return small() ? 2 * many - 2 : 10;
  }

  /** Questions of one hop, and comparisons, in turn. */
  QuestionTrials askingOthers(int paragraphs) {
    World world = world(paragraphs, paragraphs).withTypes(World.Type.SINGLE, World.Type.COMPARISON);
    return QuestionTrials.world(world, asked, 0, 100 * ASKING + 50 + paragraphs);
  }

  /** Two-hop questions of which heads are read, with a span for each supporting sentence. */
  public QuestionTrials reading() {
    return QuestionTrials.world(world(few, many), read, ranking, READING)
        .withTask(HotpotQa.standard().withFactSpans());
  }

  /** Questions by which windows and threshold of Eq. 2 are chosen, of all lengths. */
  public QuestionTrials choosing() {
    return QuestionTrials.world(world(few, masked), Math.max(6, ranking / 2), 0, CHOOSING);
  }

  /** Questions that are answered under masks, of all lengths; shorter ones rank the heads. */
  public QuestionTrials masking() {
    return QuestionTrials.world(world(few, masked), trials, 0, MASKING)
        .rankedBy(reading())
        .withBins(bins());
  }

  /** Five lengths up to the longest, three depths. */
  private Bins bins() {
    int step = 50 * (int) Math.ceil(masked * PARAGRAPH / 250.0);
    return new Bins(0, step, 5, 3);
  }

  /** Questions with a hidden context; shorter ones train the probe. */
  public QuestionTrials searching() {
    return QuestionTrials.world(world(2 * longest / 3, longest), searched, 0, SEARCHING)
        .rankedBy(QuestionTrials.world(world(few, 2 * many), 1, 2 * ranking, SIZING + SEARCHING));
  }

  /** How the sizes of windows are chosen, on questions of a seed of their own. */
  RagSizing sizingOfWindows() {
    return new RagSizing(
        QuestionTrials.world(world(2 * longest / 3, longest), sizing, 0, SIZING),
        RagSizing.CANDIDATES,
        small() ? .5 : .25);
  }

  private boolean small() {
    return longest <= 6;
  }

  /**
   * How heads are read by Eq. 2: the first tokens 4 and the last 32 left out, and the threshold
   * that the rule of {@link headscope.experiment.ReadingsResult} gives on questions of its own.
   */
  public Protocol protocol() {
    return Protocol.reasoning().withThreshold(small() ? .3 : .4);
  }

  /** The loop of retrieval, its sizes chosen before. */
  public RagExperiment rag() {
    RagExperiment of = RagExperiment.of(searching(), protocol());
    return of.withProbe(of.probe().withEpochs(epochs))
        .withLoop(of.loop().withMaxTokens(60))
        .withSizing(sizingOfWindows());
  }

  /** Numbers of masked heads, all that retrieve aside. */
  static List<Integer> ks() {
    return List.of(1, 2, 4, 8, 64);
  }
}
