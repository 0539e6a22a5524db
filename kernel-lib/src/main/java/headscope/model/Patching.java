package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.trace.Hook;
import headscope.trace.Prompt;
import headscope.trace.Span;
import headscope.trace.Spans;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Activation patching (DEFINITIONS.md, 41): a prompt is run with parts of another run of equal
 * length in the place of its own, and the log-probability of two responses is compared, the right
 * one's and the other prompt's. What moves the difference carries what the two prompts differ in.
 * Nothing is sliced after the output projection.
 *
 * <pre>
 *   try (Patching patching = Patching.of(model, right, other)) {
 *     Effect clean = patching.clean();                             // difference 11.3
 *     Effect patched = patching.effects(List.of(Patch.z(head))).get(0);
 *     patching.share(patched);                                     // .62 of it is carried by z
 *   }
 * </pre>
 *
 * <p>A response is forced. Patches of one layer are computed together, the layers below once for
 * all of them.
 */
public final class Patching implements AutoCloseable {
  /** The most runs that are computed together. */
  private static final int TOGETHER = 64;

  /** Numbers of a residual stream or of z that are held of the other run, in bytes. */
  private static final long SOURCE_BYTES = 1L << 30;

  private final LanguageModel model;
  private final ModelConfig config;
  private final ForcedRun right;
  private final ForcedRun wrong;
  private final ForcedRun source;
  private final ForcedRun sourceRight;
  private final int length;

  /**
   * A prompt and what it is made to say.
   *
   * @param prompt what is continued
   * @param response [tokens], without an end token
   */
  public record Run(Prompt prompt, int[] response) {
    public Run {
      response = response.clone();
    }
  }

  /**
   * How likely two responses are after a prompt.
   *
   * @param right mean log-probability a token of the right one, in nats
   * @param other the same of the other prompt's
   */
  public record Effect(double right, double other) {
    /** By how much the right one is likelier, in nats a token. */
    public double difference() {
      return right - other;
    }
  }

  private Patching(LanguageModel model, Run right, Run other) {
    this.model = model;
    this.config = model.config();
    this.right = new ForcedRun(model, right.prompt(), right.response());
    this.wrong = new ForcedRun(model, right.prompt(), other.response());
    this.source = new ForcedRun(model, other.prompt(), other.response());
    this.sourceRight = new ForcedRun(model, other.prompt(), right.response());
    this.length = this.right.length();
  }

