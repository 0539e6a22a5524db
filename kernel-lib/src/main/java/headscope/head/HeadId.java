package headscope.head;

import headscope.failure.Section;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One query head, written {@code L3-H7}: head 7 of layer 3, both counted from 0. The natural order
 * is by layer, then by head.
 *
 * @param layer the layer, from 0
 * @param head the query head within the layer, from 0
 */
public record HeadId(int layer, int head) implements Comparable<HeadId> {
  private static final Pattern NAME = Pattern.compile("\\s*L(\\d{1,6})-H(\\d{1,6})\\s*");

  public HeadId {
    if (layer < 0 || head < 0) {
      throw Section.HEADS.wrong(
          "a head is L<layer>-H<head> counted from 0, got layer " + layer + ", head " + head);
    }
  }

  /**
   * Reads {@code L3-H7}.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  public static HeadId parse(String text) {
    Matcher m = NAME.matcher(text);
    if (!m.matches()) {
      throw Section.HEADS.wrong(
          "a head is written L<layer>-H<head>, both from 0, such as L3-H7; got \"" + text + "\"");
    }
    return new HeadId(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)));
  }

  /** The head at a flat index, layer by layer: {@code layer * headsPerLayer + head}. */
  public static HeadId ofIndex(int index, int headsPerLayer) {
    return new HeadId(index / headsPerLayer, index % headsPerLayer);
  }

  /** Its flat index in arrays [layers * heads]: {@code layer * headsPerLayer + head}. */
  public int index(int headsPerLayer) {
    return layer * headsPerLayer + head;
  }

  @Override
  public int compareTo(HeadId other) {
    return layer != other.layer
        ? Integer.compare(layer, other.layer)
        : Integer.compare(head, other.head);
  }

  @Override
  public String toString() {
    return "L" + layer + "-H" + head;
  }
}
