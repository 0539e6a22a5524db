package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import headscope.correlation.OffsetCca;
import headscope.head.HeadId;
import headscope.model.LanguageModel;
import headscope.score.AttributionScore;
import headscope.score.CopyPasteScore;
import headscope.score.Score;
import headscope.score.ScoreMatrix;
import headscope.trace.Capture;
import headscope.trace.Hook;
import headscope.trace.Measure;
import headscope.trace.Prompt;
import headscope.trace.Reduce;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Scores that this library does not know run through everything. */
@Tag("slow")
class OwnScoreTest {
  private static final Measure MASS =
      Measure.of("needle_mass", Hook.PATTERN, Reduce.massOn(Prompt.NEEDLE));

  /** A measurement is a score. */
  private static final Score LOOKS = Score.of(MASS, .5);

  /** A score of two measurements: how much of the needle a head takes, by what it puts out. */
  private record Fetched(double threshold) implements Score {
    private static final Measure SIZE = Measure.of("z_norm", Hook.Z, Reduce.norm());

    @Override
    public String name() {
      return "fetched";
    }

    @Override
    public Capture capture(Capture base) {
      return base.with(MASS).with(SIZE);
    }

    @Override
    public double[] scores(Prompt prompt, Step step) {
      float[] mass = step.own(MASS.name());
      float[] size = step.own(SIZE.name());
      double[] scores = new double[mass.length];
      for (int h = 0; h < scores.length; h++) {
        scores[h] = mass[h] * size[h];
      }
      return scores;
    }
  }

  @TempDir Path folder;

  static Stream<Score> scores() {
    return Stream.of(LOOKS, new Fetched(1), AttributionScore.standard());
  }

  private static NeedleTrials trials(int evaluated, int ranking) {
    return NeedleTrials.standard().withSamples(evaluated, ranking).withLengths(List.of(96));
  }

  @ParameterizedTest
  @MethodSource("scores")
  void runsThroughRankingDynamismAndCca(Score score) {
    Protocol protocol = Protocol.copyPaste().withScore(score);
    DynamismExperiment experiment = DynamismExperiment.of(trials(12, 3), protocol);
    try (LanguageModel model = LanguageModel.reference()) {
      DynamismResult result = experiment.run(model, folder, TrialListener.NONE);
      // the two heads that carry the copying look, fetch and write
      assertThat(result.ranking().top(2).toString()).isEqualTo("L3-H0,L3-H1");
      assertThat(result.dynamism(2).adjacentJaccard().value()).isBetween(.1, 1.0);
      assertThat(experiment.run(model, folder, TrialListener.NONE).toTable().toString())
          .isEqualTo(result.toTable().toString());
      assertThat(OffsetCca.standard().withOffsets(List.of(1)).of(result.generations()).rows())
          .hasSize(1)
          .allSatisfy(row -> assertThat(row.heldOut().correlations().get(0)).isBetween(-1.0, 1.0));
    }
    assertThatThrownBy(
            () ->
                DynamismExperiment.of(trials(12, 3), protocol.withScore(CopyPasteScore.standard()))
                    .run(LanguageModel.reference(), folder, TrialListener.NONE))
        .hasMessageContaining(score.name());
  }

  @ParameterizedTest
  @MethodSource("scores")
  void runsThroughAblationAndCompensation(Score score) {
    Protocol protocol = Protocol.copyPaste().withScore(score).withMaxNewTokens(60);
    try (LanguageModel model = LanguageModel.reference()) {
      AblationResult ablated =
          AblationExperiment.of(trials(3, 3), protocol).run(model, TrialListener.NONE);
      assertThat(ablated.accuracy("none")).isGreaterThan(.6);
      assertThat(ablated.accuracy("dynamic")).isZero();
      assertThat(ablated.accuracy("random")).isGreaterThan(.6);
      CompensationResult compensated =
          CompensationExperiment.of(trials(2, 2), protocol)
              .withKs(List.of(0, 1))
              .run(model, TrialListener.NONE);
      assertThat(compensated.byK().rowCount()).isGreaterThan(1);
    }
  }

  @Test
  void aMeasurementScoresWhatTheTraceHasAnyway() {
    try (LanguageModel model = LanguageModel.reference()) {
      Prompt prompt = trials(1, 0).trial(model.tokenizer(), 0).prompt();
      Trace trace = model.generate(prompt, LOOKS.capture(Capture.heads()));
      trace.save(folder.resolve("a.trace.safetensors"));
      Trace loaded = Trace.load(folder.resolve("a.trace.safetensors"));
      ScoreMatrix scores = LOOKS.matrix(loaded);
      for (int s = 0; s < scores.steps(); s++) {
        for (HeadId h : scores.heads()) {
          double mass = trace.steps().get(s).mass(Prompt.NEEDLE)[h.index(12)];
          assertThat(scores.score(s, h)).isCloseTo(mass, within(1e-6));
        }
      }
      assertThatThrownBy(() -> LOOKS.matrix(model.generate(prompt, Capture.heads())))
          .hasMessageContaining("x.needle_mass");
      assertThatThrownBy(() -> Score.of(Measure.of("k", Hook.K, Reduce.norm()), 1))
          .hasMessageContaining("not of query heads");
    }
  }
}
