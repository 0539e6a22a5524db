package headscope.experiment;

import headscope.ablation.Compensation;
import headscope.ablation.MaskingPolicy;
import headscope.ablation.TwoPass;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskMode;
import headscope.model.LanguageModel;
import headscope.model.StopRule;
import headscope.score.HeadScores;
import headscope.score.Score;
import headscope.score.StaticRanking;
import headscope.task.Trial;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Answers the groups of an experiment that masks heads. */
final class MaskingWork {
  private final MaskingExperiment<?> experiment;
  private final Run<MaskingLine> run;
  private final LanguageModel model;
  private final TwoPass twoPass;

  MaskingWork(MaskingExperiment<?> experiment, Run<MaskingLine> run) {
    this.experiment = experiment;
    this.run = run;
    this.model = run.model();
    HeadMask treatment =
        experiment.mode() == MaskMode.MEAN
            ? HeadMask.mean(HeadSet.empty(), run.kept(new KeptMeans(experiment.trials())))
            : new HeadMask(HeadSet.empty(), experiment.mode(), Map.of());
    this.twoPass =
        TwoPass.of(experiment.protocol().score())
            .withTreatment(treatment)
            .withCapture(experiment.protocol().capture())
            .withMaxNewTokens(experiment.protocol().maxNewTokens());
  }

  private static <T> List<T> each(int from, int to, IntFunction<T> what) {
    return IntStream.range(from, to).mapToObj(what).toList();
  }

  /** Trials that rank the heads. */
  List<Stage.Done<MaskingLine>> ranking(int from, int to) {
    List<Trial> trials =
        each(from, to, i -> experiment.trials().rankingTrial(model.tokenizer(), i));
    List<List<TwoPass.Masked>> answers =
        TwoPass.together(model, trials.stream().map(this::unmasked).toList(), run::watch);
    return each(
        0,
        trials.size(),
        i -> {
          Trace trace = answers.get(i).get(0).trace();
          HeadScores means = experiment.protocol().score().matrix(trace).mean();
          return Stage.Done.of(
              new MaskingLine.Ranking(
                  trials.get(i).facts(),
                  MaskingLine.Outcome.of(trials.get(i), trace),
                  means.layers(),
                  means.headsPerLayer(),
                  Arrays.stream(means.means()).boxed().toList()));
        });
  }

  private TwoPass.Asked unmasked(Trial trial) {
    return new TwoPass.Asked(twoPass, trial.prompt(), List.of(MaskingPolicy.none()), stop(trial));
  }

  private StopRule stop(Trial trial) {
    return experiment.protocol().stop().of(trial);
  }

  private List<Trial> evaluated(int from, int to) {
    return each(from, to, i -> experiment.trials().trial(model.tokenizer(), i));
  }

  /** Evaluated trials without masks. */
  List<Stage.Done<MaskingLine>> clean(int from, int to) {
    List<Trial> trials = evaluated(from, to);
    List<TwoPass.Asked> asked = new ArrayList<>();
    for (Trial trial : trials) {
      asked.add(unmasked(trial));
      if (!ownResponse(trial)) {
        asked.add(
            new TwoPass.Asked(
                twoPass.withForced(rightResponse(trial)),
                trial.prompt(),
                List.of(MaskingPolicy.none())));
      }
    }
    Iterator<List<TwoPass.Masked>> answers = TwoPass.together(model, asked, run::watch).iterator();
    return trials.stream()
        .map(
            trial -> {
              Trace free = answers.next().get(0).trace();
              double logprob =
                  !ownResponse(trial)
                      ? logprob(answers.next().get(0).trace().steps())
                      : trial.answeredBy(free.text()) ? logprob(free.counted()) : Double.NaN;
              return Stage.Done.of(clean(trial, free, logprob));
            })
        .toList();
  }

  /** Whether the response whose probability is read is the clean run's, where that is right. */
  private boolean ownResponse(Trial trial) {
    return experiment.forced() && trial.isAnsweredInOwnWords();
  }

  private int[] rightResponse(Trial trial) {
    return model.tokenizer().encode(trial.rightResponse()).ids();
  }

  private static double logprob(List<Step> steps) {
    return steps.stream().mapToDouble(Step::logprob).average().orElse(Double.NaN);
  }

  private MaskingLine clean(Trial trial, Trace trace, double logprob) {
    Score score = experiment.protocol().score();
    int headsPerLayer = model.config().heads();
    int heads =
        trace.counted().stream()
            .mapToInt(step -> score.dynamicHeads(trial.prompt(), step, headsPerLayer).size())
            .sum();
    return new MaskingLine.Clean(
        trial.facts(),
        MaskingLine.Outcome.of(trial, trace),
        trace.counted().size(),
        heads,
        logprob,
        experiment.forced()
            ? Optional.of(new MaskingLine.Said(Arrays.stream(trace.ids()).boxed().toList()))
            : Optional.empty());
  }

  /** Evaluated trials under all conditions. */
  Stage.Work<MaskingLine> masked() {
    StaticRanking ranking = MaskingResult.ranking(run.lines());
    int size = MaskingResult.baselineSize(run.lines());
    List<MaskingLine.Clean> clean = MaskingResult.part(run.lines(), MaskingLine.Clean.class);
    return (from, to) -> {
      List<Trial> evaluated = evaluated(from, to);
      List<MaskedTrial> trials =
          each(
              from, to, i -> new MaskedTrial(evaluated.get(i - from), clean.get(i), ranking, size));
      Iterator<List<TwoPass.Masked>> answers =
          TwoPass.together(
                  model, trials.stream().flatMap(t -> t.asked().stream()).toList(), run::watch)
              .iterator();
      return trials.stream()
          .map(
              trial -> {
                List<List<TwoPass.Masked>> own =
                    trial.asked().stream().map(a -> answers.next()).toList();
                return Stage.Done.of(trial.line(own));
              })
          .toList();
    };
  }

