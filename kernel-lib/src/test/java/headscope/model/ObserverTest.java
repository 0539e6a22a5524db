package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskScope;
import headscope.safetensors.SafeTensors;
import headscope.trace.Capture;
import headscope.trace.Hook;
import headscope.trace.Measure;
import headscope.trace.Prompt;
import headscope.trace.Reduce;
import headscope.trace.Spans;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Observers see what transformers computes at the same points, and cost nothing unasked. */
class ObserverTest {
  private static final Path GOLDEN = Path.of("src/test/resources/fixtures/hooks");

  /** What the engine's rules of agreement ask for. */
  private static final double CLOSE = 2e-4;

  private static GenerateOptions steps(int n) {
    return GenerateOptions.defaults().withMaxNewTokens(n).withIgnoreEndTokens();
  }

  /** What was seen, put together over the passes: of a hook an array a layer, a row a position. */
  private static final class Rows {
    /** Hook, layer, row to its vectors, one a head or a single one. */
    final Map<String, float[][]> seen = new LinkedHashMap<>();

    void add(Activation a) {
      int rows = a.to() - a.from();
      int length = a.length();
      int heads = a.count() / rows;
      float[] values = a.values();
      for (int t = 0; t < rows; t++) {
        float[][] vectors = new float[heads][];
        for (int h = 0; h < heads; h++) {
          int at = (h * rows + t) * length;
          vectors[h] = Arrays.copyOfRange(values, at, at + length);
        }
        assertThat(seen.put(key(a.hook(), a.layer(), a.from() + t), vectors)).isNull();
      }
    }

    private static String key(Hook hook, int layer, int row) {
      return hook + " of layer " + layer + " at " + row;
    }

