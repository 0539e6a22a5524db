package headscope.template;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A Python generator: computed as it is read, and readable once. Chat templates can tell: a
 * generator is true even if nothing will come out of it, and a second loop over it finds nothing.
 */
final class Stream implements Iterator<Object> {
  private final Run run;
  private final Supplier<Iterator<Object>> open;
  private final UnaryOperator<Object> step;
  private Iterator<Object> source;
  private Object next = Missing.MISSING;

  /**
   * @param open called when the first item is wanted
   * @param step makes an item of one of the source, or {@link Missing} to leave it out
   */
  Stream(Run run, Supplier<Iterator<Object>> open, UnaryOperator<Object> step) {
    this.run = run;
    this.open = open;
    this.step = step;
  }

  @Override
  public boolean hasNext() {
    run.enter();
    if (source == null) {
      source = open.get();
    }
    while (next == Missing.MISSING && source.hasNext()) {
      next = step.apply(source.next());
    }
    run.leave();
    return next != Missing.MISSING;
  }

  @Override
  public Object next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Object item = next;
    next = Missing.MISSING;
    return item;
  }
}
