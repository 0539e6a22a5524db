package headscope.head;

import headscope.draw.Draws;
import headscope.failure.Section;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An immutable set of heads, kept in layer, head order.
 *
 * <pre>HeadSet.parse("L2-H3,L0-H1").toString()    // L0-H1,L2-H3</pre>
 */
public final class HeadSet implements Iterable<HeadId> {
  private static final HeadSet EMPTY = new HeadSet(new TreeSet<>());

  private final SortedSet<HeadId> heads;

  private HeadSet(SortedSet<HeadId> heads) {
    this.heads = heads;
  }

  /** The set of no heads. */
  public static HeadSet empty() {
    return EMPTY;
  }

  /** The set of the given heads; one that is named twice counts once. */
  public static HeadSet of(HeadId... heads) {
    return of(Arrays.asList(heads));
  }

  /** The set of the given heads; one that is named twice counts once. */
  public static HeadSet of(Collection<HeadId> heads) {
    return heads.isEmpty() ? EMPTY : new HeadSet(new TreeSet<>(heads));
  }

  /** Every head of a model of that many layers and query heads a layer. */
  public static HeadSet all(int layers, int headsPerLayer) {
    return of(
        IntStream.range(0, layers * headsPerLayer)
            .mapToObj(i -> HeadId.ofIndex(i, headsPerLayer))
            .toList());
  }

  /**
   * The n heads of greatest score; of equal ones the lower layer, then the lower head comes first.
   * Heads whose score is NaN are left out.
   *
   * @param scores [layers * heads], layer by layer
   * @param headsPerLayer query heads a layer
   * @param n how many; all where there are fewer
   */
  public static HeadSet top(double[] scores, int headsPerLayer, int n) {
    return of(ranking(scores, headsPerLayer).stream().limit(n).toList());
  }

  /**
   * All heads from the greatest score to the least; of equal ones the lower layer, then the lower
   * head comes first. Heads whose score is NaN are left out.
   *
   * @param scores [layers * heads], layer by layer
   * @param headsPerLayer query heads a layer
   */
  public static List<HeadId> ranking(double[] scores, int headsPerLayer) {
    return IntStream.range(0, scores.length)
        .filter(i -> !Double.isNaN(scores[i]))
        .boxed()
        // A stable sort keeps equal scores in layer, head order; + 0.0 makes -0.0 equal to 0.0.
        .sorted((a, b) -> Double.compare(scores[b] + 0.0, scores[a] + 0.0))
        .map(i -> HeadId.ofIndex(i, headsPerLayer))
        .toList();
  }

  /**
   * Reads heads separated by commas, {@code L0-H1,L2-H3}; a blank text is the empty set.
   *
   * @throws IllegalArgumentException if a part is no head
   */
  public static HeadSet parse(String text) {
    if (text.isBlank()) {
      return EMPTY;
    }
    return of(Arrays.stream(text.split(",", -1)).map(HeadId::parse).toList());
  }

  public int size() {
    return heads.size();
  }

  public boolean isEmpty() {
    return heads.isEmpty();
  }

  public boolean contains(HeadId head) {
    return heads.contains(head);
  }

  /** The heads that are in this set or in the other. */
  public HeadSet union(HeadSet other) {
    TreeSet<HeadId> all = new TreeSet<>(heads);
    all.addAll(other.heads);
    return new HeadSet(all);
  }

  /** The heads that are in both sets. */
  public HeadSet intersect(HeadSet other) {
    return where(other::contains);
  }

  /** The heads of this set that are not in the other. */
  public HeadSet minus(HeadSet other) {
    return where(head -> !other.contains(head));
  }

  /** The heads of this set that meet the condition. */
  public HeadSet where(Predicate<HeadId> condition) {
    return of(heads.stream().filter(condition).toList());
  }

  /** |A ∩ B| / |A ∪ B|, from 0 to 1; NaN where both are empty, for which section 7 has a choice. */
  public double jaccard(HeadSet other) {
    int common = intersect(other).size();
    return (double) common / (size() + other.size() - common);
  }

  /**
   * Checks that every head exists in a model of that shape.
   *
   * @return this set
   * @throws IllegalArgumentException naming the first head that does not
   */
  public HeadSet checkWithin(int layers, int headsPerLayer) {
    for (HeadId h : heads) {
      if (h.layer() >= layers || h.head() >= headsPerLayer) {
        throw Section.HEADS.wrong(
            String.format(
                "head %s is outside the model, which has layers 0 to %d and heads 0 to %d",
                h, layers - 1, headsPerLayer - 1));
      }
    }
    return this;
  }

  public Stream<HeadId> stream() {
    return heads.stream();
  }

  /**
   * Some of these heads, drawn without putting back; all of them where there are no more.
   *
   * @param count how many
   * @param draws gives the place of each among those left
   */
  public HeadSet drawn(int count, Draws draws) {
    List<HeadId> left = new ArrayList<>(heads);
    List<HeadId> drawn = new ArrayList<>();
    while (drawn.size() < count && !left.isEmpty()) {
      drawn.add(left.remove(draws.below(left.size())));
    }
    return of(drawn);
  }

  /**
   * As many other heads of each layer, drawn: a control that lies in the same layers. Fewer where a
   * layer has no more others.
   *
   * @param headsPerLayer query heads a layer
   * @param seed the same seed gives the same heads
   */
  public HeadSet layerMatched(int headsPerLayer, long seed) {
    return layerMatched(headsPerLayer, new Draws(seed));
  }

  /**
   * The same from draws that are shared.
   *
   * @param headsPerLayer query heads a layer
   * @param draws gives the place of each among those left
   */
  public HeadSet layerMatched(int headsPerLayer, Draws draws) {
    List<HeadId> drawn = new ArrayList<>();
    for (int layer : stream().mapToInt(HeadId::layer).distinct().toArray()) {
      HeadSet mine = where(h -> h.layer() == layer);
      HeadSet others =
          of(IntStream.range(0, headsPerLayer).mapToObj(h -> new HeadId(layer, h)).toList())
              .minus(mine);
      drawn.addAll(others.drawn(mine.size(), draws).toList());
    }
    return of(drawn);
  }

  /** The heads in layer, head order. */
  public List<HeadId> toList() {
    return List.copyOf(heads);
  }

  @Override
  public Iterator<HeadId> iterator() {
    return toList().iterator();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HeadSet set && heads.equals(set.heads);
  }

  @Override
  public int hashCode() {
    return heads.hashCode();
  }

  /** The heads separated by commas, as {@link #parse} reads them. */
  @Override
  public String toString() {
    return heads.stream().map(HeadId::toString).collect(Collectors.joining(","));
  }
}
