package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskScope;
import headscope.trace.Attribution;
import headscope.trace.Capture;
import headscope.trace.Hook;
import headscope.trace.LogitLens;
import headscope.trace.Measure;
import headscope.trace.Prompt;
import headscope.trace.Reduce;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each part wrote of a logit, and what a layer would say. */
class AttributionTest {
  private static final Capture ALL = Capture.heads().withLogits().withAttribution().withLens();

  private static GenerateOptions steps(int n) {
    return GenerateOptions.defaults().withMaxNewTokens(n).withIgnoreEndTokens();
  }

  private static Prompt prompt(Fixture f) {
    return f.prompt("long").withSpan(Prompt.NEEDLE, Spans.of(20, 31));
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#foldersAndFiles")
  void thePartsSumToTheLogit(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      sums(model, model.generate(prompt(f), ALL, steps(6)));
    }
  }

  /** The matrices of fixtures are too small to be packed. */
  @Test
  void thePartsSumToTheLogitWhereMatricesArePacked() {
    try (LanguageModel model = Fixture.smolLm2()) {
      int[] ids = model.tokenizer().encode("The capital of France is Paris. The capital of").ids();
      Prompt prompt = Prompt.ofIds(ids).withSpan(Prompt.NEEDLE, Spans.of(3, 6));
      sums(model, model.generate(prompt, ALL, steps(3)));
    }
  }

