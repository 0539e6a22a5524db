package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import headscope.trace.Hook;
import headscope.trace.Measure;
import headscope.trace.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One forward pass under the eyes of observers and measurements: what the decoder shows becomes an
 * {@link Activation}, in the shapes of {@link Hook}.
 */
final class Watch implements Taps {
  private final Kernels kernels;
  private final ModelConfig config;
  private final List<Activation.Sequence> sequences;
  private final List<Observer> observers;
  private final List<Measure> measures;
  private final Set<Hook> wanted = EnumSet.noneOf(Hook.class);

  /** What the measurements kept: of each an array a layer, [B * vectors * numbers]. */
  private final Map<String, List<float[]>> kept = new LinkedHashMap<>();

  /**
   * @param sequences of the batch, in order
   * @param measures those that keep numbers of this pass
   */
  Watch(
      Network network,
      List<Activation.Sequence> sequences,
      List<Observer> observers,
      List<Measure> measures) {
    this.kernels = network.kernels();
    this.config = network.config();
    this.sequences = sequences;
    this.observers = observers;
    this.measures = measures;
    observers.forEach(o -> wanted.addAll(o.hooks()));
    measures.forEach(
        m -> {
          wanted.add(m.hook());
          kept.put(m.tensor(), new ArrayList<>());
        });
  }

  /** Whether anybody watches that hook. */
  boolean wants(Hook hook) {
    return wanted.contains(hook);
  }

  @Override
  public boolean blockPatterns() {
    return wants(Hook.PATTERN);
  }

  @Override
  public void pattern(int layer, int first, NDArray pattern) {
    if (!wants(Hook.PATTERN)) {
      return;
    }
    NDArray whole = first == 0 ? pattern : kernels.behindZeros(first, pattern);
    Shape s = whole.getShape();
    long n = s.get(s.dimension() - 1);
    long rows = s.dimension() == 5 ? s.get(3) : 1;
    show(Hook.PATTERN, layer, whole.reshape(s.get(0), config.heads(), rows, n));
  }

  @Override
  public void see(Hook hook, int layer, NDArray x) {
    if (wants(hook)) {
      show(hook, layer, x);
    }
  }

  private void show(Hook hook, int layer, NDArray x) {
    Activation all = new Activation(hook, layer, sequences, x);
    for (Measure measure : measures) {
      if (measure.hook() == hook) {
        kept.get(measure.tensor()).add(measure.reduce().of(all));
      }
    }
    for (Observer observer : observers) {
      if (observer.hooks().contains(hook)) {
        for (Activation one : all.each()) {
          observer.see(one);
          one.end();
        }
        all = new Activation(hook, layer, sequences, x);
      }
    }
    all.end();
  }

  /** What the measurements kept of one sequence of the batch, by the name of its tensor. */
  Map<String, Tensor> tensors(int sequence) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Measure measure : measures) {
      List<float[]> layers = kept.get(measure.tensor());
      int each = layers.get(0).length / sequences.size();
      float[] values = new float[layers.size() * each];
      for (int l = 0; l < layers.size(); l++) {
        System.arraycopy(layers.get(l), sequence * each, values, l * each, each);
      }
      tensors.put(
          measure.tensor(),
          Tensor.over(measure.meaning(), measure.hook().axes(), shape(measure.hook()), values));
    }
    return tensors;
  }

  private List<Integer> shape(Hook hook) {
    return hook.axes().stream()
        .map(
            axis ->
                switch (axis) {
                  case "layers" -> config.layers();
                  case "heads" -> config.heads();
                  default -> config.keyValueHeads();
                })
        .toList();
  }

  /** Several taps as one. */
  static Taps both(Taps a, Taps b) {
    List<Taps> all = Arrays.asList(a, b);
    return new Taps() {
      @Override
      public boolean blockPatterns() {
        return all.stream().anyMatch(Taps::blockPatterns);
      }

      @Override
      public void pattern(int layer, int first, NDArray pattern) {
        all.forEach(t -> t.pattern(layer, first, pattern));
      }

      @Override
      public void see(Hook hook, int layer, NDArray x) {
        all.forEach(t -> t.see(hook, layer, x));
      }
    };
  }
}
