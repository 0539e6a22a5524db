package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskScope;
import headscope.safetensors.SafeTensors;
import headscope.trace.Capture;
import headscope.trace.Hook;
import headscope.trace.Prompt;
import headscope.trace.Spans;
import headscope.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The laws of patching, in every family. */
@Tag("slow")
class PatchingTest {
  private static final double CLOSE = 1e-4;

  private static final int[] RIGHT = {11, 90, 7, 42};
  private static final int[] OTHER = {50, 3, 77, 8};

  private static Patching.Run right(Fixture f) {
    return new Patching.Run(f.prompt("long"), RIGHT);
  }

  private static Patching.Run other(Fixture f) {
    int[] ids = f.prompt("long").ids().clone();
    for (int i = 20; i < 60; i++) {
      ids[i] = (3 * ids[i] + 5) % 300;
    }
    return new Patching.Run(Prompt.ofIds(ids), OTHER);
  }

  private static Spans all(Patching.Run run) {
    return Spans.of(0, run.prompt().length() + run.response().length - 1);
  }

  private static float[] clean(LanguageModel model, Patching.Run run) {
    Trace trace =
        model.generate(
            run.prompt(),
            Capture.tokens().withLogits(),
            GenerateOptions.defaults().withForced(run.response()));
    return ParityTest.logits(trace);
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void theResidualStreamAtAllPositionsIsTheOtherRun(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load();
        Patching patching = Patching.of(model, right(f), other(f))) {
      float[] expected = clean(model, other(f));
      for (int l = 0; l < model.config().layers(); l++) {
        float[] found = patching.logits(Patch.residual(l).at(all(right(f))), Taps.NONE);
        ParityTest.assertClose("layer " + l, found, expected, CLOSE);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void patchingARunWithItselfChangesNothing(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load();
        Patching patching = Patching.of(model, right(f), right(f))) {
      float[] expected = clean(model, right(f));
      int layers = model.config().layers();
      HeadSet every = HeadSet.all(layers, model.config().heads());
      for (Patch patch :
          List.of(
              Patch.z(every),
              Patch.z(every).at(all(right(f))),
              Patch.z(new HeadId(1, 1)).at(Spans.of(9, 40)),
              Patch.residual(1),
              Patch.residual(layers - 1).at(Spans.of(30, 152)))) {
        ParityTest.assertClose(
            patch.toString(), patching.logits(patch, Taps.NONE), expected, CLOSE);
      }
      assertThat(patching.clean()).isEqualTo(patching.other());
      assertThatThrownBy(() -> patching.share(patching.clean()))
          .hasMessageContaining("needles that differ");
    }
  }

  /** Of both z's and the rows of the output projection in the file, in float64. */
  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void thePatchOfAHeadAddsTheDifferenceOfItsZThroughTheOutputProjection(String name) {
    Fixture f = Fixture.of(name);
    HeadId head = new HeadId(1, 2);
    int row = f.prompt("long").length() + 1;
    try (LanguageModel model = f.load();
        Patching patching = Patching.of(model, right(f), other(f))) {
      Seen before = new Seen(head.layer());
      Seen after = new Seen(head.layer());
      Seen source = new Seen(head.layer());
      ForcedRun own = new ForcedRun(model, right(f).prompt(), RIGHT);
      ForcedRun its = new ForcedRun(model, other(f).prompt(), OTHER);
      own.logits(own.first(), (from, to) -> Masking.NONE, before);
      its.logits(its.first(), (from, to) -> Masking.NONE, source);
      patching.logits(Patch.z(head), after);
      own.close();
      its.close();
      int d = model.config().headDim();
      int size = model.config().hidden();
      int t = row - own.first();
      double[] expected = new double[size];
      float[] output = outputProjection(f, head.layer());
      int in = output.length / size;
      for (int i = 0; i < size; i++) {
        for (int j = 0; j < d; j++) {
          int at = (head.head() * RIGHT.length + t) * d + j;
          expected[i] +=
              ((double) source.z[at] - before.z[at]) * output[i * in + head.head() * d + j];
        }
        double added = after.written[t * size + i] - before.written[t * size + i];
        assertThat(added).isCloseTo(expected[i], within(2e-5));
      }
      assertThat(Arrays.stream(expected).map(Math::abs).max().orElseThrow()).isGreaterThan(1e-2);
    }
  }

  private static float[] outputProjection(Fixture f, int layer) {
    String name = "model.layers." + layer + ".self_attn.o_proj.weight";
    Map<String, float[]> found = new TreeMap<>();
    for (Path file : Checkpoints.weights(f.folder())) {
      try (SafeTensors in = SafeTensors.open(file)) {
        if (in.tensors().containsKey(name)) {
          found.put(name, in.floats(name));
        }
      }
    }
    return found.get(name);
  }

  /** z and what attention writes before a post-norm, of one layer. */
  private static final class Seen implements Taps {
    private final int layer;
    float[] z; // [H, T, d]
    float[] written; // [T, D]

    Seen(int layer) {
      this.layer = layer;
    }

    @Override
    public void see(Hook hook, int at, NDArray x) {
      if (hook == Hook.Z && at == layer) {
        z = x.toFloatArray();
      }
    }

    @Override
    public void written(Hook hook, int at, NDArray x) {
      if (hook == Hook.ATTN_OUT && at == layer) {
        written = x.toFloatArray();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void patchesTogetherAreThoseAloneWhateverTheChunk(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load();
        LanguageModel chunked =
            LanguageModel.load(f.folder(), LoadOptions.defaults().withChunk(3));
        Patching patching = Patching.of(model, right(f), other(f));
        Patching other = Patching.of(chunked, right(f), other(f))) {
      List<Patch> patches = new ArrayList<>();
      for (HeadId h : HeadSet.all(model.config().layers(), model.config().heads())) {
        patches.add(Patch.z(h));
      }
      patches.add(Patch.residual(1).at(Spans.parse("25:31,140:152")));
      patches.add(Patch.z(HeadSet.parse("L1-H0,L2-H1")));
      patches.add(Patch.z(HeadSet.parse("L0-H1")).at(Spans.of(20, 60)));
      List<Patching.Effect> together = patching.effects(patches);
      for (int i = 0; i < patches.size(); i += 5) {
        same(patching.effects(List.of(patches.get(i))).get(0), together.get(i));
        same(other.effects(List.of(patches.get(i))).get(0), together.get(i));
      }
      same(
          patching.effects(List.of(Patch.residual(2).at(all(right(f))))).get(0).difference(),
          new Patching.Effect(
                  mean(model, new Patching.Run(other(f).prompt(), RIGHT), OTHER, RIGHT),
                  mean(model, new Patching.Run(other(f).prompt(), OTHER), OTHER, OTHER))
              .difference());
    }
  }

  /**
   * With all of the other run's stream the logits of every row are the other run's, whatever was
   * said: the log-probability of a response is read off them.
   */
  private static double mean(LanguageModel model, Patching.Run run, int[] forced, int[] read) {
    Trace trace =
        model.generate(
            run.prompt(),
            Capture.tokens().withLogits(),
            GenerateOptions.defaults().withForced(forced));
    double sum = 0;
    for (int t = 0; t < read.length; t++) {
      float[] logits = trace.steps().get(t).logits();
      double all = 0;
      for (float x : logits) {
        all += Math.exp(x);
      }
      sum += logits[read[t]] - Math.log(all);
    }
    return sum / read.length;
  }

  private static void same(Patching.Effect found, Patching.Effect expected) {
    assertThat(found.right()).isCloseTo(expected.right(), within(CLOSE));
    assertThat(found.other()).isCloseTo(expected.other(), within(CLOSE));
  }

  private static void same(double found, double expected) {
    assertThat(found).isCloseTo(expected, within(CLOSE));
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void masksAreThoseOfForcedGeneration(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load();
        Patching patching = Patching.of(model, right(f), other(f))) {
      HeadSet heads = HeadSet.parse("L0-H1,L1-H0,L2-H2");
      List<HeadMask> masks =
          List.of(
              HeadMask.none(),
              HeadMask.zero(heads),
              HeadMask.uniform(heads),
              HeadMask.zero(HeadSet.parse("L2-H1")));
      double[] found = patching.masked(masks);
      for (int i = 0; i < masks.size(); i++) {
        Trace trace =
            model.generate(
                right(f).prompt(),
                Capture.tokens(),
                GenerateOptions.defaults()
                    .withForced(RIGHT)
                    .withMask(masks.get(i), MaskScope.STEPS));
        same(
            found[i], trace.steps().stream().mapToDouble(s -> s.logprob()).average().orElseThrow());
      }
      same(patching.clean().right(), found[0]);
    }
  }

  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void resamplingARunFromItselfChangesNothing(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load()) {
      GenerateOptions forced = GenerateOptions.defaults().withForced(RIGHT);
      Map<HeadId, float[]> own = model.headOutputs(right(f).prompt(), forced);
      HeadSet every = HeadSet.all(model.config().layers(), model.config().heads());
      Trace same =
          model.generate(
              right(f).prompt(),
              Capture.tokens().withLogits(),
              forced.withMask(HeadMask.resample(every, own), MaskScope.STEPS));
      ParityTest.assertClose(name, ParityTest.logits(same), clean(model, right(f)), CLOSE);
    }
  }

  /** Step by step with the other run's z is what patching computes in one go. */
  @ParameterizedTest
  @MethodSource("headscope.model.Fixture#names")
  void resamplingIsPatchingStepByStep(String name) {
    Fixture f = Fixture.of(name);
    try (LanguageModel model = f.load();
        Patching patching = Patching.of(model, right(f), other(f))) {
      GenerateOptions forced = GenerateOptions.defaults().withForced(RIGHT);
      Map<HeadId, float[]> z =
          model.headOutputs(other(f).prompt(), GenerateOptions.defaults().withForced(OTHER));
      HeadSet heads = HeadSet.parse("L0-H1,L1-H0,L2-H2");
      Trace trace =
          model.generate(
              right(f).prompt(),
              Capture.tokens().withLogits(),
              forced.withMask(HeadMask.resample(heads, z), MaskScope.STEPS));
      ParityTest.assertClose(
          name, ParityTest.logits(trace), patching.logits(Patch.z(heads), Taps.NONE), CLOSE);
      assertThatThrownBy(
              () ->
                  model.generate(
                      right(f).prompt(),
                      Capture.tokens(),
                      forced.withMask(HeadMask.resample(heads, z), MaskScope.ALL)))
          .hasMessageContaining("rows of a prompt are no steps");
    }
  }

  @Test
  void runsOfUnequalLengthAreRefused() {
    Fixture f = Fixture.of("llama31");
    try (LanguageModel model = f.load()) {
      assertThatThrownBy(
              () ->
                  Patching.of(
                      model, right(f), new Patching.Run(f.prompt("long"), new int[] {1, 2})))
          .hasMessageContaining("draw another needle");
      try (Patching patching = Patching.of(model, right(f), other(f))) {
        assertThatThrownBy(() -> patching.effects(List.of(Patch.z(new HeadId(9, 0)))))
            .hasMessageContaining("L9-H0");
        assertThatThrownBy(() -> patching.effects(List.of(Patch.residual(7))))
            .hasMessageContaining("got 7");
        assertThatThrownBy(() -> patching.effects(List.of(Patch.residual(1).at(Spans.of(0, 999)))))
            .hasMessageContaining("0:999");
      }
    }
  }

  @Test
  void nothingIsLeftBehind() {
    Fixture f = Fixture.of("mistral-window");
    try (LanguageModel model = f.load()) {
      clean(model, right(f)); // tables of positions are made once
      int before = model.liveArrays();
      for (int i = 0; i < 5; i++) {
        try (Patching patching = Patching.of(model, right(f), other(f))) {
          patching.effects(List.of(Patch.z(new HeadId(1, 1)), Patch.residual(0)));
          patching.masked(List.of(HeadMask.zero(HeadSet.parse("L0-H0"))));
        }
        assertThat(model.liveArrays()).isEqualTo(before);
      }
    }
  }
}
