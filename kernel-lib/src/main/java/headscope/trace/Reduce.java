package headscope.trace;

import headscope.failure.Section;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What is kept of the vectors of a hook: of patterns a vector is one head's row, of z its output,
 * of the residual stream the stream at a position. The built-in ones are computed where the vectors
 * lie; {@link #by} gets them one by one.
 *
 * <pre>
 *   Capture capture = Capture.heads()
 *       .with(Measure.of("needle_mass", Hook.PATTERN, Reduce.massOn(Prompt.NEEDLE)))
 *       .with(Measure.of("spread", Hook.PATTERN, Reduce.by("positions above .01",
 *           row -&gt; IntStream.range(0, row.length).filter(i -&gt; row[i] &gt; .01).count())));
 * </pre>
 *
 * @see Measure
 */
public interface Reduce {
  /** What a file says of it, such as {@code max}. */
  String name();

  /** The numbers that are kept, one or more a vector, vector by vector: [vectors * numbers]. */
  float[] of(Vectors vectors);

  /** The greatest number. */
  static Reduce max() {
    return named("max", Vectors::max);
  }

  /** Where the greatest number is: of a pattern the position that is looked at. */
  static Reduce argmax() {
    return named("argmax", Vectors::argmax);
  }

  static Reduce sum() {
    return named("sum", Vectors::sum);
  }

  static Reduce mean() {
    return named("mean", Vectors::mean);
  }

  /** The Euclidean length. */
  static Reduce norm() {
    return named("norm", Vectors::norm);
  }

  /** Of a pattern: the attention on a span that the prompt declares. */
  static Reduce massOn(String span) {
    return named("mass on " + span, vectors -> vectors.massOn(span));
  }

  /** The vector itself; not of patterns, whose length grows from step to step. */
  static Reduce whole() {
    return named("whole", Vectors::values);
  }

  /**
   * A number of one's own.
   *
   * @param name what it is, in the words of a file
   * @param number of one vector
   */
  static Reduce by(String name, ToDoubleFunction<float[]> number) {
    return toVector(name, vector -> new float[] {(float) number.applyAsDouble(vector)});
  }

  /**
   * Several numbers of one's own.
   *
   * @param name what they are, in the words of a file
   * @param numbers of one vector, as many for each
   */
  static Reduce toVector(String name, Function<float[], float[]> numbers) {
    return named(name, vectors -> each(name, vectors, numbers));
  }

  private static float[] each(String name, Vectors vectors, Function<float[], float[]> numbers) {
    float[] all = vectors.values();
    float[] out = new float[0];
    int length = vectors.length();
    for (int i = 0; i < vectors.count(); i++) {
      float[] of = numbers.apply(Arrays.copyOfRange(all, i * length, (i + 1) * length));
      if (i == 0) {
        out = new float[vectors.count() * of.length];
      }
      if (of.length * vectors.count() != out.length) {
        throw Section.TRACE_CONTENT.wrong(
            String.format(
                "the reduction \"%s\" gives as many numbers for every vector: %d for the first, %d"
                    + " for number %d",
                name, out.length / vectors.count(), of.length, i));
      }
      System.arraycopy(of, 0, out, i * of.length, of.length);
    }
    return out;
  }

  private static Reduce named(String name, Function<Vectors, float[]> numbers) {
    return new Reduce() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public float[] of(Vectors vectors) {
        return numbers.apply(vectors);
      }

      @Override
      public String toString() {
        return name;
      }
    };
  }
}
