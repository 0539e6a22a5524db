package headscope.correlation;

import com.google.gson.Gson;
import headscope.pairs.ScoredGeneration;
import headscope.safetensors.SafeTensors;
import headscope.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Times {@link OffsetCca} on a file of {@code environment/bench_cca.py}, which calls it: arguments
 * file, offsets (0,1,...). Prints one JSON object: seconds, peak memory of the process before and
 * after in MB, and the readings, which the script compares with its own.
 */
final class OffsetCcaBenchmark {
  private OffsetCcaBenchmark() {}

  public static void main(String[] args) throws IOException {
    List<Integer> offsets = Arrays.stream(args[1].split(",")).map(Integer::valueOf).toList();
    List<ScoredGeneration> generations = generations(Path.of(args[0]));
    long before = peakMegabytes();
    long start = System.nanoTime();
    OffsetCca.Result result = OffsetCca.standard().withOffsets(offsets).of(generations);
    double seconds = (System.nanoTime() - start) / 1e9;
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("seconds", seconds);
    report.put("before_mb", before);
    report.put("peak_mb", peakMegabytes());
    report.put(
        "readings",
        result.rows().stream()
            .flatMap(r -> Arrays.stream(OffsetCca.Kind.values()).map(r::reading))
            .map(
                r ->
                    List.of(
                        r.hiddenComponents(),
                        r.scoreComponents(),
                        r.first().value(),
                        r.top10().value(),
                        r.top50().value()))
            .toList());
    System.out.println(new Gson().toJson(report));
  }

  private static List<ScoredGeneration> generations(Path file) {
    try (SafeTensors in = SafeTensors.open(file)) {
      int steps = in.ints("steps")[0];
      int rows = Math.toIntExact(in.tensor("hidden").shape().get(0));
      List<ScoredGeneration> generations = new ArrayList<>();
      for (int from = 0; from < rows; from += steps) {
        float[][] hidden = new float[steps][];
        double[][] scores = new double[steps][];
        for (int t = 0; t < steps; t++) {
          hidden[t] = row(in, in.tensor("hidden"), from + t);
          scores[t] = widened(row(in, in.tensor("scores"), from + t));
        }
        generations.add(ScoredGeneration.of(hidden, scores));
      }
      return generations;
    }
  }

  private static double[] widened(float[] row) {
    double[] wide = new double[row.length];
    Arrays.setAll(wide, i -> row[i]);
    return wide;
  }

  private static float[] row(SafeTensors in, TensorInfo tensor, int row) {
    float[] values = new float[Math.toIntExact(tensor.shape().get(1))];
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
    in.read(tensor, 4L * values.length * row, bytes);
    bytes.asFloatBuffer().get(values);
    return values;
  }

  /** The most that the process ever held, natives included; Linux only, else 0. */
  private static long peakMegabytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    return Files.isReadable(status)
        ? Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("VmHWM"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
            .sum()
        : 0;
  }
}
