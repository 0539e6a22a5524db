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
   * @param capture what is recorded
   * @param x what the last layer leaves, [B, 1, D]
   * @param choices how the token of each row is chosen
   * @param reduced the attention of each row; empty where none is recorded
   * @param watch what watches the pass
   * @param position of the rows, for messages
   */
  static List<Step> steps(
      Network network,
      Capture capture,
      NDArray x,
      List<Choice> choices,
      List<PatternReducer.Reduced> reduced,
      Optional<Watch> watch,
      int position) {
    int batch = choices.size();
    NDArray normed = network.decoder().finalNorm(x); // [B, 1, D]
    NDArray logits = network.decoder().logits(normed).reshape(batch, -1); // [B, V]
    watch.ifPresent(w -> w.see(Hook.LOGITS, layers(network), logits.expandDims(1)));
    long[] wanted = Arrays.stream(Choice.tokens(choices, logits)).asLongStream().toArray();
    NDArray[] state =
        switch (capture.hidden()) {
          case NONE -> new NDArray[0];
          case AFTER_NORM -> new NDArray[] {normed.reshape(batch, -1)}; // [B, D]
          case BEFORE_NORM -> new NDArray[] {x.reshape(batch, -1)};
        };
    double[] chosen = // [B, 3] or [B, 3 + D]
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
                position, network.options().dtype()));
      }
    }
    float[] allLogits = capture.logits() ? logits.toFloatArray() : new float[0];
    int vocabulary = allLogits.length / batch;
    List<Step> steps = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
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
              floats(chosen, b * width + 3, (b + 1) * width),
              seen.rows(),
              Arrays.copyOfRange(allLogits, b * vocabulary, (b + 1) * vocabulary),
              tensors(watch, b)));
    }
    return steps;
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
