package headscope.experiment;

import headscope.trace.Trace;
import java.lang.ref.SoftReference;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;
import java.util.function.Supplier;

/**
 * The traces of a run, read from their files when they are looked at and forgotten when memory is
 * short, so that their number is not bounded by it.
 */
final class Traces extends AbstractList<Trace> implements RandomAccess {
  private final List<Supplier<Trace>> each;

  Traces(List<Supplier<Trace>> each) {
    this.each = List.copyOf(each);
  }

  @Override
  public Trace get(int index) {
    return each.get(index).get();
  }

  @Override
  public int size() {
    return each.size();
  }

  /** A trace that lies in a file. */
  static Supplier<Trace> in(Path file) {
    return new OfFile(file);
  }

  /** A trace that lies in a file, and is in memory as yet. */
  static Supplier<Trace> in(Path file, Trace trace) {
    OfFile of = new OfFile(file);
    of.read = new SoftReference<>(trace);
    return of;
  }

  private static final class OfFile implements Supplier<Trace> {
    private final Path file;
    private SoftReference<Trace> read = new SoftReference<>(null);

    OfFile(Path file) {
      this.file = file;
    }

    @Override
    public synchronized Trace get() {
      Trace trace = read.get();
      if (trace == null) {
        trace = Trace.load(file);
        read = new SoftReference<>(trace);
      }
      return trace;
    }
  }
}
