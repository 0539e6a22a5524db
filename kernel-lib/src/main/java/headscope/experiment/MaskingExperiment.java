package headscope.experiment;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import headscope.ablation.Compensation;
import headscope.ablation.MaskingPolicy;
import headscope.ablation.TwoPass;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskMode;
import headscope.model.LanguageModel;
import headscope.safetensors.SafeTensorsWriter;
import headscope.score.HeadScores;
import headscope.score.StaticRanking;
import headscope.task.Trial;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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
 * @param trials what is asked
 * @param protocol how it is answered and read
 * @param conditions which heads are masked, see {@link #withConditions}
 * @param staticHeads heads that count as static: N = 20 in the paper
 * @param mode what masking does
 */
public record MaskingExperiment(
    String name,
    Trials trials,
    Protocol protocol,
    List<String> conditions,
    int staticHeads,
    MaskMode mode) {

  private static final Gson GSON = new Gson();

  /** The conditions of Figs. 2 and 6, and random heads from the layers of the dynamic ones. */
  public static final List<String> CONDITIONS =
      List.of("dynamic", "static", "random", "random, layer-matched");

  public MaskingExperiment {
    conditions = List.copyOf(conditions);
    conditions.forEach(Conditions::check);
    if (conditions.isEmpty()) {
      throw Section.EXPERIMENT_OPTIONS.wrong("at least one condition is compared, got none");
    }
    if (staticHeads < 1 || trials.evaluated() < 1 || trials.ranking() < 1) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          String.format(
              "static heads, evaluated and ranking trials are at least 1, got %d, %d and %d",
              staticHeads, trials.evaluated(), trials.ranking()));
    }
  }

  /** {@link #CONDITIONS} on any trials, 20 static heads, masked heads zeroed. */
  public static MaskingExperiment of(Trials trials, Protocol protocol) {
    return new MaskingExperiment("ablation", trials, protocol, CONDITIONS, 20, MaskMode.ZERO);
  }

  /** Figs. 2 and 9 to 11 at the size of the reference model: 4 lengths, 5 depths, 3 runs. */
  public static MaskingExperiment ablation() {
    return of(
        NeedleTrials.standard()
            .withGrid(List.of(96, 192, 288, 384), List.of(0.0, .25, .5, .75, 1.0), 3),
        Protocol.copyPaste().withMaxNewTokens(60));
  }

  /** Figs. 3 and 15 to 17 at the size of the reference model: up to 30 of 72 heads, 20 runs. */
  public static MaskingExperiment compensation() {
    return ablation()
        .withTrials(NeedleTrials.standard().withGrid(List.of(256), List.of(.5), 20))
        .progressive(List.of(0, 1, 2, 3, 5, 8, 12, 20, 30));
  }

  /** The progressive ablation: the k strongest dynamic heads of each step, for several k. */
  public MaskingExperiment progressive(List<Integer> ks) {
    return new MaskingExperiment("compensation", trials, protocol, dynamic(ks), staticHeads, mode);
  }

  /** The conditions {@code dynamic K} for several k. */
  public static List<String> dynamic(List<Integer> ks) {
    return ks.stream().map(k -> "dynamic " + k).toList();
  }

  /**
   * With other conditions: {@code none}, {@code dynamic}, {@code dynamic K}, {@code static}, {@code
   * random}, {@code random, layer-matched}, {@code random, fixed}. The baselines mask as many heads
   * as retrieve at a step on average without masks.
   */
  public MaskingExperiment withConditions(List<String> other) {
    return new MaskingExperiment(name, trials, protocol, other, staticHeads, mode);
  }

  /** With other trials, of this task or another. */
  public MaskingExperiment withTrials(Trials other) {
    return new MaskingExperiment(name, other, protocol, conditions, staticHeads, mode);
  }

  /** Answered and read in another way. */
  public MaskingExperiment withProtocol(Protocol other) {
    return new MaskingExperiment(name, trials, other, conditions, staticHeads, mode);
  }

  /** With another number of heads that count as static. */
  public MaskingExperiment withStaticHeads(int heads) {
    return new MaskingExperiment(name, trials, protocol, conditions, heads, mode);
  }

  /** With another treatment of masked heads: zero, uniform, or the mean over ranking prompts. */
  public MaskingExperiment withMode(MaskMode other) {
    return new MaskingExperiment(name, trials, protocol, conditions, staticHeads, other);
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
    return trials.ranking() + 2 * trials.evaluated();
  }

  private Map<String, Object> options(LanguageModel model) {
    Map<String, Object> map = Results.options(name, model, trials, protocol);
    map.put("conditions", conditions);
    map.put("staticHeads", staticHeads);
    map.put("maskMode", mode.name().toLowerCase(Locale.ROOT));
    return map;
  }

  /** Computes a line of the plan from those before it. */
  private final class Computation {
    private final LanguageModel model;
    private final List<JsonObject> lines;
    private HeadMask treatment;
    private StaticRanking ranking;
    private int baselineSize;

    Computation(LanguageModel model, List<JsonObject> lines) {
      this.model = model;
      this.lines = lines;
    }

    JsonObject line(int i) {
      if (i < trials.ranking()) {
        return ranking(i);
      }
      int trial = i - trials.ranking();
      return trial < trials.evaluated() ? clean(trial) : masked(trial - trials.evaluated());
    }

    private JsonObject ranking(int i) {
      Trial trial = trials.rankingTrial(model.tokenizer(), i);
      Trace trace = generate(trial);
      JsonObject o = describe("ranking", trial);
      answer(o, trial, trace);
      HeadScores means = protocol.score().matrix(trace).mean();
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
      Trial trial = trials.trial(model.tokenizer(), i);
      Trace trace = generate(trial);
      JsonObject o = describe("clean", trial);
      answer(o, trial, trace);
      int heads = 0;
      for (Step step : trace.counted()) {
        heads += protocol.score().dynamicHeads(trial.prompt(), step, model.config().heads()).size();
      }
      o.addProperty("steps", trace.counted().size());
      o.addProperty("dynamicHeads", heads);
      o.addProperty("answerLogprob", logprob(forced(trial, List.of(MaskingPolicy.none())).get(0)));
      return o;
    }

    private Trace generate(Trial trial) {
      return model.generate(trial.prompt(), protocol.capture(), protocol.generation());
    }

    private JsonObject masked(int i) {
      Trial trial = trials.trial(model.tokenizer(), i);
      if (ranking == null) {
        MaskingResult before = new MaskingResult(MaskingExperiment.this, lines);
        ranking = before.ranking();
        baselineSize = before.baselineSize();
      }
      List<MaskingPolicy> policies =
          conditions.stream()
              .map(c -> Conditions.policy(c, ranking, baselineSize, staticHeads, trial.seed()))
              .toList();
      List<Trace> traces = twoPass().run(model, trial.prompt(), policies);
      List<Trace> forced = forced(trial, policies);
      JsonObject o = describe("masked", trial);
      JsonArray all = new JsonArray();
      for (int c = 0; c < conditions.size(); c++) {
        Trace trace = traces.get(c);
        JsonObject one = new JsonObject();
        one.addProperty("condition", conditions.get(c));
        answer(one, trial, trace);
        one.addProperty("answerLogprob", logprob(forced.get(c)));
        one.addProperty("maskedHeads", meanMasked(trace));
        if (trace.clean().size() == trace.steps().size()) {
          one.addProperty(
              "compensation", Compensation.of(trace, protocol.score(), ranking.top(staticHeads)));
        }
        all.add(one);
      }
      o.add("conditions", all);
      return o;
    }

    private TwoPass twoPass() {
      return TwoPass.of(protocol.score())
          .withTreatment(treatment())
          .withCapture(protocol.capture())
          .withMaxNewTokens(protocol.maxNewTokens());
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
      for (int i = 0; i < trials.ranking(); i++) {
        prompts.add(trials.rankingTrial(model.tokenizer(), i).prompt());
      }
      return prompts;
    }

    /** The runs in which the model is made to say the right response. */
    private List<Trace> forced(Trial trial, List<MaskingPolicy> policies) {
      return twoPass()
          .withForced(model.tokenizer().encode(trial.rightResponse()).ids())
          .run(model, trial.prompt(), policies);
    }

    private double logprob(Trace trace) {
      return trace.steps().stream().mapToDouble(Step::logprob).average().orElse(Double.NaN);
    }

    private double meanMasked(Trace trace) {
      return ((List<?>) trace.options().get("masked"))
          .stream().mapToInt(heads -> HeadSet.parse((String) heads).size()).average().orElse(0);
    }

    private JsonObject describe(String part, Trial trial) {
      JsonObject o = new JsonObject();
      o.addProperty("part", part);
      GSON.toJsonTree(trial.description()).getAsJsonObject().asMap().forEach(o::add);
      return o;
    }

    private void answer(JsonObject o, Trial trial, Trace trace) {
      o.addProperty("correct", trial.answeredBy(trace.text()));
      trial.metrics(trace.text()).forEach((metric, value) -> o.addProperty(metric.key(), value));
      o.addProperty("newTokens", trace.steps().size());
      o.addProperty("text", trace.text());
    }
  }
}
