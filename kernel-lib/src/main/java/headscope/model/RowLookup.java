package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Where the next rows of several sequences look, for one pass. What several of them share is a
 * segment that is read once for all; behind the shared and the own pieces of each lies its tail, a
 * row of a block that they have in common. Scores are gathered in one array over positions, -∞
 * where a row has none, so that a softmax is over what the row sees, whatever its companions are.
 *
 * <p>Shapes: R rows, W positions from the first that any row sees, t positions of the longest tail.
 */
final class RowLookup implements KeyValues {
  /**
   * Positions [from, to) of a piece, which the rows [first, last) of the pass see from a column on.
   */
  private record Segment(KvStore.Piece piece, int from, int to, int first, int last, int column) {
    int rows() {
      return last - first;
    }

    /** Whether a segment is the next row of this one's block, for the next rows of the pass. */
    boolean goesOnWith(Segment next) {
      return next.piece.block() == piece.block()
          && next.piece.row() == piece.row() + 1
          && next.from == from
          && next.column == column
          && next.first == last
          && next.rows() == rows();
    }
  }

  /**
   * What rows see in the layers of one window.
   *
   * @param first the first position that any row sees
   * @param width W
   * @param blocks that the segments are parts of
   * @param plan of each run of segments that one product looks into: block, first row of it, how
   *     many, from, the last to, first row of the pass, last row, column, which of the ends or -1
   * @param ends [segments, 1, 1, positions] each, 0 or -∞ behind the end of a segment
   * @param tail the block of the tails
   * @param longest t
   * @param places [R], the row of the tail's block that each row of the pass has
   * @param inverse [tail's rows], the row of the pass; 0 where none has it
   * @param slots [R], where in its tail each row's own position is
   * @param columns [R, t], where the positions of each tail are
   * @param own [R, 1, t], 0 or -∞ behind the end of a tail; empty where all are equally long
   */
  record Lookup(
      int first,
      long width,
      List<KvStore.Block> blocks,
      long[] plan,
      List<NDArray> ends,
      KvStore.Block tail,
      int longest,
      NDArray places,
      NDArray inverse,
      NDArray slots,
      NDArray columns,
      Optional<NDArray> own) {}

  private final List<KvCache> caches;
  private final List<Lookup> lookups = new ArrayList<>();

  /**
   * Begins a pass.
   *
   * @param caches of the sequences, in the {@linkplain #order order} of the pass
   */
  RowLookup(NDManager manager, List<KvCache> caches) {
    this.caches = caches;
    KvCache.join(caches);
    caches.forEach(c -> c.begin(1));
    for (int i = 0; i < caches.get(0).stores().size(); i++) {
      int store = i;
      lookups.add(lookup(manager, caches.stream().map(c -> c.stores().get(store)).toList()));
    }
  }

  /** An order in which rows that share pieces lie together. */
  static List<Integer> order(List<KvCache> caches) {
    return sorted(chains(caches));
  }

  private static List<Integer> sorted(List<int[]> chains) {
    return IntStream.range(0, chains.size())
        .boxed()
        .sorted(Comparator.comparing(chains::get, Arrays::compare))
        .toList();
  }

  /** The pieces of each: block, row, negative length of each in turn. */
  private static List<int[]> chains(List<KvCache> caches) {
    Map<KvStore.Block, Integer> met = new LinkedHashMap<>();
    List<int[]> chains = new ArrayList<>();
    for (KvCache cache : caches) {
      chains.add(
          cache.stores().get(0).all().stream()
              .flatMapToInt(
                  p ->
                      IntStream.of(
                          met.computeIfAbsent(p.block(), b -> met.size()), p.row(), -p.length()))
              .toArray());
    }
    return chains;
  }

  /**
   * Spreads sessions over lanes, about as many to each. They part where neighbours share the fewest
   * pieces, within an eighth of a lane around an even cut.
   */
  static void spread(List<Session> sessions, int lanes) {
    List<int[]> chains = chains(sessions.stream().map(Session::cache).toList());
    List<Integer> order = sorted(chains);
    int rows = order.size();
    int at = 0;
    for (int lane = 0; lane < lanes; lane++) {
      int even = (int) ((long) rows * (lane + 1) / lanes);
      int slack = lane == lanes - 1 ? 0 : rows / lanes / 8;
      int to =
          IntStream.rangeClosed(even - slack, even + slack)
              .boxed()
              .min(
                  Comparator.comparingInt(
                          (Integer i) ->
                              i == rows
                                  ? 0
                                  : common(chains.get(order.get(i - 1)), chains.get(order.get(i))))
                      .thenComparing(i -> Math.abs(i - even)))
              .orElseThrow();
      for (; at < to; at++) {
        sessions.get(order.get(at)).moveTo(lane);
      }
    }
  }

