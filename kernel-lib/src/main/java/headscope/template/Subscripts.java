package headscope.template;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code value.name}, {@code value[key]} and {@code value[from:to:step]}. As in Jinja, the first
 * prefers what the Python type has under that name, the second what the collection holds.
 */
final class Subscripts {
  private static final Set<String> DICT_METHODS =
      Set.of("copy", "fromkeys", "get", "items", "keys", "values");
  private static final Set<String> DICT_CHANGES =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> LIST_METHODS = Set.of("copy", "count", "index");
  private static final Set<String> LIST_CHANGES =
      Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");
  private static final Set<String> TUPLE_METHODS = Set.of("count", "index");
  private static final Set<String> NUMBER_ATTRIBUTES =
      Set.of(
          "as_integer_ratio",
          "bit_count",
          "bit_length",
          "conjugate",
          "denominator",
          "from_bytes",
          "fromhex",
          "hex",
          "imag",
          "is_integer",
          "numerator",
          "real",
          "to_bytes");

  private Subscripts() {}

  static Object attribute(Run run, Object owner, String name) {
    Values.requireDefined(owner);
    Object value = ofType(owner, name);
    if (value != Missing.MISSING) {
      return value;
    }
    if (owner instanceof Map<?, ?> map && map.containsKey(name)) {
      if (name.startsWith("__")) {
        throw Failure.unsupported("the attribute '" + name + "' is not supported");
      }
      return map.get(name);
    }
    return Undefined.attribute(owner, name);
  }

  static Object item(Run run, Object owner, Object key) {
    Values.requireDefined(owner);
    Object value = held(run, owner, key);
    if (value == Missing.MISSING && key instanceof String name) {
      value = ofType(owner, name);
      return value == Missing.MISSING ? Undefined.attribute(owner, name) : value;
    }
    return value == Missing.MISSING ? Undefined.element(owner, key) : value;
  }

  /** What a collection holds under a key or at an index. */
  private static Object held(Run run, Object owner, Object key) {
    if (owner instanceof Map<?, ?> map) {
      if (key instanceof List || key instanceof Map) {
        return Missing.MISSING;
      }
      Object canonical = Values.key(run, key);
      return map.containsKey(canonical) ? map.get(canonical) : Missing.MISSING;
    }
    if (owner instanceof Markup) {
      throw Failure.unsupported("a part of text marked safe is not supported");
    }
    boolean indexed = !(owner instanceof View);
    if (!Numbers.isInt(key) || !indexed) {
      return Missing.MISSING;
    }
    long index = Numbers.clamped(key, "index");
    if (owner instanceof String text) {
      return character(run, text, index);
    }
    List<Object> items = Values.items(owner);
    if (items == null) {
      return Missing.MISSING;
    }
    long at = index < 0 ? index + items.size() : index;
    return at >= 0 && at < items.size() ? items.get((int) at) : Missing.MISSING;
  }

  private static Object character(Run run, String text, long index) {
    run.spendText(text.length());
    int length = Text.length(text);
    long at = index < 0 ? index + length : index;
    if (at < 0 || at >= length) {
      return Missing.MISSING;
    }
    return Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) at)));
  }

  /** What the Python type of a value has under a name. */
  private static Object ofType(Object owner, String name) {
    if (owner instanceof Namespace namespace) {
      return namespace.attributes.containsKey(name) && !name.startsWith("_")
          ? namespace.attributes.get(name)
          : Missing.MISSING;
    }
    if (owner instanceof Loop loop) {
      return loop.attribute(name);
    }
    if (owner instanceof Map) {
      return method(owner, name, DICT_METHODS, DICT_CHANGES);
    }
    if (owner instanceof List) {
      return method(owner, name, LIST_METHODS, LIST_CHANGES);
    }
    if (owner instanceof Tuple) {
      return method(owner, name, TUPLE_METHODS, Set.of());
    }
    if (owner instanceof String) {
      return method(owner, name, TextMethods.NAMES, Set.of());
    }
    if (owner == null || Numbers.isNumber(owner) && !NUMBER_ATTRIBUTES.contains(name)) {
      return Missing.MISSING;
    }
    throw Failure.unsupported(
        "the attribute '%s' of a %s is not supported".formatted(name, Values.typeName(owner)));
  }

  private static Object method(
      Object owner, String name, Set<String> methods, Set<String> changes) {
    if (changes.contains(name)) {
      return Undefined.barred(owner, name);
    }
    return methods.contains(name) ? new Method(owner, name) : Missing.MISSING;
  }

  static Object slice(Run run, Object owner, Object from, Object to, Object step) {
    Values.requireDefined(owner);
    long by = step == null ? 1 : Numbers.clamped(step, "slice step");
    if (by == 0) {
      throw Failure.value("slice step cannot be zero");
    }
    if (owner instanceof String text) {
      return slice(run, text, from, to, by);
    }
    if (!(owner instanceof List) && !(owner instanceof Tuple)) {
      String message = "a slice of a %s is not supported".formatted(Values.typeName(owner));
      throw owner instanceof Range || owner instanceof Markup
          ? Failure.unsupported(message)
          : Failure.value(message);
    }
    List<Object> items = Values.items(owner);
    List<Object> slice = new ArrayList<>();
    for (int i : new Indices(from, to, by, items.size())) {
      run.spend(1);
      slice.add(items.get(i));
    }
    return owner instanceof List ? slice : new Tuple(slice);
  }

  private static String slice(Run run, String text, Object from, Object to, long by) {
    run.spendText(text.length());
    Indices indices = new Indices(from, to, by, Text.length(text));
    if (by == 1) {
      int start = text.offsetByCodePoints(0, (int) Math.min(indices.start, indices.stop));
      int count = (int) Math.max(0, indices.stop - indices.start);
      return text.substring(start, text.offsetByCodePoints(start, count));
    }
    int[] characters = text.codePoints().toArray();
    StringBuilder slice = new StringBuilder();
    for (int i : indices) {
      slice.appendCodePoint(characters[i]);
    }
    return slice.toString();
  }

  /** The positions that a slice takes. */
  private static final class Indices implements Iterable<Integer> {
    final long start;
    final long stop;
    final long step;

    Indices(Object from, Object to, long step, int length) {
      this.step = step;
      this.start = bound(from, step > 0 ? 0 : length - 1, length);
      this.stop = bound(to, step > 0 ? length : -1, length);
    }

    private long bound(Object given, long absent, int length) {
      if (given == null) {
        return absent;
      }
      long index = Numbers.clamped(given, "slice index");
      if (index < 0) {
        return Math.max(index + length, step > 0 ? 0 : -1);
      }
      return Math.min(index, step > 0 ? length : length - 1);
    }

    @Override
    public Iterator<Integer> iterator() {
      return new Iterator<>() {
        private long next = start;

        @Override
        public boolean hasNext() {
          return step > 0 ? next < stop : next > stop;
        }

        @Override
        public Integer next() {
          int index = (int) next;
          // Never beyond a long: an index is small, and a large step ends at once.
          next =
              step > 0
                  ? next + Math.min(step, Integer.MAX_VALUE)
                  : next + Math.max(step, Integer.MIN_VALUE);
          return index;
        }
      };
    }
  }
}
