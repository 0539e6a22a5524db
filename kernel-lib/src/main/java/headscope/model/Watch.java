package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import headscope.trace.Hook;
import headscope.trace.Measure;
import headscope.trace.Tensor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * One forward pass under the eyes of whoever watches it: observers and measurements, to whom what
 * the decoder shows becomes an {@link Activation} in the shapes of {@link Hook}, direct attribution
 * and logit lens.
 */
final class Watch implements Taps, AutoCloseable {
  private final Kernels kernels;
  private final int heads;
  private final List<Seat> seats;
  private final List<Instrument> instruments = new ArrayList<>();
  private final Set<Hook> wanted = EnumSet.noneOf(Hook.class);
  private final List<Viewer> viewers = new ArrayList<>();

  /** Who is shown activations. */
  private interface Viewer {
    Set<Hook> hooks();

    void see(Activation activation);
  }

  private Watch(Network network, List<Seat> seats) {
    this.kernels = network.kernels();
    this.heads = network.config().heads();
    this.seats = seats;
    Set<Observer> observers = new LinkedHashSet<>();
    Set<Measure> measures = new LinkedHashSet<>();
    for (Seat seat : seats) {
      observers.addAll(seat.observers());
      measures.addAll(seat.capture().measures());
    }
    measures.forEach(m -> add(new Measuring(m, network.config(), seats.size())));
    observers.forEach(o -> viewers.add(new Watching(o)));
    viewers.forEach(v -> wanted.addAll(v.hooks()));
    if (seats.stream().anyMatch(s -> s.capture().attribution())) {
      instruments.add(new Attributor(network, seats));
    }
    if (seats.stream().anyMatch(s -> s.capture().lens())) {
      instruments.add(new Lens(network, seats));
    }
  }

  private void add(Measuring measuring) {
    instruments.add(measuring);
    viewers.add(measuring);
  }

  /** The eyes on a pass; empty where nobody looks. */
  static Optional<Watch> of(Network network, List<Seat> seats) {
    Watch watch = new Watch(network, seats);
    return watch.viewers.isEmpty() && watch.instruments.isEmpty()
        ? Optional.empty()
        : Optional.of(watch);
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
    NDArray x = whole.reshape(s.get(0), heads, rows, n);
    show(Hook.PATTERN, layer, x);
  }

  @Override
  public void see(Hook hook, int layer, NDArray x) {
    if (wants(hook)) {
      show(hook, layer, x);
    }
    for (Instrument instrument : instruments) {
      instrument.see(hook, layer, x);
    }
  }

  @Override
  public void written(Hook hook, int layer, NDArray x) {
    instruments.forEach(i -> i.written(hook, layer, x));
  }

  private void show(Hook hook, int layer, NDArray x) {
    for (Viewer viewer : viewers) {
      if (viewer.hooks().contains(hook)) {
        Activation all = new Activation(hook, layer, seats, x);
        viewer.see(all);
        all.end();
      }
    }
  }

  /** The pass is done; its logits are shown, and what came out is read. */
  void read(Instrument.Outcome outcome) {
    instruments.forEach(i -> i.read(outcome));
  }

  /** What is kept of a sequence, by the name of its tensor. */
  Map<String, Tensor> tensors(int place) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    instruments.forEach(i -> tensors.putAll(i.tensors(place)));
    return tensors;
  }

  @Override
  public void close() {
    instruments.forEach(Instrument::close);
  }

  /** Shows an observer the sequences that it watches, one by one. */
  private record Watching(Observer observer) implements Viewer {
    @Override
    public Set<Hook> hooks() {
      return observer.hooks();
    }

    @Override
    public void see(Activation all) {
      for (Activation one : all.each()) {
        if (one.seat().observers().contains(observer)) {
          observer.see(one);
        }
        one.end();
      }
    }
  }

  /** Keeps what a measurement makes of its hook. */
  private final class Measuring implements Viewer, Instrument {
    private final Measure measure;
    private final ModelConfig config;

    /** Of each sequence an array a layer, [vectors * numbers]. */
    private final List<List<float[]>> kept = new ArrayList<>();

    Measuring(Measure measure, ModelConfig config, int sequences) {
      this.measure = measure;
      this.config = config;
      IntStream.range(0, sequences).forEach(i -> kept.add(new ArrayList<>()));
    }

    @Override
    public Set<Hook> hooks() {
      return EnumSet.of(measure.hook());
    }

    @Override
    public void see(Activation all) {
      List<Activation> parts = all.sameLength() ? List.of(all) : all.each();
      int place = 0;
      for (Activation part : parts) {
        float[] numbers = measure.reduce().of(part);
        int each = numbers.length / part.sequences();
        for (int i = 0; i < part.sequences(); i++) {
          kept.get(place++).add(java.util.Arrays.copyOfRange(numbers, i * each, (i + 1) * each));
        }
      }
    }

    @Override
    public Map<String, Tensor> tensors(int place) {
      if (!seats.get(place).capture().measures().contains(measure)) {
        return Map.of();
      }
      List<float[]> layers = kept.get(place);
      int each = layers.get(0).length;
      float[] values = new float[layers.size() * each];
      for (int l = 0; l < layers.size(); l++) {
        System.arraycopy(layers.get(l), 0, values, l * each, each);
      }
      List<String> axes = measure.hook().axes();
      List<Integer> shape = axes.stream().map(this::length).toList();
      return Map.of(measure.tensor(), Tensor.over(measure.meaning(), axes, shape, values));
    }

    private int length(String axis) {
      return switch (axis) {
        case "layers" -> config.layers();
        case "heads" -> config.heads();
        default -> config.keyValueHeads();
      };
    }
  }

  /** Two taps as one. */
  static Taps both(Taps a, Taps b) {
    return new Taps() {
      @Override
      public boolean blockPatterns() {
        return a.blockPatterns() || b.blockPatterns();
      }

      @Override
      public void pattern(int layer, int first, NDArray pattern) {
        a.pattern(layer, first, pattern);
        b.pattern(layer, first, pattern);
      }

      @Override
      public void see(Hook hook, int layer, NDArray x) {
        a.see(hook, layer, x);
        b.see(hook, layer, x);
      }

      @Override
      public void written(Hook hook, int layer, NDArray x) {
        a.written(hook, layer, x);
        b.written(hook, layer, x);
      }
    };
  }
}
