package headscope.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.safetensors.MalformedFileException;
import headscope.safetensors.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceFileTest {
  private static final int LAYERS = 2;
  private static final int HEADS = 3;
  private static final int PROMPT = 7;

  @TempDir Path folder;

  private static float[] random(SplittableRandom r, int n) {
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) r.nextDouble();
    }
    return x;
  }

  private static Step step(SplittableRandom r, int position) {
    Map<String, float[]> mass = new LinkedHashMap<>();
    for (String name : List.of("needle", "weißer \"Fleck\"", Step.SINK, Step.EFFECTIVE)) {
      mass.put(name, random(r, LAYERS * HEADS));
    }
    return new Step(
        r.nextInt(1000),
        -(float) r.nextDouble(),
        (float) r.nextDouble(),
        r.ints(LAYERS * HEADS, 0, position).toArray(),
        random(r, LAYERS * HEADS),
        mass,
        random(r, 5),
        Map.of(new HeadId(1, 2), random(r, position)),
        random(r, 11));
  }

  private static Trace trace(int steps, boolean twoPass) {
    SplittableRandom r = new SplittableRandom(steps);
    Prompt prompt =
        new Prompt(
                new int[] {5, 1, 2, 3, 4, 0, 999_999},
                "a <b> \"c\"\n👩‍🚀 e",
                List.of("a", " <b>", " \"c\"", "\n", "👩‍🚀", " ", "e"),
                Map.of())
            .withSpan("needle", Spans.parse("1:3,5:6"))
            .withSpan("weißer \"Fleck\"", Spans.none());
    List<Step> kept = new ArrayList<>();
    List<Step> clean = new ArrayList<>();
    List<String> tokens = new ArrayList<>();
    for (int s = 0; s < steps; s++) {
      kept.add(step(r, PROMPT + s));
      clean.add(step(r, PROMPT + s));
      tokens.add("t" + s);
    }
    return new Trace(
        "model",
        LAYERS,
        HEADS,
        prompt,
        kept,
        twoPass ? clean : List.of(),
        String.join("", tokens),
        tokens,
        steps > 1,
        Map.of("sink", 4L, "rate", 0.5, "mask", "L0-H1"),
        Map.of("java", "17"));
  }

  private static void assertSame(Trace a, Trace b) {
    assertThat(a.prompt()).isEqualTo(b.prompt());
    assertThat(a.model()).isEqualTo(b.model());
    assertThat(a.text()).isEqualTo(b.text());
    assertThat(a.tokens()).isEqualTo(b.tokens());
    assertThat(a.ended()).isEqualTo(b.ended());
    assertThat(a.options()).isEqualTo(b.options());
    assertThat(a.environment()).isEqualTo(b.environment());
    assertThat(a.steps()).hasSameSizeAs(b.steps());
    assertThat(a.clean()).hasSameSizeAs(b.clean());
    for (int s = 0; s < a.steps().size(); s++) {
      assertSame(a.steps().get(s), b.steps().get(s));
    }
    for (int s = 0; s < a.clean().size(); s++) {
      assertSame(a.clean().get(s), b.clean().get(s));
    }
  }

  private static void assertSame(Step a, Step b) {
    assertThat(a.token()).isEqualTo(b.token());
    assertThat(a.logprob()).isEqualTo(b.logprob());
    assertThat(a.entropy()).isEqualTo(b.entropy());
    assertThat(a.argmaxIndex()).isEqualTo(b.argmaxIndex());
    assertThat(a.argmaxWeight()).isEqualTo(b.argmaxWeight());
    assertThat(a.mass().keySet()).containsExactlyElementsOf(b.mass().keySet());
    a.mass().forEach((name, m) -> assertThat(m).isEqualTo(b.mass(name)));
    assertThat(a.hidden()).isEqualTo(b.hidden());
    assertThat(a.logits()).isEqualTo(b.logits());
    assertThat(a.rows().keySet()).isEqualTo(b.rows().keySet());
    a.rows()
        .forEach((h, row) -> assertThat(Arrays.copyOf(b.rows().get(h), row.length)).isEqualTo(row));
  }

  @Test
  void whatIsSavedIsWhatIsLoaded() {
    for (int steps : new int[] {0, 1, 4}) {
      for (boolean twoPass : new boolean[] {false, true}) {
        Trace trace = trace(steps, twoPass && steps > 0);
        Path file = folder.resolve(steps + "-" + twoPass + ".trace.safetensors");
        trace.save(file);
        assertSame(trace, Trace.load(file));
      }
    }
  }

  @Test
  void theSameTraceGivesTheSameBytes() throws IOException {
    Path a = folder.resolve("a");
    Path b = folder.resolve("b");
    trace(3, true).save(a);
    Trace.load(a).save(b);
    assertThat(Files.readAllBytes(b)).isEqualTo(Files.readAllBytes(a));
  }

  @Test
  void aTraceWithoutObservationIsWhole() {
    Step bare =
        new Step(
            3, -1, 2, new int[0], new float[0], Map.of(), new float[0], Map.of(), new float[0]);
    Trace trace =
        new Trace(
            "m",
            1,
            1,
            Prompt.ofIds(1, 2),
            List.of(bare),
            List.of(),
            "",
            List.of(),
            false,
            Map.of(),
            Map.of());
    Path file = folder.resolve("bare");
    trace.save(file);
    assertSame(trace, Trace.load(file));
  }

  @Test
  void theTensorsAreThoseOfTheFormat() {
    Path file = folder.resolve("t");
    trace(4, true).save(file);
    try (SafeTensors in = SafeTensors.open(file)) {
      assertThat(in.metadata()).containsEntry("format", "headscope-trace/1");
      assertThat(in.metadata().keySet())
          .contains("model", "text", "spans", "options", "environment");
      assertThat(in.metadata().get("spans")).startsWith("{\"needle\":[[1,3],[5,6]]");
      assertThat(in.tensor("prompt_ids").shape()).containsExactly(7L);
      assertThat(in.tensor("tokens").shape()).containsExactly(4L);
      for (String name :
          List.of(
              "argmax_index", "argmax_weight", "mass.needle", "mass.sink", "clean.argmax_index")) {
        assertThat(in.tensor(name).shape()).containsExactly(4L, 2L, 3L);
      }
      assertThat(in.tensor("hidden").shape()).containsExactly(4L, 5L);
      assertThat(in.longs("prompt_ids")).containsExactly(5, 1, 2, 3, 4, 0, 999_999);
    }
  }

  @Test
  void theEndTokenIsNotCounted() {
    Trace trace = trace(4, true);
    assertThat(trace.counted()).hasSize(3);
    assertThat(trace.countedClean()).hasSize(3);
    assertThat(trace.tokenAt(6)).isEqualTo(999_999);
    assertThat(trace.tokenAt(8)).isEqualTo(trace.steps().get(1).token());
  }

  @Test
  void anotherFileIsRefused() throws IOException {
    Path file = folder.resolve("x");
    Files.writeString(file, "no trace at all, but long enough to have a header");
    assertThatThrownBy(() -> Trace.load(file)).isInstanceOf(MalformedFileException.class);
    new headscope.safetensors.SafeTensorsWriter().floats("a", new float[2], 2).write(file);
    assertThatThrownBy(() -> Trace.load(file))
        .isInstanceOf(MalformedFileException.class)
        .hasMessageContaining("headscope-trace/1");
  }

  @Test
  void twoThousandRandomDamagesEndInAClearErrorOrARead() throws IOException {
    Path file = folder.resolve("t");
    trace(3, true).save(file);
    byte[] good = Files.readAllBytes(file);
    SplittableRandom r = new SplittableRandom(7);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] bytes = good.clone();
      int reach = r.nextInt(3) == 0 ? bytes.length : 2500;
      if (r.nextInt(5) == 0) {
        bytes = Arrays.copyOf(bytes, r.nextInt(bytes.length));
      } else {
        for (int n = 1 + r.nextInt(4); n > 0; n--) {
          bytes[r.nextInt(reach)] =
              r.nextBoolean()
                  ? (byte) "0123456789-[]{},\":x".charAt(r.nextInt(19))
                  : (byte) r.nextInt(256);
        }
      }
      Files.write(file, bytes);
      try {
        Trace read = Trace.load(file);
        assertThat(read.steps().size()).isEqualTo(read.ids().length);
      } catch (MalformedFileException e) {
        assertThat(e).hasMessageContaining(file.toString());
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void spansMergeAndPrintAsTheyAreRead() {
    assertThat(Spans.parse("5:7,1:3,3:4,6:9").toString()).isEqualTo("1:4,5:9");
    assertThat(Spans.parse("0:5,8:10").within(3, 9).toString()).isEqualTo("3:5,8:9");
    assertThat(Spans.parse("0:5").firstDifference(Spans.parse("0:4"))).isEqualTo(4);
    assertThat(Spans.none().firstDifference(Spans.parse("2:4"))).isEqualTo(2);
    assertThat(Spans.parse("2:4").firstDifference(Spans.parse("2:4"))).isEqualTo(-1);
    for (String bad : List.of("", "3", "3:", "a:b", "4:4", "5:3", "-1:3", "1:2:3")) {
      assertThatThrownBy(() -> Spans.parse(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void headsAreReadAndRanked() {
    assertThat(HeadSet.parse("L2-H3, L0-H1").toString()).isEqualTo("L0-H1,L2-H3");
    assertThat(HeadSet.top(new double[] {1, 3, 3, Double.NaN, 0, -0.0}, 2, 3).toString())
        .isEqualTo("L0-H0,L0-H1,L1-H0");
    for (String bad : List.of("L1", "H1", "L1-H", "l1-h1", "L1-H1;L2-H2", "L-1-H0")) {
      assertThatThrownBy(() -> HeadSet.parse(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("L3-H7");
    }
  }
}
