package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import headscope.model.KvCache.Stretch;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keys and values of the layers of one window: [B, kvHeads, positions, headDim] a layer.
 *
 * <p>A store is a list of frozen pieces, which forks share, and a tail of its own that grows. A
 * fork copies nothing; rolling back drops the last positions. A fork of batch 1 may have a larger
 * batch: its rows then share the pieces, which have batch 1. Where there is a window, positions
 * that have left it are dropped whenever the tail has no room left, so that a layer holds no more
 * than its window, {@link KvCache#ROLL_BACK}, one pass and an eighth; a shared piece stays until
 * all of it has left.
 *
 * <p>The tails of stores of batch 1 that advance together are the rows of one block, {@link #join},
 * so that one product computes all of them. Prompts of about one length are the rows of one block
 * too, {@link #layTogether}, from before they are read, so that one product looks into all of them.
 */
final class KvStore implements AutoCloseable {
  /**
   * Arrays with room for some positions, [B or sequences, kvHeads, capacity, headDim] a layer, and
   * how many stores hold them.
   */
  static final class Block {
    final NDArray[] keys;
    final NDArray[] values;
    final int sequences;
    final int capacity;

    /** Whether its rows are what sequences add in step, one position a pass. */
    final boolean inStep;

    final AtomicInteger holders;

    /**
     * @param sequences that hold a row each; 1: all of it is one store's
     */
    Block(int layers, int sequences, int capacity, boolean inStep) {
      keys = new NDArray[layers];
      values = new NDArray[layers];
      this.sequences = sequences;
      this.capacity = capacity;
      this.inStep = inStep;
      this.holders = new AtomicInteger(sequences);
    }

    /** Memory for a layer, zeros: weights of nothing times what is not written are nothing. */
    void allocate(int layer, KvStore like) {
      keys[layer] = like.zeros(sequences, capacity);
      values[layer] = like.zeros(sequences, capacity);
    }

    void release() {
      if (holders.decrementAndGet() == 0) {
        for (int i = 0; i < keys.length; i++) {
          if (keys[i] != null) {
            keys[i].close();
            values[i].close();
          }
        }
      }
    }
  }

  /** The first positions of a block's row. */
  record Piece(Block block, int row, int length) {}

  /** The least room that joined tails are given where more is to come. */
  private static final int JOINED_ROOM = 256;

  /**
   * Rows advance in a block of up to so many times as many: a part of them that looks first does
   * not leave the others, which would be to copy all tails twice a step.
   */
  private static final int FEW = 8;

  private final Kernels kernels;
  private final ModelConfig config;
  private final int batch;
  private final OptionalInt window;
  private final int layers;
  private final List<Piece> frozen = new ArrayList<>();
  private Block tail;
  private int tailRow;
  private int tailLength;
  private int roomFor;

  /** The first position held. */
  private int start;

  /** Positions that the running forward pass adds. */
  private int added;

  KvStore(Kernels kernels, ModelConfig config, int batch, OptionalInt window, int layers) {
    this.kernels = kernels;
    this.config = config;
    this.batch = batch;
    this.window = window;
    this.layers = layers;
  }

  int length() {
    return start + frozenLength() + tailLength;
  }

  private int frozenLength() {
    return frozen.stream().mapToInt(Piece::length).sum();
  }

  /** Positions that there is memory for, shared pieces included. */
  long capacity() {
    long own = tail == null ? 0 : tail.capacity;
    return own + frozen.stream().mapToLong(p -> p.block().capacity).sum();
  }

  /** The first position that a row at some position sees. */
  int firstSeen(int position) {
    return window.isPresent() ? Math.max(0, position - window.getAsInt() + 1) : 0;
  }

  /** Whether all is held that a row at that position sees. */
  boolean canContinueAt(int position) {
    return start <= firstSeen(position);
  }

  void expect(int positions) {
    roomFor = Math.max(roomFor, positions);
  }

  void begin(int positions) {
    added = positions;
    if (tail == null || tail.capacity < tailLength + positions) {
      int dropped = leaveWindow(Math.max(0, firstSeen(length()) - KvCache.ROLL_BACK));
      int before = start + frozenLength() + dropped;
      int needed = tailLength - dropped + positions;
      int expected = roomFor - before;
      if (window.isPresent()) {
        expected = Math.min(expected, window.getAsInt() + KvCache.ROLL_BACK + positions);
      }
      // an eighth more than needed, so that growing step by step copies little
      int capacity = expected >= needed ? expected : needed + needed / 8 + 64;
      grow(Math.min(capacity, Math.max(needed, config.maxPositions() - before)), dropped);
    }
  }

  /** Drops pieces before a position; gives how many positions of the tail are to be dropped. */
  private int leaveWindow(int first) {
    while (!frozen.isEmpty() && start + frozen.get(0).length() <= first) {
      Piece gone = frozen.remove(0);
      start += gone.length();
      gone.block().release();
    }
    return frozen.isEmpty() ? Math.max(0, Math.min(tailLength, first - start)) : 0;
  }

  /**
   * Moves the tail into larger arrays, layer by layer: the old and the new are never both whole.
   */
  private void grow(int capacity, int dropped) {
    Block larger = new Block(layers, 1, capacity, false);
    for (int layer = 0; layer < layers; layer++) {
      larger.keys[layer] = grown(tail == null ? null : tail.keys[layer], capacity, dropped);
      larger.values[layer] = grown(tail == null ? null : tail.values[layer], capacity, dropped);
    }
    if (tail != null && tail.sequences > 1) {
      tail.release();
    }
    tail = larger;
    tailRow = 0;
    tailLength -= dropped;
    start += dropped;
  }

  private NDArray grown(NDArray old, int capacity, int dropped) {
    NDArray array =
        kernels.empty(Kernels.FLOAT32, batch, config.keyValueHeads(), capacity, config.headDim());
    NDScope.unregister(array);
    if (old != null) {
      if (tailLength > dropped) {
        kernels.store(array, 2, 0, Kernels.narrow(own(old), 2, dropped, tailLength));
      }
      if (tail.sequences == 1) {
        old.close(); // the tail is held by this store alone
      }
    }
    return array;
  }

  /** What of the tail's array is this store's. */
  private NDArray own(NDArray array) {
    return row(tail, tailRow, array);
  }

  private static NDArray row(Block block, int row, NDArray array) {
    return block.sequences == 1 ? array : Kernels.narrow(array, 0, row, row + 1);
  }

  List<Stretch> append(int layer, NDArray keys, NDArray values) {
    kernels.store(own(tail.keys[layer]), 2, tailLength, keys);
    kernels.store(own(tail.values[layer]), 2, tailLength, values);
    int unseen = firstSeen(length()) - start;
    List<Stretch> seen = new ArrayList<>(frozen.size() + 1);
    for (Piece p : frozen) {
      if (unseen < p.length()) {
        seen.add(stretch(p.block(), p.row(), layer, Math.max(0, unseen), p.length()));
      }
      unseen -= p.length();
    }
    seen.add(stretch(tail, tailRow, layer, Math.max(0, unseen), tailLength + added));
    return seen;
  }

  private static Stretch stretch(Block block, int row, int layer, int from, int to) {
    return new Stretch(
        Kernels.narrow(row(block, row, block.keys[layer]), 2, from, to),
        Kernels.narrow(row(block, row, block.values[layer]), 2, from, to));
  }

  void end() {
    tailLength += added;
    added = 0;
  }

  /** Adds positions that no row gives weight to: finite, so that no weight of theirs is NaN. */
  void blank(int positions) {
    begin(positions);
    NDArray zeros = kernels.zeros(batch, config.keyValueHeads(), positions, config.headDim());
    for (int layer = 0; layer < layers; layer++) {
      kernels.store(own(tail.keys[layer]), 2, tailLength, zeros);
      kernels.store(own(tail.values[layer]), 2, tailLength, zeros);
    }
    end();
  }

  KvStore fork(int forkBatch) {
    freeze();
    KvStore fork = new KvStore(kernels, config, forkBatch, window, layers);
    for (Piece p : frozen) {
      p.block().holders.incrementAndGet();
      fork.frozen.add(p);
    }
    fork.roomFor = roomFor;
    fork.start = start;
    return fork;
  }

  /** Makes the tail a piece; there is none from then on. */
  private void freeze() {
    if (tailLength > 0) {
      frozen.add(new Piece(tail, tailRow, tailLength));
    } else if (tail != null) {
      tail.release();
    }
    tail = null;
    tailRow = 0;
    tailLength = 0;
  }

  /**
   * Has the tails of stores of batch 1 be the rows of one block with room for another position,
   * unless they are and the block has not many other rows: what a store alone held becomes a piece.
   */
  static void join(List<KvStore> stores) {
    Block common = stores.get(0).tail;
    boolean joined =
        common != null
            && common.inStep
            && common.sequences <= FEW * stores.size()
            && stores.stream().allMatch(s -> s.tail == common && s.tailLength < common.capacity);
    if (joined) {
      return;
    }
    int[] dropped = new int[stores.size()];
    int kept = 0;
    int room = 1;
    for (int i = 0; i < dropped.length; i++) {
      KvStore s = stores.get(i);
      if (s.tail == null || !s.tail.inStep || s.tailLength == 0) {
        s.freeze();
      }
      dropped[i] = s.leaveWindow(Math.max(0, s.firstSeen(s.length()) - KvCache.ROLL_BACK));
      kept = Math.max(kept, s.tailLength - dropped[i]);
      room = Math.max(room, s.roomFor - s.length());
    }
    KvStore first = stores.get(0);
    int capacity = kept + Math.min(room, Math.max(JOINED_ROOM, kept));
    Block block = new Block(first.layers, stores.size(), capacity, true);
    for (int layer = 0; layer < first.layers; layer++) {
      block.allocate(layer, first);
      for (int i = 0; i < dropped.length; i++) {
        KvStore s = stores.get(i);
        if (s.tailLength > dropped[i]) {
          s.copy(s.tail.keys[layer], dropped[i], row(block, i, block.keys[layer]));
          s.copy(s.tail.values[layer], dropped[i], row(block, i, block.values[layer]));
        }
      }
    }
    for (int i = 0; i < dropped.length; i++) {
      stores.get(i).moveTo(block, i, dropped[i]);
    }
  }

  /**
   * Has stores that hold no tail yet have theirs as the rows of one block, each with room for some
   * positions.
   */
  static void layTogether(List<KvStore> stores, int capacity) {
    KvStore first = stores.get(0);
    Block block = new Block(first.layers, stores.size(), capacity, false);
    for (int layer = 0; layer < first.layers; layer++) {
      block.allocate(layer, first);
    }
    for (int i = 0; i < stores.size(); i++) {
      stores.get(i).moveTo(block, i, 0);
    }
  }

  /** Whether all positions are kept, so that none is dropped while others are added. */
  boolean keepsAll() {
    return window.isEmpty();
  }

  private NDArray zeros(int sequences, int capacity) {
    NDArray array = kernels.zeros(sequences, config.keyValueHeads(), capacity, config.headDim());
    NDScope.unregister(array);
    return array;
  }

  private void copy(NDArray from, int dropped, NDArray to) {
    kernels.store(to, 2, 0, Kernels.narrow(own(from), 2, dropped, tailLength));
  }

  private void moveTo(Block block, int row, int dropped) {
    if (tail != null) {
      tail.release();
    }
    tail = block;
    tailRow = row;
    tailLength -= dropped;
    start += dropped;
  }

  /** The pieces before the tail. */
  List<Piece> pieces() {
    return frozen;
  }

  /** These, and the tail where that is to become one when rows are joined. */
  List<Piece> all() {
    List<Piece> all = new ArrayList<>(frozen);
    if (tail != null && !tail.inStep) {
      all.add(new Piece(tail, tailRow, tailLength));
    }
    return all;
  }

  /** The first position held. */
  int start() {
    return start;
  }

  Block tail() {
    return tail;
  }

  int tailRow() {
    return tailRow;
  }

  int tailLength() {
    return tailLength;
  }

  /** Drops all positions from that one on, at which the store can continue. */
  void rollBack(int length) {
    tailLength = Math.max(0, length - start - frozenLength());
    while (start + frozenLength() > Math.max(start, length)) {
      Piece last = frozen.remove(frozen.size() - 1);
      int keep = length - start - frozenLength();
      if (keep > 0) {
        frozen.add(new Piece(last.block(), last.row(), keep));
      } else {
        last.block().release();
      }
    }
    start = Math.min(start, length);
  }

  @Override
  public void close() {
    frozen.forEach(p -> p.block().release());
    frozen.clear();
    if (tail != null) {
      tail.release();
      tail = null;
      tailLength = 0;
    }
  }
}
