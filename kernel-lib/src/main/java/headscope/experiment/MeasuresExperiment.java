package headscope.experiment;

import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.model.LanguageModel;
import headscope.model.Patch;
import headscope.model.Patching;
import headscope.score.AttributionScore;
import headscope.score.CopyPasteScore;
import headscope.score.Score;
import headscope.score.ScoreMatrix;
import headscope.task.Trial;
import headscope.trace.Trace;
import java.util.ArrayList;
import java.util.List;

/**
 * Four measures of every head (DEFINITIONS.md, 38): does it look at the needle, does it write the
 * answer, does the answer need it, does it carry the answer?
 *
 * <pre>
 *   var result = MeasuresExperiment.standard().run(model, TrialListener.NONE);
 *   result.toTable().first(5);            // head, look, write, need, carry
 *   result.agreement();                   // W1 to W6
 * </pre>
 *
 * @param trials needles, none of which ranks heads
 * @param protocol how they are answered; its score is Eq. 1, and attribution is recorded
 */
public record MeasuresExperiment(Trials trials, Protocol protocol)
    implements Experiment<MeasuresLine, MeasuresResult> {

  /** Six needles of 128 to 384 tokens. */
  public static final NeedleTrials TRIALS = NeedleTrials.standard().withSamples(6, 0);

  /** The measurements are Eq. 1's and attribution's, whatever else the protocol says. */
  public MeasuresExperiment {
    Protocol asked = protocol.withScore(CopyPasteScore.standard());
    protocol =
        new Protocol(
            asked.score(), asked.capture().withAttribution(), asked.maxNewTokens(), asked.stop());
  }

  /** Any needles, answered as for Eq. 1. */
  public static MeasuresExperiment of(NeedleTrials trials) {
    return new MeasuresExperiment(trials, Protocol.copyPaste());
  }

  /** {@link #TRIALS}. */
  public static MeasuresExperiment standard() {
    return of(TRIALS);
  }

  @Override
  public String name() {
    return "measures";
  }

  @Override
  public Class<MeasuresLine> lineType() {
    return MeasuresLine.class;
  }

  @Override
  public boolean keepsTraces() {
    return true;
  }

  @Override
  public List<Stage<MeasuresLine>> stages() {
    return List.of(
        Stage.of(
            "measures",
            trials.evaluated(),
            run -> i -> measured(run.model(), trials.trial(run.model().tokenizer(), i))));
  }

  private Stage.Done<MeasuresLine> measured(LanguageModel model, Trial trial) {
    Trace trace = model.generate(trial.prompt(), protocol.capture(), protocol.generation());
    MeasuresLine line =
        trial.answeredBy(trace.text())
            ? right(model, trial, trace)
            : MeasuresLine.wrong(trial, trace);
    return Stage.Done.of(line, trace);
  }

  private MeasuresLine right(LanguageModel model, Trial trial, Trace trace) {
    int span = trial.answerSpan().steps(trace);
    int layers = model.config().layers();
    List<HeadId> heads = HeadSet.all(layers, model.config().heads()).toList();
    try (Patching patching = patching(model, trials, trial)) {
      Patching.Effect clean = patching.clean();
      Patching.Effect other = patching.other();
      List<Double> need = new ArrayList<>();
      for (double logprob :
          patching.masked(heads.stream().map(h -> HeadMask.zero(HeadSet.of(h))).toList())) {
        need.add(clean.right() - logprob);
      }
      List<Double> carry =
          patching.effects(heads.stream().map(Patch::z).toList()).stream()
              .map(patched -> Patching.share(clean, other, patched))
              .toList();
      return MeasuresLine.right(
          trial,
          trace,
          span,
          new MeasuresLine.Difference(clean.right(), clean.difference(), other.difference()),
          new MeasuresLine.Measures(
              model.config().heads(),
              mean(CopyPasteScore.standard(), trace, span, false),
              mean(AttributionScore.standard(), trace, span, true),
              need,
              carry));
    }
  }

  /**
   * A trial's right response after its prompt, and the run of another needle that patches are taken
   * from.
   *
   * @param trials of which it is one
   */
  public static Patching patching(LanguageModel model, Trials trials, Trial trial) {
    Trial other = trials.another(model.tokenizer(), trial);
    return Patching.of(model, run(model, trial), run(model, other));
  }

  private static Patching.Run run(LanguageModel model, Trial trial) {
    return new Patching.Run(trial.prompt(), model.tokenizer().encode(trial.rightResponse()).ids());
  }

  /** The mean over the steps of an answer span, or over those that say one of the needle's. */
  private static List<Double> mean(Score score, Trace trace, int span, boolean ofNeedle) {
    ScoreMatrix scores = score.matrix(trace);
    double[] sums = new double[trace.heads()];
    int steps = 0;
    for (int s = 0; s < span; s++) {
      if (!ofNeedle || CopyPasteScore.said(trace.prompt(), trace.steps().get(s))) {
        double[] step = scores.step(s);
        for (int h = 0; h < sums.length; h++) {
          sums[h] += step[h];
        }
        steps++;
      }
    }
    List<Double> means = new ArrayList<>();
    for (double sum : sums) {
      means.add(steps == 0 ? 0 : sum / steps);
    }
    return means;
  }

  @Override
  public MeasuresResult result(Run<MeasuresLine> run) {
    return new MeasuresResult(this, run.lines(), run.traces());
  }
}
