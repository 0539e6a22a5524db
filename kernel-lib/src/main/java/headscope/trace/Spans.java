package headscope.trace;

import headscope.failure.Section;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A set of token positions as stretches in ascending order that neither overlap nor touch. A needle
 * sentence is one stretch, the supporting facts of a question are several.
 *
 * @param list the stretches; given in any order, overlapping ones are merged
 */
public record Spans(List<Span> list) {
  private static final Spans NONE = new Spans(List.of());

  public Spans {
    list = merged(list);
  }

  /** No position. */
  public static Spans none() {
    return NONE;
  }

  /** The positions {@code [from, to)}. */
  public static Spans of(int from, int to) {
    return new Spans(List.of(new Span(from, to)));
  }

  /** The positions of all the given stretches. */
  public static Spans of(Collection<Span> spans) {
    return new Spans(List.copyOf(spans));
  }

  /**
   * Reads {@code FROM:TO} or several of them separated by commas, {@code 3:9,20:24}.
   *
   * @throws IllegalArgumentException if a part has another form
   */
  public static Spans parse(String text) {
    return of(
        Arrays.stream(text.split(",", -1))
            .map(
                part -> {
                  String[] ends = part.trim().split(":", -1);
                  try {
                    if (ends.length == 2) {
                      return new Span(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
                    }
                  } catch (NumberFormatException e) {
                    // said below
                  }
                  throw Section.SPANS.wrong(
                      "a span is FROM:TO in tokens, such as 12:40 for positions 12 to 39; got \""
                          + part
                          + "\"");
                })
            .toList());
  }

  private static List<Span> merged(List<Span> spans) {
    List<Span> sorted = new ArrayList<>(spans);
    sorted.sort(Comparator.comparingInt(Span::from).thenComparingInt(Span::to));
    List<Span> out = new ArrayList<>();
    for (Span s : sorted) {
      Span last = out.isEmpty() ? null : out.get(out.size() - 1);
      if (last != null && s.from() <= last.to()) {
        out.set(out.size() - 1, new Span(last.from(), Math.max(last.to(), s.to())));
      } else {
        out.add(s);
      }
    }
    return List.copyOf(out);
  }

  public boolean isEmpty() {
    return list.isEmpty();
  }

  public boolean contains(int position) {
    return list.stream().anyMatch(s -> s.contains(position));
  }

  /** Number of positions. */
  public int length() {
    return list.stream().mapToInt(Span::length).sum();
  }

  /** The position behind the last; 0 where there is none. */
  public int end() {
    return list.isEmpty() ? 0 : list.get(list.size() - 1).to();
  }

  /** The positions that are also in {@code [from, to)}. */
  public Spans within(int from, int to) {
    return of(
        list.stream()
            .filter(s -> Math.max(s.from(), from) < Math.min(s.to(), to))
            .map(s -> new Span(Math.max(s.from(), from), Math.min(s.to(), to)))
            .toList());
  }

  /** The positions of both. */
  public Spans union(Spans other) {
    List<Span> all = new ArrayList<>(list);
    all.addAll(other.list);
    return of(all);
  }

  /** The positions that the other does not hold. */
  public Spans minus(Spans other) {
    List<Span> rest = new ArrayList<>();
    for (Span span : list) {
      int from = span.from();
      for (Span gone : other.within(span.from(), span.to()).list()) {
        if (from < gone.from()) {
          rest.add(new Span(from, gone.from()));
        }
        from = gone.to();
      }
      if (from < span.to()) {
        rest.add(new Span(from, span.to()));
      }
    }
    return of(rest);
  }

  /** The positions that the other holds as well. */
  public Spans intersect(Spans other) {
    return minus(minus(other));
  }

  /**
   * The first position in which the two differ, or -1 where they are the same.
   *
   * @param other other positions
   */
  public int firstDifference(Spans other) {
    int end = Math.max(end(), other.end());
    for (int i = 0; i < end; i++) {
      if (contains(i) != other.contains(i)) {
        return i;
      }
    }
    return -1;
  }

  /** {@code FROM:TO} separated by commas, as {@link #parse} reads it. */
  @Override
  public String toString() {
    return list.stream().map(Span::toString).collect(Collectors.joining(","));
  }
}
