package headscope.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of every position so far, a layer each: [B, kvHeads, positions, headDim].
 *
 * <p>A cache is a list of frozen pieces, which forks share, and a tail of its own that grows. A
 * fork copies nothing; rolling back drops the last positions. A fork of batch 1 may have a larger
 * batch: its rows then share the pieces, which have batch 1.
 */
final class KvCache implements AutoCloseable {
  /** Arrays with room for some positions, and how many caches hold them. */
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

  /** Keys and values of a stretch of positions: [B or 1, kvHeads, n, headDim] each. */
  record Stretch(NDArray keys, NDArray values) {
    long length() {
      return keys.getShape().get(2);
    }
  }

  private final Kernels kernels;
  private final ModelConfig config;
  private final int batch;
  private final List<Piece> frozen = new ArrayList<>();
  private Block tail;
  private int tailLength;
  private int roomFor;

  /** Positions that the running forward pass adds. */
  private int added;

  KvCache(Kernels kernels, ModelConfig config, int batch) {
    this.kernels = kernels;
    this.config = config;
    this.batch = batch;
  }

  int batch() {
    return batch;
  }

  /** Positions held, those of a running forward pass not counted. */
  int length() {
    return frozenLength() + tailLength;
  }

  private int frozenLength() {
    return frozen.stream().mapToInt(Piece::length).sum();
  }

  /** Makes the next allocation large enough for a sequence of that length. */
  void expect(int positions) {
    roomFor = Math.max(roomFor, positions);
  }

  /** Announces a forward pass over some more positions. */
  void begin(int positions) {
    added = positions;
    int needed = tailLength + positions;
    if (tail == null || tail.capacity < needed) {
      // an eighth more than needed, so that growing step by step copies little
      int capacity = Math.max(needed + needed / 8 + 64, roomFor - frozenLength());
      grow(Math.min(capacity, Math.max(needed, config.maxPositions() - frozenLength())));
    }
  }

  /**
   * Moves the tail into larger arrays, layer by layer: the old and the new are never both whole.
   */
  private void grow(int capacity) {
    Block larger = new Block(config.layers(), capacity);
    for (int layer = 0; layer < config.layers(); layer++) {
      larger.keys[layer] = grown(tail == null ? null : tail.keys[layer], capacity);
      larger.values[layer] = grown(tail == null ? null : tail.values[layer], capacity);
    }
    tail = larger;
  }

  private NDArray grown(NDArray old, int capacity) {
    NDArray array =
        kernels.empty(Kernels.FLOAT32, batch, config.keyValueHeads(), capacity, config.headDim());
    NDScope.unregister(array);
    if (old != null) {
      if (tailLength > 0) {
        kernels.store(array, 2, 0, first(old, tailLength));
      }
      old.close(); // the tail is held by this cache alone
    }
    return array;
  }

  private static NDArray first(NDArray array, int positions) {
    return Kernels.narrow(array, 2, 0, positions);
  }

  /**
   * Adds the keys and values of a layer, [B, kvHeads, T, headDim], and gives the layer's whole
   * content, T new positions included, in order.
   */
  List<Stretch> append(int layer, NDArray keys, NDArray values) {
    kernels.store(tail.keys[layer], 2, tailLength, keys);
    kernels.store(tail.values[layer], 2, tailLength, values);
    List<Stretch> all = new ArrayList<>(frozen.size() + 1);
    for (Piece p : frozen) {
      all.add(stretch(p.block(), layer, p.length()));
    }
    all.add(stretch(tail, layer, tailLength + added));
    return all;
  }

  private static Stretch stretch(Block block, int layer, int positions) {
    return new Stretch(first(block.keys[layer], positions), first(block.values[layer], positions));
  }

  /** Ends the forward pass that {@link #begin} announced: its positions count from now on. */
  void end() {
    tailLength += added;
    added = 0;
  }

  /** A cache of the same positions that shares them and goes its own way from here. */
  KvCache fork(int forkBatch) {
    if (forkBatch != batch && batch != 1) {
      throw new IllegalArgumentException(
          "a cache of batch " + batch + " forks into that batch, not into " + forkBatch);
    }
    if (tailLength > 0) {
      frozen.add(new Piece(tail, tailLength));
      tail = null;
      tailLength = 0;
    }
    KvCache fork = new KvCache(kernels, config, forkBatch);
    for (Piece p : frozen) {
      p.block().holders++;
      fork.frozen.add(p);
    }
    fork.roomFor = roomFor;
    return fork;
  }

  /** Drops all positions from that one on. */
  void rollBack(int length) {
    if (length < 0 || length > length()) {
      throw new IllegalArgumentException(
          "a cache of "
              + length()
              + " positions rolls back to 0 to "
              + length()
              + ", not to "
              + length);
    }
    tailLength = Math.max(0, length - frozenLength());
    while (frozenLength() > length) {
      Piece last = frozen.remove(frozen.size() - 1);
      int keep = length - frozenLength();
      if (keep > 0) {
        frozen.add(new Piece(last.block(), keep));
      } else {
        last.block().release();
      }
    }
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
