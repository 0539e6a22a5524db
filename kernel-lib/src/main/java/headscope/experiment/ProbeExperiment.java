package headscope.experiment;

import headscope.probe.HeadProbe;
import headscope.score.CopyPasteScore;

/**
 * Can the heads be read off the hidden state (section 5.4)? Trials are answered, none of which
 * ranks heads, a probe learns from most of them and is judged by the others.
 *
 * <pre>
 *   var result = ProbeExperiment.standard().run(model, TrialListener.NONE);
 *   var probe = result.train(HeadProbe.Listener.NONE);
 *   result.report(probe).toTable();  // Table 2
 * </pre>
 *
 * @param trials what is asked
 * @param protocol how it is answered and read
 * @param probe how the probe is trained
 */
public record ProbeExperiment(Trials trials, Protocol protocol, HeadProbe.Options probe)
    implements AnsweringExperiment<ProbeResult> {

  /** 100 needles, none of which ranks heads. */
  public static final NeedleTrials TRIALS = NeedleTrials.standard().withSamples(100, 0);

  /** Any trials: a classifier for Eq. 1, a regressor for Eq. 2, with the seed of the trials. */
  public static ProbeExperiment of(Trials trials, Protocol protocol) {
    HeadProbe.Options options =
        protocol.score() instanceof CopyPasteScore
            ? HeadProbe.Options.classifier()
            : HeadProbe.Options.regressor();
    return new ProbeExperiment(trials, protocol, options.withSeed(trials.seed()));
  }

  /** {@link #TRIALS}, read by Eq. 1. */
  public static ProbeExperiment standard() {
    return of(TRIALS, Protocol.copyPaste());
  }

  /** With a probe that is trained in another way. */
  public ProbeExperiment withProbe(HeadProbe.Options other) {
    return new ProbeExperiment(trials, protocol, other);
  }

  @Override
  public String name() {
    return "probe";
  }

  @Override
  public ProbeResult result(Run<DynamismLine> run) {
    return new ProbeResult(this, answers(run));
  }
}
