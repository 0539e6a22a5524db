package headscope.model;

import static headscope.model.EnginePropertiesTest.assertSame;
import static headscope.model.EnginePropertiesTest.step;
import static org.assertj.core.api.Assertions.assertThat;

import headscope.figure.Figures;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskScope;
import headscope.page.TraceExplorer;
import headscope.score.CopyPasteScore;
import headscope.score.HeadScores;
import headscope.score.StaticRanking;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tech.tablesaw.api.Table;

/** Layers with a window: what a query sees, and that forgetting what it does not see is unseen. */
@Tag("slow")
class WindowTest {
  private static final Capture LOGITS = Capture.heads().withLogits();

  private static int window(LanguageModel model) {
    return model.config().layerTypes().stream()
        .flatMapToInt(t -> t.window().stream())
        .findFirst()
        .orElseThrow();
  }

  private static Prompt random(LanguageModel model, int length, long seed) {
    return Prompt.ofIds(
        new SplittableRandom(seed).ints(length, 0, model.config().vocabulary()).toArray());
  }

  private static GenerateOptions steps(int n) {
    return GenerateOptions.defaults().withMaxNewTokens(n).withIgnoreEndTokens();
  }

  private static HeadSet someHeads(LanguageModel model) {
    return HeadSet.of(
        new HeadId(0, 1), new HeadId(1, 0), new HeadId(model.config().layers() - 1, 2));
  }

