package headscope.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The variable {@code loop}. Looks ahead only when the template asks about what is ahead. */
final class Loop {
  private final Run run;
  private final Object iterable;
  private Iterator<Object> items;
  private long index0 = -1;
  private Long length;
  private Object before = Missing.MISSING;
  private Object current = Missing.MISSING;
  private Object after = Missing.MISSING;

  Loop(Run run, Object iterable) {
    this.run = run;
    this.iterable = iterable;
    this.items = Values.iterate(run, iterable);
  }

  boolean hasNext() {
    return after != Missing.MISSING || items.hasNext();
  }

  Object next() {
    Object item = after == Missing.MISSING ? items.next() : after;
    after = Missing.MISSING;
    index0++;
    before = current;
    current = item;
    return item;
  }

  private Object ahead() {
    if (after == Missing.MISSING && items.hasNext()) {
      after = items.next();
    }
    return after;
  }

  private long length() {
    if (length == null) {
      length = Values.length(run, iterable);
    }
    if (length == null) {
      List<Object> rest = new ArrayList<>();
      items.forEachRemaining(rest::add);
      items = rest.iterator();
      length = rest.size() + index0 + 1 + (after == Missing.MISSING ? 0 : 1);
    }
    return length;
  }

  Object attribute(String name) {
    switch (name) {
      case "index0":
        return index0;
      case "index":
        return index0 + 1;
      case "revindex0":
        return length() - index0 - 1;
      case "revindex":
        return length() - index0;
      case "first":
        return index0 == 0;
      case "last":
        return ahead() == Missing.MISSING;
      case "length":
        return length();
      case "previtem":
        return index0 == 0 ? new Undefined("there is no previous item") : before;
      case "nextitem":
        return ahead() == Missing.MISSING ? new Undefined("there is no next item") : after;
      default:
        throw Failure.unsupported("'loop." + name + "' is not supported");
    }
  }
}
