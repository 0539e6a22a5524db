package headscope.experiment;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.model.Tokenizer;
import headscope.task.AnswerSpan;
import headscope.task.Metric;
import headscope.task.NeedleInHaystack;
import headscope.task.NeedleTrial;
import headscope.task.Trial;
import headscope.task.TrialFacts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Needles in a haystack: lengths are taken in turn, and depths a turn of the lengths each, so that
 * a whole number of runs fills every cell of the grid evenly.
 *
 * @param task what is hidden, where, and what is asked
 * @param evaluated evaluated trials
 * @param ranking trials that rank the heads
 * @param lengths haystack lengths in tokens
 * @param depths needle depths, 0 to 1; empty: drawn
 * @param seed of everything that is drawn
 */
public record NeedleTrials(
    NeedleInHaystack task,
    int evaluated,
    int ranking,
    List<Integer> lengths,
    List<Double> depths,
    long seed)
    implements Trials {

  public NeedleTrials {
    lengths = List.copyOf(lengths);
    depths = List.copyOf(depths);
    if (evaluated < 0 || ranking < 0 || evaluated + ranking == 0) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "0 or more trials are evaluated, 0 or more rank the heads, and there is one at least; got "
              + evaluated
              + " and "
              + ranking);
    }
    if (lengths.isEmpty() || lengths.stream().anyMatch(n -> n < 1)) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "lengths are numbers of tokens from 1 on, got " + lengths);
    }
    if (depths.stream().anyMatch(d -> !(d >= 0 && d <= 1))) {
      throw Section.EXPERIMENT_OPTIONS.wrong("depths are shares from 0 to 1, got " + depths);
    }
  }

  /**
   * The needle with a UUID, 24 trials and 24 that rank, 128 to 384 tokens, drawn depths, seed 1.
   */
  public static NeedleTrials standard() {
    return new NeedleTrials(
        NeedleInHaystack.standard(), 24, 24, List.of(128, 256, 384), List.of(), 1);
  }

  /**
   * As many as the paper asks for Fig. 2: 5,000 to 50,000 tokens at depths 0, 10, ... 100 %, five
   * runs of each.
   */
  public static NeedleTrials paper() {
    return standard()
        .withGrid(
            IntStream.rangeClosed(1, 10).mapToObj(i -> 5_000 * i).toList(),
            IntStream.rangeClosed(0, 10).mapToObj(i -> i / 10.0).toList(),
            5);
  }

  /** With other needles, another haystack or question. */
  public NeedleTrials withTask(NeedleInHaystack other) {
    return new NeedleTrials(other, evaluated, ranking, lengths, depths, seed);
  }

  /** With other numbers of trials, evaluated and ranking. */
  public NeedleTrials withSamples(int evaluated, int ranking) {
    return new NeedleTrials(task, evaluated, ranking, lengths, depths, seed);
  }

  /** With other haystack lengths, in tokens. */
  public NeedleTrials withLengths(List<Integer> tokens) {
    return new NeedleTrials(task, evaluated, ranking, tokens, depths, seed);
  }

  /** With given depths, 0 to 1. */
  public NeedleTrials withDepths(List<Double> shares) {
    return new NeedleTrials(task, evaluated, ranking, lengths, shares, seed);
  }

  /** With every length at every depth, and so many trials of each. */
  public NeedleTrials withGrid(List<Integer> tokens, List<Double> shares, int runs) {
    if (runs < 1) {
      throw Section.EXPERIMENT_OPTIONS.wrong("a cell has at least 1 run, got " + runs);
    }
    return new NeedleTrials(
        task, tokens.size() * Math.max(1, shares.size()) * runs, ranking, tokens, shares, seed);
  }

  /** With another number of trials that rank the heads. */
  public NeedleTrials withRanking(int trials) {
    return withSamples(evaluated, trials);
  }

  public NeedleTrials withSeed(long other) {
    return new NeedleTrials(task, evaluated, ranking, lengths, depths, other);
  }

  @Override
  public NeedleTrial rankingTrial(Tokenizer tokenizer, int index) {
    return draw(tokenizer, ~seed, index);
  }

  @Override
  public NeedleTrial trial(Tokenizer tokenizer, int index) {
    return draw(tokenizer, seed, index);
  }

  private NeedleTrial draw(Tokenizer tokenizer, long from, int index) {
    double depth =
        depths.isEmpty()
            ? Draws.share(Draws.at(from, 2L * index + 1))
            : depths.get(index / lengths.size() % depths.size());
    int length = lengths.get(index % lengths.size());
    return task.trial(tokenizer, length, depth, Draws.at(from, 2L * index));
  }

  /** That of a trial with the longest haystack; others of that length differ by a few tokens. */
  @Override
  public int longestPrompt(Tokenizer tokenizer) {
    int longest = lengths.indexOf(Collections.max(lengths));
    return trial(tokenizer, longest).prompt().length();
  }

  @Override
  public AnswerSpan answerSpan(TrialFacts facts) {
    if (facts instanceof TrialFacts.OfNeedle needle) {
      return task.answerSpan(needle.needle());
    }
    throw Section.EXPERIMENT_OPTIONS.wrong("these trials hide needles, got the line of " + facts);
  }

  @Override
  public NeedleTrial another(Tokenizer tokenizer, Trial trial) {
    return task.another(tokenizer, (NeedleTrial) trial);
  }

  @Override
  public NeedleTrials rankingOnly() {
    return withSamples(0, ranking);
  }

  @Override
  public List<Metric> metrics() {
    return List.of(Metric.ACCURACY, Metric.ROUGE_L);
  }

  @Override
  public List<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    lengths.forEach(n -> depths.forEach(d -> cells.add(new Cell(n, d))));
    return cells;
  }

  @Override
  public Optional<Cell> cell(double length, double depth) {
    return Optional.of(new Cell(length, depth)).filter(cells()::contains);
  }

  @Override
  public Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("task", "niah");
    map.putAll(task.options());
    map.put("samples", evaluated);
    map.put("rankingSamples", ranking);
    map.put("lengths", lengths);
    map.put("depths", depths);
    map.put("seed", seed);
    return map;
  }
}