  /** The fixtures of these families have no biases; some models of them do. */
  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void thePartsSumToTheLogitUnderAMask(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      HeadSet heads = HeadSet.parse("L0-H1,L1-H0,L1-H2");
      HeadMask mask = HeadMask.zero(heads);
      Trace trace = model.generate(prompt(f), ALL, steps(4).withMask(mask, MaskScope.STEPS));
      sums(model, trace);
      for (HeadId h : heads) {
        int i = h.index(model.config().heads());
        assertThat(Attribution.ofSaid(trace.steps().get(2)).heads()[i]).isZero();
      }
    }
  }

  private static void sums(LanguageModel model, Trace trace) {
    int[] ids = trace.ids();
    for (int t = 0; t < ids.length; t++) {
      Step step = trace.steps().get(t);
      Attribution said = Attribution.ofSaid(step);
      assertThat(said.logit()).isEqualTo(step.logits()[ids[t]]);
      assertThat(said.sum()).isCloseTo(said.logit(), within(1e-4 * said.absoluteSum()));
      assertThat(said.heads()).hasSize(model.config().totalHeads());

      Attribution needle = Attribution.ofNeedle(step);
      int at = Attribution.nextOfNeedle(trace.prompt(), Arrays.copyOf(ids, t));
      if (at < 0) {
        assertThat(needle.absoluteSum()).isZero();
      } else {
        int next = trace.prompt().ids()[at];
        double best =
            IntStream.range(0, step.logits().length)
                .filter(i -> i != next)
                .mapToDouble(i -> step.logits()[i])
                .max()
                .orElseThrow();
        assertThat((double) needle.logit())
            .isCloseTo(step.logits()[next] - best, within(1e-5 * (1 + Math.abs(best))));
        assertThat(needle.sum()).isCloseTo(needle.logit(), within(1e-4 * needle.absoluteSum()));
      }
    }
  }

  /** Biases of every projection, in a family without and one with post-norms. */
  @Test
  void biasesAreParts(@TempDir Path folder) {
    for (String name : List.of("llama31", "gemma3", "olmo2")) {
      Fixture f = Fixture.of(name);
      Path biased = Checkpoints.biased(f.folder(), folder.resolve(name));
      try (LanguageModel model = LanguageModel.load(biased)) {
        assertThat(model.config().biases().attentionOutput()).isTrue();
        Trace trace = model.generate(prompt(f), ALL, steps(3));
        sums(model, trace);
        assertThat(Attribution.ofSaid(trace.steps().get(0)).biases()[1]).isNotZero();
      }
    }
  }

  /**
   * A head's part is what the logit loses without it, where nothing stands between the head and the
   * logit: no later layer reads it, and the final norm divides by what it divided by.
   */
  @Test
  void inTheLastLayerWithoutMlpAHeadsPartIsWhatItsAblationTakes(@TempDir Path folder) {
    Fixture f = Fixture.of("llama31");
    int last = f.expected().get("layers").getAsInt() - 1;
    Path changed =
        Checkpoints.changed(
            f.folder(),
            folder.resolve("m"),
            (tensor, shape, x) -> {
              if (tensor.equals("model.layers." + last + ".mlp.down_proj.weight")) {
                Arrays.fill(x, 0);
              }
            });
    try (LanguageModel model = LanguageModel.load(changed)) {
      Capture capture = ALL.withHidden(Capture.Hidden.BEFORE_NORM);
      Step clean = model.generate(prompt(f), capture, steps(1)).steps().get(0);
      Attribution said = Attribution.ofSaid(clean);
      for (int h = 0; h < model.config().heads(); h++) {
        HeadId head = new HeadId(last, h);
        GenerateOptions masked =
            steps(1)
                .withForced(clean.token())
                .withMask(HeadMask.zero(HeadSet.of(head)), MaskScope.STEPS);
        Step without = model.generate(prompt(f), capture, masked).steps().get(0);
        double undone = without.logits()[clean.token()] * rms(without) / rms(clean);
        assertThat(clean.logits()[clean.token()] - undone)
            .isCloseTo(said.heads()[head.index(model.config().heads())], within(2e-5));
      }
    }
  }

  private static double rms(Step step) {
    double squares = 0;
    for (float x : step.hidden()) {
      squares += x * x;
    }
    return Math.sqrt(squares / step.hidden().length + 1e-5);
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#foldersAndFiles")
  void theLensOfTheLastLayerIsTheModel(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      for (Step step : model.generate(prompt(f), ALL, steps(3)).steps()) {
        LogitLens lens = LogitLens.of(step);
        int last = model.config().layers() - 1;
        assertThat(lens.rank()).hasSize(last + 1);
        assertThat(lens.rank()[last]).isEqualTo(1);
        assertThat(lens.token()[last]).isEqualTo(step.token());
        assertThat(lens.logprob()[last]).isCloseTo(step.logprob(), within(2e-5f));
        assertThat(lens.entropy()[last]).isCloseTo(step.entropy(), within(2e-5f));
      }
    }
  }

  /** A layer reads as the last one of a model that ends there. */
  @Test
  void theLensOfALayerIsAModelThatEndsThere(@TempDir Path folder) {
    Fixture f = Fixture.of("llama31");
    int layers = f.expected().get("layers").getAsInt();
    try (LanguageModel model = f.load()) {
      Step step = model.generate(prompt(f), ALL, steps(1)).steps().get(0);
      LogitLens lens = LogitLens.of(step);
      for (int end = 1; end < layers; end++) {
        int from = end;
        Path cut =
            Checkpoints.changed(
                f.folder(),
                folder.resolve("cut" + end),
                (tensor, shape, x) -> {
                  for (int l = from; l < layers; l++) {
                    if (tensor.equals("model.layers." + l + ".mlp.down_proj.weight")
                        || tensor.equals("model.layers." + l + ".self_attn.o_proj.weight")) {
                      Arrays.fill(x, 0);
                    }
                  }
                });
        try (LanguageModel shorter = LanguageModel.load(cut)) {
          GenerateOptions same = steps(1).withForced(step.token());
          Step of = shorter.generate(prompt(f), ALL, same).steps().get(0);
          assertThat(lens.logprob()[end - 1]).isCloseTo(of.logprob(), within(2e-5f));
          assertThat(lens.entropy()[end - 1]).isCloseTo(of.entropy(), within(2e-5f));
          float said = of.logits()[step.token()];
          int above = 0;
          for (float x : of.logits()) {
            above += x > said ? 1 : 0;
          }
          assertThat(lens.rank()[end - 1]).isEqualTo(above + 1);
        }
      }
    }
  }

  @Test
  void theNeedleGoesOnBehindTheLongestRun() {
    //              0  1  2  3  4  5  6  7  8
    int[] ids = {9, 1, 2, 3, 1, 2, 4, 8, 7};
    Prompt prompt = Prompt.ofIds(ids).withSpan(Prompt.NEEDLE, Spans.of(1, 7));
    assertThat(Attribution.nextOfNeedle(prompt, new int[0])).isEqualTo(1);
    assertThat(Attribution.nextOfNeedle(prompt, new int[] {5})).isEqualTo(1);
    assertThat(Attribution.nextOfNeedle(prompt, new int[] {1})).isEqualTo(2);
    assertThat(Attribution.nextOfNeedle(prompt, new int[] {3, 1, 2})).isEqualTo(6);
    assertThat(Attribution.nextOfNeedle(prompt, new int[] {2, 4})).isEqualTo(-1);
    assertThat(Attribution.nextOfNeedle(Prompt.ofIds(ids), new int[] {1})).isEqualTo(-1);
  }

  @Test
  void noArrayOutlivesItsStepWithEverythingOn() {
    Fixture f = Fixture.of("gemma3");
    Capture everything = ALL;
    for (Hook hook : Hook.values()) {
      everything = everything.with(Measure.of(hook.toString(), hook, Reduce.norm()));
    }
    float[] sum = new float[1];
    try (LanguageModel model = f.load();
        Session session = model.session(prompt(f), everything)) {
      session.observe(List.of(Observer.ofAll(a -> sum[0] += a.sum()[0])), 0);
      SplittableRandom random = new SplittableRandom(1);
      int after = 0;
      for (int i = 0; i < 1_000; i++) {
        session.step(random.nextInt(model.config().vocabulary()), HeadMask.none());
        session.rollBack(1);
        after = i == 10 ? model.liveArrays() : after;
        if (i > 10) {
          assertThat(model.liveArrays()).isEqualTo(after);
        }
      }
    }
    assertThat(sum[0]).isNotZero();
  }

  @Test
  void aStepWithoutItSaysHowToGetIt() {
    Fixture f = Fixture.of("llama31");
    try (LanguageModel model = f.load()) {
      Step plain = model.generate(f.prompt("short"), Capture.heads(), steps(1)).steps().get(0);
      assertThatThrownBy(() -> Attribution.ofSaid(plain)).hasMessageContaining("withAttribution()");
      assertThatThrownBy(() -> LogitLens.of(plain)).hasMessageContaining("withLens()");
      Step noNeedle = model.generate(f.prompt("short"), ALL, steps(1)).steps().get(0);
      assertThat(Attribution.ofSaid(noNeedle).logit()).isNotZero();
      assertThatThrownBy(() -> Attribution.ofNeedle(noNeedle)).hasMessageContaining("\"needle\"");
    }
  }
}
