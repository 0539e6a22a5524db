package headscope.ablation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import headscope.bench.RandomCheckpoint;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskMode;
import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.score.CopyPasteScore;
import headscope.score.ReasoningScore;
import headscope.score.Score;
import headscope.task.NeedleInHaystack;
import headscope.task.NeedleTrial;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("slow")
class TwoPassTest {
  private static final Score COPY = CopyPasteScore.standard();
  private static final HeadSet STATIC = HeadSet.parse("L3-H0,L3-H1,L4-H3,L4-H10");

  private static LanguageModel model;
  private static NeedleTrial trial;

  @BeforeAll
  static void load() {
    model = LanguageModel.reference();
    trial = NeedleInHaystack.standard().trial(model.tokenizer(), 96, 0.5, 3);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static List<HeadSet> masked(Trace trace) {
    List<HeadSet> sets = new ArrayList<>();
    ((List<?>) trace.options().get("masked")).forEach(s -> sets.add(HeadSet.parse((String) s)));
    return sets;
  }

  private static void assertSame(Step a, Step b, double tolerance) {
    assertThat(a.token()).isEqualTo(b.token());
    assertThat(a.argmaxIndex()).isEqualTo(b.argmaxIndex());
    assertThat((double) a.logprob()).isCloseTo(b.logprob(), within(tolerance));
    for (int i = 0; i < a.hidden().length; i++) {
      assertThat((double) a.hidden()[i]).isCloseTo(b.hidden()[i], within(tolerance));
    }
  }

  @Test
  void twoPassesWithAnEmptyMaskAreOne() {
    Trace one = model.generate(trial.prompt(), Capture.heads());
    for (MaskingPolicy policy :
        List.of(
            MaskingPolicy.none(),
            MaskingPolicy.dynamic(0),
            MaskingPolicy.random(0, STATIC, 1),
            MaskingPolicy.fixed("nothing", HeadSet.empty()))) {
      Trace two = TwoPass.of(COPY).run(model, trial.prompt(), policy);
      assertThat(two.ids()).as(policy.name()).containsExactly(one.ids());
      for (int s = 0; s < one.steps().size(); s++) {
        assertSame(two.steps().get(s), one.steps().get(s), 0);
        if (!two.clean().isEmpty()) {
          assertSame(two.clean().get(s), two.steps().get(s), 0);
        }
      }
    }
  }

  @Test
  void cleanRowsAreThoseOfAForcedDecode() {
    Trace free = model.generate(trial.prompt(), Capture.heads());
    Trace forced =
        model.generate(
            trial.prompt(), Capture.heads(), GenerateOptions.defaults().withForced(free.ids()));
    Trace two =
        TwoPass.of(COPY)
            .withForced(free.ids())
            .run(model, trial.prompt(), MaskingPolicy.dynamic(0));
    for (int s = 0; s < free.ids().length; s++) {
      assertSame(two.clean().get(s), forced.steps().get(s), 0);
    }
  }

  @ParameterizedTest
  @EnumSource(value = MaskMode.class, mode = EnumSource.Mode.EXCLUDE, names = "RESAMPLE")
  void theHeadsOfTheCleanPassAreMaskedInTheSecond(MaskMode mode) {
    Map<HeadId, float[]> means =
        mode == MaskMode.MEAN ? model.meanHeadOutputs(List.of(trial.prompt())) : Map.of();
    TwoPass protocol = TwoPass.of(COPY).withTreatment(new HeadMask(HeadSet.empty(), mode, means));
    Trace trace = protocol.run(model, trial.prompt(), MaskingPolicy.dynamic());
    List<HeadSet> masked = masked(trace);
    assertThat(trace.clean()).hasSameSizeAs(trace.steps());
    // what came before the first mask is untouched by masks
    assertSame(
        trace.clean().get(0), model.generate(trial.prompt(), Capture.heads()).steps().get(0), 0);
    boolean any = false;
    for (int s = 0; s < trace.steps().size(); s++) {
      assertThat(masked.get(s))
          .isEqualTo(COPY.dynamicHeads(trial.prompt(), trace.clean().get(s), 12));
      any |= !masked.get(s).isEmpty();
      if (masked.get(s).isEmpty()) {
        assertSame(trace.steps().get(s), trace.clean().get(s), 0);
      } else {
        assertThat(trace.steps().get(s).hidden()).isNotEqualTo(trace.clean().get(s).hidden());
      }
    }
    assertThat(any).isTrue();
  }

  @Test
  void theSecondPassOverwritesWhatTheFirstLeft() {
    // the masks of the two-pass run, applied by hand in one pass, give its tokens and rows
    Trace two = TwoPass.of(COPY).run(model, trial.prompt(), MaskingPolicy.dynamic(1));
    List<HeadSet> masked = masked(two);
    try (var session = model.session(trial.prompt(), Capture.heads())) {
      int token = trial.prompt().ids()[trial.prompt().length() - 1];
      for (int s = 0; s < two.steps().size(); s++) {
        Step step = session.step(token, HeadMask.zero(masked.get(s)));
        assertSame(step, two.steps().get(s), 0);
        token = step.token();
      }
    }
  }

  @Test
  void retrievingHeadsMatterAndAsManyRandomOnesDoNot() {
    int clean = 0;
    int dynamic = 0;
    int random = 0;
    for (long seed = 10; seed < 16; seed++) {
      NeedleTrial t = NeedleInHaystack.standard().trial(model.tokenizer(), 96, 0.5, seed);
      List<Trace> traces =
          TwoPass.of(COPY)
              .run(
                  model,
                  t.prompt(),
                  List.of(
                      MaskingPolicy.none(),
                      MaskingPolicy.dynamic(),
                      MaskingPolicy.random(2, STATIC, seed)));
      clean += t.answeredBy(traces.get(0).text()) ? 1 : 0;
      dynamic += t.answeredBy(traces.get(1).text()) ? 1 : 0;
      random += t.answeredBy(traces.get(2).text()) ? 1 : 0;
    }
    assertThat(clean).isGreaterThanOrEqualTo(5);
    assertThat(dynamic).isZero();
    assertThat(random).isGreaterThanOrEqualTo(4);
  }

  @Test
  void policiesTogetherAreTheirSingleRuns() {
    List<MaskingPolicy> policies =
        List.of(
            MaskingPolicy.none(),
            MaskingPolicy.dynamic(1),
            MaskingPolicy.fixed("static", STATIC),
            MaskingPolicy.random(3, STATIC, 7).layerMatched());
    List<Trace> together = TwoPass.of(COPY).run(model, trial.prompt(), policies);
    for (int i = 0; i < policies.size(); i++) {
      Trace alone = TwoPass.of(COPY).run(model, trial.prompt(), policies.get(i));
      assertThat(together.get(i).ids()).containsExactly(alone.ids());
      assertThat(masked(together.get(i))).isEqualTo(masked(alone));
    }
  }

  @Test
  void anotherScoreWorksAlike() {
    Score reasoning = ReasoningScore.standard().withThreshold(0.3);
    Trace trace =
        TwoPass.of(reasoning)
            .withCapture(Capture.heads().withWindows(4, 8))
            .withMaxNewTokens(6)
            .run(model, trial.prompt(), MaskingPolicy.dynamic(3));
    assertThat(trace.options()).containsEntry("score", "reasoning").containsEntry("local", 8L);
    assertThat(masked(trace)).allSatisfy(h -> assertThat(h.size()).isLessThanOrEqualTo(3));
    assertThat(masked(trace)).anySatisfy(h -> assertThat(h.size()).isEqualTo(3));
  }

  @Test
  void anAnswerThatEndsAtOnceHasOneMaskedStepAndNoCountedOne(@TempDir Path folder)
      throws IOException {
    new RandomCheckpoint(2, 16, 4, 2, 16, 8, 64).write(folder, 1);
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"eos_token_id\": 1", "\"eos_token_id\": [0, 1, 2, 3, 4, 5, 6, 7]"));
    try (LanguageModel ends = LanguageModel.load(folder)) {
      Prompt prompt = Prompt.ofIds(1, 2, 3, 4, 5).withSpan(Prompt.NEEDLE, Spans.of(0, 4));
      for (MaskingPolicy policy :
          List.of(MaskingPolicy.dynamic(99), MaskingPolicy.fixed("one", HeadSet.parse("L0-H0")))) {
        Trace trace = TwoPass.of(COPY).run(ends, prompt, policy);
        assertThat(trace.steps()).hasSize(1);
        assertThat(trace.ended()).isTrue();
        assertThat(trace.counted()).isEmpty();
        assertThat(masked(trace)).hasSize(1);
        assertThat(COPY.matrix(trace).steps()).isZero();
      }
    }
  }

  @Test
  void compensationCountsStaticHeadsThatStepIn() {
    Trace trace = TwoPass.of(COPY).run(model, trial.prompt(), MaskingPolicy.dynamic(2));
    List<HeadSet> perStep = Compensation.perStep(trace, COPY, STATIC);
    assertThat(perStep).hasSameSizeAs(trace.steps());
    for (int s = 0; s < perStep.size(); s++) {
      HeadSet clean = COPY.dynamicHeads(trial.prompt(), trace.clean().get(s), 12);
      HeadSet after = COPY.dynamicHeads(trial.prompt(), trace.steps().get(s), 12);
      assertThat(perStep.get(s)).isEqualTo(after.minus(clean).intersect(STATIC));
    }
    assertThat(Compensation.of(trace, COPY, STATIC))
        .isEqualTo(perStep.stream().mapToInt(HeadSet::size).max().orElse(0));
    assertThat(Compensation.of(trace, COPY, HeadSet.empty())).isZero();
    assertThatThrownBy(
            () -> Compensation.of(model.generate(trial.prompt(), Capture.heads()), COPY, STATIC))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("clean rows");
  }

  @Test
  void aProtocolWithoutEyesIsRefused() {
    assertThatThrownBy(() -> TwoPass.of(COPY).withCapture(Capture.tokens()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Capture.heads()");
  }

  @Test
  void aYokedBaselineMasksAsManyAsItsLeaderDidAndGoesRoundBehindItsEnd() {
    List<HeadId> ranking = STATIC.toList();
    List<MaskingPolicy> policies =
        List.of( // the leader is found wherever it stands
            MaskingPolicy.first(ranking, HeadCount.yoked(2)),
            MaskingPolicy.random(HeadCount.yoked(2), STATIC, 7),
            MaskingPolicy.dynamic(2),
            MaskingPolicy.dynamic());
    TwoPass protocol = TwoPass.of(COPY).withMaxNewTokens(60);
    boolean wentRound = false;
    for (long seed = 1; seed < 5; seed++) {
      NeedleTrial t = NeedleInHaystack.standard().trial(model.tokenizer(), 64, 0.5, seed);
      List<TwoPass.Masked> free = protocol.masked(model, t.prompt(), policies);
      List<Integer> led = sizes(free.get(2));
      assertThat(led).anyMatch(n -> n > 0);
      for (int follower = 0; follower < 2; follower++) {
        TwoPass.Masked masked = free.get(follower);
        wentRound |= masked.asked().size() > led.size();
        assertThat(masked.asked()).hasSameSizeAs(masked.trace().steps());
        for (int s = 0; s < masked.asked().size(); s++) {
          assertThat(masked.asked().get(s)).isEqualTo(led.get(s % led.size()));
          assertThat(masked.heads().get(s).size()).isEqualTo(masked.asked().get(s));
        }
      }
      assertThat(free.get(2).asked()).containsOnly(2);
    }
    assertThat(wentRound).isTrue();
    assertThatThrownBy(
            () -> protocol.masked(model, trial.prompt(), List.of(policies.get(0), policies.get(3))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "static masks as many heads as dynamic 2, which is not run beside it");
  }

  private static List<Integer> sizes(TwoPass.Masked masked) {
    return masked.heads().stream().map(HeadSet::size).toList();
  }

  @Test
  void forcedRunsAreReadByTheForcedToken() {
    int[] said = model.tokenizer().encode(trial.rightResponse()).ids();
    TwoPass.Masked run =
        TwoPass.of(COPY)
            .withForced(said)
            .readByForced()
            .masked(model, trial.prompt(), List.of(MaskingPolicy.dynamic(2)))
            .get(0);
    Trace trace = run.trace();
    assertThat(trace.ids()).containsExactly(said);
    int m = 0;
    double entered = 0;
    double left = 0;
    for (int s = 0; s < said.length; s++) {
      HeadSet clean = COPY.dynamicHeads(trial.prompt(), trace.clean().get(s).saying(said[s]), 12);
      HeadSet after = COPY.dynamicHeads(trial.prompt(), trace.steps().get(s), 12);
      HeadSet in = after.minus(clean).intersect(STATIC);
      assertThat(run.heads().get(s).minus(clean).isEmpty()).isTrue();
      assertThat(run.heads().get(s).size()).isEqualTo(Math.min(2, clean.size()));
      m = Math.max(m, in.size());
      entered += in.size();
      left += clean.intersect(STATIC).minus(run.heads().get(s)).size();
    }
    Compensation.Measured measured = Compensation.inForcedRun(run, COPY, STATIC);
    assertThat(measured.m()).isEqualTo(m);
    assertThat(measured.rate()).isCloseTo(entered / said.length, within(1e-12));
    assertThat(measured.redundancy()).isCloseTo(left / said.length, within(1e-12));
    assertThat(left).isPositive();
    assertThatThrownBy(() -> TwoPass.of(COPY).readByForced())
        .hasMessageContaining("none is forced");
  }
}
