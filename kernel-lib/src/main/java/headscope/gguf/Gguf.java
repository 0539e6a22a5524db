package headscope.gguf;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An open GGUF model: one file, or all files of a split. Opening checks every header against its
 * file: counts, lengths, types, shapes, places, and that no two tensors overlap. The data is read
 * piece by piece.
 *
 * <pre>
 * try (Gguf file = Gguf.open(Path.of("model.gguf"))) {
 *   file.metadata().text("general.architecture");   // llama
 *   file.tensor("token_embd.weight").shape();       // [49152, 576]
 * }
 * </pre>
 */
public final class Gguf implements Closeable {
  private static final Pattern SPLIT = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");
  private static final String SPLIT_NUMBER = "split.no";
  private static final String SPLIT_COUNT = "split.count";
  private static final String SPLIT_TENSORS = "split.tensors.count";

  /** What is decoded at once, in elements: a multiple of every block. */
  private static final int PIECE = 1 << 13;

  /** One file. Its data is read and not mapped: mapped pages would count as memory of ours. */
  private static final class Part {
    final Path file;
    final FileChannel channel;

    Part(Path file) throws IOException {
      this.file = file;
      if (!Files.isRegularFile(file)) {
        throw new NoSuchFileException(file + ": there is no such file");
      }
      channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    void read(long at, byte[] into, int count) {
      ByteBuffer buffer = ByteBuffer.wrap(into, 0, count);
      try {
        while (buffer.hasRemaining()) {
          if (channel.read(buffer, at + buffer.position()) < 0) {
            throw new MalformedGgufException(file, "was cut off while it was read");
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(file + ": " + e.getMessage(), e);
      }
    }
  }

  private final List<Part> parts;
  private final Metadata metadata;
  private final Map<String, GgufTensor> tensors;

  private Gguf(List<Part> parts, Metadata metadata, Map<String, GgufTensor> tensors) {
    this.parts = List.copyOf(parts);
    this.metadata = metadata;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /**
   * Opens a file, and the other parts of it where it is split.
   *
   * @param file a GGUF file; of a split, any part
   * @throws MalformedGgufException if a header is damaged or a part is missing
   * @throws UncheckedIOException if a file cannot be read
   */
  public static Gguf open(Path file) {
    List<Part> parts = new ArrayList<>();
    try {
      Map<String, Object> metadata = new LinkedHashMap<>();
      Map<String, GgufTensor> tensors = new LinkedHashMap<>();
      List<Path> files = files(file);
      for (Path f : files) {
        Part part = new Part(f);
        parts.add(part);
        Header header = new Header(f, parts.size() - 1, part.channel);
        checkSplit(new Metadata(f, header.metadata), f, parts.size() - 1, files.size());
        if (parts.size() == 1) {
          metadata.putAll(header.metadata);
        }
        header.tensors.forEach(
            (name, t) -> {
              if (tensors.put(name, t) != null) {
                throw new MalformedGgufException(
                    f, "has the tensor \"" + name + "\", which another part has, too");
              }
            });
      }
      Metadata all = new Metadata(files.get(0), metadata);
      if (files.size() > 1
          && all.has(SPLIT_TENSORS)
          && all.integer(SPLIT_TENSORS) != tensors.size()) {
        throw new MalformedGgufException(
            files.get(0),
            String.format(
                "has %s = %d, but its %d parts have %d",
                SPLIT_TENSORS, all.integer(SPLIT_TENSORS), files.size(), tensors.size()));
      }
      return new Gguf(parts, all, tensors);
    } catch (IOException e) {
      close(parts);
      throw new UncheckedIOException("cannot read " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      close(parts);
      throw e;
    }
  }

  /** The parts of the split that a file is one of, the first one first; else the file. */
  private static List<Path> files(Path file) {
    Path name = file.getFileName();
    Matcher m = SPLIT.matcher(name == null ? "" : name.toString());
    if (!m.matches()) {
      return List.of(file);
    }
    int count = Integer.parseInt(m.group(3));
    int number = Integer.parseInt(m.group(2));
    if (number < 1 || number > count) {
      throw new MalformedGgufException(
          file, "is part " + number + " of " + count + " by its name; parts are 1 to " + count);
    }
    List<Path> files =
        IntStream.rangeClosed(1, count)
            .mapToObj(i -> String.format("%s-%05d-of-%05d.gguf", m.group(1), i, count))
            .map(file::resolveSibling)
            .toList();
    for (Path f : files) {
      if (Files.exists(file) && !Files.isRegularFile(f)) {
        throw new MalformedGgufException(
            file,
            String.format(
                "is one of %d parts, of which %s is missing from the folder",
                count, f.getFileName()));
      }
    }
    return files;
  }

  private static void checkSplit(Metadata metadata, Path file, int index, int count) {
    long parts = metadata.has(SPLIT_COUNT) ? metadata.integer(SPLIT_COUNT) : 1;
    long number = metadata.has(SPLIT_NUMBER) ? metadata.integer(SPLIT_NUMBER) : index;
    if (Math.max(1, parts) != count || parts > 1 && number != index) {
      throw new MalformedGgufException(
          file,
          String.format(
              "says that it is part %d of %d (%s, %s), its name says part %d of %d; the parts of a"
                  + " split are named NAME-00001-of-00003.gguf and so on",
              number + 1, parts, SPLIT_NUMBER, SPLIT_COUNT, index + 1, count));
    }
  }

  /** The files that were opened: one, or all parts of a split in their order. */
  public List<Path> files() {
    return parts.stream().map(p -> p.file).toList();
  }

  /** The metadata; of a split, that of its first part. */
  public Metadata metadata() {
    return metadata;
  }

  /** The tensors by name, in the order of the files. */
  public Map<String, GgufTensor> tensors() {
    return tensors;
  }

  /**
   * What the header says of a tensor.
   *
   * @throws MalformedGgufException if there is none of that name
   */
  public GgufTensor tensor(String name) {
    GgufTensor t = tensors.get(name);
    if (t == null) {
      throw new MalformedGgufException(
          parts.get(0).file,
          String.format(
              "has no tensor \"%s\"; it has %d: %s",
              name,
              tensors.size(),
              tensors.keySet().stream().limit(12).collect(Collectors.joining(", "))));
    }
    return t;
  }

  /**
   * Decodes a range of a tensor to float32, row by row. Several threads may read at once.
   *
   * @param tensor one of {@link #tensors()}
   * @param from the first element
   * @param into filled from its position to its limit
   * @throws MalformedGgufException if the type is not read; the message lists those that are
   * @throws IndexOutOfBoundsException if the range is outside the tensor
   */
  public void read(GgufTensor tensor, long from, FloatBuffer into) {
    BlockType type = tensor.type();
    Part part = parts.get(tensor.part());
    BlockDecoder decoder =
        type.decoder()
            .orElseThrow(
                () ->
                    new MalformedGgufException(
                        part.file,
                        String.format(
                            "tensor \"%s\" has type %s, which is not read; types that are: %s",
                            tensor.name(), type, BlockType.readable())));
    if (from < 0 || into.remaining() > tensor.elements() - from) {
      throw new IndexOutOfBoundsException(
          String.format(
              "elements [%d, %d) of tensor %s, which has %d",
              from, from + into.remaining(), tensor.name(), tensor.elements()));
    }
    decode(part, decoder, tensor, from, into);
  }

  private static void decode(
      Part part, BlockDecoder decoder, GgufTensor tensor, long from, FloatBuffer into) {
    BlockType type = tensor.type();
    // some types are read row by row: no more room than a few elements need
    int most = (Math.min(PIECE, into.remaining()) + 2 * type.elements() - 2) / type.elements();
    byte[] raw = new byte[most * type.bytes()]; // blocks at once
    float[] values = new float[most * type.elements()];
    while (into.hasRemaining()) {
      int skip = (int) (from % type.elements());
      long at = tensor.offset() + from / type.elements() * type.bytes();
      int wanted = (int) Math.min(PIECE, (long) skip + into.remaining());
      int blocks = Math.min(most, (wanted + type.elements() - 1) / type.elements());
      part.read(at, raw, blocks * type.bytes());
      decoder.decode(raw, 0, values, 0, blocks);
      int count = Math.min(into.remaining(), blocks * type.elements() - skip);
      into.put(values, skip, count);
      from += count;
    }
  }

  @Override
  public void close() {
    close(parts);
  }

  private static void close(List<Part> parts) {
    try {
      for (Part p : parts) {
        p.channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + parts.get(0).file, e);
    }
  }
}
