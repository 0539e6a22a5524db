package headscope.safetensors;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import headscope.file.FileFault;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An open safetensors file: 8 bytes of header length, a JSON header, the data. Opening checks the
 * whole header against the file's size: types, shapes, places, and that no two tensors overlap.
 * Data is read in pieces, never mapped: a file that shrinks while it is read gives an exception
 * where a mapping would end the process.
 *
 * <p>One class of some length: every bound that reading relies on is checked beside it.
 */
public final class SafeTensors implements Closeable {
  /**
   * A header longer than this is damage, not a checkpoint. The largest published ones take 1 MB.
   */
  private static final long LONGEST_HEADER = 100_000_000;

  /** A pointer begins with "version ", read as a length. */
  private static final long LFS_POINTER = 0x206e6f6973726576L;

  private static final int PIECE = 1 << 22;

  /** Where the bytes are: a file, or memory. */
  private interface Source extends Closeable {
    long size() throws IOException;

    /** Reads some bytes from a place on; -1 at the end. */
    int read(ByteBuffer buffer, long at) throws IOException;
  }

  private record InFile(FileChannel channel) implements Source {
    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public int read(ByteBuffer buffer, long at) throws IOException {
      return channel.read(buffer, at);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private record InMemory(byte[] bytes) implements Source {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public int read(ByteBuffer buffer, long at) {
      int n = (int) Math.min(buffer.remaining(), bytes.length - at);
      if (n <= 0) {
        return -1;
      }
      buffer.put(bytes, (int) at, n);
      return n;
    }

    @Override
    public void close() {
      // nothing is open
    }
  }

  private final Path file;
  private final Source source;
  private final Map<String, TensorInfo> tensors;
  private final Map<String, String> metadata;

  private SafeTensors(
      Path file, Source source, Map<String, TensorInfo> tensors, Map<String, String> metadata) {
    this.file = file;
    this.source = source;
    this.tensors = Collections.unmodifiableMap(tensors);
    this.metadata = Collections.unmodifiableMap(metadata);
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws MalformedFileException if the header is not that of a safetensors file of this length
   * @throws UncheckedIOException if the file cannot be read
   */
  public static SafeTensors open(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        throw new NoSuchFileException("there is no such file");
      }
      Source source = new InFile(FileChannel.open(file, StandardOpenOption.READ));
      try {
        return read(file, source);
      } catch (Throwable e) {
        source.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + FileFault.of(e), e);
    }
  }

  /**
   * Opens the content of a file that lies in memory, such as a resource of a jar.
   *
   * @param name what messages call it
   * @param content the whole file
   * @throws MalformedFileException if the header is not that of a safetensors file of this length
   */
  public static SafeTensors of(Path name, byte[] content) {
    try {
      return read(name, new InMemory(content));
    } catch (IOException e) {
      throw new UncheckedIOException(name + ": " + FileFault.of(e), e);
    }
  }

  private static SafeTensors read(Path file, Source source) throws IOException {
    long size = source.size();
    if (size < 8) {
      throw new MalformedFileException(
          file, "has " + size + " bytes; a safetensors file begins with 8 bytes of header length");
    }
    long length = bytes(file, source, 0, 8).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length == LFS_POINTER) {
      throw new MalformedFileException(
          file, "is a pointer of Git LFS in place of the file; fetch it with git lfs pull");
    }
    if (length < 2 || length > Math.min(size - 8, LONGEST_HEADER)) {
      throw new MalformedFileException(
          file,
          String.format(
              "says that its header has %s bytes, but the file has %d bytes in all"
                  + " (is the download complete?)",
              Long.toUnsignedString(length), size));
    }
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    try {
      String json =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(bytes(file, source, 8, (int) length))
              .toString();
      header(file, json, 8 + length, tensors, metadata);
    } catch (MalformedJsonException
        | EOFException
        | CharacterCodingException
        | IllegalStateException
        | NumberFormatException e) {
      throw new MalformedFileException(
          file, "has a header that is no proper JSON (is the download complete?)");
    }
    check(file, tensors, size, 8 + length);
    return new SafeTensors(file, source, tensors, metadata);
  }