  /**
   * A run that is patched, and one that patches are taken from.
   *
   * @param right the prompt that is run, with its right response
   * @param other the prompt of the run that gives, with the right response to that
   * @throws IllegalArgumentException if prompts or responses differ in their number of tokens, or
   *     do not fit the model
   */
  public static Patching of(LanguageModel model, Run right, Run other) {
    if (right.prompt().length() != other.prompt().length()
        || right.response().length != other.response().length) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "a patch is taken from a run of equal length: the prompts have %d and %d tokens, the"
                  + " responses %d and %d; draw another needle until both have as many",
              right.prompt().length(),
              other.prompt().length(),
              right.response().length,
              other.response().length));
    }
    return new Patching(model, right, other);
  }

  /** Both responses after the right prompt, with nothing patched. */
  public Effect clean() {
    return new Effect(mean(unpatched(right)), mean(unpatched(wrong)));
  }

  /** Both responses after the other prompt: what patching everything would give. */
  public Effect other() {
    return new Effect(mean(unpatched(sourceRight)), mean(unpatched(source)));
  }

  private static double[] unpatched(ForcedRun run) {
    return run.logprobs(1, run.first(), (from, to) -> Masking.NONE, 0, Taps.NONE)[0];
  }

  /**
   * Both responses after the right prompt, under each of some patches by itself.
   *
   * @return an effect a patch, in order
   * @throws IllegalArgumentException if the model lacks a head, a layer or a position of one
   */
  public List<Effect> effects(List<Patch> patches) {
    patches.forEach(this::check);
    if (patches.isEmpty()) {
      return List.of();
    }
    Effect[] effects = new Effect[patches.size()];
    // one run of the other prompt for all, where what they take of it can be held
    Optional<Source> ofAll =
        bytes(patches) <= SOURCE_BYTES ? Optional.of(source(patches)) : Optional.empty();
    for (List<Integer> group : groups(patches)) {
      List<Patch> some = group.stream().map(patches::get).toList();
      Source taken = ofAll.orElseGet(() -> source(some));
      double[][] rights = run(right, some, taken);
      double[][] wrongs = run(wrong, some, taken);
      for (int i = 0; i < some.size(); i++) {
        effects[group.get(i)] = new Effect(mean(rights[i]), mean(wrongs[i]));
      }
    }
    return List.of(effects);
  }

  /**
   * The right response after the right prompt, under each of some masks by itself: mean
   * log-probability a token, in nats. A mask acts at every row that makes a token of the response.
   *
   * @return [masks]
   */
  public double[] masked(List<HeadMask> masks) {
    masks.forEach(m -> m.heads().checkWithin(config.layers(), config.heads()));
    double[] means = new double[masks.size()];
    List<Integer> order =
        IntStream.range(0, masks.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> firstLayer(masks.get(i))))
            .toList();
    for (int at = 0, to; at < order.size(); at = to) {
      int layer = firstLayer(masks.get(order.get(at)));
      to = at + 1;
      while (to < order.size()
          && to - at < TOGETHER
          && firstLayer(masks.get(order.get(to))) == layer) {
        to++;
      }
      List<Integer> group = order.subList(at, to);
      List<HeadMask> some = group.stream().map(masks::get).toList();
      int from = right.first();
      double[][] logprobs =
          right.logprobs(
              some.size(),
              from,
              (first, end) -> Masking.of(some, config, model.network().manager()),
              layer,
              Taps.NONE);
      for (int i = 0; i < some.size(); i++) {
        means[group.get(i)] = mean(logprobs[i]);
      }
    }
    return means;
  }

  private int firstLayer(HeadMask mask) {
    return mask.isEmpty() ? 0 : mask.heads().toList().get(0).layer();
  }

  /**
   * The share of the difference between the prompts that a patch moves: 0 nothing, 1 all of it.
   *
   * @throws IllegalStateException if the prompts do not differ
   */
  public double share(Effect patched) {
    return share(clean(), other(), patched);
  }

  /** The same where the two are known. */
  public static double share(Effect clean, Effect other, Effect patched) {
    double all = clean.difference() - other.difference();
    if (Math.abs(all) < 1e-9) {
      throw Section.MODEL_USE.failed(
          "the two prompts make the responses as likely as each other, so there is nothing to"
              + " carry; take needles that differ");
    }
    return (clean.difference() - patched.difference()) / all;
  }

  private static double mean(double[] logprobs) {
    return Arrays.stream(logprobs).average().orElseThrow();
  }

  private void check(Patch patch) {
    patch.heads().checkWithin(config.layers(), config.heads());
    if (patch.layer().isPresent()
        && (patch.layer().getAsInt() < 0 || patch.layer().getAsInt() >= config.layers())) {
      throw Section.MODEL_USE.wrong(
          "a residual stream is behind layer 0 to "
              + (config.layers() - 1)
              + ", got "
              + patch.layer().getAsInt());
    }
    if (patch.positions().isPresent() && patch.positions().get().end() > length) {
      throw Section.MODEL_USE.wrong(
          "a patch is at positions 0 to "
              + (length - 1)
              + " of prompt and response, got "
              + patch.positions().get());
    }
  }

  /** The rows of a patch. */
  private Spans positions(Patch patch) {
    return patch.positions().orElse(Spans.of(right.first(), length));
  }

  /** Patches that are computed together: of the same first layer, and from the same row on. */
  private List<List<Integer>> groups(List<Patch> patches) {
    List<List<Integer>> groups = new ArrayList<>();
    List<Integer> order =
        IntStream.range(0, patches.size())
            .boxed()
            .sorted(
                Comparator.<Integer>comparingInt(i -> patches.get(i).firstLayer())
                    .thenComparingInt(i -> from(patches.get(i))))
            .toList();
    for (int i : order) {
      List<Integer> last = groups.isEmpty() ? List.of() : groups.get(groups.size() - 1);
      boolean joins =
          !last.isEmpty()
              && last.size() < TOGETHER
              && patches.get(last.get(0)).firstLayer() == patches.get(i).firstLayer()
              && from(patches.get(last.get(0))) == from(patches.get(i));
      if (joins) {
        last.add(i);
      } else {
        groups.add(new ArrayList<>(List.of(i)));
      }
    }
    return groups;
  }

  private int from(Patch patch) {
    return positions(patch).list().get(0).from();
  }

  private double[][] run(ForcedRun run, List<Patch> patches, Source taken) {
    return run.logprobs(
        patches.size(),
        from(patches.get(0)),
        (from, to) -> acting(patches, taken, from, to),
        patches.get(0).firstLayer(),
        Taps.NONE);
  }

  /** The logits behind every row of the right response, [response * V], under a patch. */
  float[] logits(Patch patch, Taps taps) {
    check(patch);
    Source taken = source(List.of(patch));
    return right.logits(from(patch), (from, to) -> acting(List.of(patch), taken, from, to), taps);
  }

  /** What the other run has at the layers of some patches, from their first row on. */
  private Source source(List<Patch> patches) {
    if (bytes(patches) > SOURCE_BYTES) {
      throw Section.MEMORY.wrong(
          String.format(
              "these patches keep %d MB of the other run, at most %d MB are kept; patch fewer heads"
                  + " together, or later positions",
              bytes(patches) >> 20, SOURCE_BYTES >> 20));
    }
    Source taken = needed(patches);
    source.logits(taken.from, (from, to) -> Masking.NONE, taken);
    return taken;
  }

  private Source needed(List<Patch> patches) {
    Source needed = new Source(patches.stream().mapToInt(this::from).min().orElse(0));
    for (Patch p : patches) {
      p.heads().forEach(h -> needed.zOf.add(h.layer()));
      p.layer().ifPresent(needed.streamOf::add);
    }
    return needed;
  }

  private long bytes(List<Patch> patches) {
    Source needed = needed(patches);
    return 4L
        * (length - needed.from)
        * (needed.zOf.size() * (long) config.heads() * config.headDim()
            + needed.streamOf.size() * (long) config.hidden());
  }

  /** Rows of the other run, kept where patches need them. */
  private final class Source implements Taps {
    final int from;
    final TreeSet<Integer> zOf = new TreeSet<>();
    final TreeSet<Integer> streamOf = new TreeSet<>();

    /** A stretch of rows of each pass, [layers][stretches]. */
    private final List<List<float[]>> z = new ArrayList<>();

    private final List<List<float[]>> streams = new ArrayList<>();

    Source(int from) {
      this.from = from;
      for (int l = 0; l < config.layers(); l++) {
        z.add(new ArrayList<>());
        streams.add(new ArrayList<>());
      }
    }

    @Override
    public void see(Hook hook, int layer, NDArray x) {
      if (hook == Hook.Z && zOf.contains(layer)) {
        z.get(layer).add(x.swapAxes(1, 2).toFloatArray()); // [T, H, d]
      } else if (hook == Hook.RESID_POST && streamOf.contains(layer)) {
        streams.get(layer).add(x.toFloatArray()); // [T, D]
      }
    }

    /** Copies the z of a head at a row. */
    void z(HeadId head, int row, float[] into, int at) {
      int size = config.heads() * config.headDim();
      int offset = head.head() * config.headDim();
      copy(z.get(head.layer()), size, row, offset, config.headDim(), into, at);
    }

    /** Copies the residual stream behind a layer at a row. */
    void stream(int layer, int row, float[] into, int at) {
      copy(streams.get(layer), config.hidden(), row, 0, config.hidden(), into, at);
    }

    /** The passes ended with the last row, whatever row they began with. */
    private void copy(
        List<float[]> stretches, int size, int row, int offset, int count, float[] into, int at) {
      int begin = length - stretches.stream().mapToInt(s -> s.length / size).sum();
      for (float[] stretch : stretches) {
        int rows = stretch.length / size;
        if (row < begin + rows) {
          System.arraycopy(stretch, (row - begin) * size + offset, into, at, count);
          return;
        }
        begin += rows;
      }
    }
  }

  /** What stands in the place of z and streams at rows [from, to) of a run a patch. */
  private Masking acting(List<Patch> patches, Source taken, int from, int to) {
    List<Masking.Layer> layers = new ArrayList<>();
    for (int l = 0; l < config.layers(); l++) {
      int layer = l;
      boolean ofHeads =
          patches.stream().anyMatch(p -> p.heads().stream().anyMatch(h -> h.layer() == layer));
      Masking.Layer z = ofHeads ? z(patches, taken, l, from, to) : Masking.CLEAR;
      layers.add(
          patches.stream().anyMatch(p -> p.layer().orElse(-1) == layer)
              ? new Masking.Both(z, stream(patches, taken, l, from, to))
              : z);
    }
    return Masking.of(layers);
  }

  private Masking.Layer z(List<Patch> patches, Source taken, int layer, int from, int to) {
    int b = patches.size();
    int t = to - from;
    int h = config.heads();
    int d = config.headDim();
    float[] keep = new float[b * h * t];
    float[] substitute = new float[b * h * t * d];
    Arrays.fill(keep, 1);
    for (int i = 0; i < b; i++) {
      for (HeadId head : patches.get(i).heads()) {
        if (head.layer() == layer) {
          for (Span s : positions(patches.get(i)).within(from, to).list()) {
            for (int row = s.from(); row < s.to(); row++) {
              int at = (i * h + head.head()) * t + row - from;
              keep[at] = 0;
              taken.z(head, row, substitute, at * d);
            }
          }
        }
      }
    }
    NDManager manager = model.network().manager();
    return new Masking.Replaced(
        manager.create(keep, new Shape(b, h, t, 1)),
        manager.create(substitute, new Shape(b, h, t, d)));
  }

  private Masking.Layer stream(List<Patch> patches, Source taken, int layer, int from, int to) {
    int b = patches.size();
    int t = to - from;
    int d = config.hidden();
    float[] keep = new float[b * t];
    float[] substitute = new float[b * t * d];
    Arrays.fill(keep, 1);
    for (int i = 0; i < b; i++) {
      if (patches.get(i).layer().isPresent() && patches.get(i).layer().getAsInt() == layer) {
        for (Span s : positions(patches.get(i)).within(from, to).list()) {
          for (int row = s.from(); row < s.to(); row++) {
            int at = i * t + row - from;
            keep[at] = 0;
            taken.stream(layer, row, substitute, at * d);
          }
        }
      }
    }
    NDManager manager = model.network().manager();
    return new Masking.Stream(
        manager.create(keep, new Shape(b, t, 1)), manager.create(substitute, new Shape(b, t, d)));
  }

  /** Frees what the runs hold. */
  @Override
  public void close() {
    List.of(right, wrong, source, sourceRight).forEach(ForcedRun::close);
  }

  @Override
  public String toString() {
    return "Patching[" + model.name() + "]";
  }
}
