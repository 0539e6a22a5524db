package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.MaskMode;
import java.util.Arrays;
import java.util.List;

/**
 * The head masks of a batch on the device, a layer each; a layer without masked heads costs
 * nothing. Everything is [B, H, 1, 1] or [B, H, 1, headDim].
 */
final class Masking {
  /** Changes nothing. */
  static final Masking NONE = new Masking(new Layer[0]);

  /**
   * One layer's masks.
   *
   * @param keep 0 where z is replaced, else 1
   * @param substitute what stands there instead
   * @param attend 0 where attention is spread evenly, else 1
   */
  private record Layer(NDArray keep, NDArray substitute, NDArray attend) {}

  private final Layer[] layers;

  private Masking(Layer[] layers) {
    this.layers = layers;
  }

  static Masking of(List<HeadMask> masks, ModelConfig config, NDManager manager) {
    if (masks.stream().allMatch(HeadMask::isEmpty)) {
      return NONE;
    }
    Layer[] layers = new Layer[config.layers()];
    for (int layer = 0; layer < layers.length; layer++) {
      layers[layer] = layer(layer, masks, config, manager);
    }
    return new Masking(layers);
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
          if (mask.mode() == MaskMode.MEAN) {
            float[] mean = mask.means().get(h);
            if (mean.length != config.headDim()) {
              throw new IllegalArgumentException(
                  String.format(
                      "the mean z of head %s has %d numbers, heads of this model have %d",
                      h, mean.length, config.headDim()));
            }
            System.arraycopy(mean, 0, substitute, i * mean.length, mean.length);
          }
        }
      }
    }
    Shape flags = new Shape(masks.size(), heads, 1, 1);
    return replaced || spread
        ? new Layer(
            replaced ? manager.create(keep, flags) : null,
            replaced
                ? manager.create(substitute, new Shape(masks.size(), heads, 1, config.headDim()))
                : null,
            spread ? manager.create(attend, flags) : null)
        : null;
  }

  private Layer at(int layer) {
    return layers.length == 0 ? null : layers[layer];
  }

  /** z with the masked heads replaced: [B, H, T, headDim]. */
  NDArray replace(int layer, NDArray z) {
    Layer m = at(layer);
    return m == null || m.keep() == null ? z : z.mul(m.keep()).add(m.substitute());
  }

  /** [B, H, 1, 1]: 0 for heads whose attention is to be spread evenly; null if there are none. */
  NDArray attend(int layer) {
    Layer m = at(layer);
    return m == null ? null : m.attend();
  }
}
