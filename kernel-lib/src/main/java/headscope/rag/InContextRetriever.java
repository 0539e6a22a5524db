package headscope.rag;

import headscope.failure.Section;
import headscope.trace.Span;
import headscope.trace.Spans;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Algorithm 2: from the attention that heads pay to the context to the windows that are shown. The
 * k positions of greatest attention, neighbouring ones joined to clusters, a window round the
 * greatest of each, overlapping or touching windows merged (DEFINITIONS.md, 28).
 *
 * <pre>
 *   var retriever = InContextRetriever.standard().withRadius(8);
 *   retriever.passages(weights).windows();      // 24:40,101:123
 * </pre>
 *
 * @param k how many positions; all of the context where it has fewer
 * @param gap two positions that lie at most this far apart are of one cluster: 8 joins 3 and 11
 * @param radius the window round position p is {@code [p - radius, p + radius)}, cut to the context
 * @param query which row's attention is asked
 */
public record InContextRetriever(int k, int gap, int radius, Query query) {

  /** The row whose attention finds the passages; it sees the whole context. */
  public enum Query {
    /** The last token before the sentence that is written again. The default. */
    BEFORE_SENTENCE,
    /** The last token before the flagged word: the row that is to produce it. */
    BEFORE_WORD;

    /** What results call it. */
    public String title() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  public InContextRetriever {
    if (k < 1 || gap < 0 || radius < 1) {
      throw Section.RAG.wrong(
          String.format(
              "a retrieval takes k >= 1 positions, a gap >= 0 and windows of a radius >= 1;"
                  + " got k %d, gap %d, radius %d",
              k, gap, radius));
    }
    Objects.requireNonNull(query, "query");
  }

  /** Ten positions, gap 8, windows of 32 tokens, asked before the sentence. */
  public static InContextRetriever standard() {
    return new InContextRetriever(10, 8, 16, Query.BEFORE_SENTENCE);
  }

  public InContextRetriever withK(int positions) {
    return new InContextRetriever(positions, gap, radius, query);
  }

  public InContextRetriever withGap(int tokens) {
    return new InContextRetriever(k, tokens, radius, query);
  }

  public InContextRetriever withRadius(int tokens) {
    return new InContextRetriever(k, gap, tokens, query);
  }

  public InContextRetriever withQuery(Query row) {
    return new InContextRetriever(k, gap, radius, row);
  }

  /** The passages of a context that begins at position 0; weights as below, [positions]. */
  public Passages passages(double[] weights) {
    return weights.length == 0
        ? passages(weights, Spans.none())
        : passages(weights, Spans.of(0, weights.length));
  }

  /**
   * The passages of a context. Of equal weights the lower position comes first; an empty context
   * has none.
   *
   * @param weights [positions], mean attention of the heads; outside of the context it is not read
   * @param context the positions that may be found and shown
   * @throws IllegalArgumentException if the context does not lie within the weights, or one of its
   *     weights is not finite
   */
  public Passages passages(double[] weights, Spans context) {
    if (context.end() > weights.length) {
      throw Section.RAG.wrong(
          "the context " + context + " has a weight per position, there are " + weights.length);
    }
    List<Integer> strongest =
        context.list().stream()
            .flatMapToInt(s -> IntStream.range(s.from(), s.to()))
            .peek(i -> requireFinite(weights[i], i))
            .boxed()
            // a stable sort keeps equal weights in order of position; + 0.0 makes -0.0 equal to 0.0
            .sorted((a, b) -> Double.compare(weights[b] + 0.0, weights[a] + 0.0))
            .limit(k)
            .toList();
    List<Integer> representatives = new ArrayList<>();
    List<Span> windows = new ArrayList<>();
    for (List<Integer> cluster : clusters(strongest.stream().sorted().toList())) {
      int best = cluster.get(0);
      for (int i : cluster) {
        best = weights[i] > weights[best] ? i : best;
      }
      representatives.add(best);
      // in long: a radius may be larger than every context
      windows.add(
          new Span(
              (int) Math.max(0, (long) best - radius),
              (int) Math.min(context.end(), (long) best + radius)));
    }
    return new Passages(strongest, representatives, Spans.of(windows).intersect(context));
  }

  /**
   * Windows of so many tokens: what another way of finding shows, to be compared with. Positions
   * are taken by weight; each that is farther than the gap from all before it is a representative,
   * whose window is opened; if these do not suffice, windows round the others follow, in the same
   * order. Of the last window the tokens nearest to its representative count, of equally near ones
   * the lower.
   *
   * @param weights [positions], mean attention of the heads
   * @param context the positions that may be found and shown
   * @param tokens how many are shown; all of the context where it has fewer
   */
  public Passages passages(double[] weights, Spans context, int tokens) {
    List<Integer> order =
        new InContextRetriever(context.length() + 1, gap, radius, query)
            .passages(weights, context)
            .positions();
    List<Integer> representatives = new ArrayList<>();
    List<Integer> others = new ArrayList<>();
    boolean[] near = new boolean[weights.length];
    for (int i : order) {
      (near[i] ? others : representatives).add(i);
      Arrays.fill(near, Math.max(0, i - gap), Math.min(near.length, i + gap + 1), true);
    }
    representatives.addAll(others);
    boolean[] shown = new boolean[weights.length];
    List<Integer> used = new ArrayList<>();
    int left = Math.min(tokens, context.length());
    for (int i = 0; i < representatives.size() && left > 0; i++) {
      int at = representatives.get(i);
      int before = left;
      for (int far = 0; far <= radius && left > 0; far++) {
        left -= show(shown, context, at - far);
        left -= far > 0 && far < radius && left > 0 ? show(shown, context, at + far) : 0;
      }
      if (left < before) {
        used.add(at);
      }
    }
    List<Span> windows = new ArrayList<>();
    for (int i = 0; i < shown.length; i++) {
      if (shown[i]) {
        windows.add(new Span(i, i + 1));
      }
    }
    return new Passages(used, used.stream().sorted().toList(), Spans.of(windows));
  }

  /** Shows a position; gives how many more are shown now. */
  private static int show(boolean[] shown, Spans context, int position) {
    if (position < 0 || position >= shown.length || shown[position]) {
      return 0;
    }
    shown[position] = context.contains(position);
    return shown[position] ? 1 : 0;
  }

  private static void requireFinite(double weight, int position) {
    if (!Double.isFinite(weight)) {
      throw Section.RAG.wrong(
          "attention is finite, that of position " + position + " is " + weight);
    }
  }

  private List<List<Integer>> clusters(List<Integer> ascending) {
    List<List<Integer>> clusters = new ArrayList<>();
    int last = 0;
    for (int i : ascending) {
      if (clusters.isEmpty() || i - last > gap) {
        clusters.add(new ArrayList<>());
      }
      clusters.get(clusters.size() - 1).add(i);
      last = i;
    }
    return clusters;
  }
}
