package headscope.score;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/**
 * The heads of a model by their mean score over samples: the static retrieval heads of section 1
 * are its top N. The samples should not be those that are evaluated. Immutable.
 *
 * <pre>
 *   var ranking = StaticRanking.of(matrices, successful);   // a ScoreMatrix and a Boolean a sample
 *   ranking.top(20);                                        // L2-H5,L3-H0,...
 *   ranking.warning().ifPresent(System.out::println);
 * </pre>
 */
public final class StaticRanking {
  private final HeadScores used;
  private final int samples;
  private final int successful;
  private final List<HeadId> heads;

  private StaticRanking(HeadScores used, int samples, int successful) {
    this.used = used;
    this.samples = samples;
    this.successful = successful;
    this.heads = HeadSet.ranking(HeadScores.withoutNoise(used.means()), used.headsPerLayer());
  }

  /** The ranking over all samples, as of a published file. */
  public static StaticRanking of(HeadScores scores) {
    return of(scores, Collections.nCopies(scores.samples(), true));
  }

  /**
   * The ranking over the samples that were answered; over all of them, with a {@link #warning}, if
   * none was.
   *
   * @param scores a score per head and sample
   * @param successful whether the sample was answered: needles with the whole answer, questions
   *     with F1 > .5
   * @throws IllegalArgumentException if they are not as many
   */
  public static StaticRanking of(HeadScores scores, List<Boolean> successful) {
    int n = scores.samples();
    if (successful.size() != n) {
      throw Section.SCORES.wrong(
          "a ranking needs to know of each sample whether it was answered: "
              + n
              + " samples, "
              + successful.size()
              + " answers");
    }
    int answered = Collections.frequency(successful, true);
    return new StaticRanking(answered == 0 ? scores : scores.where(successful), n, answered);
  }

  /** The ranking over the samples that were answered, each scored by its mean over steps. */
  public static StaticRanking of(List<ScoreMatrix> samples, List<Boolean> successful) {
    return of(HeadScores.ofSamples(samples.stream().map(ScoreMatrix::mean).toList()), successful);
  }

  /** Every head with a score, the greatest first; ties lower layer, then lower head. */
  public List<HeadId> heads() {
    return heads;
  }

  /**
   * The static retrieval heads: the first n.
   *
   * @param n how many, 20 in the paper; all where there are fewer
   */
  public HeadSet top(int n) {
    if (n < 0) {
      throw Section.SCORES.wrong("the top of a ranking has 0 heads or more, got " + n);
    }
    return HeadSet.of(heads.stream().limit(n).toList());
  }

  /** The mean score of a head over the samples that were used. */
  public double score(HeadId head) {
    return used.mean(head);
  }

  /** The scores that the ranking rests on: of the successful samples, or of all. */
  public HeadScores used() {
    return used;
  }

  /** The samples that there were. */
  public int samples() {
    return samples;
  }

  /** The samples that were answered. */
  public int successful() {
    return successful;
  }

  /** What is to be said beside the ranking: that no sample was answered, so that all were used. */
  public Optional<String> warning() {
    return successful > 0
        ? Optional.empty()
        : Optional.of(
            "none of the "
                + samples
                + " samples was answered: the ranking is over all of them and may not show heads"
                + " that retrieve; use more samples, or shorter contexts");
  }

  /** One row a head in order: columns {@code rank} (from 1), {@code head}, {@code score}. */
  public Table toTable() {
    return used.table("static ranking", heads)
        .insertColumn(0, IntColumn.indexColumn("rank", heads.size(), 1));
  }

  /**
   * The same for a model of which some layers have a window: a column {@code window} says how many
   * positions the heads of the layer see, nothing where they see all.
   *
   * @param windows a number per layer, 0 for all; empty: there is no such column
   */
  public Table toTable(List<Integer> windows) {
    Table table = toTable();
    if (windows.isEmpty()) {
      return table;
    }
    IntColumn column = IntColumn.create("window");
    for (HeadId head : heads) {
      int window = windows.get(head.layer());
      if (window > 0) {
        column.append(window);
      } else {
        column.appendMissing();
      }
    }
    return table.addColumns(column);
  }

  /**
   * How far two rankings name the same heads: of the first n of each.
   *
   * @param other such as a published one of the same model
   * @param sizes several n
   * @return columns top, shared, by chance (heads that two random lists of that size share on
   *     average), Jaccard
   * @throws IllegalArgumentException if the rankings are of models of other shapes
   */
  public Table comparison(StaticRanking other, List<Integer> sizes) {
    checkSameShape(other);
    Table table =
        Table.create(
            "comparison of rankings",
            IntColumn.create("top"),
            IntColumn.create("shared"),
            DoubleColumn.create("by chance"),
            DoubleColumn.create("Jaccard"));
    double heads = (double) used.layers() * used.headsPerLayer();
    for (int n : sizes) {
      HeadSet mine = top(n);
      HeadSet theirs = other.top(n);
      table.intColumn("top").append(n);
      table.intColumn("shared").append(mine.intersect(theirs).size());
      table.doubleColumn("by chance").append(mine.size() * theirs.size() / heads);
      table.doubleColumn("Jaccard").append(mine.jaccard(theirs));
    }
    return table;
  }

  /**
   * Spearman's rank correlation of the scores of the heads that both rank, ties by their mean rank.
   *
   * @return from -1 to 1; NaN if either gives all these heads one score, or fewer than two are
   *     ranked by both
   * @throws IllegalArgumentException if the rankings are of models of other shapes
   */
  public double rankCorrelation(StaticRanking other) {
    checkSameShape(other);
    List<HeadId> both = used.heads().intersect(other.used.heads()).stream().toList();
    if (both.size() < 2) {
      return Double.NaN;
    }
    return new SpearmansCorrelation()
        .correlation(
            both.stream().mapToDouble(this::score).toArray(),
            both.stream().mapToDouble(other::score).toArray());
  }

  private void checkSameShape(StaticRanking other) {
    if (used.layers() != other.used.layers()
        || used.headsPerLayer() != other.used.headsPerLayer()) {
      throw Section.SCORES.wrong(
          "rankings of one model are compared, got " + used + " and " + other.used);
    }
  }

  @Override
  public String toString() {
    return "StaticRanking[" + successful + " of " + samples + " samples answered, " + used + "]";
  }
}
