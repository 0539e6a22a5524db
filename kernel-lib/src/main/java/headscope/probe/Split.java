package headscope.probe;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.pairs.Pairs;
import headscope.pairs.ScoredGeneration;
import headscope.pairs.SplitBy;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * What a probe learns from, what chooses its threshold and its rate, and what judges it: 70, 20 and
 * 10 per cent of the generations, so that no row of a judged generation was learned.
 *
 * <pre>
 *   Split split = Split.of(generations, seed);
 *   split.training().size();          // pairs
 * </pre>
 *
 * @param training pairs that are learned
 * @param validation pairs that choose threshold, learning rate and when to stop
 * @param test pairs that judge
 * @param by what was put whole on one side
 * @param seed of the permutation
 */
public record Split(Pairs training, Pairs validation, Pairs test, SplitBy by, long seed) {
  private static final double TO_VALIDATION = .7;
  private static final double TO_TEST = .9;

  public Split {
    if (training.size() == 0 || validation.size() == 0 || test.size() == 0) {
      throw Section.CORRELATION.wrong(
          String.format(
              Locale.ROOT,
              "training, validation and test have pairs each, got %d, %d and %d of %d generations;"
                  + " at least 4 generations with steps are needed, better 10, or another seed",
              training.size(),
              validation.size(),
              test.size(),
              training.generations().size()));
    }
  }

  /** By generation, hidden states with the scores of the same step. */
  public static Split of(List<ScoredGeneration> generations, long seed) {
    return of(generations, 0, SplitBy.GENERATION, seed);
  }

  /**
   * Permutes the generations, or the pairs, by {@link Draws#permutation} and cuts at {@code (int)
   * (0.7 n)} and {@code (int) (0.9 n)}.
   *
   * @param offset from a hidden state to the scores that are predicted from it, in steps
   * @throws IllegalArgumentException if one of the three parts has no pair, or the generations are
   *     of different models
   */
  public static Split of(List<ScoredGeneration> generations, int offset, SplitBy by, long seed) {
    Pairs all = Pairs.of(generations, offset);
    int n = by == SplitBy.GENERATION ? generations.size() : all.size();
    int[] order = Draws.permutation(n, seed);
    int validation = (int) (TO_VALIDATION * n);
    int test = (int) (TO_TEST * n);
    return new Split(
        part(all, by, Arrays.copyOf(order, validation)),
        part(all, by, Arrays.copyOfRange(order, validation, test)),
        part(all, by, Arrays.copyOfRange(order, test, n)),
        by,
        seed);
  }

  /**
   * By generation, with given parts, such as those that another program drew. The seed is that of
   * the recorded split, and decides nothing here.
   *
   * @param training numbers of generations, from 0: [generations]
   * @param validation others: [generations]
   * @param test others still: [generations]
   * @throws IllegalArgumentException if a generation is in two parts or is none of them
   */
  public static Split given(
      List<ScoredGeneration> generations,
      int offset,
      int[] training,
      int[] validation,
      int[] test,
      long seed) {
    Pairs all = Pairs.of(generations, offset);
    BitSet taken = new BitSet();
    for (int[] part : List.of(training, validation, test)) {
      for (int g : part) {
        if (g < 0 || g >= generations.size() || taken.get(g)) {
          throw Section.CORRELATION.wrong(
              "a split puts each of the generations 0 to "
                  + (generations.size() - 1)
                  + " into one part at most, got "
                  + g
                  + (g >= 0 && taken.get(g) ? " twice" : ""));
        }
        taken.set(g);
      }
    }
    return new Split(
        all.ofGenerations(training),
        all.ofGenerations(validation),
        all.ofGenerations(test),
        SplitBy.GENERATION,
        seed);
  }

  private static Pairs part(Pairs all, SplitBy by, int[] some) {
    return by == SplitBy.GENERATION ? all.ofGenerations(some) : all.only(some);
  }
}
