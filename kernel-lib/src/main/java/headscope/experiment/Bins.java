package headscope.experiment;

import headscope.failure.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Cells over context length and needle depth for tasks where both come with the question.
 *
 * @param lengthFrom where the first length bin begins, in tokens
 * @param lengthStep width of a length bin in tokens
 * @param lengths how many length bins
 * @param depths how many depth bins, of equal width from 0 to 1
 */
public record Bins(int lengthFrom, int lengthStep, int lengths, int depths) {
  public Bins {
    if (lengthFrom < 0 || lengthStep < 1 || lengths < 1 || depths < 1) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          String.format(
              "bins begin at 0 or later and have a width and a number from 1 on, got from %d, width"
                  + " %d, %d lengths, %d depths",
              lengthFrom, lengthStep, lengths, depths));
    }
  }

  /** Those of Fig. 6: centres 250 to 3,750 tokens in steps of 500, 5 to 95 % in steps of 10. */
  public static Bins paper() {
    return new Bins(0, 500, 8, 10);
  }

  /** For contexts of the reference model: centres 125 to 325 tokens, 12.5 to 87.5 %. */
  public static Bins small() {
    return new Bins(100, 50, 5, 4);
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

  /** The bin that a length and a depth from 0 to 1 lie in; none beyond the bins. */
  public Optional<Cell> cell(double length, double depth) {
    int n = (int) Math.floor((length - lengthFrom) / lengthStep);
    return n >= 0 && n < lengths
        ? Optional.of(at(n, Math.min(depths - 1, (int) (depth * depths))))
        : Optional.empty();
  }

  private Cell at(int length, int depth) {
    return new Cell(lengthFrom + (length + .5) * lengthStep, (depth + .5) / depths);
  }
}
