package headscope.correlation;

import headscope.matrix.Rows;

/** What was fitted on some pairs: scaling of the scores, PCA of both sides, CCA; 21. */
final class PairFit {
  private final double[] lowest;
  private final double[] factors;
  private final Pca hidden;
  private final Pca scores;
  private final Cca cca;
  private final int components;

  private PairFit(
      double[] lowest, double[] factors, Pca hidden, Pca scores, Cca cca, int components) {
    this.lowest = lowest;
    this.factors = factors;
    this.hidden = hidden;
    this.scores = scores;
    this.cca = cca;
    this.components = components;
  }

  /**
   * Fits pairs.
   *
   * @param flat a head whose scores differ by no more is constant
   */
  static PairFit of(Rows x, Rows y, double flat, OffsetCca options) {
    double[] lowest = new double[y.width()];
    double[] highest = new double[y.width()];
    y.read(0, lowest, 0);
    y.read(0, highest, 0);
    double[] row = new double[y.width()];
    for (int i = 0; i < y.count(); i++) {
      y.read(i, row, 0);
      for (int h = 0; h < row.length; h++) {
        lowest[h] = Math.min(lowest[h], row[h]);
        highest[h] = Math.max(highest[h], row[h]);
      }
    }
    double[] factors = new double[lowest.length];
    for (int h = 0; h < factors.length; h++) {
      double range = highest[h] - lowest[h];
      factors[h] = range > flat ? 1 / range : 0;
    }
    OffsetCca.stopIfInterrupted();
    Rows scaled = y.scaled(lowest, factors);
    Pca hidden = Pca.of(x, options.hiddenShare());
    OffsetCca.stopIfInterrupted();
    Pca scores = Pca.of(scaled, options.scoreShare());
    OffsetCca.stopIfInterrupted();
    Cca cca = Cca.of(hidden.project(x), scores.project(scaled), options.ridge());
    return new PairFit(
        lowest, factors, hidden, scores, cca, Math.min(options.components(), cca.components()));
  }

  Pca hidden() {
    return hidden;
  }

  Pca scores() {
    return scores;
  }

  Cca cca() {
    return cca;
  }

  int components() {
    return components;
  }

  /** Hidden states along the principal components. */
  Rows reducedHidden(Rows x) {
    return hidden.project(x);
  }

  /** Scores, scaled, along the principal components. */
  Rows reducedScores(Rows y) {
    return scores.project(y.scaled(lowest, factors));
  }

  /**
   * Pairs along the canonical directions.
   *
   * @param groups the generation of each pair: [pairs]
   */
  Variates variates(Rows x, Rows y, int[] groups) {
    return new Variates(
        cca.projectX(reducedHidden(x), components),
        cca.projectY(reducedScores(y), components),
        groups);
  }
}
