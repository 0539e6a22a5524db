package headscope.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the header of one file. No length in it is believed before the file is seen to hold it. */
final class Header {
  /** A header longer than this is damage. The largest published ones take 20 MB. */
  private static final long LONGEST = 100_000_000;

  private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;

  /** The first four letters of the word version. */
  private static final int LFS_POINTER = 0x73726576;

  private static final int MOST_DIMENSIONS = 4;
  private static final int DEEPEST_ARRAY = 4;
  private static final String ALIGNMENT = "general.alignment";

  private final Path file;
  private final int part;
  private final FileChannel channel;
  private final long size;
  private final ByteBuffer window =
      ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN).limit(0);

  /** The file's byte behind the window. */
  private long next;

  final Map<String, Object> metadata = new LinkedHashMap<>();
  final Map<String, GgufTensor> tensors = new LinkedHashMap<>();

  /**
   * Reads and checks all of it.
   *
   * @param part which part of a split the file is
   * @throws MalformedGgufException if it is no header of a GGUF file of this length
   */
  Header(Path file, int part, FileChannel channel) throws IOException {
    this.file = file;
    this.part = part;
    this.channel = channel;
    this.size = channel.size();
    long[] counts = begin();
    for (long i = 0; i < counts[1]; i++) {
      String key = text("key " + i);
      if (metadata.put(key, value(key, kind(key), 0)) != null) {
        throw malformed("has the key " + key + " twice");
      }
    }
    long alignment = alignment();
    for (long i = 0; i < counts[0]; i++) {
      GgufTensor t = tensor(i, alignment);
      if (tensors.put(t.name(), t) != null) {
        throw malformed("names the tensor \"" + t.name() + "\" twice");
      }
    }
    long dataStart = (position() + alignment - 1) / alignment * alignment;
    tensors.replaceAll(
        (name, t) ->
            new GgufTensor(name, t.type(), t.shape(), part, Math.addExact(dataStart, t.offset())));
    checkPlaces(dataStart);
  }

  private MalformedGgufException malformed(String what) {
    return new MalformedGgufException(file, what);
  }

  /** The number of tensors and of entries. */
  private long[] begin() throws IOException {
    if (size < 24) {
      throw malformed("has " + size + " bytes; a GGUF file begins with 24");
    }
    int magic = bytes(4).getInt();
    if (magic == LFS_POINTER) {
      throw malformed("is a pointer of Git LFS in place of the file; fetch it with git lfs pull");
    }
    if (magic != MAGIC) {
      throw malformed("does not begin with GGUF: it is no GGUF file");
    }
    int version = bytes(4).getInt();
    if (version != 0 && (version & 0xffff) == 0) {
      throw malformed(
          "is a big-endian GGUF file; only little-endian ones are read: take the file for x86, or"
              + " convert the original again");
    }
    if (version != 2 && version != 3) {
      throw malformed(
          "has version "
              + Integer.toUnsignedString(version)
              + "; versions 2 and 3 are read: convert the original again with a newer llama.cpp");
    }
    return new long[] {
      count(bytes(8).getLong(), 24 + 8, "tensors"), count(bytes(8).getLong(), 8 + 4 + 1, "keys")
    };
  }

  private long position() {
    return next - window.remaining();
  }

  private long left() {
    return Math.min(size, LONGEST) - position();
  }

  /** A number of things, each of which takes at least some bytes of what is left. */
  private long count(long count, long bytesEach, String what) {
    if (count < 0 || count > left() / bytesEach) {
      throw malformed(
          String.format(
              "says at byte %d that it has %s %s, which cannot be: the file has %d bytes%s",
              position() - 8,
              Long.toUnsignedString(count),
              what,
              size,
              size > LONGEST ? ", of which a header takes at most " + LONGEST : ""));
    }
    return count;
  }

  /** The next bytes, at most what the window holds. */
  private ByteBuffer bytes(int count) throws IOException {
    if (window.remaining() < count) {
      if (count > left()) {
        throw malformed(
            "ends within its header, at byte " + position() + " (is the download complete?)");
      }
      window.compact();
      while (window.position() < count) {
        int n = channel.read(window, next);
        if (n < 0) {
          throw malformed("ended at byte " + next + " while it was read");
        }
        next += n;
      }
      window.flip();
    }
    return window;
  }

  private byte[] array(int length) throws IOException {
    byte[] all = new byte[length];
    for (int at = 0; at < length; ) {
      int n = Math.min(length - at, window.capacity());
      bytes(n).get(all, at, n);
      at += n;
    }
    return all;
  }

  private String text(String what) throws IOException {
    int length = (int) count(bytes(8).getLong(), 1, "bytes of text in " + what);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(array(length))).toString();
    } catch (CharacterCodingException e) {
      throw malformed("has a text that is no UTF-8 in " + what);
    }
  }

  private Metadata.Kind kind(String key) throws IOException {
    int number = bytes(4).getInt();
    Metadata.Kind[] kinds = Metadata.Kind.values();
    if (number < 0 || number >= kinds.length) {
      throw malformed(
          String.format(
              "has a value of the unknown type %s for the key %s; known are 0 to %d",
              Integer.toUnsignedString(number), key, kinds.length - 1));
    }
    return kinds[number];
  }

  private Object value(String key, Metadata.Kind kind, int depth) throws IOException {
    return switch (kind) {
      case STRING -> text(key);
      case ARRAY -> array(key, depth);
      default -> kind.read(bytes(kind.bytes));
    };
  }

  private Object array(String key, int depth) throws IOException {
    if (depth == DEEPEST_ARRAY) {
      throw malformed("has arrays within arrays more than " + DEEPEST_ARRAY + " deep in " + key);
    }
    Metadata.Kind kind = kind(key);
    long least =
        switch (kind) {
          case STRING -> 8;
          case ARRAY -> 12;
          default -> kind.bytes;
        };
    int length = (int) count(bytes(8).getLong(), least, "elements in " + key);
    if (kind.bytes > 0) {
      ByteBuffer raw = ByteBuffer.wrap(array(length * kind.bytes));
      return new Metadata.Numbers(kind, raw.order(ByteOrder.LITTLE_ENDIAN));
    }
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      values.add(value(key, kind, depth + 1));
    }
    return values;
  }

  private long alignment() {
    if (!metadata.containsKey(ALIGNMENT)) {
      return 32;
    }
    long alignment = new Metadata(file, metadata).integer(ALIGNMENT);
    if (alignment < 1 || alignment > 1 << 20 || Long.bitCount(alignment) != 1) {
      throw malformed("has " + ALIGNMENT + " = " + alignment + "; wanted: a power of two");
    }
    return alignment;
  }

  /** A tensor with its offset as the file gives it, counted from the start of the data. */
  private GgufTensor tensor(long index, long alignment) throws IOException {
    String name = text("the name of tensor " + index);
    long dimensions = bytes(4).getInt() & 0xffffffffL;
    if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
      throw malformed(
          String.format(
              "tensor \"%s\" has %d dimensions; from 1 to %d are allowed",
              name, dimensions, MOST_DIMENSIONS));
    }
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < dimensions; i++) {
      shape.add(bytes(8).getLong());
    }
    Collections.reverse(shape);
    int number = bytes(4).getInt();
    BlockType type =
        BlockType.of(number)
            .orElseThrow(
                () ->
                    malformed(
                        String.format(
                            "tensor \"%s\" has the unknown type %s; types that are read: %s",
                            name, Integer.toUnsignedString(number), BlockType.readable())));
    long offset = bytes(8).getLong();
    long elements = 1;
    for (long d : shape) {
      if (d < 1 || elements > Long.MAX_VALUE / 16 / d) {
        throw malformed("tensor \"" + name + "\" has the impossible shape " + shape);
      }
      elements *= d;
    }
    long row = shape.get(shape.size() - 1);
    if (row % type.elements() != 0) {
      throw malformed(
          String.format(
              "tensor \"%s\" has rows of %d elements, which are no whole blocks of %d as %s has"
                  + " them",
              name, row, type.elements(), type));
    }
    if (offset < 0 || offset % alignment != 0 || offset > size) {
      throw malformed(
          String.format(
              "tensor \"%s\" lies at offset %s; wanted: a multiple of %d within the file's %d bytes"
                  + " (is the download complete?)",
              name, Long.toUnsignedString(offset), alignment, size));
    }
    return new GgufTensor(name, type, shape, part, offset);
  }

  private void checkPlaces(long dataStart) {
    long end = dataStart;
    String before = "";
    List<GgufTensor> inOrder = new ArrayList<>(tensors.values());
    inOrder.sort(Comparator.comparingLong(GgufTensor::offset).thenComparing(GgufTensor::bytes));
    for (GgufTensor t : inOrder) {
      if (t.offset() > size - t.bytes()) {
        throw malformed(
            String.format(
                "tensor \"%s\" has %d bytes from byte %d on, the file has %d (is the download"
                    + " complete?)",
                t.name(), t.bytes(), t.offset(), size));
      }
      if (t.offset() < end) {
        throw malformed("tensors \"" + before + "\" and \"" + t.name() + "\" overlap");
      }
      end = t.offset() + t.bytes();
      before = t.name();
    }
  }
}
