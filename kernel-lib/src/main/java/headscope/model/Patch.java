package headscope.model;

import headscope.failure.Section;
import headscope.head.HeadId;
import headscope.head.HeadSet;
import headscope.trace.Spans;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a run takes from another one in the place of its own: the z of some heads, or the residual
 * stream behind a layer; see {@link Patching}.
 *
 * <pre>
 *   Patch.z(new HeadId(3, 0))                         // at the rows of the response
 *   Patch.residual(4).at(prompt.needle())             // at the needle's tokens
 * </pre>
 *
 * @param heads whose z is taken, before the output projection
 * @param layer behind which the residual stream is taken
 * @param positions where; empty: at every row that makes a token of the response, the last prompt
 *     position first
 */
public record Patch(HeadSet heads, OptionalInt layer, Optional<Spans> positions) {
  public Patch {
    if (heads.isEmpty() == layer.isEmpty()) {
      throw Section.MODEL_USE.wrong(
          "a patch is of the z of heads or of the residual stream behind a layer, got heads ["
              + heads
              + "] and "
              + layer);
    }
    if (positions.isPresent() && positions.get().isEmpty()) {
      throw Section.MODEL_USE.wrong("a patch is at 1 position or more, got none");
    }
  }

  /** The z of some heads. */
  public static Patch z(HeadSet heads) {
    return new Patch(heads, OptionalInt.empty(), Optional.empty());
  }

  /** The z of one head. */
  public static Patch z(HeadId head) {
    return z(HeadSet.of(head));
  }

  /** The residual stream behind a layer. */
  public static Patch residual(int layer) {
    return new Patch(HeadSet.empty(), OptionalInt.of(layer), Optional.empty());
  }

  /** The same at some positions of prompt and response. */
  public Patch at(Spans where) {
    return new Patch(heads, layer, Optional.of(where));
  }

  /** The first layer that it changes. */
  int firstLayer() {
    return layer.orElseGet(() -> heads.toList().get(0).layer());
  }
}