    float[][] at(Hook hook, int layer, int row) {
      return seen.get(key(hook, layer, row));
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#foldersAndFiles")
  void everyHookIsThatOfTransformers(String name) {
    Fixture f = Fixture.of(name);
    double worst = 0;
    try (LanguageModel model = f.load();
        SafeTensors golden = SafeTensors.open(GOLDEN.resolve(file(name)))) {
      JsonObject rows = JsonParser.parseString(golden.metadata().get("rows")).getAsJsonObject();
      for (String p : f.promptNames()) {
        Rows seen = new Rows();
        model.observe(f.prompt(p), Observer.ofAll(seen::add));
        int[] at = Fixture.ints(rows.get(p));
        for (Hook hook : Hook.values()) {
          List<Long> shape = golden.tensor(p + "." + hook).shape();
          float[] expected = golden.floats(p + "." + hook);
          boolean ofHeads = shape.size() == 4;
          int heads = ofHeads ? shape.get(1).intValue() : 1;
          int length = shape.get(shape.size() - 1).intValue();
          int layers = hook.ofLayers() ? shape.get(0).intValue() : 1;
          for (int l = 0; l < layers; l++) {
            for (int r = 0; r < at.length; r++) {
              float[][] found = seen.at(hook, hook.ofLayers() ? l : model.config().layers(), at[r]);
              assertThat(found).as(p + " " + hook + " of layer " + l).hasNumberOfRows(heads);
              for (int h = 0; h < heads; h++) {
                for (int i = 0; i < length; i++) {
                  // a pattern that was seen ends where its stretch of rows does
                  float x = i < found[h].length ? found[h][i] : 0;
                  double d = Math.abs(x - expected[((l * heads + h) * at.length + r) * length + i]);
                  worst = Math.max(worst, d);
                  assertThat(d).as("%s %s of layer %d, head %d", p, hook, l, h).isLessThan(CLOSE);
                }
              }
            }
          }
        }
      }
    }
    if (Boolean.getBoolean("headscope.test.differences")) {
      System.out.printf(java.util.Locale.ROOT, "hooks of %s %.2e%n", name, worst);
    }
  }

  private static String file(String name) {
    return name.replace(".gguf", "") + ".safetensors";
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void theRowOfAStepIsThatOfThePromptBefore(String name) {
    Fixture f = Fixture.of(name);
    Prompt prompt = f.prompt("long");
    try (LanguageModel model = f.load()) {
      Rows steps = new Rows();
      Trace trace =
          model.generate(
              prompt, Capture.tokens(), steps(3).withObserver(Observer.ofAll(steps::add)));
      Rows whole = new Rows();
      int[] ids = Arrays.copyOf(prompt.ids(), prompt.length() + 2);
      System.arraycopy(trace.ids(), 0, ids, prompt.length(), 2);
      model.observe(Prompt.ofIds(ids), Observer.ofAll(whole::add));
      steps.seen.forEach(
          (key, vectors) -> {
            for (int h = 0; h < vectors.length; h++) {
              float[] other = whole.seen.get(key)[h];
              ParityTest.assertClose(
                  key, vectors[h], Arrays.copyOf(other, vectors[h].length), CLOSE);
            }
          });
      assertThat(steps.seen).hasSize(3 * (9 * model.config().layers() + 1));
    }
  }

  @Test
  void hooksComeInTheirOrderLayerByLayer() {
    Fixture f = Fixture.of("gemma3");
    List<String> order = new ArrayList<>();
    try (LanguageModel model = f.load()) {
      model.generate(
          f.prompt("short"),
          Capture.heads(),
          steps(1).withObserver(Observer.ofAll(a -> order.add(a.layer() + " " + a.hook()))));
      List<String> expected = new ArrayList<>();
      for (int l = 0; l < model.config().layers(); l++) {
        for (Hook hook : Hook.values()) {
          if (hook.ofLayers()) {
            expected.add(l + " " + hook);
          }
        }
      }
      expected.add(model.config().layers() + " logits");
      assertThat(order).isEqualTo(expected);
    }
  }

  @Test
  void onlyWhatIsWatchedIsShown() {
    Fixture f = Fixture.of("llama31");
    List<Hook> seen = new ArrayList<>();
    try (LanguageModel model = f.load()) {
      model.generate(
          f.prompt("short"),
          Capture.tokens(),
          steps(1).withObserver(Observer.of(a -> seen.add(a.hook()), Hook.Z)));
      assertThat(seen).hasSize(model.config().layers()).containsOnly(Hook.Z);
    }
  }

  @Test
  void eachSequenceOfABatchIsShownByItself() {
    Fixture f = Fixture.of("llama31");
    try (LanguageModel model = f.load()) {
      Prompt a = f.prompt("short");
      Prompt b = Prompt.ofIds(Arrays.stream(a.ids()).map(i -> (i + 7) % 400).toArray());
      List<Rows> together = List.of(new Rows(), new Rows());
      model.generate(
          List.of(a, b),
          Capture.tokens(),
          steps(2).withObserver(Observer.ofAll(x -> together.get(x.sequence()).add(x))));
      for (int i = 0; i < 2; i++) {
        Rows alone = new Rows();
        model.generate(
            List.of(a, b).get(i),
            Capture.tokens(),
            steps(2).withObserver(Observer.ofAll(alone::add)));
        assertThat(together.get(i).seen.keySet()).isEqualTo(alone.seen.keySet());
        together
            .get(i)
            .seen
            .forEach(
                (key, vectors) -> {
                  for (int h = 0; h < vectors.length; h++) {
                    ParityTest.assertClose(key, vectors[h], alone.seen.get(key)[h], 5e-5);
                  }
                });
      }
    }
  }

  @Test
  void anActivationIsGoneWhenItsObserverReturns() {
    Fixture f = Fixture.of("llama31");
    List<Activation> kept = new ArrayList<>();
    try (LanguageModel model = f.load()) {
      model.observe(f.prompt("short"), Observer.of(kept::add, Hook.RESID_POST));
      assertThatThrownBy(() -> kept.get(0).values())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("residPost of layer 0 is gone");
    }
  }

  @Test
  void aMaskedHeadShowsItsPatternAndTheZThatStandsInItsPlace() {
    Fixture f = Fixture.of("llama31");
    try (LanguageModel model = f.load()) {
      Rows masked = new Rows();
      Rows clean = new Rows();
      GenerateOptions one = steps(1);
      model.generate(
          f.prompt("short"), Capture.tokens(), one.withObserver(Observer.ofAll(clean::add)));
      model.generate(
          f.prompt("short"),
          Capture.tokens(),
          one.withMask(HeadMask.zero(HeadSet.parse("L0-H1")), MaskScope.STEPS)
              .withObserver(Observer.ofAll(masked::add)));
      int last = f.prompt("short").length() - 1;
      assertThat(masked.at(Hook.PATTERN, 0, last)).isEqualTo(clean.at(Hook.PATTERN, 0, last));
      assertThat(masked.at(Hook.Z, 0, last)[1]).containsOnly(0);
      assertThat(masked.at(Hook.Z, 0, last)[0]).isEqualTo(clean.at(Hook.Z, 0, last)[0]);
    }
  }

  @Test
  void reductionsAreThoseOfTheValues() {
    Fixture f = Fixture.of("mistral-window");
    Prompt prompt = f.prompt("long").withSpan("needle", Spans.parse("3:9,100:121,140:147"));
    try (LanguageModel model = f.load()) {
      model.observe(
          prompt,
          Observer.ofAll(
              a -> {
                float[] all = a.values();
                int n = a.length();
                for (int i = 0; i < a.count(); i += Math.max(1, a.count() / 7)) {
                  float[] v = Arrays.copyOfRange(all, i * n, (i + 1) * n);
                  double sum = IntStream.range(0, n).mapToDouble(j -> v[j]).sum();
                  double squares = IntStream.range(0, n).mapToDouble(j -> v[j] * v[j]).sum();
                  double max = IntStream.range(0, n).mapToDouble(j -> v[j]).max().orElseThrow();
                  assertThat((double) a.max()[i]).isEqualTo(max);
                  assertThat((double) v[(int) a.argmax()[i]]).isEqualTo(max);
                  close(a.sum()[i], sum);
                  close(a.mean()[i], sum / n);
                  close(a.norm()[i], Math.sqrt(squares));
                  if (a.hook() == Hook.PATTERN) {
                    close(
                        a.massOn("needle")[i],
                        IntStream.range(0, n)
                            .filter(prompt.needle()::contains)
                            .mapToDouble(j -> v[j])
                            .sum());
                  }
                }
              }));
    }
  }

  private static void close(double found, double expected) {
    assertThat(found).isCloseTo(expected, org.assertj.core.api.Assertions.within(1e-4));
  }

  @Test
  void aMeasurementIsATensorOfTheTrace(@org.junit.jupiter.api.io.TempDir Path folder) {
    Fixture f = Fixture.of("llama31");
    Prompt prompt = f.prompt("short").withSpan(Prompt.NEEDLE, Spans.of(4, 9));
    Capture capture =
        Capture.heads()
            .with(Measure.of("z_norm", Hook.Z, Reduce.norm()))
            .with(Measure.of("mass", Hook.PATTERN, Reduce.massOn(Prompt.NEEDLE)))
            .with(Measure.of("keys", Hook.K, Reduce.max()))
            .with(Measure.of("stream", Hook.RESID_POST, Reduce.whole()))
            .with(
                Measure.of(
                    "ends",
                    Hook.Z,
                    Reduce.toVector("first and last", v -> new float[] {v[0], v[v.length - 1]})))
            .with(Measure.of("best", Hook.LOGITS, Reduce.argmax()));
    try (LanguageModel model = f.load()) {
      Trace trace = model.generate(prompt, capture, steps(4));
      ModelConfig c = model.config();
      for (Step step : trace.steps()) {
        ParityTest.assertClose("mass", step.own("mass"), step.mass(Prompt.NEEDLE), 1e-6);
        assertThat(step.own("best")).containsExactly(step.token());
        assertThat(step.tensors().get("x.z_norm").shape()).containsExactly(c.layers(), c.heads());
        assertThat(step.tensors().get("x.keys").shape())
            .containsExactly(c.layers(), c.keyValueHeads());
        assertThat(step.tensors().get("x.stream").axes()).containsExactly("layers", "values");
        assertThat(step.tensors().get("x.stream").shape()).containsExactly(c.layers(), c.hidden());
        assertThat(step.tensors().get("x.ends").shape()).containsExactly(c.layers(), c.heads(), 2);
      }
      Path file = folder.resolve("a.trace.safetensors");
      trace.save(file);
      Trace loaded = Trace.load(file);
      for (int s = 0; s < trace.steps().size(); s++) {
        Step step = loaded.steps().get(s);
        assertThat(step.tensors().keySet()).isEqualTo(trace.steps().get(s).tensors().keySet());
        for (String name : step.tensors().keySet()) {
          assertThat(step.tensors().get(name))
              .usingRecursiveComparison()
              .isEqualTo(trace.steps().get(s).tensors().get(name));
        }
      }
      assertThat(loaded.options().get("measures"))
          .isEqualTo(trace.options().get("measures"))
          .hasToString(
              "{z_norm=norm of z, mass=mass on needle of pattern, keys=max of k, stream=whole of"
                  + " residPost, ends=first and last of z, best=argmax of logits}");
    }
  }

  @Test
  void noArrayOutlivesItsStep() {
    Fixture f = Fixture.of("mistral-window");
    Prompt prompt = f.prompt("short").withSpan(Prompt.NEEDLE, Spans.of(4, 9));
    Capture capture = Capture.heads().withLogits();
    for (Hook hook : Hook.values()) {
      capture = capture.with(Measure.of(hook.toString(), hook, Reduce.norm()));
    }
    try (LanguageModel model = f.load();
        Session session = model.session(prompt, capture)) {
      float[] sum = new float[1];
      session.observe(List.of(Observer.ofAll(a -> sum[0] += a.sum()[0])), 0);
      int token = prompt.ids()[prompt.length() - 1];
      int after = 0;
      for (int i = 0; i < 1_000; i++) {
        if (!session.hasRoom()) {
          session.rollBack(100);
        }
        token = session.step(token, HeadMask.none()).token();
        after = i == 10 ? model.liveArrays() : after;
        if (i > 10) {
          assertThat(model.liveArrays()).isEqualTo(after);
        }
      }
      assertThat(sum[0]).isNotZero();
    }
  }

  @Test
  void refusalsSayWhatToDo() {
    Fixture f = Fixture.of("llama31");
    assertThatThrownBy(() -> Measure.of("a b", Hook.Z, Reduce.norm()))
        .hasMessageContaining("letters, digits");
    assertThatThrownBy(() -> Measure.of("rows", Hook.PATTERN, Reduce.whole()))
        .hasMessageContaining("Capture.withRows");
    try (LanguageModel model = f.load()) {
      Capture capture = Capture.tokens().with(Measure.of("m", Hook.Z, Reduce.massOn("needle")));
      assertThatThrownBy(() -> model.generate(f.prompt("short"), capture, steps(1)))
          .hasMessageContaining("watch pattern");
      Capture noSpan =
          Capture.tokens().with(Measure.of("m", Hook.PATTERN, Reduce.massOn("needle")));
      assertThatThrownBy(() -> model.generate(f.prompt("short"), noSpan, steps(1)))
          .hasMessageContaining("declares no span \"needle\"");
      Step step = model.generate(f.prompt("short"), Capture.heads(), steps(1)).steps().get(0);
      assertThatThrownBy(() -> step.own("mine")).hasMessageContaining("Capture.with(Measure.of");
    }
  }

  @Test
  void noArrayOfALayerOutlivesItsLayer() {
    List<Integer> live = new ArrayList<>();
    int layers;
    try (LanguageModel model = LanguageModel.reference()) {
      layers = model.config().layers();
      int[] ids = IntStream.range(10, 60).toArray();
      model.observe(
          Prompt.ofIds(ids), Observer.of(a -> live.add(model.liveArrays()), Hook.RESID_POST));
    }
    assertThat(live).hasSize(2 * layers); // the last row comes alone
    // what enters the first layer is the caller's, so that from the second on they are as many
    assertThat(live.subList(1, layers)).containsOnly(live.get(1));
    assertThat(live.subList(layers + 1, 2 * layers)).containsOnly(live.get(layers + 1));
  }
}
