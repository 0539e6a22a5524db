package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.MaskMode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The head masks of a batch on the device, a layer each, or what stands in the place of z and of
 * the residual stream; a layer of which nothing is masked costs nothing. T is 1 where all rows of a
 * pass are masked alike.
 */
final class Masking {
  /** Changes nothing. */
  static final Masking NONE = new Masking(List.of());

  /** What masks do to the heads of one layer. */
  sealed interface Layer {
    /** Whether some heads attend evenly to what they see. */
    default boolean spreads() {
      return false;
    }

    /** The queries, [B, H, T, headDim]; of heads that attend evenly 0: equal scores are even. */
    default NDArray queries(NDArray q) {
      return q;
    }

    /** The residual stream that leaves the layer, [B, T, hidden], or what stands for it. */
    default NDArray stream(NDArray x) {
      return x;
    }

    /** The outputs of the heads, [B, H, T, headDim], of masked heads what stands for them. */
    default NDArray outputs(NDArray z) {
      return z;
    }
  }

  /** No head of the layer is masked. */
  record Clear() implements Layer {}

  /**
   * Heads attend evenly.
   *
   * @param attend 0 for those heads, else 1
   */
  record Spread(NDArray attend) implements Layer {
    @Override
    public boolean spreads() {
      return true;
    }

    @Override
    public NDArray queries(NDArray q) {
      return q.mul(attend);
    }
  }

  /**
   * Something stands in the place of z.
   *
   * @param keep 0 where it does, else 1, [B, H, T, 1]
   * @param substitute what stands there, else 0, [B, H, T, headDim]
   */
  record Replaced(NDArray keep, NDArray substitute) implements Layer {
    @Override
    public NDArray outputs(NDArray z) {
      return z.mul(keep).add(substitute);
    }
  }

  /**
   * Something stands in the place of the residual stream behind the layer.
   *
   * @param keep 0 where it does, else 1, [B, T, 1]
   * @param substitute what stands there, else 0, [B, T, hidden]
   */
  record Stream(NDArray keep, NDArray substitute) implements Layer {
    @Override
    public NDArray stream(NDArray x) {
      return x.mul(keep).add(substitute);
    }
  }

  /** One and then the other. */
  record Both(Layer first, Layer second) implements Layer {
    @Override
    public boolean spreads() {
      return first.spreads() || second.spreads();
    }

    @Override
    public NDArray queries(NDArray q) {
      return second.queries(first.queries(q));
    }

    @Override
    public NDArray outputs(NDArray z) {
      return second.outputs(first.outputs(z));
    }

    @Override
    public NDArray stream(NDArray x) {
      return second.stream(first.stream(x));
    }
  }

  static final Layer CLEAR = new Clear();

  private final List<Layer> layers;

  private Masking(List<Layer> layers) {
    this.layers = layers;
  }

  /** What is said for each layer. */
  static Masking of(List<Layer> layers) {
    return new Masking(layers);
  }

  static Masking of(List<HeadMask> masks, ModelConfig config, NDManager manager) {
    if (masks.stream().allMatch(HeadMask::isEmpty)) {
      return NONE;
    }
    return new Masking(
        IntStream.range(0, config.layers())
            .mapToObj(layer -> layer(layer, masks, config, manager))
            .toList());
  }

  private static Layer layer(
      int layer, List<HeadMask> masks, ModelConfig config, NDManager manager) {
    int heads = config.heads();
    float[] keep = new float[masks.size() * heads];
    float[] attend = keep.clone();
    float[] substitute = new float[masks.size() * heads * config.headDim()];
    Arrays.fill(keep, 1);
    Arrays.fill(attend, 1);
    boolean replaced = false;
    boolean spread = false;
    for (int b = 0; b < masks.size(); b++) {
      HeadMask mask = masks.get(b);
      for (HeadId h : mask.heads()) {
        if (h.layer() == layer) {
          int i = b * heads + h.head();
          if (mask.mode() == MaskMode.UNIFORM) {
            attend[i] = 0;
            spread = true;
          } else {
            keep[i] = 0;
            replaced = true;
          }
          if (mask.mode() == MaskMode.MEAN || mask.mode() == MaskMode.RESAMPLE) {
            float[] mean = mask.means().get(h);
            if (mask.mode() == MaskMode.RESAMPLE && mean.length > config.headDim()) {
              throw Section.MODEL_USE.wrong(
                  "mode RESAMPLE takes z of the same step of another run, and rows of a prompt are"
                      + " no steps; mask steps alone (MaskScope.STEPS or DECODE)");
            }
            if (mean.length != config.headDim()) {
              throw Section.MODEL_USE.wrong(
                  String.format(
                      "the z in place of head %s's has %d numbers, heads of this model have %d",
                      h, mean.length, config.headDim()));
            }
            System.arraycopy(mean, 0, substitute, i * mean.length, mean.length);
          }
        }
      }
    }
    if (!replaced && !spread) {
      return CLEAR;
    }
    Shape flags = new Shape(masks.size(), heads, 1, 1);
    if (!replaced) {
      return new Spread(manager.create(attend, flags));
    }
    Shape vectors = new Shape(masks.size(), heads, 1, config.headDim());
    Replaced instead =
        new Replaced(manager.create(keep, flags), manager.create(substitute, vectors));
    return spread ? new Both(new Spread(manager.create(attend, flags)), instead) : instead;
  }

  /** What masks do to the heads of a layer. */
  Layer layer(int layer) {
    return layers.isEmpty() ? CLEAR : layers.get(layer);
  }

  /** The residual stream that leaves a layer, [B, T, hidden], or what stands for it. */
  NDArray stream(int layer, NDArray x) {
    return layers.isEmpty() ? x : layers.get(layer).stream(x);
  }
}
