package headscope.experiment;

import headscope.ablation.Compensation;
import headscope.ablation.MaskingPolicy;
import headscope.ablation.TwoPass;
import headscope.failure.Section;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskMode;
import headscope.model.LanguageModel;
import headscope.score.HeadScores;
import headscope.score.StaticRanking;
import headscope.task.Trial;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What the answer becomes when heads are masked. The plan has three stages: samples that rank the
 * heads, disjoint from the rest; every trial without masks, from which the size of the baselines
 * follows; every trial under all conditions, which share its prompt.
 */
public sealed interface MaskingExperiment<R> extends Experiment<MaskingLine, R>
    permits AblationExperiment, CompensationExperiment {
  /** Names of the conditions that are compared. */
  List<String> conditions();

  /** Heads that count as static. */
  int staticHeads();

  /** What masking does. */
  MaskMode mode();

  /** Checks what any of them is made of. */
  static void check(Trials trials, List<String> conditions, int staticHeads) {
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

  @Override
  default Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("conditions", conditions());
    map.put("staticHeads", staticHeads());
    map.put("maskMode", mode().name().toLowerCase(Locale.ROOT));
    return map;
  }

  @Override
  default Class<MaskingLine> lineType() {
    return MaskingLine.class;
  }

  @Override
  default List<Stage<MaskingLine>> stages() {
    return List.of(
        Stage.of("ranking", trials().ranking(), run -> i -> ranking(run.model(), i)),
        Stage.of("clean", trials().evaluated(), this::clean),
        Stage.of("masked", trials().evaluated(), this::masked));
  }

  private Stage.Done<MaskingLine> ranking(LanguageModel model, int i) {
    Trial trial = trials().rankingTrial(model.tokenizer(), i);
    Trace trace = generate(model, trial);
    HeadScores means = protocol().score().matrix(trace).mean();
    return Stage.Done.of(
        new MaskingLine.Ranking(
            trial.facts(),
            MaskingLine.Outcome.of(trial, trace),
            means.layers(),
            means.headsPerLayer(),
            Arrays.stream(means.means()).boxed().toList()));
  }

  private Stage.TrialWork<MaskingLine> clean(Run<MaskingLine> run) {
    LanguageModel model = run.model();
    TwoPass twoPass = twoPass(run);
    return i -> {
      Trial trial = trials().trial(model.tokenizer(), i);
      Trace trace = generate(model, trial);
      int heads =
          trace.counted().stream()
              .mapToInt(
                  step ->
                      protocol()
                          .score()
                          .dynamicHeads(trial.prompt(), step, model.config().heads())
                          .size())
              .sum();
      return Stage.Done.of(
          new MaskingLine.Clean(
              trial.facts(),
              MaskingLine.Outcome.of(trial, trace),
              trace.counted().size(),
              heads,
              logprobs(model, twoPass, trial, List.of(MaskingPolicy.none())).get(0)));
    };
  }

  private Stage.TrialWork<MaskingLine> masked(Run<MaskingLine> run) {
    LanguageModel model = run.model();
    TwoPass twoPass = twoPass(run);
    StaticRanking ranking = MaskingResult.ranking(run.lines());
    int size = MaskingResult.baselineSize(run.lines());
    return i -> {
      Trial trial = trials().trial(model.tokenizer(), i);
      List<MaskingPolicy> policies =
          conditions().stream()
              .map(c -> Conditions.policy(c, ranking, size, staticHeads(), trial.seed()))
              .toList();
      List<TwoPass.Masked> answers = twoPass.masked(model, trial.prompt(), policies);
      List<Double> logprobs = logprobs(model, twoPass, trial, policies);
      List<MaskingLine.Condition> all = new ArrayList<>();
      for (int c = 0; c < policies.size(); c++) {
        Trace trace = answers.get(c).trace();
        boolean looked = trace.clean().size() == trace.steps().size();
        all.add(
            new MaskingLine.Condition(
                conditions().get(c),
                MaskingLine.Outcome.of(trial, trace),
                logprobs.get(c),
                answers.get(c).meanHeads(),
                looked
                    ? OptionalInt.of(
                        Compensation.of(trace, protocol().score(), ranking.top(staticHeads())))
                    : OptionalInt.empty()));
      }
      return Stage.Done.of(new MaskingLine.Masked(trial.facts(), all));
    };
  }

  private Trace generate(LanguageModel model, Trial trial) {
    return model.generate(trial.prompt(), protocol().capture(), protocol().generation());
  }

  private TwoPass twoPass(Run<MaskingLine> run) {
    HeadMask treatment =
        mode() == MaskMode.MEAN
            ? HeadMask.mean(HeadSet.empty(), run.kept(new KeptMeans(trials())))
            : new HeadMask(HeadSet.empty(), mode(), Map.of());
    return TwoPass.of(protocol().score())
        .withTreatment(treatment)
        .withCapture(protocol().capture())
        .withMaxNewTokens(protocol().maxNewTokens());
  }

  /** How likely the model is made to say the right response, a policy each. */
  private List<Double> logprobs(
      LanguageModel model, TwoPass twoPass, Trial trial, List<MaskingPolicy> policies) {
    return twoPass
        .withForced(model.tokenizer().encode(trial.rightResponse()).ids())
        .run(model, trial.prompt(), policies)
        .stream()
        .map(
            trace -> trace.steps().stream().mapToDouble(Step::logprob).average().orElse(Double.NaN))
        .toList();
  }
}
