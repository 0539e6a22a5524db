package headscope.model;

import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.Set;

/**
 * The tensors of a model with a LoRA adapter merged into them, in float32 and piece by piece as
 * they are read: the change of a whole matrix is never held.
 */
final class AdaptedSource implements TensorSource {
  private final TensorSource base;
  private final LoraAdapter adapter;
  private final Set<String> names;

  /** Both are closed with this source. */
  AdaptedSource(TensorSource base, LoraAdapter adapter) {
    this.base = base;
    this.adapter = adapter;
    this.names = Collections.unmodifiableSet(adapter.names(base));
  }

  @Override
  public Set<String> names() {
    return names;
  }

  @Override
  public long[] shape(String name) {
    return base.shape(LoraAdapter.stored(base, name));
  }

  @Override
  public String type(String name) {
    return base.type(LoraAdapter.stored(base, name));
  }

  @Override
  public void read(String name, long from, FloatBuffer into) {
    adapter.read(base, name, from, into);
  }

  @Override
  public void close() {
    adapter.close();
    base.close();
  }
}
