package headscope.trace;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A place of the forward pass that can be looked into, in the order in which a pass comes by. Names
 * are those of the field, as {@link #toString} writes them. T are the rows of the pass, H query
 * heads and KV key/value heads a layer, d the head dimension, D the hidden size, n positions from 0
 * on, V the vocabulary.
 */
public enum Hook {
  /** The residual stream that enters the layer, [T, D]. */
  RESID_PRE("residPre", Of.LAYER),
  /** Queries as the pattern uses them, after norm and RoPE, [H, T, d]. */
  Q("q", Of.QUERY_HEAD),
  /**
   * Keys of the rows of the pass as the pattern uses them, after norm and RoPE, [KV, T, d]: query
   * head h reads key/value head h / (H / KV), its group.
   */
  K("k", Of.KEY_VALUE_HEAD),
  /** Values of the rows of the pass, [KV, T, d], of the groups as for keys. */
  V("v", Of.KEY_VALUE_HEAD),
  /**
   * Attention weights over all positions up to the last row's own, [H, T, n]; zero behind the row's
   * own and outside a window. As computed, whatever mask acts on the head.
   */
  PATTERN("pattern", Of.QUERY_HEAD),
  /**
   * The outputs of the heads as the output projection reads them, [H, T, d]; of a masked or patched
   * head what stands in its place.
   */
  Z("z", Of.QUERY_HEAD),
  /** What attention adds to the residual stream, after a family's post-norm, [T, D]. */
  ATTN_OUT("attnOut", Of.LAYER),
  /** What the MLP adds to the residual stream, after a family's post-norm, [T, D]. */
  MLP_OUT("mlpOut", Of.LAYER),
  /** The residual stream that leaves the layer, a patch included, [T, D]. */
  RESID_POST("residPost", Of.LAYER),
  /** The logits, [T, V]; once a pass, of no layer. */
  LOGITS("logits", Of.MODEL);

  /** What a hook has one array for. */
  enum Of {
    QUERY_HEAD("layers", "heads"),
    KEY_VALUE_HEAD("layers", "keyValueHeads"),
    LAYER("layers"),
    MODEL();

    private final List<String> axes;

    Of(String... axes) {
      this.axes = List.of(axes);
    }
  }

  private final String name;
  private final Of of;

  Hook(String name, Of of) {
    this.name = name;
    this.of = of;
  }

  /** The names of the axes that a number a vector of this hook has, such as layers and heads. */
  public List<String> axes() {
    return of.axes;
  }

  /** Whether every layer has it. */
  public boolean ofLayers() {
    return of != Of.MODEL;
  }

  /** Whether each query head has an array of its own. */
  public boolean ofQueryHeads() {
    return of == Of.QUERY_HEAD;
  }

  /** All names, separated by commas. */
  static String names() {
    return Arrays.stream(values()).map(Hook::toString).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return name;
  }
}
