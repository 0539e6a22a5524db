package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.bench.RandomCheckpoint;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskScope;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Laws that hold for every family, whatever the weights. */
@Tag("slow")
class EnginePropertiesTest {
  private static final double CLOSE = 5e-5;
  private static final Capture LOGITS = Capture.heads().withLogits();

  private static GenerateOptions steps(int n) {
    return GenerateOptions.defaults().withMaxNewTokens(n).withIgnoreEndTokens();
  }

  private static HeadSet someHeads(LanguageModel model) {
    return HeadSet.of(
        new HeadId(0, 1), new HeadId(1, 0), new HeadId(model.config().layers() - 1, 2));
  }

  /** The next rows of sessions that take the same token. */
  static List<Step> step(List<Session> sessions, int token, List<HeadMask> masks) {
    int[] tokens = new int[sessions.size()];
    Arrays.fill(tokens, token);
    return Session.step(
        sessions, tokens, masks, Collections.nCopies(tokens.length, Choice.mostLikely()));
  }

  private static Prompt random(LanguageModel model, int length, long seed) {
    return Prompt.ofIds(
        new SplittableRandom(seed).ints(length, 0, model.config().vocabulary()).toArray());
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void chunkedPrefillIsWholePrefill(String name) {
    Fixture f = Fixture.of(name);
    Prompt prompt = f.prompt("long").withSpan(Prompt.NEEDLE, Spans.of(20, 31));
    try (LanguageModel whole = f.load();
        LanguageModel chunked =
            LanguageModel.load(f.folder(), LoadOptions.defaults().withChunk(7));
        LanguageModel single =
            LanguageModel.load(f.folder(), LoadOptions.defaults().withChunk(1))) {
      Trace expected = whole.generate(prompt, LOGITS, steps(3));
      assertSame(chunked.generate(prompt, LOGITS, steps(3)), expected);
      assertSame(single.generate(prompt, LOGITS, steps(3)), expected);
      HeadMask mask = HeadMask.uniform(someHeads(whole));
      GenerateOptions masked = steps(3).withMask(mask, MaskScope.ALL).withHidden(Spans.of(5, 12));
      assertSame(single.generate(prompt, LOGITS, masked), whole.generate(prompt, LOGITS, masked));
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void cachedIsUncached(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      Prompt prompt = f.prompt("short");
      Trace cached = model.generate(prompt, LOGITS, steps(6));
      for (int s = 0; s < 6; s++) {
        int[] ids =
            IntStream.concat(Arrays.stream(prompt.ids()), Arrays.stream(cached.ids(), 0, s))
                .toArray();
        Trace fresh = model.generate(Prompt.ofIds(ids), LOGITS, steps(1));
        assertSame(fresh.steps().get(0), cached.steps().get(s));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void aMaskIsAZeroedSliceOfTheOutputProjection(String name, @TempDir Path folder) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      HeadSet heads = someHeads(model);
      int dim = model.config().headDim();
      Path changed =
          Checkpoints.changed(
              f.folder(),
              folder.resolve(name),
              (tensor, shape, x) -> {
                for (HeadId h : heads) {
                  if (tensor.equals("model.layers." + h.layer() + ".self_attn.o_proj.weight")) {
                    for (int row = 0; row < shape[0]; row++) {
                      int at = (int) (row * shape[1]) + h.head() * dim;
                      Arrays.fill(x, at, at + dim, 0);
                    }
                  }
                }
              });
      try (LanguageModel without = LanguageModel.load(changed)) {
        assertSame(
            model.generate(
                f.prompt("short"), LOGITS, steps(4).withMask(HeadMask.zero(heads), MaskScope.ALL)),
            without.generate(f.prompt("short"), LOGITS, steps(4)));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void maskingAllHeadsOfALayerRemovesItsAttention(String name, @TempDir Path folder) {
    Fixture f = Fixture.of(name);
    Path changed =
        Checkpoints.changed(
            f.folder(),
            folder.resolve(name),
            (tensor, shape, x) -> {
              if (tensor.equals("model.layers.1.self_attn.o_proj.weight")) {
                Arrays.fill(x, 0);
              }
            });
    try (LanguageModel model = f.load();
        LanguageModel without = LanguageModel.load(changed)) {
      HeadSet layer =
          HeadSet.all(model.config().layers(), model.config().heads()).where(h -> h.layer() == 1);
      assertSame(
          model.generate(
              f.prompt("short"), LOGITS, steps(4).withMask(HeadMask.zero(layer), MaskScope.ALL)),
          without.generate(f.prompt("short"), LOGITS, steps(4)));
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void everyMaskOfEveryHeadChangesTheLogits(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      Prompt prompt = f.prompt("short");
      Map<HeadId, float[]> means = model.meanHeadOutputs(List.of(f.prompt("long")));
      float[] clean = model.generate(prompt, LOGITS, steps(1)).steps().get(0).logits();
      for (HeadId h : HeadSet.all(model.config().layers(), model.config().heads())) {
        for (HeadMask mask :
            List.of(
                HeadMask.zero(HeadSet.of(h)),
                HeadMask.uniform(HeadSet.of(h)),
                HeadMask.mean(HeadSet.of(h), means))) {
          Step step =
              model
                  .generate(prompt, LOGITS, steps(1).withMask(mask, MaskScope.STEPS))
                  .steps()
                  .get(0);
          assertThat(distance(step.logits(), clean)).as(h + " " + mask.mode()).isGreaterThan(1e-3);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void aMeanMaskPutsItsVectorInTheHeadsPlace(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      HeadSet heads = someHeads(model);
      Map<HeadId, float[]> zeros = new java.util.HashMap<>();
      heads.forEach(h -> zeros.put(h, new float[model.config().headDim()]));
      GenerateOptions mean = steps(3).withMask(HeadMask.mean(heads, zeros), MaskScope.ALL);
      GenerateOptions zero = steps(3).withMask(HeadMask.zero(heads), MaskScope.ALL);
      assertSame(
          model.generate(f.prompt("short"), LOGITS, mean),
          model.generate(f.prompt("short"), LOGITS, zero));
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void meanHeadOutputsOfOneTokenAreItsZ(String name) {
    // With the mean of a one-token prompt in a head's place that prompt's logits do not change.
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      Prompt one = Prompt.ofIds(f.prompt("short").ids()[0]);
      HeadMask mask =
          HeadMask.mean(
              HeadSet.all(model.config().layers(), model.config().heads()),
              model.meanHeadOutputs(List.of(one)));
      Step masked =
          model.generate(one, LOGITS, steps(1).withMask(mask, MaskScope.STEPS)).steps().get(0);
      Step clean = model.generate(one, LOGITS, steps(1)).steps().get(0);
      assertThat(distance(masked.logits(), clean.logits())).isLessThan(CLOSE);
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void hidingIsDeletingWithPositionsKept(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      for (String which : List.of("short", "long")) {
        Prompt prompt = f.prompt(which);
        Spans hidden =
            Spans.parse("0:3,9:14" + (prompt.length() > 100 ? ",60:70,105:131,140:148" : ""));
        Step hiding = model.generate(prompt, LOGITS, steps(1).withHidden(hidden)).steps().get(0);
        int[] kept = IntStream.range(0, prompt.length()).filter(i -> !hidden.contains(i)).toArray();
        assertThat(distance(hiding.logits(), logitsOf(model, prompt, kept))).isLessThan(CLOSE);
        for (int h = 0; h < hiding.argmaxIndex().length; h++) {
          assertThat(hidden.contains(hiding.argmaxIndex()[h])).isFalse();
        }
      }
    }
  }

  /** The last logits of a prompt of which only some tokens are there, at their own positions. */
  private static float[] logitsOf(LanguageModel model, Prompt prompt, int[] kept) {
    Network network = model.network();
    try (NDScope scope = new NDScope();
        KvCache cache = new KvCache(network.kernels(), network.config(), 1)) {
      scope.suppressNotUsedWarning();
      int[] ids = Arrays.stream(kept).map(i -> prompt.ids()[i]).toArray();
      cache.begin(kept.length);
      NDArray x =
          network
              .decoder()
              .forward(
                  new int[][] {ids},
                  new Decoder.Pass(
                      cache,
                      network.decoder().types().stream().map(t -> view(network, t, kept)).toList(),
                      Masking.NONE,
                      Taps.NONE));
      NDArray logits = network.decoder().logits(network.decoder().finalNorm(x));
      return logits.get(0, kept.length - 1).toFloatArray();
    }
  }

  /** Of tokens at positions that are not their places. */
  private static Decoder.View view(Network network, LayerType type, int[] kept) {
    NDList cos = new NDList();
    NDList sin = new NDList();
    for (int i : kept) {
      if (type.rope().isPresent()) {
        Rotary.Angles a = network.rotary(type.rope().get()).angles(i, i + 1, kept[kept.length - 1]);
        cos.add(a.cos());
        sin.add(a.sin());
      }
    }
    float[] mask = new float[kept.length * kept.length];
    for (int row = 0; row < kept.length; row++) {
      for (int key = 0; key < kept.length; key++) {
        boolean seen = kept[key] <= kept[row] && kept[key] >= type.firstSeen(kept[row]);
        mask[row * kept.length + key] = seen ? 0 : Float.NEGATIVE_INFINITY;
      }
    }
    return new Decoder.View(
        0,
        type.rope().map(r -> new Rotary.Angles(NDArrays.concat(cos), NDArrays.concat(sin))),
        Optional.empty(),
        Optional.of(network.manager().create(mask, new Shape(kept.length, kept.length))));
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void hidingAndShowingAgainIsAFreshRun(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      Prompt prompt = f.prompt("short");
      int last = prompt.ids()[prompt.length() - 1];
      HeadMask mask = HeadMask.zero(someHeads(model));
      try (Session changed = model.session(prompt, LOGITS);
          Session plain = model.session(prompt, LOGITS);
          Session hidden = model.session(prompt, LOGITS, HeadMask.none(), Spans.of(4, 9))) {
        Step first = changed.step(last, mask);
        assertSame(plain.step(last, mask), first);
        hidden.step(last, mask);
        changed.hide(Spans.of(4, 9));
        assertSame(
            changed.step(first.token(), HeadMask.none()),
            hidden.step(first.token(), HeadMask.none()));
        changed.rollBack(1);
        changed.hide(Spans.none());
        assertSame(
            changed.step(first.token(), HeadMask.none()),
            plain.step(first.token(), HeadMask.none()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void appendedTokensAreThoseOfSteps(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      Prompt prompt = f.prompt(lastPrompt(f));
      int[] tokens = f.greedy(lastPrompt(f)); // of phi4mini they cross the switch of LongRoPE
      int last = prompt.ids()[prompt.length() - 1];
      try (Session steps = model.session(prompt, LOGITS, HeadMask.none(), Spans.of(4, 9));
          Session appended = model.session(prompt, LOGITS, HeadMask.none(), Spans.of(4, 9))) {
        steps.step(last, HeadMask.none());
        for (int i = 0; i < 10; i++) {
          steps.step(tokens[i], HeadMask.none());
        }
        appended.append(last);
        appended.append(Arrays.copyOf(tokens, 10));
        appended.append();
        assertThat(appended.length()).isEqualTo(steps.length());
        assertSame(
            appended.step(tokens[10], HeadMask.none()), steps.step(tokens[10], HeadMask.none()));
        appended.rollBack(6);
        appended.hide(Spans.none());
        steps.rollBack(6);
        steps.hide(Spans.none());
        assertSame(
            appended.step(tokens[5], HeadMask.none()), steps.step(tokens[5], HeadMask.none()));
        assertThatThrownBy(() -> appended.append(1, -3)).hasMessageContaining("-3");
        assertThatThrownBy(() -> appended.append(new int[model.config().maxPositions()]))
            .hasMessageContaining("no room");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void rowsAreTheSameWhereAttentionIsNotReduced(String name, @TempDir Path folder) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      HeadSet heads = someHeads(model);
      Step with =
          model
              .generate(f.prompt("short"), Capture.heads().withRows(heads), steps(1))
              .steps()
              .get(0);
      Trace trace = model.generate(f.prompt("short"), Capture.tokens().withRows(heads), steps(1));
      trace.save(folder.resolve("rows.trace.safetensors"));
      Step alone = Trace.load(folder.resolve("rows.trace.safetensors")).steps().get(0);
      assertThat(alone.rows().keySet()).isEqualTo(with.rows().keySet()).isNotEmpty();
      heads.forEach(h -> assertThat(alone.rows().get(h)).containsExactly(with.rows().get(h)));
      assertThat(alone.argmaxIndex()).isEmpty();
      assertThat(alone.mass()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void aBatchIsItsSingleRuns(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      List<Prompt> prompts = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        prompts.add(random(model, 40, i).withSpan(Prompt.NEEDLE, Spans.of(5 + i, 9 + i)));
      }
      HeadMask mask = HeadMask.uniform(someHeads(model));
      GenerateOptions how = steps(4).withMask(mask, MaskScope.DECODE).withHidden(Spans.of(20, 25));
      List<Trace> batch = model.generate(prompts, LOGITS, how);
      for (int i = 0; i < 3; i++) {
        assertSame(batch.get(i), model.generate(prompts.get(i), LOGITS, how));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void forksThatRollBackAreFreshRuns(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      Prompt prompt = f.prompt("crossing".equals(lastPrompt(f)) ? "crossing" : "short");
      int last = prompt.ids()[prompt.length() - 1];
      Trace fresh = model.generate(prompt, LOGITS, steps(9));
      List<HeadMask> masks =
          List.of(HeadMask.none(), HeadMask.zero(someHeads(model)), HeadMask.none());
      try (Session base = model.session(prompt, LOGITS);
          Session a = base.fork();
          Session b = base.fork();
          Session c = base.fork()) {
        List<Session> forks = List.of(a, b, c);
        int token = last;
        for (int s = 0; s < 9; s++) {
          step(forks, token, Collections.nCopies(3, masks.get(1)));
          forks.forEach(fork -> fork.rollBack(1));
          Step alone = base.step(s == 0 ? last : fresh.ids()[s - 1], HeadMask.none());
          assertSame(alone, fresh.steps().get(s));
          List<Step> row = step(forks, token, masks);
          assertSame(row.get(0), fresh.steps().get(s));
          assertSame(row.get(2), fresh.steps().get(s));
          token = fresh.ids()[s];
        }
        try (Session again = a.fork()) {
          again.rollBack(5);
          assertSame(again.step(fresh.ids()[3], HeadMask.none()), fresh.steps().get(4));
        }
      }
    }
  }

  @Test
  void longRopeSwitchesInsideHiddenMaskedAndForkedRuns() {
    // original length 64: a prompt of 58, hidden positions, masks, and a fork that crosses it
    Fixture f = Fixture.of("phi4mini");
    try (LanguageModel model = f.load()) {
      Prompt prompt = f.prompt("crossing");
      HeadMask mask = HeadMask.zero(someHeads(model));
      GenerateOptions how = steps(12).withMask(mask, MaskScope.STEPS).withHidden(Spans.of(5, 20));
      Trace expected = model.generate(prompt, LOGITS, how);
      try (Session base = model.session(prompt, LOGITS)) {
        base.hide(Spans.of(5, 20));
        int token = prompt.ids()[prompt.length() - 1];
        for (int s = 0; s < 5; s++) {
          token = base.step(token, mask).token();
        }
        try (Session a = base.fork();
            Session b = base.fork()) {
          List<Session> forks = List.of(a, b);
          int next = token;
          for (int s = 5; s < 12; s++) {
            List<Step> row = step(forks, next, List.of(mask, mask));
            assertSame(row.get(1), expected.steps().get(s));
            next = row.get(0).token();
          }
          // one goes back before the switch, with other positions hidden and hidden again
          a.rollBack(8);
          a.hide(Spans.none());
          a.hide(Spans.of(5, 20));
          b.rollBack(1);
          List<Step> row =
              Session.step(
                  forks,
                  new int[] {expected.ids()[3], expected.ids()[10]},
                  List.of(mask, mask),
                  Collections.nCopies(2, Choice.mostLikely()));
          assertSame(row.get(0), expected.steps().get(4));
          assertSame(row.get(1), expected.steps().get(11));
        }
        assertSame(base.step(token, mask), expected.steps().get(5));
      }
    }
  }

  @Test
  void anInterruptedRecomputationIsMadeUpFor() {
    for (String name : List.of("llama31", "phi4mini")) {
      Fixture f = Fixture.of(name);
      try (LanguageModel model = f.load()) {
        Prompt prompt = f.prompt("short");
        int last = prompt.ids()[prompt.length() - 1];
        for (Spans from : List.of(Spans.none(), Spans.of(5, 9))) {
          Spans to = from.isEmpty() ? Spans.of(5, 9) : Spans.none();
          try (Session session = model.session(prompt, LOGITS, HeadMask.none(), from);
              Session fresh = model.session(prompt, LOGITS, HeadMask.none(), to)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> session.hide(to))
                .isInstanceOf(java.util.concurrent.CancellationException.class);
            assertSame(session.step(last, HeadMask.none()), fresh.step(last, HeadMask.none()));
          }
        }
      }
    }
  }

  @Test
  void aClosedSessionIsRefused() {
    try (LanguageModel model = LanguageModel.reference()) {
      Session session = model.session(random(model, 10, 1), Capture.tokens());
      session.close();
      for (Runnable use :
          List.<Runnable>of(
              session::fork, () -> session.hide(Spans.of(1, 2)), () -> session.rollBack(0))) {
        assertThatThrownBy(use::run)
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("closed");
      }
    }
  }

  @Test
  void longRopeBackAcrossTheSwitchAndHiddenIsAFreshRun() {
    Fixture f = Fixture.of("phi4mini");
    try (LanguageModel model = f.load()) {
      Prompt prompt = f.prompt("crossing");
      int[] tokens = f.greedy("crossing");
      int last = prompt.ids()[prompt.length() - 1];
      try (Session session = model.session(prompt, LOGITS);
          Session fresh = model.session(prompt, LOGITS)) {
        for (int s = 0; s < 9; s++) {
          session.step(s == 0 ? last : tokens[s - 1], HeadMask.none());
        }
        session.rollBack(6);
        session.hide(Spans.of(10, 20));
        for (int s = 0; s < 3; s++) {
          fresh.step(s == 0 ? last : tokens[s - 1], HeadMask.none());
        }
        fresh.hide(Spans.of(10, 20));
        assertSame(
            session.step(tokens[2], HeadMask.none()), fresh.step(tokens[2], HeadMask.none()));
      }
    }
  }

  @Test
  void rowsTooLargeToBeGatheredAreReducedInParts(@TempDir Path folder) {
    // 32 sequences x 32 heads x 1,050 positions: four of the six layers fill the buffer
    new RandomCheckpoint(6, 64, 32, 8, 64, 50, 4096).write(folder, 1);
    try (LanguageModel model = LanguageModel.load(folder)) {
      List<Prompt> prompts = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        prompts.add(random(model, 1050, i).withSpan(Prompt.NEEDLE, Spans.of(7 + i, 90)));
      }
      List<Trace> batch = model.generate(prompts, LOGITS, steps(2));
      assertSame(batch.get(3), model.generate(prompts.get(3), LOGITS, steps(2)));
    }
  }

  private static String lastPrompt(Fixture f) {
    return f.promptNames().get(f.promptNames().size() - 1);
  }

  @Test
  void nothingLeaksOverAThousandSteps() {
    try (LanguageModel model = LanguageModel.reference()) {
      Prompt prompt = random(model, 30, 1).withSpan(Prompt.NEEDLE, Spans.of(6, 12));
      HeadMask mask = HeadMask.uniform(someHeads(model));
      int before = model.liveArrays();
      try (Session session = model.session(prompt, LOGITS)) {
        session.step(1, mask);
        int live = model.liveArrays();
        for (int i = 0; i < 1000; i++) {
          session.step(i % 2000, i % 2 == 0 ? mask : HeadMask.none());
          if (i % 10 == 9) {
            session.hide(i % 20 == 9 ? Spans.of(20, 28) : Spans.none());
            session.rollBack(10);
            session.fork().close();
          }
        }
        session.hide(Spans.none());
        // a fork froze the tail: one more block of keys and values for what came after it
        assertThat(model.liveArrays() - live).isLessThanOrEqualTo(2 * model.config().layers());
      }
      assertThat(model.liveArrays()).isLessThanOrEqualTo(before + 2); // the rotary table
    }
  }

  @Test
  void aClosedModelFreesItsWeights() {
    LanguageModel model = LanguageModel.reference();
    Session session = model.session(random(model, 10, 1), Capture.tokens());
    model.close();
    assertThat(model.liveArrays()).isZero();
    session.close();
    assertThatThrownBy(() -> session.step(1, HeadMask.none()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void masksAreTheSameInEveryDtype() {
    Fixture f = Fixture.of("llama31");
    try (LanguageModel full = f.load()) {
      for (LoadOptions.Dtype dtype :
          List.of(LoadOptions.Dtype.FLOAT16, LoadOptions.Dtype.BFLOAT16)) {
        try (LanguageModel half =
            LanguageModel.load(f.folder(), LoadOptions.defaults().withDtype(dtype))) {
          GenerateOptions how = steps(1).withMask(HeadMask.zero(someHeads(full)), MaskScope.ALL);
          float[] a = full.generate(f.prompt("short"), LOGITS, how).steps().get(0).logits();
          float[] b = half.generate(f.prompt("short"), LOGITS, how).steps().get(0).logits();
          assertThat(distance(a, b)).as(dtype.toString()).isLessThan(0.2);
          assertThat(distance(a, b)).as(dtype.toString()).isGreaterThan(1e-6);
        }
      }
    }
  }

  static void assertSame(Trace a, Trace b) {
    assertThat(a.ids()).containsExactly(b.ids());
    for (int s = 0; s < a.steps().size(); s++) {
      assertSame(a.steps().get(s), b.steps().get(s));
    }
  }

  static void assertSame(Step a, Step b) {
    assertThat(a.token()).isEqualTo(b.token());
    assertThat(distance(a.logits(), b.logits())).isLessThan(CLOSE);
    assertThat(distance(a.hidden(), b.hidden())).isLessThan(CLOSE);
    assertThat(distance(a.argmaxWeight(), b.argmaxWeight())).isLessThan(1e-5);
    assertThat(a.mass().keySet()).isEqualTo(b.mass().keySet());
    a.mass().forEach((span, m) -> assertThat(distance(m, b.mass(span))).isLessThan(1e-5));
  }

  static double distance(float[] a, float[] b) {
    assertThat(a).hasSameSizeAs(b);
    double worst = 0;
    for (int i = 0; i < a.length; i++) {
      worst = Math.max(worst, Math.abs((double) a[i] - b[i]));
    }
    return worst;
  }
}
