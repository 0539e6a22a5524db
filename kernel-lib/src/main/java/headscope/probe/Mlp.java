package headscope.probe;

import headscope.failure.Section;
import headscope.pairs.Pairs;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Linear layers with ReLU between them, in plain Java: a row's output is the same to the bit alone
 * or among others, on every machine, and nothing must be closed.
 */
final class Mlp {
  /**
   * A linear layer: y = x · weight + bias.
   *
   * @param in its inputs
   * @param out its outputs
   * @param weight [in, out]
   * @param bias [out]
   */
  record Layer(int in, int out, float[] weight, float[] bias) {
    Layer {
      if (in < 1 || out < 1 || weight.length != (long) in * out || bias.length != out) {
        throw Section.CORRELATION.wrong(
            "a layer of "
                + in
                + " inputs and "
                + out
                + " outputs has "
                + weight.length
                + " weights and "
                + bias.length
                + " biases");
      }
    }

    /** The weight as other programs keep it: [out, in]. */
    float[] transposed() {
      float[] transposed = new float[weight.length];
      for (int i = 0; i < in; i++) {
        for (int o = 0; o < out; o++) {
          transposed[o * in + i] = weight[i * out + o];
        }
      }
      return transposed;
    }

    static Layer ofTransposed(int in, int out, float[] weight, float[] bias) {
      return new Layer(in, out, new Layer(out, in, weight, new float[in]).transposed(), bias);
    }
  }

  private final List<Layer> layers;

  Mlp(List<Layer> layers) {
    this.layers = List.copyOf(layers);
    for (int l = 1; l < layers.size(); l++) {
      if (layers.get(l).in() != layers.get(l - 1).out()) {
        throw Section.CORRELATION.wrong(
            "layer "
                + l
                + " has "
                + layers.get(l).in()
                + " inputs, the layer before it "
                + layers.get(l - 1).out()
                + " outputs");
      }
    }
  }

  List<Layer> layers() {
    return layers;
  }

  int inputs() {
    return layers.get(0).in();
  }

  long weights() {
    return layers.stream().mapToLong(l -> l.weight().length).sum();
  }

  int outputs() {
    return layers.get(layers.size() - 1).out();
  }

  /** [inputs] to [outputs]. */
  float[] forward(float[] x) {
    float[] a = x;
    for (int l = 0; l < layers.size(); l++) {
      Layer layer = layers.get(l);
      float[] y = layer.bias().clone();
      for (int i = 0; i < layer.in(); i++) {
        addTimes(a[i], layer.weight(), i * layer.out(), y);
      }
      if (l < layers.size() - 1) {
        for (int o = 0; o < y.length; o++) {
          y[o] = Math.max(0, y[o]);
        }
      }
      a = y;
    }
    return a;
  }

  private static void addTimes(float x, float[] weight, int at, float[] y) {
    if (x != 0) { // half of what ReLU leaves
      for (int o = 0; o < y.length; o++) {
        y[o] += x * weight[at + o];
      }
    }
  }

  /** The outputs of all pairs: [pairs, outputs]. */
  float[][] forward(Pairs pairs) {
    return IntStream.range(0, pairs.size())
        .parallel()
        .mapToObj(i -> forward(pairs.hidden(i)))
        .toArray(float[][]::new);
  }

  static double[] widened(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  @Override
  public String toString() {
    return inputs() + "-" + Arrays.toString(layers.stream().mapToInt(Layer::out).toArray());
  }
}
