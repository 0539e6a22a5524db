package headscope.score;

import headscope.head.HeadId;
import headscope.head.HeadSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
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
   * @param scores a score a head and sample
   * @param successful whether the sample was answered: needles with the whole answer, questions
   *     with F1 > .5
   * @throws IllegalArgumentException if they are not as many
   */
  public static StaticRanking of(HeadScores scores, List<Boolean> successful) {
    int n = scores.samples();
    if (successful.size() != n) {
      throw new IllegalArgumentException(
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
      throw new IllegalArgumentException("the top of a ranking has 0 heads or more, got " + n);
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

  @Override
  public String toString() {
    return "StaticRanking[" + successful + " of " + samples + " samples answered, " + used + "]";
  }
}