  /** How many numbers two chains have in common. */
  private static int common(int[] a, int[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length : mismatch;
  }

  /** How a layer is looked into. */
  Lookup of(int layer) {
    return lookups.get(caches.get(0).storeOf(layer));
  }

  /** As which of its block's layers. */
  int place(int layer) {
    return caches.get(0).placeOf(layer);
  }

  /** Ends the pass: its positions count from now on. */
  void end() {
    caches.forEach(KvCache::end);
  }

  private static Lookup lookup(NDManager manager, List<KvStore> stores) {
    int rows = stores.size();
    // a tail is looked into as a whole, even where it began before a window
    int first =
        stores.stream()
            .mapToInt(s -> Math.min(s.firstSeen(s.length()), s.length() - s.tailLength()))
            .min()
            .orElseThrow();
    List<Segment> segments = new ArrayList<>();
    new Cutter(stores, first, segments).cut(0, rows);
    List<KvStore.Block> blocks = segments.stream().map(s -> s.piece().block()).distinct().toList();
    List<NDArray> ends = new ArrayList<>();
    long[] plan =
        runs(segments).stream()
            .flatMapToLong(
                run -> {
                  Segment one = run.get(0);
                  int to = run.stream().mapToInt(Segment::to).max().orElseThrow();
                  Optional<NDArray> end = ends(manager, run, to);
                  end.ifPresent(ends::add);
                  return LongStream.of(
                      blocks.indexOf(one.piece().block()),
                      one.piece().row(),
                      run.size(),
                      one.from(),
                      to,
                      one.first(),
                      run.get(run.size() - 1).last(),
                      one.column(),
                      end.isPresent() ? ends.size() - 1 : -1);
                })
            .toArray();

    KvStore.Block tail = stores.get(0).tail();
    int longest = stores.stream().mapToInt(KvStore::tailLength).max().orElseThrow() + 1;
    long[] places = new long[rows];
    long[] inverse = new long[tail.sequences];
    long[] slots = new long[rows];
    long[] columns = new long[rows * longest];
    float[] own = new float[rows * longest];
    long width = 0;
    boolean ragged = false;
    for (int r = 0; r < rows; r++) {
      KvStore s = stores.get(r);
      places[r] = s.tailRow();
      inverse[s.tailRow()] = r;
      slots[r] = s.tailLength();
      int begin = s.length() - s.tailLength(); // where its tail begins
      for (int i = 0; i < longest; i++) {
        columns[r * longest + i] = begin + i - first;
        boolean none = i > s.tailLength();
        own[r * longest + i] = none ? Float.NEGATIVE_INFINITY : 0;
        ragged |= none;
      }
      width = Math.max(width, begin + longest - first);
    }
    return new Lookup(
        first,
        width,
        blocks,
        plan,
        ends,
        tail,
        longest,
        manager.create(places),
        manager.create(inverse),
        manager.create(slots),
        manager.create(columns, new Shape(rows, longest)),
        ragged ? Optional.of(manager.create(own, new Shape(rows, 1, longest))) : Optional.empty());
  }

  /**
   * Segments that one product looks into together. Those before others in their rows come first:
   * what lies behind the end of a shorter one is written over.
   */
  private static List<List<Segment>> runs(List<Segment> segments) {
    List<Segment> sorted = new ArrayList<>(segments);
    sorted.sort(Comparator.comparingInt(Segment::column).thenComparingInt(Segment::first));
    List<List<Segment>> runs = new ArrayList<>();
    for (Segment s : sorted) {
      List<Segment> last = runs.isEmpty() ? List.of() : runs.get(runs.size() - 1);
      if (last.isEmpty() || !last.get(last.size() - 1).goesOnWith(s)) {
        last = new ArrayList<>();
        runs.add(last);
      }
      last.add(s);
    }
    return runs;
  }

  private static Optional<NDArray> ends(NDManager manager, List<Segment> run, int to) {
    if (run.stream().allMatch(s -> s.to() == to)) {
      return Optional.empty();
    }
    int from = run.get(0).from();
    int n = to - from;
    float[] ends = new float[run.size() * n];
    for (int i = 0; i < run.size(); i++) {
      Arrays.fill(ends, i * n + run.get(i).to() - from, (i + 1) * n, Float.NEGATIVE_INFINITY);
    }
    return Optional.of(manager.create(ends, new Shape(run.size(), 1, 1, n)));
  }

  /** Finds segments: from every place where rows part, each goes its own way. */
  private static final class Cutter {
    private final List<KvStore> stores;
    private final int first;
    private final List<Segment> segments;
    private final int[] piece;
    private final int[] offset;
    private final int[] position;

    Cutter(List<KvStore> stores, int first, List<Segment> segments) {
      this.stores = stores;
      this.first = first;
      this.segments = segments;
      this.piece = new int[stores.size()];
      this.offset = new int[stores.size()];
      this.position = stores.stream().mapToInt(KvStore::start).toArray();
    }

    private Optional<KvStore.Piece> piece(int row) {
      List<KvStore.Piece> pieces = stores.get(row).pieces();
      return piece[row] < pieces.size() ? Optional.of(pieces.get(piece[row])) : Optional.empty();
    }

    private boolean together(int a, int b) {
      KvStore.Piece x = piece(a).orElseThrow();
      return piece(b)
          .map(
              y ->
                  x.block() == y.block()
                      && x.row() == y.row()
                      && offset[a] == offset[b]
                      && position[a] == position[b])
          .orElse(false);
    }

    void cut(int low, int high) {
      int at = low;
      while (at < high) {
        int to = at + 1;
        if (piece(at).isPresent()) {
          int end = piece(at).get().length();
          while (to < high && together(at, to)) {
            end = Math.min(end, piece(to).get().length());
            to++;
          }
          emit(at, to, end);
          cut(at, to);
        }
        at = to;
      }
    }

    /** The rows have their piece in common up to some end. */
    private void emit(int low, int high, int end) {
      int from = offset[low];
      int begin = position[low];
      int unseen = Math.max(0, Math.min(end - from, first - begin));
      if (from + unseen < end) {
        KvStore.Piece shared = piece(low).orElseThrow();
        segments.add(new Segment(shared, from + unseen, end, low, high, begin + unseen - first));
      }
      for (int r = low; r < high; r++) {
        position[r] += end - from;
        offset[r] = end;
        if (end == piece(r).orElseThrow().length()) {
          piece[r]++;
          offset[r] = 0;
        }
      }
    }
  }
}
