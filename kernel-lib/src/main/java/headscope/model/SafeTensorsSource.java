package headscope.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import headscope.failure.Section;
import headscope.safetensors.FloatDecoder;
import headscope.safetensors.SafeTensors;
import headscope.safetensors.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The tensors of {@code model.safetensors}, or of the shards that an index names, under the names
 * of a whole language model: what was saved without the leading {@code model.}, or with it twice,
 * is the same tensor.
 */
final class SafeTensorsSource implements TensorSource {
  /** The file that goes before an index. */
  static final String SINGLE = "model.safetensors";

  /** The file that says which shard holds which tensor. */
  static final String INDEX = "model.safetensors.index.json";

  private static final int PIECE = 1 << 16; // bytes

  private record Place(SafeTensors file, TensorInfo tensor) {}

  private final List<SafeTensors> shards = new ArrayList<>();
  private final Map<String, Place> places = new LinkedHashMap<>();

  /**
   * Opens the files and checks their headers.
   *
   * @param files of the checkpoint
   * @param open opens one of them
   */
  SafeTensorsSource(CheckpointFiles files, Function<String, SafeTensors> open) {
    try {
      if (!files.has(SINGLE) && files.has(INDEX)) {
        Map<String, String> index = index(files);
        for (String shard : new LinkedHashSet<>(index.values())) {
          shard(files, plain(files, shard), open).tensors().values().stream()
              .filter(t -> index.getOrDefault(t.name(), shard).equals(shard))
              .forEach(t -> add(files, t));
        }
        index.forEach(
            (name, shard) -> {
              if (!places.containsKey(wholeName(name)) && !isDerived(name)) {
                throw new CheckpointException(
                    Section.CHECKPOINT_WEIGHTS,
                    files.path(shard)
                        + " lacks the tensor "
                        + name
                        + ", which the index places there: download the folder again from one"
                        + " revision");
              }
            });
      } else {
        shard(files, SINGLE, open).tensors().values().forEach(t -> add(files, t));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Which shard holds which tensor. */
  private static Map<String, String> index(CheckpointFiles files) {
    try {
      JsonObject map =
          JsonParser.parseString(files.text(INDEX)).getAsJsonObject().getAsJsonObject("weight_map");
      Map<String, String> shards = new LinkedHashMap<>();
      map.entrySet().forEach(e -> shards.put(e.getKey(), e.getValue().getAsString()));
      return shards;
    } catch (JsonParseException
        | IllegalStateException
        | ClassCastException
        | NullPointerException
        | UnsupportedOperationException
        | NumberFormatException e) {
      throw new CheckpointException(
          Section.CHECKPOINT_WEIGHTS,
          files.path(INDEX)
              + " is no index of shards: an object weight_map of tensor names to"
              + " file names is missing or damaged; download it again",
          e);
    }
  }

  /** The names of the shards that the index names. */
  static Collection<String> shards(CheckpointFiles files) {
    Collection<String> names = index(files).values();
    names.forEach(name -> plain(files, name));
    return names;
  }

  private static String plain(CheckpointFiles files, String shard) {
    Path plain = Path.of(shard).getFileName();
    if (plain == null || !plain.toString().equals(shard) || shard.equals("..")) {
      throw new CheckpointException(
          Section.CHECKPOINT_WEIGHTS,
          "the index names the shard \""
              + shard
              + "\"; a shard is a plain file name of the same"
              + " folder, "
              + files.path("."));
    }
    return shard;
  }

  private void add(CheckpointFiles files, TensorInfo tensor) {
    Place place = new Place(shards.get(shards.size() - 1), tensor);
    Place other = places.putIfAbsent(wholeName(tensor.name()), place);
    if (other != null) {
      throw new CheckpointException(
          Section.CHECKPOINT_WEIGHTS,
          String.format(
              "%s and %s are one tensor twice, in %s and %s: which one counts cannot be told; take"
                  + " a folder that was saved once",
              other.tensor().name(), tensor.name(), other.file().file(), place.file().file()));
    }
  }

  private static String wholeName(String name) {
    if (name.matches("(embed_tokens|layers|norm)\\..*")) {
      return "model." + name;
    }
    return name.matches("model\\.(model|lm_head)\\..*") ? name.substring("model.".length()) : name;
  }

  /** Whether a tensor is computed from config.json: older files hold it all the same. */
  static boolean isDerived(String name) {
    return name.matches("(.*\\.)?(rotary_emb\\.\\w+|masked_bias|position_ids|causal_mask)");
  }

  private SafeTensors shard(
      CheckpointFiles files, String name, Function<String, SafeTensors> open) {
    files.need(name);
    SafeTensors file = open.apply(name);
    shards.add(file);
    return file;
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
    return places.get(name).tensor().dtype().name();
  }

  @Override
  public void read(String name, long from, FloatBuffer into) {
    Place place = places.get(name);
    read(place.file(), place.tensor(), from, into);
  }

  /** Reads elements of a tensor of a file, see {@link TensorSource#read}. */
  static void read(SafeTensors file, TensorInfo t, long from, FloatBuffer into) {
    FloatDecoder decoder = FloatDecoder.of(file, t);
    int size = t.dtype().bytes();
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(PIECE, (long) into.remaining() * size));
    for (long at = from; into.hasRemaining(); at += bytes.limit() / size) {
      bytes.clear().limit((int) Math.min(PIECE, (long) into.remaining() * size));
      file.read(t, at * size, bytes);
      decoder.decode(bytes, into);
      bytes.position(0);
    }
  }

  @Override
  public void close() {
    shards.forEach(SafeTensors::close);
  }
}
