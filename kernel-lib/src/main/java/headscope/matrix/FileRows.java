package headscope.matrix;

import headscope.failure.Section;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Rows that lie in a temporary file, written once and mapped: the system keeps of them in memory
 * what there is room for.
 */
final class FileRows implements Rows {
  private static final int MAPPED = 1 << 30;

  private final int count;
  private final int width;
  private final DoubleBuffer[] maps;

  private FileRows(int count, int width, DoubleBuffer[] maps) {
    this.count = count;
    this.width = width;
    this.maps = maps;
  }

  /** The rows of one map. */
  static int each(int width) {
    return MAPPED / (Double.BYTES * width);
  }

  /** A file of some rows, in as many maps as it takes. */
  static DoubleBuffer[] map(FileChannel channel, MapMode mode, int count, int width)
      throws IOException {
    int each = each(width);
    DoubleBuffer[] maps = new DoubleBuffer[(count + each - 1) / each];
    for (int m = 0; m < maps.length; m++) {
      long from = (long) m * each;
      long size = Math.min(each, count - from) * width * Double.BYTES;
      maps[m] = channel.map(mode, from * width * Double.BYTES, size).asDoubleBuffer();
    }
    return maps;
  }

  /** (rows - means) · right, block by block. */
  static FileRows ofProduct(Rows rows, double[] means, Dense right) {
    int width = right.columns();
    try {
      Path file = Files.createTempFile("headscope", ".rows");
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        rows.forEachBlock(means, (from, block) -> write(channel, block.transposedTimes(right)));
        return new FileRows(
            rows.count(), width, map(channel, MapMode.READ_ONLY, rows.count(), width));
      } finally {
        drop(file);
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private static void write(FileChannel channel, Dense rows) {
    ByteBuffer bytes = ByteBuffer.allocate(rows.rows() * rows.columns() * Double.BYTES);
    for (int r = 0; r < rows.rows(); r++) {
      for (int c = 0; c < rows.columns(); c++) {
        bytes.putDouble(rows.get(r, c));
      }
    }
    try {
      write(channel, bytes.flip());
    } catch (IOException e) {
      throw failure(e);
    }
  }

  static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** What is mapped stays readable; some systems delete it only when the process ends. */
  static void drop(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      file.toFile().deleteOnExit();
    }
  }

  static RuntimeException failure(IOException e) {
    return Section.FILES.io(
        "cannot keep what does not fit into memory in "
            + System.getProperty("java.io.tmpdir")
            + ": "
            + e.getMessage()
            + "; -Djava.io.tmpdir=DIR in HEADSCOPE_JAVA_OPTS names a folder with room",
        e);
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public void read(int row, double[] into, int at) {
    int each = each(width);
    maps[row / each].get(row % each * width, into, at, width);
  }
}
