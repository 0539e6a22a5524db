package headscope.experiment;

import headscope.head.HeadMask;
import headscope.model.LanguageModel;
import headscope.model.Session;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Measures how fast a model reads a prompt and generates, untraced and traced. Traced and untraced
 * rounds alternate, so that whatever else the machine does hits both.
 *
 * @param lengths prompt lengths in tokens
 * @param newTokens generated tokens a round
 * @param rounds how often each is measured, after four seconds or a round to warm up
 */
public record Benchmark(List<Integer> lengths, int newTokens, int rounds) {
  /** By then the JVM has compiled what a small model runs. */
  private static final long WARM_UP_NANOS = 4_000_000_000L;

  /** Mean and standard deviation of a speed in tokens a second. */
  public record Speed(double mean, double deviation) {
    static Speed of(List<Double> values) {
      double mean = values.stream().mapToDouble(x -> x).average().orElse(Double.NaN);
      double squares = values.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
      return new Speed(mean, Math.sqrt(squares / Math.max(1, values.size() - 1)));
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%.1f ± %.1f", mean, deviation);
    }
  }

  /**
   * What was measured at one length.
   *
   * @param length prompt tokens
   * @param prompt reading the prompt
   * @param untraced generating without observation
   * @param traced generating with every head observed
   * @param ratio traced over untraced, the median of the rounds' own ratios
   */
  public record Row(int length, Speed prompt, Speed untraced, Speed traced, double ratio) {}

  public Benchmark {
    lengths = List.copyOf(lengths);
    if (newTokens < 1 || rounds < 1 || lengths.isEmpty() || lengths.stream().anyMatch(n -> n < 2)) {
      throw new IllegalArgumentException(
          "a benchmark has lengths from 2, and 1 or more new tokens and rounds; got "
              + lengths
              + ", "
              + newTokens
              + ", "
              + rounds);
    }
  }

  /** Measures. The listener is given each row as soon as it is there. */
  public List<Row> run(LanguageModel model, Consumer<Row> listener) {
    List<Row> rows = new ArrayList<>();
    for (int length : lengths) {
      Row row = measure(model, length);
      listener.accept(row);
      rows.add(row);
    }
    return rows;
  }

  private Row measure(LanguageModel model, int length) {
    SplittableRandom random = new SplittableRandom(length);
    int[] ids = random.ints(length, 0, model.config().vocabulary()).toArray();
    int quarter = Math.max(1, length / 4);
    Prompt prompt =
        Prompt.ofIds(ids)
            .withSpan(Prompt.NEEDLE, Spans.of(quarter, Math.min(length, quarter + 30)));
    List<Double> prompts = new ArrayList<>();
    List<Double> untraced = new ArrayList<>();
    List<Double> traced = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    long warm = System.nanoTime() + WARM_UP_NANOS;
    do {
      round(model, prompt, Capture.tokens());
      round(model, prompt, Capture.heads());
    } while (System.nanoTime() < warm);
    for (int round = 0; round < rounds; round++) {
      double[] plain = round(model, prompt, Capture.tokens());
      double[] seen = round(model, prompt, Capture.heads());
      prompts.add(plain[0]);
      untraced.add(plain[1]);
      traced.add(seen[1]);
      ratios.add(seen[1] / plain[1]);
    }
    ratios.sort(null);
    return new Row(
        length,
        Speed.of(prompts),
        Speed.of(untraced),
        Speed.of(traced),
        ratios.get(ratios.size() / 2));
  }

  /** Tokens a second of the prompt and of the generation. */
  private double[] round(LanguageModel model, Prompt prompt, Capture capture) {
    long start = System.nanoTime();
    try (Session session = model.session(prompt, capture)) {
      long read = System.nanoTime();
      int token = prompt.ids()[prompt.length() - 1];
      for (int i = 0; i < newTokens; i++) {
        Step step = session.step(token, HeadMask.none());
        token = step.token();
      }
      long done = System.nanoTime();
      return new double[] {
        (prompt.length() - 1) * 1e9 / (read - start), newTokens * 1e9 / (done - read)
      };
    }
  }
}
