package headscope.bench;

import headscope.bench.Benchmark.Memory;
import headscope.bench.Benchmark.Speed;
import headscope.failure.Section;
import headscope.model.Continuation;
import headscope.model.GenerateOptions;
import headscope.model.Generation;
import headscope.model.LanguageModel;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Measures how fast a sweep answers prompts, by how many of them advance together: without and with
 * every head observed. All prompts differ from their first token on and a little in length. Traced
 * and untraced rounds alternate, so that whatever else the machine does hits both.
 *
 * @param length tokens of the longest prompt
 * @param rows prompts of the sweep
 * @param groups sizes of groups that are measured
 * @param newTokens generated tokens a row
 * @param rounds how often each is measured, after a warm-up on the first size
 * @param untraced whether there are untraced rounds, too
 */
public record SweepBenchmark(
    int length, int rows, List<Integer> groups, int newTokens, int rounds, boolean untraced) {

  /** By so many tokens a prompt is shorter than the one before it. */
  private static final int SHORTER = 3;

  /**
   * What was measured with groups of one size.
   *
   * @param group rows that advance together
   * @param prompt tokens a second while prompts are read, in untraced and traced rounds
   * @param untraced generated rows a second without observation
   * @param traced generated rows a second with every head observed
   * @param ratio traced over untraced, the median of the rounds' own ratios; NaN without untraced
   *     rounds
   * @param seconds of a traced round, prompts and generation together: [rounds]
   * @param memory when the last round was over
   * @param traces what the last traced round saw, a trace a row
   */
  public record Row(
      int group,
      Speed prompt,
      Speed untraced,
      Speed traced,
      double ratio,
      List<Double> seconds,
      Memory memory,
      List<Trace> traces) {}

  /** One round over all rows: seconds of prompts and of generation, and what was seen. */
  private record Round(double prompt, double generation, List<Trace> traces) {}

  public SweepBenchmark {
    groups = List.copyOf(groups);
    if (rows < 1
        || newTokens < 1
        || rounds < 1
        || groups.isEmpty()
        || groups.stream().anyMatch(g -> g < 1)
        || length < 2 + SHORTER * (rows - 1)) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          String.format(
              "a sweep has 1 or more rows, new tokens, rounds and groups of 1 or more, and %d rows"
                  + " want prompts from %d tokens on; got %d tokens, %d rows, groups of %s",
              rows, 2 + SHORTER * (rows - 1), length, rows, groups));
    }
  }

  /**
   * Measures. The listener is given each row as soon as it is there.
   *
   * @throws IllegalArgumentException if the model has too few positions
   */
  public List<Row> run(LanguageModel model, Consumer<Row> listener) {
    new Benchmark(List.of(length), newTokens, rounds, untraced).checkFits(model);
    List<Prompt> prompts =
        IntStream.range(0, rows)
            .mapToObj(i -> Benchmark.prompt(model, length - SHORTER * i, i))
            .toList();
    List<Prompt> some = prompts.subList(0, Math.min(rows, groups.get(0)));
    round(model, some, some.size(), Capture.tokens());
    round(model, some, some.size(), Capture.heads());
    List<Row> all = new ArrayList<>();
    for (int group : groups) {
      Row row = measure(model, prompts, group);
      listener.accept(row);
      all.add(row);
    }
    return all;
  }

  private Row measure(LanguageModel model, List<Prompt> prompts, int group) {
    double positions = prompts.stream().mapToInt(p -> p.length() - 1).sum();
    double generated = (double) rows * newTokens;
    List<Double> read = new ArrayList<>();
    List<Double> plain = new ArrayList<>();
    List<Double> traced = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    List<Double> seconds = new ArrayList<>();
    List<Trace> traces = List.of();
    for (int i = 0; i < rounds; i++) {
      if (untraced) {
        Round round = round(model, prompts, group, Capture.tokens());
        read.add(positions / round.prompt());
        plain.add(generated / round.generation());
      }
      Round round = round(model, prompts, group, Capture.heads());
      read.add(positions / round.prompt());
      traced.add(generated / round.generation());
      seconds.add(round.prompt() + round.generation());
      traces = round.traces();
      if (untraced) {
        ratios.add(traced.get(i) / plain.get(i));
      }
    }
    ratios.sort(null);
    return new Row(
        group,
        new Speed(read),
        new Speed(plain),
        new Speed(traced),
        untraced ? ratios.get(ratios.size() / 2) : Double.NaN,
        seconds,
        Memory.now(),
        traces);
  }

  private Round round(LanguageModel model, List<Prompt> prompts, int group, Capture capture) {
    GenerateOptions how =
        GenerateOptions.defaults().withMaxNewTokens(newTokens).withIgnoreEndTokens();
    double reading = 0;
    double generating = 0;
    List<Trace> traces = new ArrayList<>();
    for (int from = 0; from < prompts.size(); from += group) {
      List<Continuation> together =
          prompts.subList(from, Math.min(prompts.size(), from + group)).stream()
              .map(p -> Continuation.of(p, how, capture))
              .toList();
      long start = System.nanoTime();
      try (Generation generation = Generation.of(model, together)) {
        long read = System.nanoTime();
        while (generation.going()) {
          generation.advance();
        }
        long done = System.nanoTime();
        reading += (read - start) / 1e9;
        generating += (done - read) / 1e9;
        generation.rows().forEach(row -> traces.add(generation.trace(row, how)));
      }
    }
    return new Round(reading, generating, traces);
  }
}
