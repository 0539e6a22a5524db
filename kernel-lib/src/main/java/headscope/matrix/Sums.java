package headscope.matrix;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Sums over many groups, some numbers each: in memory, or where they are too many in a file that is
 * mapped. They are the same to the last bit.
 */
public final class Sums {
  private static final int ZEROS = 1 << 20;

  private final int count;
  private final int width;
  private final int each; // groups of a map
  private final DoubleBuffer[] maps;
  private final double[] row;

  private Sums(int count, int width, int each, DoubleBuffer... maps) {
    this.count = count;
    this.width = width;
    this.each = each;
    this.maps = maps;
    this.row = new double[width];
  }

  /** Zeros, [groups, width]. */
  public static Sums zeros(int groups, int width) {
    return (long) groups * width <= Rows.IN_MEMORY
        ? new Sums(groups, width, Math.max(1, groups), DoubleBuffer.allocate(groups * width))
        : inFile(groups, width);
  }

  static Sums inFile(int groups, int width) {
    try {
      Path file = Files.createTempFile("headscope", ".sums");
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        // written, so that a full disk is found here and not where a map is touched
        for (long left = (long) groups * width * Double.BYTES; left > 0; left -= ZEROS) {
          FileRows.write(channel, ByteBuffer.allocate((int) Math.min(ZEROS, left)));
        }
        DoubleBuffer[] maps = FileRows.map(channel, MapMode.READ_WRITE, groups, width);
        return new Sums(groups, width, FileRows.each(width), maps);
      } finally {
        FileRows.drop(file);
      }
    } catch (IOException e) {
      throw FileRows.failure(e);
    }
  }

  /** How many groups there are. */
  public int count() {
    return count;
  }

  /** Adds to the sums of a group: [width]. */
  public void add(int group, double[] values) {
    DoubleBuffer map = maps[group / each];
    int at = group % each * width;
    map.get(at, row);
    for (int c = 0; c < width; c++) {
      row[c] += values[c];
    }
    map.put(at, row);
  }

  /** Adds the sums of a group to an array: [width]. */
  public void addTo(double[] into, int group) {
    maps[group / each].get(group % each * width, row);
    for (int c = 0; c < width; c++) {
      into[c] += row[c];
    }
  }

  @Override
  public String toString() {
    return "Sums[" + count + " x " + width + "]";
  }
}
