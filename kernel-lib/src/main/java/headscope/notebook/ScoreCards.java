package headscope.notebook;

import headscope.figure.Numbers;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.html.Card;
import headscope.html.HeatGrid;
import headscope.score.HeadScores;
import headscope.score.ScoreMatrix;
import headscope.score.StaticRanking;
import headscope.template.Markup;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/** Cards of scores, and of heads. */
final class ScoreCards {
  /** Heads and steps of a small heat map. */
  private static final int ROWS = 12;

  private static final int COLUMNS = 120;

  private ScoreCards() {}

  static void register() {
    Displays.card(ScoreMatrix.class, ScoreCards::of);
    Displays.card(HeadSet.class, ScoreCards::of);
    Displays.card(HeadMask.class, ScoreCards::of);
    Displays.card(HeadScores.class, ScoreCards::of);
    Displays.card(StaticRanking.class, ScoreCards::of);
  }

  private static Card of(ScoreMatrix scores) {
    HeadSet ever = scores.everDynamic();
    return Card.of("ScoreMatrix", scores.score())
        .fact("steps × heads", scores.steps() + " × " + scores.heads().size())
        .fact("a head retrieves above", Numbers.text(scores.threshold()))
        .fact("heads that ever retrieve", ever.size())
        .fact("steps at which the set changes", scores.switches())
        .part("heads of greatest variance over the generated tokens", map(scores));
  }

  /** The heads that vary most, over the first steps. */
  static Markup map(ScoreMatrix scores) {
    ScoreMatrix some = scores.mostVariable(ROWS);
    int steps = Math.min(COLUMNS, some.steps());
    List<HeadId> heads = some.heads();
    double[][] values = new double[heads.size()][];
    double most = 1;
    for (int h = 0; h < values.length; h++) {
      values[h] = Arrays.copyOf(some.head(heads.get(h)), steps);
      most = Math.max(most, DoubleStream.of(values[h]).map(Math::abs).max().orElse(0));
    }
    double scale = most;
    double[][] shares =
        Arrays.stream(values)
            .map(row -> DoubleStream.of(row).map(v -> Math.abs(v) / scale).toArray())
            .toArray(double[][]::new);
    Markup map =
        HeatGrid.ofTokens(
                heads.stream().map(HeadId::toString).toList(),
                some.tokens().subList(0, steps),
                shares,
                v -> Numbers.text(v * scale))
            .html();
    String more =
        some.steps() > steps ? "the first " + steps + " of " + some.steps() + " steps" : "";
    return more.isEmpty() ? map : Card.of(more, "").part(map).html();
  }

  private static Card of(HeadSet heads) {
    if (heads.isEmpty()) {
      return Card.of("HeadSet", "no heads");
    }
    int layers = heads.stream().mapToInt(HeadId::layer).max().orElse(0) + 1;
    int headsPerLayer = heads.stream().mapToInt(HeadId::head).max().orElse(0) + 1;
    double[] in = new double[layers * headsPerLayer];
    heads.forEach(h -> in[h.index(headsPerLayer)] = 1);
    return Card.of("HeadSet", "")
        .fact("heads", heads.size() + ": " + heads.toString().replace(",", ", "))
        .part(
            "drawn up to the highest layer and head",
            HeatGrid.ofHeads(layers, headsPerLayer, in, v -> v > 0 ? "in the set" : "not in it")
                .html());
  }

  private static Card of(HeadMask mask) {
    Card card =
        Card.of("HeadMask", mask.isEmpty() ? "nothing is masked" : "")
            .fact("what masking does", PlainCards.words(mask.mode().name()))
            .fact("mean outputs", mask.means().isEmpty() ? "" : mask.means().size() + " heads");
    return mask.isEmpty() ? card : card.part(of(mask.heads()).html());
  }

  private static Card of(HeadScores scores) {
    return Card.of("HeadScores", "")
        .fact("layers × heads", scores.layers() + " × " + scores.headsPerLayer())
        .fact("samples", scores.samples())
        .part("mean over the samples", map(scores))
        .part(Displays.part(scores.toTable()));
  }

  private static Card of(StaticRanking ranking) {
    Card card =
        Card.of("StaticRanking", "")
            .fact("samples", ranking.successful() + " of " + ranking.samples() + " answered");
    return card.fact("warning", ranking.warning().orElse(""))
        .part("mean score", map(ranking.used()))
        .part(Displays.part(ranking.toTable()));
  }

  /** Layers over heads; the strongest tint is the greatest score. */
  private static Markup map(HeadScores scores) {
    double[] means = scores.means();
    double most =
        Math.max(1e-12, DoubleStream.of(means).filter(v -> v == v).map(Math::abs).max().orElse(1));
    return HeatGrid.ofHeads(
            scores.layers(),
            scores.headsPerLayer(),
            DoubleStream.of(means).map(v -> Math.abs(v) / most).toArray(),
            v -> Numbers.text(v * most))
        .html();
  }
}
