package headscope.rag;

import headscope.trace.Spans;
import java.util.List;

/**
 * What a retrieval found.
 *
 * @param positions the positions of greatest attention, the greatest first
 * @param representatives of each cluster of them the position of greatest attention, ascending
 * @param windows what is shown: the windows round the representatives, merged
 */
public record Passages(List<Integer> positions, List<Integer> representatives, Spans windows) {
  public Passages {
    positions = List.copyOf(positions);
    representatives = List.copyOf(representatives);
  }
}
