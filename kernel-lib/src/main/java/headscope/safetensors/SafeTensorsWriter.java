package headscope.safetensors;

import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Collects tensors and writes them as one safetensors file. The same tensors in the same order give
 * the same bytes.
 */
public final class SafeTensorsWriter {
  private record Entry(DType dtype, long[] shape, long bytes, Source source) {}

  /** Makes elements of a tensor when they are written. */
  public interface Source {
    /**
     * Puts elements into a little-endian buffer as the file holds them. They are asked for in the
     * order of the file, each once.
     *
     * @param buffer has room for these elements
     * @param first of the tensor, row by row
     * @param count how many
     */
    void put(ByteBuffer buffer, long first, int count);
  }

  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  /** Adds a free text entry. */
  public SafeTensorsWriter metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /** Adds an F32 tensor, row by row: [elements]. */
  public SafeTensorsWriter floats(String name, float[] values, long... shape) {
    return add(
        name,
        DType.F32,
        values.length,
        shape,
        (buffer, first, count) -> buffer.asFloatBuffer().put(values, (int) first, count));
  }

  /** Adds an F16 tensor, row by row, from the bits of its halves: [elements]. */
  public SafeTensorsWriter halves(String name, short[] bits, long... shape) {
    return add(
        name,
        DType.F16,
        bits.length,
        shape,
        (buffer, first, count) -> buffer.asShortBuffer().put(bits, (int) first, count));
  }

  /** Adds an I32 tensor, row by row: [elements]. */
  public SafeTensorsWriter ints(String name, int[] values, long... shape) {
    return add(
        name,
        DType.I32,
        values.length,
        shape,
        (buffer, first, count) -> buffer.asIntBuffer().put(values, (int) first, count));
  }

  /** Adds an I64 tensor, row by row: [elements]. */
  public SafeTensorsWriter longs(String name, long[] values, long... shape) {
    return add(
        name,
        DType.I64,
        values.length,
        shape,
        (buffer, first, count) -> buffer.asLongBuffer().put(values, (int) first, count));
  }

  /** Adds a tensor of any size whose elements are made while the file is written. */
  public SafeTensorsWriter made(String name, DType dtype, Source source, long... shape) {
    return add(name, dtype, Arrays.stream(shape).reduce(1, Math::multiplyExact), shape, source);
  }

  private SafeTensorsWriter add(
      String name, DType dtype, long length, long[] shape, Source source) {
    long elements = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    if (elements != length) {
      throw Section.DAMAGED_FILES.wrong(
          "tensor "
              + name
              + " has "
              + length
              + " values, its shape "
              + Arrays.toString(shape)
              + " wants "
              + elements);
    }
    if (entries.putIfAbsent(name, new Entry(dtype, shape, elements * dtype.bytes(), source))
        != null) {
      throw Section.DAMAGED_FILES.wrong("tensor " + name + " was added before");
    }
    return this;
  }

  /**
   * Writes the file: whole or not at all, since it is moved into place when it is complete.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public void write(Path file) {
    try {
      WholeFile.write(file, this::writeAll);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + FileFault.of(e), e);
    }
  }

  private void writeAll(Path part) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            part,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      put(channel, header());
      for (Entry e : entries.values()) {
        int size = e.dtype().bytes();
        long elements = e.bytes() / size;
        int step = (1 << 22) / size;
        for (long first = 0; first < elements; first += step) {
          int count = (int) Math.min(step, elements - first);
          ByteBuffer buffer = ByteBuffer.allocate(count * size).order(ByteOrder.LITTLE_ENDIAN);
          e.source().put(buffer, first, count);
          put(channel, buffer.clear()); // all of it: it has just the room
        }
      }
    }
  }

  private static void put(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private ByteBuffer header() {
    Map<String, Object> header = new LinkedHashMap<>();
    if (!metadata.isEmpty()) {
      header.put("__metadata__", metadata);
    }
    long at = 0;
    for (Map.Entry<String, Entry> e : entries.entrySet()) {
      Map<String, Object> tensor = new LinkedHashMap<>();
      tensor.put("dtype", e.getValue().dtype().name());
      tensor.put("shape", e.getValue().shape());
      tensor.put("data_offsets", new long[] {at, at + e.getValue().bytes()});
      header.put(e.getKey(), tensor);
      at += e.getValue().bytes();
    }
    byte[] json = Json.line(header).getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8; // readers may map the data: keep it aligned
    ByteBuffer buffer = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(padded).put(json);
    while (buffer.hasRemaining()) {
      buffer.put((byte) ' ');
    }
    return buffer.flip();
  }
}
