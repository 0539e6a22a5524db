package headscope.experiment;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import headscope.ablation.Compensation;
import headscope.ablation.MaskingPolicy;
import headscope.ablation.TwoPass;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskMode;
import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.safetensors.SafeTensorsWriter;
import headscope.score.CopyPasteScore;
import headscope.score.HeadScores;
import headscope.score.Score;
import headscope.score.StaticRanking;
import headscope.task.NeedleInHaystack;
import headscope.task.NeedleTrial;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What the answer becomes when heads are masked (section 5): by condition over context length and
 * needle depth (Fig. 2), or by the number k of masked dynamic heads (Fig. 3). The plan has three
 * parts: samples that rank the heads, disjoint from the rest; every trial without masks, from which
 * the size of the baselines follows; every trial under all conditions, which share its prompt.
 *
 * <pre>
 *   var result = MaskingExperiment.ablation().run(model, TrialListener.NONE);
 *   Figures.lengthDepthGrid(result.grid("accuracy"), "accuracy");      // Fig. 2
 * </pre>
 *
 * @param name what it is called in the results: ablation or compensation
 * @param task what is hidden, where, and what is asked
 * @param conditions which heads are masked, see {@link #withConditions}
 * @param lengths haystack lengths in tokens
 * @param depths needle depths, 0 to 1; every length is combined with every depth
 * @param runs trials a cell
 * @param rankingSamples samples of the static ranking
 * @param staticHeads heads that count as static: N = 20 in the paper
 * @param seed of everything that is drawn
 * @param maxNewTokens the most tokens an answer has
 * @param score what makes a head a retrieval head
 * @param mode what masking does
 * @param sink positions of the attention sink
 * @param local positions of the local window
 */
public record MaskingExperiment(
    String name,
    NeedleInHaystack task,
    List<String> conditions,
    List<Integer> lengths,
    List<Double> depths,
    int runs,
    int rankingSamples,
    int staticHeads,
    long seed,
    int maxNewTokens,
    Score score,
    MaskMode mode,
    int sink,
    int local) {

  public MaskingExperiment {
    conditions = List.copyOf(conditions);
    lengths = List.copyOf(lengths);
    depths = List.copyOf(depths);
    conditions.forEach(Conditions::check);
    if (conditions.isEmpty()) {
      throw new IllegalArgumentException("at least one condition is compared, got none");
    }
    if (lengths.isEmpty() || lengths.stream().anyMatch(n -> n < 1)) {
      throw new IllegalArgumentException("lengths are numbers of tokens from 1 on, got " + lengths);
    }
    if (depths.isEmpty() || depths.stream().anyMatch(d -> !(d >= 0 && d <= 1))) {
      throw new IllegalArgumentException("depths are shares from 0 to 1, got " + depths);
    }
    if (runs < 1 || rankingSamples < 1 || staticHeads < 1) {
      throw new IllegalArgumentException(
          String.format(
              "runs, ranking samples and static heads are at least 1, got %d, %d, %d",
              runs, rankingSamples, staticHeads));
    }
  }

  /** Figs. 2 and 9 to 11 at the size of the reference model: 4 lengths, 5 depths, 3 runs. */
  public static MaskingExperiment ablation() {
    return new MaskingExperiment(
        "ablation",
        NeedleInHaystack.standard(),
        List.of("dynamic", "static", "random", "random, layer-matched"),
        List.of(96, 192, 288, 384),
        List.of(0.0, .25, .5, .75, 1.0),
        3,
        24,
        20,
        1,
        60,
        CopyPasteScore.standard(),
        MaskMode.ZERO,
        Capture.SINK,
        Capture.LOCAL);
  }

  /** Figs. 3 and 15 to 17 at the size of the reference model: up to 30 of 72 heads, 20 runs. */
  public static MaskingExperiment compensation() {
    return ablation()
        .withConditions(dynamic(List.of(0, 1, 2, 3, 5, 8, 12, 20, 30)))
        .named("compensation")
        .withGrid(List.of(256), List.of(.5), 20);
  }

  /** The conditions {@code dynamic K} for several k. */
  public static List<String> dynamic(List<Integer> ks) {
    return ks.stream().map(k -> "dynamic " + k).toList();
  }

  private MaskingExperiment named(String other) {
    return new MaskingExperiment(
        other,
        task,
        conditions,
        lengths,
        depths,
        runs,
        rankingSamples,
        staticHeads,
        seed,
        maxNewTokens,
        score,
        mode,
        sink,
        local);
  }

  /**
   * With other conditions: {@code none}, {@code dynamic}, {@code dynamic K}, {@code static}, {@code
   * random}, {@code random, layer-matched}, {@code random, fixed}. The baselines mask as many heads
   * as retrieve at a step on average without masks.
   */
  public MaskingExperiment withConditions(List<String> other) {
    return new MaskingExperiment(
        name,
        task,
        other,
        lengths,
        depths,
        runs,
        rankingSamples,
        staticHeads,
        seed,
        maxNewTokens,
        score,
        mode,
        sink,
        local);
  }

  /** With other lengths, depths (0 to 1) and runs a cell. */
  public MaskingExperiment withGrid(
      List<Integer> otherLengths, List<Double> otherDepths, int otherRuns) {
    return new MaskingExperiment(
        name,
        task,
        conditions,
        otherLengths,
        otherDepths,
        otherRuns,
        rankingSamples,
        staticHeads,
        seed,
        maxNewTokens,
        score,
        mode,
        sink,
        local);
  }

  public MaskingExperiment withTask(NeedleInHaystack other) {
    return new MaskingExperiment(
        name,
        other,
        conditions,
        lengths,
        depths,
        runs,
        rankingSamples,
        staticHeads,
        seed,
        maxNewTokens,
        score,
        mode,
        sink,
        local);
  }

  /** With another number of ranking samples and of static heads. */
  public MaskingExperiment withRanking(int samples, int heads) {
    return new MaskingExperiment(
        name,
        task,
        conditions,
        lengths,
        depths,
        runs,
        samples,
        heads,
        seed,
        maxNewTokens,
        score,
        mode,
        sink,
        local);
  }

  public MaskingExperiment withSeed(long other) {
    return new MaskingExperiment(
        name,
        task,
        conditions,
        lengths,
        depths,
        runs,
        rankingSamples,
        staticHeads,
        other,
        maxNewTokens,
        score,
        mode,
        sink,
        local);
  }

  public MaskingExperiment withMaxNewTokens(int tokens) {
    return new MaskingExperiment(
        name,
        task,
        conditions,
        lengths,
        depths,
        runs,
        rankingSamples,
        staticHeads,
        seed,
        tokens,
        score,
        mode,
        sink,
        local);
  }

  /** With another score, and the windows it is computed with. */
  public MaskingExperiment withScore(Score other, int sinkTokens, int localTokens) {
    return new MaskingExperiment(
        name,
        task,
        conditions,
        lengths,
        depths,
        runs,
        rankingSamples,
        staticHeads,
        seed,
        maxNewTokens,
        other,
        mode,
        sinkTokens,
        localTokens);
  }

  /** With another treatment of masked heads: zero, uniform, or the mean over ranking prompts. */
  public MaskingExperiment withMode(MaskMode other) {
    return new MaskingExperiment(
        name,
        task,
        conditions,
        lengths,
        depths,
        runs,
        rankingSamples,
        staticHeads,
        seed,
        maxNewTokens,
        score,
        other,
        sink,
        local);
  }

  /** Runs all trials in memory. */
  public MaskingResult run(LanguageModel model, TrialListener listener) {
    List<JsonObject> lines = new ArrayList<>();
    Computation computation = new Computation(model, lines);
    while (lines.size() < plan()) {
      lines.add(computation.line(lines.size()));
      listener.progress(lines.size(), plan());
    }
    return new MaskingResult(this, lines);
  }

  /**
   * Runs what is missing of all trials; a folder that a killed run left is taken up where it ended.
   *
   * @throws IllegalArgumentException if the folder holds results of other options
   */
  public MaskingResult run(LanguageModel model, Path folder, TrialListener listener) {
    try (Results results = Results.open(folder, options(model), model.environment())) {
      Computation computation = new Computation(model, results.lines());
      if (mode == MaskMode.MEAN) {
        save(computation.treatment().means(), model, folder.resolve("head_means.safetensors"));
      }
      while (results.size() < plan()) {
        results.append(computation.line(results.size()));
        listener.progress(results.size(), plan());
      }
      return new MaskingResult(this, results.lines());
    }
  }

  /** The vectors that stand in for masked heads, [layers, heads, headDim]: saved with the run. */
  private static void save(Map<HeadId, float[]> means, LanguageModel model, Path file) {
    int dim = model.config().headDim();
    float[] all = new float[model.config().totalHeads() * dim];
    means.forEach(
        (head, mean) ->
            System.arraycopy(mean, 0, all, head.index(model.config().heads()) * dim, dim));
    new SafeTensorsWriter()
        .floats("mean", all, model.config().layers(), model.config().heads(), dim)
        .write(file);
  }

  /** Lines of the plan: ranking samples, clean trials, masked trials. */
  private int plan() {
    return rankingSamples + 2 * trials();
  }

  int trials() {
    return lengths.size() * depths.size() * runs;
  }

  private NeedleTrial trial(LanguageModel model, int i) {
    int cell = i / runs;
    return task.trial(
        model.tokenizer(),
        lengths.get(cell / depths.size()),
        depths.get(cell % depths.size()),
        draw(seed, i));
  }

  private NeedleTrial rankingTrial(LanguageModel model, int i) {
    return task.trial(
        model.tokenizer(),
        lengths.get(i % lengths.size()),
        (draw(~seed, 2 * i + 1) >>> 11) * 0x1p-53,
        draw(~seed, 2 * i));
  }

  /** The i-th number that a seed gives. */
  private static long draw(long seed, int i) {
    SplittableRandom random = new SplittableRandom(seed);
    long number = 0;
    for (int k = 0; k <= i; k++) {
      number = random.nextLong();
    }
    return number;
  }

  private Map<String, Object> options(LanguageModel model) {
    Map<String, Object> map = Results.options(name, task, model);
    map.put("conditions", conditions);
    map.put("lengths", lengths);
    map.put("depths", depths);
    map.put("runs", runs);
    map.put("rankingSamples", rankingSamples);
    map.put("staticHeads", staticHeads);
    map.put("seed", seed);
    map.put("maxNewTokens", maxNewTokens);
    map.put("score", score.name());
    map.put("threshold", score.threshold());
    map.put("maskMode", mode.name().toLowerCase(Locale.ROOT));
    map.put("sink", sink);
    map.put("local", local);
    return map;
  }

  /** Computes a line of the plan from those before it. */
  private final class Computation {
    private final LanguageModel model;
    private final List<JsonObject> lines;
    private final Capture capture = Capture.heads().withWindows(sink, local);
    private HeadMask treatment;

    Computation(LanguageModel model, List<JsonObject> lines) {
      this.model = model;
      this.lines = lines;
    }

    JsonObject line(int i) {
      if (i < rankingSamples) {
        return ranking(i);
      }
      int trial = i - rankingSamples;
      return trial < trials() ? clean(trial) : masked(trial - trials());
    }

    private JsonObject ranking(int i) {
      NeedleTrial trial = rankingTrial(model, i);
      Trace trace = generate(trial);
      JsonObject o = describe("ranking", trial, trace);
      HeadScores means = score.matrix(trace).mean();
      o.addProperty("layers", means.layers());
      o.addProperty("headsPerLayer", means.headsPerLayer());
      JsonArray scores = new JsonArray();
      for (double mean : means.means()) {
        scores.add(mean);
      }
      o.add("scores", scores);
      return o;
    }

    private JsonObject clean(int i) {
      NeedleTrial trial = trial(model, i);
      Trace trace = generate(trial);
      JsonObject o = describe("clean", trial, trace);
      int heads = 0;
      for (Step step : trace.counted()) {
        heads += score.dynamicHeads(trial.prompt(), step, model.config().heads()).size();
      }
      o.addProperty("steps", trace.counted().size());
      o.addProperty("dynamicHeads", heads);
      o.addProperty("answerLogprob", logprob(forced(trial, List.of(MaskingPolicy.none())).get(0)));
      return o;
    }

    private Trace generate(NeedleTrial trial) {
      return model.generate(
          trial.prompt(), capture, GenerateOptions.defaults().withMaxNewTokens(maxNewTokens));
    }

    private JsonObject masked(int i) {
      NeedleTrial trial = trial(model, i);
      MaskingResult before = new MaskingResult(MaskingExperiment.this, lines);
      StaticRanking ranking = before.ranking();
      List<MaskingPolicy> policies =
          conditions.stream()
              .map(
                  c ->
                      Conditions.policy(
                          c, ranking, before.baselineSize(), staticHeads, trial.seed()))
              .toList();
      List<Trace> traces = protocol().run(model, trial.prompt(), policies);
      List<Trace> forced = forced(trial, policies);
      JsonObject o = describe("masked", trial, traces.get(0));
      List.of("correct", "rougeL", "text", "newTokens").forEach(o::remove);
      JsonArray all = new JsonArray();
      for (int c = 0; c < conditions.size(); c++) {
        Trace trace = traces.get(c);
        JsonObject one = new JsonObject();
        one.addProperty("condition", conditions.get(c));
        answer(one, trial, trace);
        one.addProperty("answerLogprob", logprob(forced.get(c)));
        one.addProperty("maskedHeads", meanMasked(trace));
        if (trace.clean().size() == trace.steps().size()) {
          one.addProperty("compensation", Compensation.of(trace, score, ranking.top(staticHeads)));
        }
        all.add(one);
      }
      o.add("conditions", all);
      return o;
    }

    private TwoPass protocol() {
      return TwoPass.of(score)
          .withTreatment(treatment())
          .withCapture(capture)
          .withMaxNewTokens(maxNewTokens);
    }

    /** What masking does, without heads. */
    HeadMask treatment() {
      if (treatment == null) {
        treatment =
            mode == MaskMode.MEAN
                ? HeadMask.mean(HeadSet.empty(), model.meanHeadOutputs(referencePrompts()))
                : new HeadMask(HeadSet.empty(), mode, Map.of());
      }
      return treatment;
    }

    private List<Prompt> referencePrompts() {
      List<Prompt> prompts = new ArrayList<>();
      for (int i = 0; i < rankingSamples; i++) {
        prompts.add(rankingTrial(model, i).prompt());
      }
      return prompts;
    }

    /** The runs in which the model is made to say the needle sentence. */
    private List<Trace> forced(NeedleTrial trial, List<MaskingPolicy> policies) {
      return protocol()
          .withForced(model.tokenizer().encode(trial.needle()).ids())
          .run(model, trial.prompt(), policies);
    }

    private double logprob(Trace trace) {
      return trace.steps().stream().mapToDouble(Step::logprob).average().orElse(Double.NaN);
    }

    private double meanMasked(Trace trace) {
      return ((List<?>) trace.options().get("masked"))
          .stream().mapToInt(heads -> HeadSet.parse((String) heads).size()).average().orElse(0);
    }

    private JsonObject describe(String part, NeedleTrial trial, Trace trace) {
      JsonObject o = new JsonObject();
      o.addProperty("part", part);
      o.addProperty("length", trial.length());
      o.addProperty("depth", trial.depth());
      o.addProperty("realDepth", trial.realDepth());
      o.addProperty("promptTokens", trial.prompt().length());
      o.addProperty("seed", trial.seed());
      o.addProperty("needle", trial.needle());
      answer(o, trial, trace);
      return o;
    }

    private void answer(JsonObject o, NeedleTrial trial, Trace trace) {
      o.addProperty("correct", trial.answeredBy(trace.text()));
      o.addProperty("rougeL", trial.metrics(trace.text()).get(headscope.task.Metric.ROUGE_L));
      o.addProperty("newTokens", trace.steps().size());
      o.addProperty("text", trace.text());
    }
  }
}
