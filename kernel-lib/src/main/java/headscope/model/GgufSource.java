package headscope.model;

import headscope.failure.Section;
import headscope.gguf.BlockType;
import headscope.gguf.Gguf;
import headscope.gguf.GgufTensor;
import headscope.gguf.MalformedGgufException;
import headscope.model.Family.Trait;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The tensors of a GGUF file under transformers' names, their rows in transformers' order. */
final class GgufSource implements TensorSource {
  /**
   * A tensor, and how its rows are stored.
   *
   * @param head rows of one head whose halves are neighbours in the file; 0: rows are in order
   * @param plusOne whether the file has 1 added to every number
   */
  private record Place(GgufTensor tensor, int head, boolean plusOne) {
    /** The row of the file that is some row of transformers' matrix. */
    long stored(long row) {
      long within = row % head;
      long half = head / 2;
      return row - within + 2 * (within % half) + within / half;
    }
  }

  private final Gguf file;
  private final Map<String, Place> places = new LinkedHashMap<>();

  /**
   * Names the tensors.
   *
   * @param headDim rows of a head of query and key
   * @throws CheckpointException if the type of one is not read
   */
  GgufSource(Gguf file, GgufArchitecture architecture, int headDim) {
    this.file = file;
    for (GgufTensor t : file.tensors().values()) {
      if (t.type().decoder().isEmpty()) {
        throw new CheckpointException(
            Section.GGUF,
            String.format(
                "%s has the tensor %s of type %s, which is not read; types that are: %s. Take"
                    + " another quantisation of the model",
                file.files().get(t.part()), t.name(), t.type(), BlockType.readable()));
      }
    }
    file.tensors()
        .forEach(
            (name, t) -> {
              boolean interleaved =
                  architecture.interleaved()
                      && name.matches("blk\\.\\d+\\.attn_[qk]\\.(weight|bias)")
                      && t.shape().get(0) % headDim == 0; // else the shape is refused
              boolean plusOne =
                  architecture.family().has(Trait.ONE_PLUS_WEIGHT) && name.endsWith("norm.weight");
              if (!GgufConfig.isOfRope(name)) {
                places.put(
                    architecture.tensor(name), new Place(t, interleaved ? headDim : 0, plusOne));
              }
            });
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(places.keySet());
  }

  @Override
  public long[] shape(String name) {
    return places.get(name).tensor().shape().stream().mapToLong(d -> d).toArray();
  }

  @Override
  public String type(String name) {
    return places.get(name).tensor().type().name();
  }

  @Override
  public void read(String name, long from, FloatBuffer into) {
    Place place = places.get(name);
    GgufTensor t = place.tensor();
    try {
      if (place.plusOne()) {
        int at = into.position();
        file.read(t, from, into);
        for (int i = at; i < into.limit(); i++) {
          into.put(i, into.get(i) - 1);
        }
      } else if (place.head() == 0) {
        file.read(t, from, into);
      } else if (t.shape().size() == 1) {
        float[] all = new float[(int) t.elements()];
        file.read(t, 0, FloatBuffer.wrap(all));
        while (into.hasRemaining()) {
          into.put(all[(int) place.stored(from++)]);
        }
      } else {
        rows(place, from, into);
      }
    } catch (MalformedGgufException e) {
      throw new CheckpointException(Section.GGUF, e.getMessage(), e);
    }
  }

  private void rows(Place place, long from, FloatBuffer into) {
    int limit = into.limit();
    long columns = place.tensor().elements() / place.tensor().shape().get(0);
    while (into.position() < limit) {
      long column = from % columns;
      int count = (int) Math.min(columns - column, limit - into.position());
      into.limit(into.position() + count);
      file.read(place.tensor(), place.stored(from / columns) * columns + column, into);
      from += count;
    }
    into.limit(limit);
  }

  @Override
  public void close() {
    file.close();
  }
}
