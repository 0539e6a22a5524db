package headscope.correlation;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.draw.Draws;
import headscope.pairs.GenerationStore;
import headscope.pairs.ScoredGeneration;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How many generations are correlated is not bounded by the heap: 256 MB are enough, which is what
 * blocks of rows take. {@code java -Xmx256m -cp … headscope.correlation.SmallHeapTest 100000} does
 * it with 1 GB of numbers.
 */
class SmallHeapTest {
  private static final int STEPS = 20;
  private static final int HIDDEN = 64;
  private static final int HEADS = 32;
  private static final int MEGABYTES = 256;

  private static ScoredGeneration generation(int g) {
    Draws draws = new Draws(g);
    float[][] hidden = new float[STEPS][HIDDEN];
    double[][] scores = new double[STEPS][HEADS];
    for (int t = 0; t < STEPS; t++) {
      for (int i = 0; i < HIDDEN; i++) {
        hidden[t][i] = (float) draws.share();
      }
      for (int h = 0; h < HEADS; h++) {
        scores[t][h] = hidden[t][h] * draws.share();
      }
    }
    return ScoredGeneration.of(hidden, scores);
  }

  /** Correlates so many generations and says how much of the heap was taken at most. */
  public static void main(String[] words) {
    GenerationStore store = new GenerationStore();
    List<ScoredGeneration> all =
        IntStream.range(0, Integer.parseInt(words[0]))
            .mapToObj(g -> store.keep(generation(g)))
            .toList();
    OffsetCca few = OffsetCca.standard().withOffsets(List.of(1)).withIntervals(20, 1, .95);
    System.out.println(few.of(all).rows().get(0).heldOut());
    ExchangeNull partial = ExchangeNull.standard().withCca(few).withDraws(1).withResamples(20);
    partial.of(all).rows().forEach(System.out::println);
    long peak =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .mapToLong(pool -> pool.getPeakUsage().getUsed())
            .sum();
    System.out.printf(
        Locale.ROOT,
        "%d generations, %d MB of numbers, heap at most %d of %d MB%n",
        all.size(),
        (long) all.size() * STEPS * (HIDDEN * Float.BYTES + HEADS * Double.BYTES) >> 20,
        peak >> 20,
        Runtime.getRuntime().maxMemory() >> 20);
  }

  @Test
  @Tag("slow")
  void moreGenerationsThanTheHeapHoldsAreCorrelated() throws Exception {
    int generations = 30_000;
    long numbers = (long) generations * STEPS * (HIDDEN * Float.BYTES + HEADS * Double.BYTES);
    assertThat(numbers).isGreaterThan((long) MEGABYTES << 20);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + MEGABYTES + "m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                SmallHeapTest.class.getName(),
                String.valueOf(generations))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).contains("30000 generations, 292 MB of numbers");
  }
}