  /**
   * A trial under all conditions: free; made to say what the clean run said, where forced runs are
   * wanted; made to say the right response, unless the clean run began with it.
   */
  private final class MaskedTrial {
    private final Trial trial;
    private final StaticRanking ranking;
    private final int size;
    private final int[] said; // empty: no such run
    private final int[] right; // empty: the clean run was not right, in its own words
    private final boolean saidIsRight;
    private final List<TwoPass.Asked> asked;

    MaskedTrial(Trial trial, MaskingLine.Clean clean, StaticRanking ranking, int size) {
      this.trial = trial;
      this.ranking = ranking;
      this.size = size;
      this.said = clean.said().map(MaskingLine.Said::ids).orElse(new int[0]);
      this.right =
          !ownResponse(trial)
              ? rightResponse(trial)
              : clean.outcome().correct() ? withoutEnd(said) : new int[0];
      this.saidIsRight =
          said.length >= right.length && Arrays.equals(right, Arrays.copyOf(said, right.length));
      this.asked = toAsk();
    }

    private int[] withoutEnd(int[] tokens) {
      int last = tokens.length - 1;
      return model.generationConfig().endTokens().contains(tokens[last])
          ? Arrays.copyOf(tokens, last)
          : tokens;
    }

    private List<MaskingPolicy> policies(List<String> conditions) {
      return conditions.stream()
          .map(
              c ->
                  Conditions.policy(
                      c,
                      ranking,
                      experiment.counts().orElse(Counts.CONSTANT),
                      size,
                      experiment.staticHeads(),
                      trial.seed()))
          .toList();
    }

    /** The runs of this trial. */
    List<TwoPass.Asked> asked() {
      return asked;
    }

    /** How it is run; with z of another needle's run where masks resample. */
    private TwoPass protocol() {
      if (experiment.mode() != MaskMode.RESAMPLE) {
        return twoPass;
      }
      Trial other = experiment.trials().another(model.tokenizer(), trial);
      return twoPass.withTreatment(
          HeadMask.resample(
              HeadSet.empty(),
              model.headOutputs(other.prompt(), experiment.protocol().generation())));
    }

    private List<TwoPass.Asked> toAsk() {
      TwoPass twoPass = protocol();
      List<MaskingPolicy> policies = policies(experiment.conditions());
      boolean looks = policies.stream().anyMatch(MaskingPolicy::needsCleanPass);
      List<TwoPass.Asked> asked = new ArrayList<>();
      asked.add(
          new TwoPass.Asked(
              looks ? twoPass.withAllLooking() : twoPass, trial.prompt(), policies, stop(trial)));
      if (experiment.forced()) {
        asked.add(
            new TwoPass.Asked(
                twoPass.withForced(said).readByForced().withAllLooking(),
                trial.prompt(),
                policies(experiment.forcedConditions())));
      }
      if (!saidIsRight) {
        TwoPass saying = twoPass.withForced(right);
        asked.add(
            new TwoPass.Asked(
                experiment.forced() ? saying.readByForced() : saying, trial.prompt(), policies));
      }
      return asked;
    }

    /** The line of this trial, given what {@link #asked} came to. */
    MaskingLine line(List<List<TwoPass.Masked>> answers) {
      List<TwoPass.Masked> free = answers.get(0);
      List<TwoPass.Masked> saying = answers.get(answers.size() - 1);
      List<MaskingLine.Condition> conditions =
          each(
              0,
              free.size(),
              c ->
                  condition(
                      experiment.conditions().get(c),
                      free.get(c),
                      logprob(saying.get(c).trace().steps().subList(0, right.length))));
      return new MaskingLine.Masked(
          trial.facts(),
          conditions,
          experiment.forced()
              ? Optional.of(new MaskingLine.ForcedRuns(forced(answers.get(1))))
              : Optional.empty());
    }

    private MaskingLine.Condition condition(String name, TwoPass.Masked answer, double logprob) {
      Trace trace = answer.trace();
      boolean looked = trace.clean().size() == trace.steps().size();
      return new MaskingLine.Condition(
          name,
          MaskingLine.Outcome.of(trial, trace),
          logprob,
          answer.meanHeads(),
          looked
              ? OptionalInt.of(
                  Compensation.of(
                      trace, experiment.protocol().score(), ranking.top(experiment.staticHeads())))
              : OptionalInt.empty(),
          experiment.counts().map(c -> MaskingLine.HeadCounts.of(answer)));
    }

    private List<MaskingLine.Forced> forced(List<TwoPass.Masked> runs) {
      return each(
          0,
          runs.size(),
          c -> {
            Compensation.Measured measured =
                Compensation.inForcedRun(
                    runs.get(c),
                    experiment.protocol().score(),
                    ranking.top(experiment.staticHeads()));
            return new MaskingLine.Forced(
                experiment.forcedConditions().get(c),
                measured.m(),
                measured.rate(),
                measured.redundancy(),
                MaskingLine.HeadCounts.of(runs.get(c)));
          });
    }
  }
}
