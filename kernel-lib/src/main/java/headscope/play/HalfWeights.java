package headscope.play;

import headscope.safetensors.Half;
import headscope.safetensors.SafeTensors;
import headscope.safetensors.SafeTensorsWriter;
import headscope.safetensors.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The weights of a checkpoint, each rounded to the nearest half.
 *
 * @param tensors in the order of the file
 */
record HalfWeights(List<Tensor> tensors) {
  /**
   * One tensor.
   *
   * @param name as transformers calls it
   * @param shape its dimensions, outermost first
   * @param halves the bits of its elements, row by row
   */
  record Tensor(String name, long[] shape, short[] halves) {}

  /** A tensor as the page's script takes it from the weights, which stand one behind the other. */
  record Named(String name, int size) {}

  static HalfWeights of(SafeTensors file) {
    List<Tensor> tensors = new ArrayList<>();
    for (TensorInfo t : file.tensors().values()) {
      float[] values = file.floats(t.name());
      short[] halves = new short[values.length];
      for (int i = 0; i < halves.length; i++) {
        halves[i] = Half.of(values[i]);
      }
      tensors.add(new Tensor(t.name(), t.shape().stream().mapToLong(d -> d).toArray(), halves));
    }
    return new HalfWeights(tensors);
  }

  List<Named> names() {
    return tensors.stream().map(t -> new Named(t.name(), t.halves().length)).toList();
  }

  long parameters() {
    return tensors.stream().mapToLong(t -> t.halves().length).sum();
  }

  /** All elements, little-endian, in base64. */
  String base64() {
    ByteBuffer bytes = ByteBuffer.allocate((int) (2 * parameters())).order(ByteOrder.LITTLE_ENDIAN);
    for (Tensor t : tensors) {
      for (short half : t.halves()) {
        bytes.putShort(half);
      }
    }
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  /** Writes them as {@code F16} tensors. */
  void write(Path file) {
    SafeTensorsWriter out = new SafeTensorsWriter().metadata("format", "pt");
    tensors.forEach(t -> out.halves(t.name(), t.halves(), t.shape()));
    out.write(file);
  }
}
