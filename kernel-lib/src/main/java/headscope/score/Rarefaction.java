package headscope.score;

import headscope.failure.Section;
import java.util.Arrays;
import java.util.List;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/**
 * How many distinct heads so many samples show: the mean over all choices of n of the samples,
 * exactly, {@code Σ over heads of 1 − C(N − N_h, n) / C(N, n)}, where N_h of the N samples use head
 * h. It makes studies of different size comparable, and says by its slope whether more samples
 * would show more heads. A bootstrap does not: a resample misses samples, so that its interval lies
 * below the value.
 *
 * <pre>
 *   Rarefaction r = Rarefaction.of(matrices);
 *   r.heads(10);         // 31.4: ten samples show so many on average
 *   r.toTable();         // samples, heads
 * </pre>
 */
public final class Rarefaction {
  private final int samples;
  private final int[] using; // samples that use each head: [heads]

  private Rarefaction(int samples, int[] using) {
    this.samples = samples;
    this.using = using;
  }

  /**
   * The curve of some samples.
   *
   * @throws IllegalArgumentException if there is none, or they are of models of other shapes
   */
  public static Rarefaction of(List<ScoreMatrix> matrices) {
    List<StepSets> sets = StepSets.of("rarefaction", matrices);
    int[] using = new int[sets.get(0).heads()];
    for (StepSets s : sets) {
      int[] uses = s.uses();
      for (int h = 0; h < using.length; h++) {
        using[h] += uses[h] > 0 ? 1 : 0;
      }
    }
    return new Rarefaction(sets.size(), using);
  }

  /** How many samples there are. */
  public int samples() {
    return samples;
  }

  /** The heads that any sample uses. */
  public int heads() {
    return (int) Arrays.stream(using).filter(n -> n > 0).count();
  }

  /**
   * The mean number of heads that n of the samples use.
   *
   * @param n 0 to {@link #samples}
   */
  public double heads(int n) {
    if (n < 0 || n > samples) {
      throw Section.SCORES.wrong(
          "there are " + samples + " samples to choose from, got " + n + " to be chosen");
    }
    return Arrays.stream(using).mapToDouble(u -> 1 - missed(u, n)).sum();
  }

  /** The share of the choices of n samples that hold none of those that use a head. */
  private double missed(int using, int n) {
    double share = 1;
    for (int i = 0; i < n; i++) {
      share *= Math.max(0, samples - using - i) / (double) (samples - i);
    }
    return share;
  }

  /** One row for 1, 2, … samples: columns {@code samples}, {@code heads}. */
  public Table toTable() {
    Table table =
        Table.create(
            "distinct heads by rarefaction",
            IntColumn.create("samples"),
            DoubleColumn.create("heads"));
    for (int n = 1; n <= samples; n++) {
      table.intColumn("samples").append(n);
      table.doubleColumn("heads").append(heads(n));
    }
    return table;
  }

  @Override
  public String toString() {
    return "Rarefaction[" + samples + " samples, " + heads() + " heads]";
  }
}
