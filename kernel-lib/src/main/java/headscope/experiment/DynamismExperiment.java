package headscope.experiment;

import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.score.CopyPasteScore;
import headscope.score.ReasoningScore;
import headscope.score.Score;
import headscope.task.NeedleInHaystack;
import headscope.task.NeedleTrial;
import headscope.trace.Capture;
import headscope.trace.Trace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Do the heads that retrieve change from step to step (Fig. 1, Table 1)? Needles are asked for in
 * two disjoint sets of samples: one ranks the heads, the other is evaluated.
 *
 * <pre>
 *   var result = DynamismExperiment.standard().withSamples(24).run(model, TrialListener.NONE);
 *   result.accuracy();          // 0.9583...
 *   result.dynamism(20).toTable();
 * </pre>
 *
 * @param task what is hidden, where, and what is asked
 * @param samples evaluated samples
 * @param rankingSamples samples of the static ranking
 * @param lengths haystack lengths in tokens, taken in turn
 * @param depths needle depths from 0 to 1, taken in turn; empty: drawn
 * @param seed of everything that is drawn
 * @param maxNewTokens the most tokens an answer has
 * @param score what makes a head a retrieval head
 * @param sink positions of the attention sink
 * @param local positions of the local window
 */
public record DynamismExperiment(
    NeedleInHaystack task,
    int samples,
    int rankingSamples,
    List<Integer> lengths,
    List<Double> depths,
    long seed,
    int maxNewTokens,
    Score score,
    int sink,
    int local) {

  public DynamismExperiment {
    lengths = List.copyOf(lengths);
    depths = List.copyOf(depths);
    if (samples < 0 || rankingSamples < 1) {
      throw new IllegalArgumentException(
          "0 or more samples are evaluated and at least 1 ranks the heads, got "
              + samples
              + " and "
              + rankingSamples);
    }
    if (lengths.isEmpty() || lengths.stream().anyMatch(n -> n < 1)) {
      throw new IllegalArgumentException("lengths are numbers of tokens from 1 on, got " + lengths);
    }
    if (depths.stream().anyMatch(d -> !(d >= 0 && d <= 1))) {
      throw new IllegalArgumentException("depths are shares from 0 to 1, got " + depths);
    }
  }

  /**
   * The needle with a UUID, 24 samples and 24 that rank, 128 to 384 tokens, drawn depths, Eq. 1,
   * seed 1.
   */
  public static DynamismExperiment standard() {
    return new DynamismExperiment(
        NeedleInHaystack.standard(),
        24,
        24,
        List.of(128, 256, 384),
        List.of(),
        1,
        GenerateOptions.MAX_NEW_TOKENS,
        CopyPasteScore.standard(),
        Capture.SINK,
        Capture.LOCAL);
  }

  /** With other needles, another haystack or question. */
  public DynamismExperiment withTask(NeedleInHaystack other) {
    return new DynamismExperiment(
        other, samples, rankingSamples, lengths, depths, seed, maxNewTokens, score, sink, local);
  }

  /** With other numbers of samples, evaluated and ranking. */
  public DynamismExperiment withSamples(int evaluated, int ranking) {
    return new DynamismExperiment(
        task, evaluated, ranking, lengths, depths, seed, maxNewTokens, score, sink, local);
  }

  /** With other haystack lengths, in tokens. */
  public DynamismExperiment withLengths(List<Integer> tokens) {
    return new DynamismExperiment(
        task, samples, rankingSamples, tokens, depths, seed, maxNewTokens, score, sink, local);
  }

  /** With given depths, 0 to 1. */
  public DynamismExperiment withDepths(List<Double> shares) {
    return new DynamismExperiment(
        task, samples, rankingSamples, lengths, shares, seed, maxNewTokens, score, sink, local);
  }

  public DynamismExperiment withSeed(long other) {
    return new DynamismExperiment(
        task, samples, rankingSamples, lengths, depths, other, maxNewTokens, score, sink, local);
  }

  public DynamismExperiment withMaxNewTokens(int tokens) {
    return new DynamismExperiment(
        task, samples, rankingSamples, lengths, depths, seed, tokens, score, sink, local);
  }

  /** With another score. */
  public DynamismExperiment withScore(Score other) {
    return new DynamismExperiment(
        task, samples, rankingSamples, lengths, depths, seed, maxNewTokens, other, sink, local);
  }

  /** With another number of sink and local positions. */
  public DynamismExperiment withWindows(int sinkTokens, int localTokens) {
    return new DynamismExperiment(
        task,
        samples,
        rankingSamples,
        lengths,
        depths,
        seed,
        maxNewTokens,
        score,
        sinkTokens,
        localTokens);
  }

  /** Runs all trials in memory. */
  public DynamismResult run(LanguageModel model, TrialListener listener) {
    List<DynamismResult.Sample> done = new ArrayList<>();
    for (int i = 0; i < trials(); i++) {
      done.add(sample(model, i));
      listener.progress(i + 1, trials());
    }
    return new DynamismResult(this, done);
  }

  /**
   * Runs what is missing of all trials; a folder that a killed run left is taken up where it ended.
   * Traces go to {@code traces/}.
   *
   * @throws IllegalArgumentException if the folder holds results of other options
   */
  public DynamismResult run(LanguageModel model, Path folder, TrialListener listener) {
    Path traces = folder.resolve("traces");
    List<DynamismResult.Sample> done = new ArrayList<>();
    try (Results results = Results.open(folder, options(model), model.environment())) {
      Files.createDirectories(traces);
      for (int i = 0; i < trials(); i++) {
        Path file = traces.resolve(String.format("%05d.trace.safetensors", i));
        if (i < results.size() && Files.exists(file)) {
          done.add(DynamismResult.Sample.of(results.line(i), Trace.load(file)));
        } else {
          DynamismResult.Sample sample = sample(model, i);
          sample.trace().save(file);
          if (i >= results.size()) {
            results.append(sample.toJson());
          }
          done.add(sample);
        }
        listener.progress(i + 1, trials());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + traces + ": " + e.getMessage(), e);
    }
    return new DynamismResult(this, done);
  }

  private int trials() {
    return rankingSamples + samples;
  }

  /** Trial i of the plan: first the ranking samples, then the evaluated ones. */
  private DynamismResult.Sample sample(LanguageModel model, int i) {
    boolean ranking = i < rankingSamples;
    int index = ranking ? i : i - rankingSamples;
    SplittableRandom random = new SplittableRandom(ranking ? ~seed : seed);
    long trialSeed = 0;
    double drawn = 0;
    for (int k = 0; k <= index; k++) {
      trialSeed = random.nextLong();
      drawn = (random.nextLong() >>> 11) * 0x1p-53;
    }
    double depth = depths.isEmpty() ? drawn : depths.get(index / lengths.size() % depths.size());
    NeedleTrial trial =
        task.trial(model.tokenizer(), lengths.get(index % lengths.size()), depth, trialSeed);
    Trace trace =
        model.generate(
            trial.prompt(),
            Capture.heads().withWindows(sink, local),
            GenerateOptions.defaults().withMaxNewTokens(maxNewTokens));
    return new DynamismResult.Sample(
        ranking,
        trial.length(),
        trial.depth(),
        trial.realDepth(),
        trialSeed,
        trial.needle(),
        trial.answeredBy(trace.text()),
        trial.metrics(trace.text()).get(headscope.task.Metric.ROUGE_L),
        trace);
  }

  /** Everything that decides the results, as it is written with them. */
  Map<String, Object> options(LanguageModel model) {
    Map<String, Object> map = Results.options("dynamism", task, model);
    map.put("samples", samples);
    map.put("rankingSamples", rankingSamples);
    map.put("lengths", lengths);
    map.put("depths", depths);
    map.put("seed", seed);
    map.put("maxNewTokens", maxNewTokens);
    map.put("score", score.name());
    map.put("threshold", score.threshold());
    map.put("sink", sink);
    map.put("local", local);
    return map;
  }

  /** The score of that name with a threshold, which copy-paste has no use for. */
  public static Score score(String name, double threshold) {
    Score score = Score.named(name);
    return score instanceof ReasoningScore reasoning ? reasoning.withThreshold(threshold) : score;
  }
}
