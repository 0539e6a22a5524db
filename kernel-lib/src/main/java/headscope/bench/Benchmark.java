package headscope.bench;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.model.GenerateOptions;
import headscope.model.Generation;
import headscope.model.LanguageModel;
import headscope.model.Session;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Measures how fast a model reads a prompt and generates, untraced and traced. Traced and untraced
 * rounds alternate, so that whatever else the machine does hits both.
 *
 * @param lengths prompt lengths in tokens
 * @param newTokens generated tokens a round
 * @param rounds how often each is measured, after a warm-up of four seconds on short prompts
 * @param untraced whether there are untraced rounds, too
 */
public record Benchmark(List<Integer> lengths, int newTokens, int rounds, boolean untraced) {
  /** By then the JVM has compiled what a small model runs. */
  private static final long WARM_UP_NANOS = 4_000_000_000L;

  /** Longest prompt of the warm-up. */
  private static final int WARM_UP_LENGTH = 1024;

  /** Tokens of the span that stands for a needle; it begins at a quarter of the prompt. */
  private static final int NEEDLE = 30;

  /** Speeds in tokens a second, a round each; none if it was not measured. */
  public record Speed(List<Double> rounds) {
    public Speed {
      rounds = List.copyOf(rounds);
    }

    /** NaN without a round. */
    public double mean() {
      return rounds.stream().mapToDouble(x -> x).average().orElse(Double.NaN);
    }

    /** Standard deviation of the sample; 0 for a single round. */
    public double deviation() {
      double mean = mean();
      double squares = rounds.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
      return Math.sqrt(squares / Math.max(1, rounds.size() - 1));
    }

    @Override
    public String toString() {
      return rounds.isEmpty()
          ? "-"
          : String.format(Locale.ROOT, "%.1f ± %.1f", mean(), deviation());
    }
  }

  /**
   * Physical memory of this process in bytes: of all of it, the Java heap, the weights and the
   * libraries included. Empty where the system has no {@code /proc}.
   *
   * @param resident now
   * @param peak the most so far
   */
  public record Memory(OptionalLong resident, OptionalLong peak) {
    /** As it is now. */
    public static Memory now() {
      try {
        List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
        return new Memory(bytes(status, "VmRSS:"), bytes(status, "VmHWM:"));
      } catch (IOException e) {
        return new Memory(OptionalLong.empty(), OptionalLong.empty());
      }
    }

    private static OptionalLong bytes(List<String> status, String key) {
      return status.stream()
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst();
    }
  }

  /**
   * What was measured at one length.
   *
   * @param length prompt tokens
   * @param prompt reading the prompt, in untraced and traced rounds
   * @param untraced generating without observation
   * @param traced generating with every head observed
   * @param ratio traced over untraced, the median of the rounds' own ratios; NaN without untraced
   *     rounds
   * @param memory when the last round was over
   * @param trace what the last traced round saw
   */
  public record Row(
      int length,
      Speed prompt,
      Speed untraced,
      Speed traced,
      double ratio,
      Memory memory,
      Trace trace) {}

  /** One round: tokens a second of prompt and generation, and what was seen. */
  private record Round(double prompt, double generation, Trace trace) {}

  public Benchmark {
    lengths = List.copyOf(lengths);
    if (newTokens < 1 || rounds < 1 || lengths.isEmpty() || lengths.stream().anyMatch(n -> n < 2)) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "a benchmark has lengths from 2, and 1 or more new tokens and rounds; got "
              + lengths
              + ", "
              + newTokens
              + ", "
              + rounds);
    }
  }

  /**
   * Checks that a model has positions for every length.
   *
   * @throws IllegalArgumentException if it has too few
   */
  public void checkFits(LanguageModel model) {
    for (int length : lengths) {
      if (length + newTokens - 1 > model.config().maxPositions()) {
        throw Section.EXPERIMENT_OPTIONS.wrong(
            String.format(
                "a prompt of %d tokens and %d new ones do not fit into the %d positions of model"
                    + " %s; take smaller lengths",
                length, newTokens, model.config().maxPositions(), model.name()));
      }
    }
  }

  /**
   * Measures. The listener is given each row as soon as it is there.
   *
   * @throws IllegalArgumentException if the model has too few positions for a length
   */
  public List<Row> run(LanguageModel model, Consumer<Row> listener) {
    checkFits(model);
    List<Row> rows = new ArrayList<>();
    for (int length : lengths) {
      Row row = measure(model, length);
      listener.accept(row);
      rows.add(row);
    }
    return rows;
  }

  private static Prompt prompt(LanguageModel model, int length) {
    return prompt(model, length, length);
  }

  /** A prompt of drawn tokens, of which some are a needle. */
  static Prompt prompt(LanguageModel model, int length, long seed) {
    Draws draws = new Draws(seed);
    int vocabulary = model.config().vocabulary();
    int[] ids = new int[length];
    for (int i = 0; i < length; i++) {
      ids[i] = (int) Long.remainderUnsigned(draws.next(), vocabulary);
    }
    int quarter = Math.max(1, length / 4);
    return Prompt.ofIds(ids)
        .withSpan(Prompt.NEEDLE, Spans.of(quarter, Math.min(length, quarter + NEEDLE)));
  }

  private Row measure(LanguageModel model, int length) {
    Prompt shorter = prompt(model, Math.min(length, WARM_UP_LENGTH));
    long warm = System.nanoTime() + WARM_UP_NANOS;
    do {
      round(model, shorter, Capture.tokens());
      round(model, shorter, Capture.heads());
    } while (System.nanoTime() < warm);
    Prompt prompt = prompt(model, length);
    List<Double> prompts = new ArrayList<>();
    List<Double> plain = new ArrayList<>();
    List<Double> traced = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    Optional<Trace> last = Optional.empty();
    for (int i = 0; i < rounds; i++) {
      if (untraced) {
        Round round = round(model, prompt, Capture.tokens());
        prompts.add(round.prompt());
        plain.add(round.generation());
      }
      Round round = round(model, prompt, Capture.heads());
      prompts.add(round.prompt());
      traced.add(round.generation());
      last = Optional.of(round.trace());
      if (untraced) {
        ratios.add(round.generation() / plain.get(i));
      }
    }
    ratios.sort(null);
    return new Row(
        length,
        new Speed(prompts),
        new Speed(plain),
        new Speed(traced),
        untraced ? ratios.get(ratios.size() / 2) : Double.NaN,
        Memory.now(),
        last.orElseThrow());
  }

  private Round round(LanguageModel model, Prompt prompt, Capture capture) {
    GenerateOptions how =
        GenerateOptions.defaults().withMaxNewTokens(newTokens).withIgnoreEndTokens();
    long start = System.nanoTime();
    try (Session session = model.session(prompt, capture)) {
      long read = System.nanoTime();
      Generation generation = Generation.of(model, session, how);
      while (generation.going()) {
        generation.advance();
      }
      long done = System.nanoTime();
      return new Round(
          (prompt.length() - 1) * 1e9 / (read - start),
          newTokens * 1e9 / (done - read),
          generation.trace(generation.rows().get(0), how));
    }
  }
}
