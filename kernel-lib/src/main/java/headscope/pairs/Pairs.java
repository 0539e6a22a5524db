package headscope.pairs;

import headscope.failure.Section;
import headscope.matrix.Rows;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Hidden states of steps n with the scores of steps n + offset of the same generations; pairs never
 * cross a generation's end. They stand in the order of the generations and steps.
 */
public final class Pairs {
  private final List<ScoredGeneration> generations;
  private final int offset;
  private final int[] generation; // [pairs]
  private final int[] step; // [pairs]

  private Pairs(List<ScoredGeneration> generations, int offset, int[] generation, int[] step) {
    this.generations = generations;
    this.offset = offset;
    this.generation = generation;
    this.step = step;
  }

  /**
   * All pairs of some generations.
   *
   * @param offset from a hidden state to its scores, in steps, 0 or more
   * @throws IllegalArgumentException if the offset is negative, there is no generation with a step,
   *     or they are of different models
   */
  public static Pairs of(List<ScoredGeneration> generations, int offset) {
    ScoredGeneration.check(generations);
    if (offset < 0) {
      throw Section.CORRELATION.wrong("an offset is 0 or more steps, got " + offset);
    }
    int[] counts = generations.stream().mapToInt(g -> Math.max(0, g.steps() - offset)).toArray();
    int[] generation = new int[Arrays.stream(counts).sum()];
    int[] step = new int[generation.length];
    int at = 0;
    for (int g = 0; g < counts.length; g++) {
      for (int t = 0; t < counts[g]; t++) {
        generation[at] = g;
        step[at++] = t;
      }
    }
    return new Pairs(List.copyOf(generations), offset, generation, step);
  }

  /**
   * The pairs of some of the generations, in the order of all.
   *
   * @param some their numbers: [generations]
   */
  public Pairs ofGenerations(int[] some) {
    boolean[] wanted = new boolean[generations.size()];
    Arrays.stream(some).forEach(g -> wanted[g] = true);
    return only(IntStream.range(0, size()).filter(i -> wanted[generation[i]]).toArray());
  }

  /**
   * Some of the pairs.
   *
   * @param some their numbers: [pairs]
   */
  public Pairs only(int[] some) {
    return new Pairs(
        generations,
        offset,
        Arrays.stream(some).map(i -> generation[i]).toArray(),
        Arrays.stream(some).map(i -> step[i]).toArray());
  }

  /** How many pairs there are. */
  public int size() {
    return step.length;
  }

  /** From a hidden state to its scores, in steps. */
  public int offset() {
    return offset;
  }

  /** The generations that the pairs are of, with those that have none. */
  public List<ScoredGeneration> generations() {
    return generations;
  }

  /** The number of the generation of a pair. */
  public int generation(int pair) {
    return generation[pair];
  }

  /** The step of the hidden state of a pair. */
  public int step(int pair) {
    return step[pair];
  }

  /** The hidden state of a pair: [hidden size], not a copy. */
  public float[] hidden(int pair) {
    return generations.get(generation[pair]).hidden(step[pair]);
  }

  /** The scores of a pair: [heads], not a copy. */
  public double[] scores(int pair) {
    return generations.get(generation[pair]).scores(step[pair] + offset);
  }

  /** The scores of all pairs: [pairs, heads]. */
  public double[][] scores() {
    return IntStream.range(0, size()).mapToObj(this::scores).toArray(double[][]::new);
  }

  /** 1 where a score is above the threshold of the generations, else 0: [pairs, heads]. */
  public double[][] labels() {
    double threshold = ScoredGeneration.shape(generations).threshold();
    return Arrays.stream(scores())
        .map(row -> Arrays.stream(row).map(v -> v > threshold ? 1 : 0).toArray())
        .toArray(double[][]::new);
  }

  /** All query heads. */
  public int heads() {
    return ScoredGeneration.shape(generations).heads();
  }

  /** The size of a hidden state. */
  public int hiddenSize() {
    return ScoredGeneration.shape(generations).hiddenSize();
  }

  /** The hidden states as a matrix: a row per pair. */
  public Rows hiddenRows() {
    int width = hiddenSize();
    return new Rows() {
      @Override
      public int count() {
        return size();
      }

      @Override
      public int width() {
        return width;
      }

      @Override
      public void read(int row, double[] into, int at) {
        float[] from = hidden(row);
        for (int i = 0; i < width; i++) {
          into[at + i] = from[i];
        }
      }
    };
  }

  /** The scores as a matrix: a row per pair. */
  public Rows scoreRows() {
    int heads = heads();
    return new Rows() {
      @Override
      public int count() {
        return size();
      }

      @Override
      public int width() {
        return heads;
      }

      @Override
      public void read(int row, double[] into, int at) {
        System.arraycopy(scores(row), 0, into, at, heads);
      }
    };
  }

  @Override
  public String toString() {
    return "Pairs[" + size() + " of " + generations.size() + " generations, offset " + offset + "]";
  }
}
