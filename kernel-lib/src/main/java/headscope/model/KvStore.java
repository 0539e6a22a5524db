package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import headscope.model.KvCache.Stretch;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Keys and values of the layers of one window: [B, kvHeads, positions, headDim] a layer.
 *
 * <p>A store is a list of frozen pieces, which forks share, and a tail of its own that grows. A
 * fork copies nothing; rolling back drops the last positions. A fork of batch 1 may have a larger
 * batch: its rows then share the pieces, which have batch 1. Where there is a window, positions
 * that have left it are dropped whenever the tail has no room left, so that a layer holds no more
 * than its window, {@link KvCache#ROLL_BACK}, one pass and an eighth; a shared piece stays until
 * all of it has left.
 */
final class KvStore implements AutoCloseable {
  /** Arrays with room for some positions, and how many stores hold them. */
  private static final class Block {
    final NDArray[] keys;
    final NDArray[] values;
    final int capacity;
    int holders = 1;

    Block(int layers, int capacity) {
      keys = new NDArray[layers];
      values = new NDArray[layers];
      this.capacity = capacity;
    }

    void release() {
      if (--holders == 0) {
        for (int i = 0; i < keys.length; i++) {
          if (keys[i] != null) {
            keys[i].close();
            values[i].close();
          }
        }
      }
    }
  }

  /** The first positions of a block. */
  private record Piece(Block block, int length) {}

  private final Kernels kernels;
  private final ModelConfig config;
  private final int batch;
  private final OptionalInt window;
  private final int layers;
  private final List<Piece> frozen = new ArrayList<>();
  private Block tail;
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
  private int firstSeen(int position) {
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
      int capacity = Math.max(needed + needed / 8 + 64, expected);
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
    Block larger = new Block(layers, capacity);
    for (int layer = 0; layer < layers; layer++) {
      larger.keys[layer] = grown(tail == null ? null : tail.keys[layer], capacity, dropped);
      larger.values[layer] = grown(tail == null ? null : tail.values[layer], capacity, dropped);
    }
    tail = larger;
    tailLength -= dropped;
    start += dropped;
  }

  private NDArray grown(NDArray old, int capacity, int dropped) {
    NDArray array =
        kernels.empty(Kernels.FLOAT32, batch, config.keyValueHeads(), capacity, config.headDim());
    NDScope.unregister(array);
    if (old != null) {
      if (tailLength > dropped) {
        kernels.store(array, 2, 0, Kernels.narrow(old, 2, dropped, tailLength));
      }
      old.close(); // the tail is held by this store alone
    }
    return array;
  }

  List<Stretch> append(int layer, NDArray keys, NDArray values) {
    kernels.store(tail.keys[layer], 2, tailLength, keys);
    kernels.store(tail.values[layer], 2, tailLength, values);
    int unseen = firstSeen(length()) - start;
    List<Stretch> seen = new ArrayList<>(frozen.size() + 1);
    for (Piece p : frozen) {
      if (unseen < p.length()) {
        seen.add(stretch(p.block(), layer, Math.max(0, unseen), p.length()));
      }
      unseen -= p.length();
    }
    seen.add(stretch(tail, layer, Math.max(0, unseen), tailLength + added));
    return seen;
  }

  private static Stretch stretch(Block block, int layer, int from, int to) {
    return new Stretch(
        Kernels.narrow(block.keys[layer], 2, from, to),
        Kernels.narrow(block.values[layer], 2, from, to));
  }

  void end() {
    tailLength += added;
    added = 0;
  }

  KvStore fork(int forkBatch) {
    if (tailLength > 0) {
      frozen.add(new Piece(tail, tailLength));
      tail = null;
      tailLength = 0;
    }
    KvStore fork = new KvStore(kernels, config, forkBatch, window, layers);
    for (Piece p : frozen) {
      p.block().holders++;
      fork.frozen.add(p);
    }
    fork.roomFor = roomFor;
    fork.start = start;
    return fork;
  }

  /** Drops all positions from that one on, at which the store can continue. */
  void rollBack(int length) {
    tailLength = Math.max(0, length - start - frozenLength());
    while (start + frozenLength() > Math.max(start, length)) {
      Piece last = frozen.remove(frozen.size() - 1);
      int keep = length - start - frozenLength();
      if (keep > 0) {
        frozen.add(new Piece(last.block(), keep));
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
