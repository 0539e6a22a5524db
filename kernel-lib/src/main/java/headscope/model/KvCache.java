package headscope.model;

import ai.djl.ndarray.NDArray;
import headscope.failure.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Keys and values of the positions so far, a layer each: of every position, or, in layers with a
 * window, of those that a next row sees and {@value #ROLL_BACK} before them. A cache that is rolled
 * back further than that is empty: what was there is computed again.
 */
final class KvCache implements KeyValues, AutoCloseable {
  /** Keys and values of a stretch of positions: [B or 1, kvHeads, n, headDim] each. */
  record Stretch(NDArray keys, NDArray values) {
    long length() {
      return keys.getShape().get(2);
    }
  }

  /** Positions that a windowed layer keeps beyond its window, so that rows can be taken back. */
  static final int ROLL_BACK = 256;

  private final int batch;

  /** The layers of one window each. */
  private final List<KvStore> stores;

  /** Which store holds a layer, and as which of its layers. */
  private final int[] storeOf;

  private final int[] placeOf;

  KvCache(Kernels kernels, ModelConfig config, int batch) {
    this.batch = batch;
    this.stores = new ArrayList<>();
    this.storeOf = new int[config.layers()];
    this.placeOf = new int[config.layers()];
    List<OptionalInt> windows =
        config.layerTypes().stream().map(LayerType::window).distinct().toList();
    int[] sizes = new int[windows.size()];
    for (int l = 0; l < config.layers(); l++) {
      storeOf[l] = windows.indexOf(config.layerTypes().get(l).window());
      placeOf[l] = sizes[storeOf[l]]++;
    }
    for (int i = 0; i < sizes.length; i++) {
      stores.add(new KvStore(kernels, config, batch, windows.get(i), sizes[i]));
    }
  }

  private KvCache(KvCache base, int batch) {
    this.batch = batch;
    this.stores = base.stores.stream().map(s -> s.fork(batch)).toList();
    this.storeOf = base.storeOf;
    this.placeOf = base.placeOf;
  }

  /** The most positions that a layer of some window holds between passes of one row. */
  static long positions(OptionalInt window) {
    return window.isPresent() ? window.getAsInt() + ROLL_BACK : Long.MAX_VALUE;
  }

  int batch() {
    return batch;
  }

  /** The stores of the layers, one for each window. */
  List<KvStore> stores() {
    return stores;
  }

  /** Which of {@link #stores} holds a layer. */
  int storeOf(int layer) {
    return storeOf[layer];
  }

  /** As which of its store's layers. */
  int placeOf(int layer) {
    return placeOf[layer];
  }

  /** Has the new positions of caches lie together, so that they can advance in one pass. */
  static void join(List<KvCache> caches) {
    for (int i = 0; i < caches.get(0).stores.size(); i++) {
      int store = i;
      KvStore.join(caches.stream().map(c -> c.stores.get(store)).toList());
    }
  }

  /**
   * Has caches to which nothing was added since they were made lie together, each with room for
   * some more positions, in layers that keep all of them.
   */
  static void layTogether(List<KvCache> caches, int positions) {
    for (int i = 0; i < caches.get(0).stores.size(); i++) {
      int store = i;
      if (caches.get(0).stores.get(i).keepsAll()) {
        KvStore.layTogether(caches.stream().map(c -> c.stores.get(store)).toList(), positions);
      }
    }
  }

  /** Positions computed, those of a running forward pass not counted. */
  int length() {
    return stores.get(0).length();
  }

  /** Positions of a layer that there is memory for. */
  long capacity(int layer) {
    return stores.get(storeOf[layer]).capacity();
  }

  /** Makes the next allocation large enough for a sequence of that length. */
  void expect(int positions) {
    stores.forEach(s -> s.expect(positions));
  }

  /** Announces a forward pass over some more positions. */
  void begin(int positions) {
    stores.forEach(s -> s.begin(positions));
  }

  /**
   * Adds the keys and values of a layer, [B, kvHeads, T, headDim], and gives what the T new rows
   * see of the layer, themselves included, in order: from the first position that the first of them
   * sees.
   */
  List<Stretch> append(int layer, NDArray keys, NDArray values) {
    return stores.get(storeOf[layer]).append(placeOf[layer], keys, values);
  }

  /** Ends the forward pass that {@link #begin} announced: its positions count from now on. */
  void end() {
    stores.forEach(KvStore::end);
  }

  /** Adds positions that nothing is computed of, since no row sees them. */
  void blank(int positions) {
    stores.forEach(s -> s.blank(positions));
  }

  /** A cache of the same positions that shares them and goes its own way from here. */
  KvCache fork(int forkBatch) {
    if (forkBatch != batch && batch != 1) {
      throw Section.MODEL_USE.wrong(
          "a cache of batch " + batch + " forks into that batch, not into " + forkBatch);
    }
    return new KvCache(this, forkBatch);
  }

  /**
   * Drops all positions from that one on; all there are, if a windowed layer no longer holds what a
   * row there sees.
   */
  void rollBack(int length) {
    if (length < 0 || length > length()) {
      throw Section.MODEL_USE.wrong(
          "a cache of "
              + length()
              + " positions rolls back to 0 to "
              + length()
              + ", not to "
              + length);
    }
    int to = stores.stream().allMatch(s -> s.canContinueAt(length)) ? length : 0;
    stores.forEach(s -> s.rollBack(to));
  }

  @Override
  public void close() {
    stores.forEach(KvStore::close);
  }
}