  private static LanguageModel load(String name, int chunk) {
    return LanguageModel.load(Fixture.of(name).folder(), LoadOptions.defaults().withChunk(chunk));
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#windowed")
  void everyLengthAroundTheWindowIsTheSameInChunksBatchesAndForks(String name) {
    try (LanguageModel whole = load(name, 512);
        LanguageModel chunked = load(name, 5)) {
      int n = window(whole);
      for (int length : new int[] {n - 1, n, n + 1, 2 * n - 1, 2 * n, 2 * n + 1}) {
        HeadMask mask = HeadMask.uniform(someHeads(whole));
        Spans hidden = Spans.of(length / 2, length / 2 + 4);
        GenerateOptions how = steps(4).withMask(mask, MaskScope.ALL).withHidden(hidden);
        List<Prompt> prompts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
          prompts.add(random(whole, length, i).withSpan(Prompt.NEEDLE, Spans.of(3, 9)));
        }
        List<Trace> batch = whole.generate(prompts, LOGITS, how);
        for (int i = 0; i < 3; i++) {
          assertSame(batch.get(i), chunked.generate(prompts.get(i), LOGITS, how));
        }
        Trace fresh = whole.generate(prompts.get(0), LOGITS, steps(6));
        assertSame(chunked.generate(prompts.get(0), LOGITS, steps(6)), fresh);
        int last = prompts.get(0).ids()[length - 1];
        try (Session base = chunked.session(prompts.get(0), LOGITS);
            Session a = base.fork();
            Session b = base.fork()) {
          List<Session> forks = List.of(a, b);
          int token = last;
          for (int s = 0; s < 6; s++) {
            step(forks, token, List.of(mask, mask));
            forks.forEach(fork -> fork.rollBack(1));
            List<Step> row = step(forks, token, List.of(mask, HeadMask.none()));
            assertThat(row.get(1).token()).as(name + " " + length).isNotNegative();
            forks.forEach(fork -> fork.rollBack(1));
            assertSame(
                step(forks, token, List.of(HeadMask.none(), HeadMask.none())).get(1),
                fresh.steps().get(s));
            token = fresh.ids()[s];
          }
          assertSame(base.step(last, HeadMask.none()), fresh.steps().get(0));
          b.rollBack(4);
          try (Session again = b.fork()) {
            assertSame(again.step(fresh.ids()[1], HeadMask.none()), fresh.steps().get(2));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#windowed")
  void goingBackFurtherThanWhatIsKeptIsComputedAgain(String name) {
    try (LanguageModel model = load(name, 64)) {
      Prompt prompt = random(model, 120, 1);
      int last = prompt.ids()[119];
      int[] tokens = random(model, 900, 2).ids();
      try (Session session = model.session(prompt, LOGITS);
          Session fresh = model.session(prompt, LOGITS)) {
        session.append(last);
        session.append(Arrays.copyOf(tokens, 800));
        fresh.append(last);
        for (int back : new int[] {KvCache.ROLL_BACK, 60, KvCache.ROLL_BACK + 1, 200}) {
          session.rollBack(back);
          int at = session.length() - 120;
          session.append(Arrays.copyOfRange(tokens, at, at + 50));
          fresh.rollBack(fresh.length() - 120);
          fresh.append(Arrays.copyOf(tokens, at + 50));
          assertSame(
              session.step(tokens[at + 50], HeadMask.none()),
              fresh.step(tokens[at + 50], HeadMask.none()));
        }
        session.hide(Spans.of(40, 60)); // long out of every window, and yet it was seen
        fresh.hide(Spans.of(40, 60));
        assertSame(session.step(3, HeadMask.none()), fresh.step(3, HeadMask.none()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#windowed")
  void whatLiesOutsideTheWindowHasNoWeight(String name) {
    try (LanguageModel model = load(name, 512)) {
      int n = window(model);
      int layers = model.config().layers();
      int heads = model.config().heads();
      HeadSet all = HeadSet.all(layers, heads);
      Prompt far = random(model, 150, 3).withSpan(Prompt.NEEDLE, Spans.of(150 - n - 9, 150 - n));
      Prompt near = far.withSpan(Prompt.NEEDLE, Spans.of(150 - n, 150 - n + 1));
      Step farStep = model.generate(far, Capture.heads().withRows(all), steps(1)).steps().get(0);
      Step nearStep = model.generate(near, Capture.heads(), steps(1)).steps().get(0);
      for (int h = 0; h < layers * heads; h++) {
        boolean windowed = model.config().layerTypes().get(h / heads).window().isPresent();
        float[] row = farStep.rows().get(HeadId.ofIndex(h, heads));
        assertThat(row).hasSize(150);
        float before = 0;
        float sum = 0;
        for (int i = 0; i < 150; i++) {
          before += i < 150 - n ? row[i] : 0;
          sum += row[i];
        }
        assertThat(sum).isBetween(0.9999f, 1.0001f);
        assertThat(before == 0).as(name + " head " + h).isEqualTo(windowed);
        assertThat(farStep.mass(Prompt.NEEDLE)[h] == 0).isEqualTo(windowed);
        assertThat(farStep.mass(Step.SINK)[h] == 0).isEqualTo(windowed);
        assertThat(nearStep.mass(Prompt.NEEDLE)[h]).isEqualTo(row[150 - n]).isPositive();
        assertThat(farStep.argmaxIndex()[h]).isGreaterThanOrEqualTo(windowed ? 150 - n : 0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#windowed")
  void keysAndValuesOfAWindowedLayerAreBoundedByItsWindow(String name) {
    try (LanguageModel model = load(name, 64)) {
      ModelConfig config = model.config();
      try (KvCache cache = new KvCache(model.network().kernels(), config, 1)) {
        cache.expect(8000);
        for (int length = 0; length < 8000; length += 64) {
          cache.begin(64);
          cache.end();
        }
        for (int l = 0; l < config.layers(); l++) {
          long held = cache.capacity(l);
          if (config.layerTypes().get(l).window().isPresent()) {
            assertThat(held)
                .isLessThanOrEqualTo((window(model) + KvCache.ROLL_BACK + 64) * 9 / 8 + 64);
          } else {
            assertThat(held).isGreaterThanOrEqualTo(8000);
          }
        }
      }
    }
  }

  @Test
  void theTraceTheExplorerAndTheMapSayWhichLayersHaveAWindow(@TempDir Path folder) {
    try (LanguageModel model = load("gemma3", 512)) {
      Prompt prompt = random(model, 40, 1).withSpan(Prompt.NEEDLE, Spans.of(3, 9));
      Trace made = model.generate(prompt, Capture.heads(), steps(2));
      made.save(folder.resolve("gemma.trace.safetensors"));
      Trace trace = Trace.load(folder.resolve("gemma.trace.safetensors"));
      assertThat(trace.windows()).isEqualTo(List.of(32, 32, 0, 32, 32, 0));
      assertThat(TraceExplorer.of(trace).html())
          .contains("layers 2, 5 see everything; layers 0–1, 3–4 see the last 32 positions");
      HeadScores scores = CopyPasteScore.of(trace).mean();
      Table ranking = StaticRanking.of(scores).toTable(trace.windows());
      assertThat(Figures.layerHeadMap(ranking).summary())
          .contains("layers with a window, and its size: 0: 32; 1: 32; 3: 32; 4: 32");
    }
    try (LanguageModel model = load("qwen2", 512)) {
      Trace trace = model.generate(random(model, 40, 1), Capture.heads(), steps(2));
      assertThat(trace.windows()).isEmpty();
      assertThat(trace.options()).doesNotContainKey("windows");
      assertThat(TraceExplorer.of(trace).html()).doesNotContain("see the last");
    }
  }
}