  private static void header(
      Path file,
      String json,
      long dataStart,
      Map<String, TensorInfo> tensors,
      Map<String, String> metadata)
      throws IOException {
    JsonReader in = new JsonReader(new StringReader(json));
    in.beginObject();
    boolean metadataSeen = false;
    while (in.hasNext()) {
      String name = in.nextName();
      boolean again = name.equals("__metadata__") ? metadataSeen : tensors.containsKey(name);
      if (again) {
        throw new MalformedFileException(file, "names the tensor \"" + name + "\" twice");
      }
      if (name.equals("__metadata__")) {
        metadataSeen = true;
        in.beginObject();
        while (in.hasNext()) {
          metadata.put(in.nextName(), in.nextString());
        }
        in.endObject();
      } else {
        tensors.put(name, tensor(file, in, name, dataStart));
      }
    }
    in.endObject();
    if (in.peek() != JsonToken.END_DOCUMENT) {
      throw new MalformedFileException(file, "has text behind its header's object");
    }
  }

  private static TensorInfo tensor(Path file, JsonReader in, String name, long dataStart)
      throws IOException {
    DType dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    in.beginObject();
    while (in.hasNext()) {
      switch (in.nextName()) {
        case "dtype" -> dtype = dtype(file, name, in.nextString());
        case "shape" -> shape = longs(in);
        case "data_offsets" -> offsets = longs(in);
        default -> in.skipValue();
      }
    }
    in.endObject();
    if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
      throw new MalformedFileException(
          file, "tensor \"" + name + "\" needs a dtype, a shape and two data_offsets");
    }
    long elements = 1;
    for (long d : shape) {
      if (d < 0 || (d != 0 && elements > Long.MAX_VALUE / 16 / d)) {
        throw new MalformedFileException(
            file, "tensor \"" + name + "\" has the impossible shape " + shape);
      }
      elements *= d;
    }
    long from = offsets.get(0);
    long to = offsets.get(1);
    if (from < 0 || to < from || to - from != elements * dtype.bytes()) {
      throw new MalformedFileException(
          file,
          String.format(
              "tensor \"%s\" of type %s and shape %s takes %d bytes, its data_offsets are %s",
              name, dtype, shape, elements * dtype.bytes(), offsets));
    }
    return new TensorInfo(name, dtype, shape, dataStart + from);
  }

  private static DType dtype(Path file, String name, String text) {
    try {
      return DType.valueOf(text);
    } catch (IllegalArgumentException e) {
      throw new MalformedFileException(
          file,
          String.format(
              "tensor \"%s\" has the unknown type %s; known: %s",
              name, text, Arrays.toString(DType.values())));
    }
  }

  private static List<Long> longs(JsonReader in) throws IOException {
    List<Long> values = new ArrayList<>();
    in.beginArray();
    while (in.hasNext()) {
      values.add(in.nextLong());
    }
    in.endArray();
    return values;
  }

  private static void check(Path file, Map<String, TensorInfo> tensors, long size, long dataStart) {
    long end = dataStart;
    TensorInfo before = null;
    List<TensorInfo> inOrder = new ArrayList<>(tensors.values());
    inOrder.sort(Comparator.comparingLong(TensorInfo::offset).thenComparing(TensorInfo::bytes));
    for (TensorInfo t : inOrder) {
      if (t.offset() > size - t.bytes()) {
        throw new MalformedFileException(
            file,
            String.format(
                "tensor \"%s\" ends at byte %d, the file has %d bytes (is the download complete?)",
                t.name(), t.offset() + t.bytes(), size));
      }
      if (t.offset() < end) {
        throw new MalformedFileException(
            file,
            "tensors \""
                + (before == null ? "" : before.name())
                + "\" and \""
                + t.name()
                + "\" overlap");
      }
      end = t.offset() + t.bytes();
      before = t;
    }
  }

  private static ByteBuffer bytes(Path file, Source source, long at, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    fill(file, source, at, buffer);
    return buffer;
  }

  private static void fill(Path file, Source source, long at, ByteBuffer buffer)
      throws IOException {
    while (buffer.hasRemaining()) {
      int n = source.read(buffer, at);
      if (n < 0) {
        throw new MalformedFileException(file, "ended at byte " + at + " while it was read");
      }
      at += n;
    }
    buffer.flip();
  }

  public Path file() {
    return file;
  }

  /** The tensors by name, in the order of the header. */
  public Map<String, TensorInfo> tensors() {
    return tensors;
  }

  /** The free text entries of the header. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * What the header says of a tensor.
   *
   * @throws MalformedFileException if there is none of that name
   */
  public TensorInfo tensor(String name) {
    TensorInfo t = tensors.get(name);
    if (t == null) {
      throw new MalformedFileException(
          file,
          String.format(
              "has no tensor \"%s\"; it has %d: %s",
              name,
              tensors.size(),
              tensors.keySet().stream().limit(12).collect(Collectors.joining(", "))));
    }
    return t;
  }

  /**
   * Fills a buffer, little-endian, with the raw bytes of a tensor.
   *
   * @param tensor one of {@link #tensors()}
   * @param from the first byte, counted from the tensor's own
   * @param buffer cleared, filled up to its limit, flipped
   */
  public void read(TensorInfo tensor, long from, ByteBuffer buffer) {
    try {
      buffer.order(ByteOrder.LITTLE_ENDIAN);
      fill(file, source, tensor.offset() + from, buffer);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + FileFault.of(e), e);
    }
  }

  /**
   * A floating-point tensor of type F32, F16, BF16 or F64 as float32, row by row: [elements].
   *
   * @throws MalformedFileException if it has another type or more elements than an array can hold
   */
  public float[] floats(String name) {
    TensorInfo t = tensor(name);
    float[] values = new float[length(t)];
    FloatDecoder decoder = FloatDecoder.of(this, t);
    each(t, (buffer, at) -> decoder.decode(buffer, values, at));
    return values;
  }

  /** An I32 tensor, row by row: [elements]. */
  public int[] ints(String name) {
    TensorInfo t = typed(name, DType.I32);
    int[] values = new int[length(t)];
    each(
        t,
        (buffer, at) -> {
          int n = buffer.remaining() / 4;
          buffer.asIntBuffer().get(values, at, n);
        });
    return values;
  }

  /** An I64 tensor, row by row: [elements]. */
  public long[] longs(String name) {
    TensorInfo t = typed(name, DType.I64);
    long[] values = new long[length(t)];
    each(
        t,
        (buffer, at) -> {
          int n = buffer.remaining() / 8;
          buffer.asLongBuffer().get(values, at, n);
        });
    return values;
  }

  private TensorInfo typed(String name, DType dtype) {
    TensorInfo t = tensor(name);
    if (t.dtype() != dtype) {
      throw new MalformedFileException(
          file, "tensor \"" + name + "\" should have type " + dtype + ", it has " + t.dtype());
    }
    return t;
  }

  private int length(TensorInfo t) {
    if (t.elements() > Integer.MAX_VALUE - 8) {
      throw new MalformedFileException(
          file, "tensor \"" + t.name() + "\" of shape " + t.shape() + " is too large for an array");
    }
    return (int) t.elements();
  }

  private interface Piece {
    void take(ByteBuffer bytes, int firstElement);
  }

  private void each(TensorInfo t, Piece piece) {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(PIECE, Math.max(8, t.bytes())));
    for (long from = 0; from < t.bytes(); from += PIECE) {
      buffer.clear().limit((int) Math.min(PIECE, t.bytes() - from));
      read(t, from, buffer);
      piece.take(buffer, (int) (from / t.dtype().bytes()));
    }
  }

  @Override
  public void close() {
    try {
      source.close();
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + FileFault.of(e), e);
    }
  }
}
