package headscope.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cells over context length and needle depth for tasks where both come with the question.
 *
 * @param lengthStep width of a length bin in tokens; the first one begins at 0
 * @param lengths how many length bins
 * @param depths how many depth bins, of equal width from 0 to 1
 */
public record Bins(int lengthStep, int lengths, int depths) {
  public Bins {
    if (lengthStep < 1 || lengths < 1 || depths < 1) {
      throw new IllegalArgumentException(
          String.format(
              "bins have a width and a number from 1 on, got width %d, %d lengths, %d depths",
              lengthStep, lengths, depths));
    }
  }

  /** Those of Fig. 6: centres 250 to 3,750 tokens in steps of 500, 5 to 95 % in steps of 10. */
  public static Bins paper() {
    return new Bins(500, 8, 10);
  }

  /** For contexts of the reference model: centres 100 to 300 tokens, 12.5 to 87.5 %. */
  public static Bins small() {
    return new Bins(50, 7, 4);
  }

  /** The centres of the bins, by length, then depth. */
  public List<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    for (int n = 0; n < lengths; n++) {
      for (int d = 0; d < depths; d++) {
        cells.add(at(n, d));
      }
    }
    return cells;
  }

  /** The bin that a length and a depth from 0 to 1 lie in; none beyond the longest. */
  public Optional<Cell> cell(double length, double depth) {
    int n = (int) (length / lengthStep);
    return n < lengths
        ? Optional.of(at(n, Math.min(depths - 1, (int) (depth * depths))))
        : Optional.empty();
  }

  private Cell at(int length, int depth) {
    return new Cell((length + .5) * lengthStep, (depth + .5) / depths);
  }
}
