package headscope.model;

import ai.djl.ndarray.NDArray;
import headscope.failure.Section;
import headscope.trace.Capture;
import headscope.trace.Hook;
import headscope.trace.Step;
import headscope.trace.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** From what the last layer leaves of a row to its step: logits, the token, what is recorded. */
final class Readout {
  private Readout() {}

  /**
   * The step of every row.
   *
   * @param seats what is recorded of each
   * @param x what the last layer leaves, [B, 1, D]
   * @param choices how the token of each row is chosen
   * @param reduced the attention of each row; empty where none is recorded
   * @param watch what watches the pass
   */
  static List<Step> steps(
      Network network,
      List<Seat> seats,
      NDArray x,
      List<Choice> choices,
      List<PatternReducer.Reduced> reduced,
      Optional<Watch> watch) {
    int batch = choices.size();
    NDArray normed = network.decoder().finalNorm(x); // [B, 1, D]
    NDArray logits = network.decoder().logits(normed).reshape(batch, -1); // [B, V]
    watch.ifPresent(w -> w.see(Hook.LOGITS, layers(network), logits.expandDims(1)));
    long[] wanted = Arrays.stream(Choice.tokens(choices, logits)).asLongStream().toArray();
    List<NDArray> states = new ArrayList<>();
    if (any(seats, Capture.Hidden.AFTER_NORM)) {
      states.add(normed.reshape(batch, -1)); // [B, D]
    }
    boolean both = !states.isEmpty() && any(seats, Capture.Hidden.BEFORE_NORM);
    if (any(seats, Capture.Hidden.BEFORE_NORM)) {
      states.add(x.reshape(batch, -1));
    }
    NDArray[] state = states.toArray(NDArray[]::new);
    double[] chosen = // [B, 3], [B, 3 + D] or [B, 3 + 2 D]
        network.kernels().choose(logits, wanted, state).toDoubleArray();
    int width = chosen.length / batch;
    int[] tokens = IntStream.range(0, batch).map(b -> (int) chosen[b * width]).toArray();
    watch.ifPresent(w -> w.read(new Instrument.Outcome(x, logits, tokens)));
    for (int b = 0; b < batch; b++) {
      if (!Double.isFinite(chosen[b * width + 1])) {
        throw Section.MODEL_USE.failed(
            String.format(
                "the logits at position %d are not finite numbers: the weights, or the dtype %s,"
                    + " do not carry this prompt",
                seats.get(b).from(), network.options().dtype()));
      }
    }
    boolean logitsToo = seats.stream().anyMatch(s -> s.capture().logits());
    float[] allLogits = logitsToo ? logits.toFloatArray() : new float[0];
    List<Step> steps = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      Capture capture = seats.get(b).capture();
      int vocabulary = capture.logits() ? allLogits.length / batch : 0;
      int size = (width - 3) / Math.max(1, states.size());
      int from = b * width + 3;
      if (both && capture.hidden() == Capture.Hidden.BEFORE_NORM) {
        from += size;
      }
      int to = capture.hidden() == Capture.Hidden.NONE ? from : from + size;
      PatternReducer.Reduced seen =
          reduced.isEmpty() ? PatternReducer.Reduced.NOTHING : reduced.get(b);
      steps.add(
          new Step(
              tokens[b],
              (float) chosen[b * width + 1],
              (float) chosen[b * width + 2],
              seen.argmaxIndex(),
              seen.argmaxWeight(),
              seen.mass(),
              floats(chosen, from, to),
              seen.rows(),
              Arrays.copyOfRange(allLogits, b * vocabulary, (b + 1) * vocabulary),
              tensors(watch, b)));
    }
    return steps;
  }

  private static boolean any(List<Seat> seats, Capture.Hidden which) {
    return seats.stream().anyMatch(s -> s.capture().hidden() == which);
  }

  private static Map<String, Tensor> tensors(Optional<Watch> watch, int sequence) {
    return watch.map(w -> w.tensors(sequence)).orElse(Map.of());
  }

  /**
   * Shows the logits of many rows to those who watch them.
   *
   * @param x what the last layer leaves, [B, T, D]
   */
  static void show(Network network, NDArray x, Watch watch) {
    if (watch.wants(Hook.LOGITS)) {
      NDArray logits = network.decoder().logits(network.decoder().finalNorm(x)); // [B, T, V]
      watch.see(Hook.LOGITS, layers(network), logits);
    }
  }

  private static int layers(Network network) {
    return network.config().layers();
  }

  private static float[] floats(double[] values, int from, int to) {
    float[] out = new float[to - from];
    for (int i = from; i < to; i++) {
      out[i - from] = (float) values[i];
    }
    return out;
  }
}
