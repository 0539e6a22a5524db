package headscope.pairs;

import headscope.failure.Section;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps generations: the first ones in memory, those that would be too many in a temporary file,
 * which is mapped, so that a hundred thousand of them need no more memory than a few. What they say
 * is the same.
 *
 * <pre>
 *   GenerationStore store = new GenerationStore();
 *   List&lt;ScoredGeneration&gt; all = stream.map(store::keep).toList();
 * </pre>
 */
public final class GenerationStore {
  /** Bytes of generations that stay in memory, at most. */
  private static final long IN_MEMORY = 256L << 20;

  private static final int SHARE = 8;

  private static final int CHUNK = 32 << 20;

  private final long most;
  private long held;
  private Chunk last;

  /** A piece of the file; in memory until it is full. */
  private static final class Chunk {
    private ByteBuffer bytes;
  }

  /** Numbers of a generation in a chunk: hidden states first. */
  private record InChunk(Chunk chunk, int at, int steps, int hiddenSize, int heads)
      implements ScoredGeneration.Store {
    @Override
    public float[] hidden(int step) {
      float[] row = new float[hiddenSize];
      chunk
          .bytes
          .slice(at + step * hiddenSize * Float.BYTES, hiddenSize * Float.BYTES)
          .asFloatBuffer()
          .get(row);
      return row;
    }

    @Override
    public double[] scores(int step) {
      double[] row = new double[heads];
      int from = at + steps * hiddenSize * Float.BYTES + step * heads * Double.BYTES;
      chunk.bytes.slice(from, heads * Double.BYTES).asDoubleBuffer().get(row);
      return row;
    }
  }

  /** With up to 256 MB of generations in memory, or an eighth of the heap if that is less. */
  public GenerationStore() {
    this(Math.min(IN_MEMORY, Runtime.getRuntime().maxMemory() / SHARE));
  }

  /**
   * A store.
   *
   * @param most bytes of generations that stay in memory
   */
  public GenerationStore(long most) {
    this.most = most;
  }

  /**
   * The generation, in memory or in the file.
   *
   * @throws java.io.UncheckedIOException if the file cannot be written
   */
  public ScoredGeneration keep(ScoredGeneration generation) {
    long size =
        (long) generation.steps()
            * (generation.hiddenSize() * Float.BYTES + generation.heads() * Double.BYTES);
    if (held + size <= most || size > CHUNK) {
      held += size;
      return generation;
    }
    if (last == null || last.bytes.remaining() < size) {
      finish();
      last = new Chunk();
      last.bytes = ByteBuffer.allocate(CHUNK);
    }
    int at = last.bytes.position();
    for (int t = 0; t < generation.steps(); t++) {
      for (float value : generation.hidden(t)) {
        last.bytes.putFloat(value);
      }
    }
    for (int t = 0; t < generation.steps(); t++) {
      for (double value : generation.scores(t)) {
        last.bytes.putDouble(value);
      }
    }
    return generation.in(
        new InChunk(last, at, generation.steps(), generation.hiddenSize(), generation.heads()));
  }

  /** Writes the last chunk and maps it. */
  private void finish() {
    if (last == null) {
      return;
    }
    try {
      Path file = Files.createTempFile("headscope", ".generations");
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        ByteBuffer full = last.bytes.duplicate().flip();
        int size = full.limit();
        while (full.hasRemaining()) {
          channel.write(full);
        }
        last.bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
      } finally {
        drop(file);
      }
    } catch (IOException e) {
      throw Section.FILES.io(
          "cannot keep generations in "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + e.getMessage()
              + "; -Djava.io.tmpdir=DIR in HEADSCOPE_JAVA_OPTS names a folder with room",
          e);
    }
  }

  /** What is mapped stays readable; some systems delete it only when the process ends. */
  private static void drop(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      file.toFile().deleteOnExit();
    }
  }

  @Override
  public String toString() {
    return "GenerationStore["
        + held / 1_000_000
        + " MB in memory"
        + (last == null ? "]" : ", more in a file]");
  }
}
