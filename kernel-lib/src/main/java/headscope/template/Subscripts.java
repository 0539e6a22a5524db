package headscope.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code value.name}, {@code value[key]} and {@code value[from:to:step]}. As in Jinja, the first
 * prefers what the Python type has under that name, the second what the collection holds.
 */
final class Subscripts {
  private static final Set<String> DICT_METHODS = Set.of("copy", "get", "items", "keys", "values");

  /** What the sandbox bars, because it changes the value. */
  private static final Set<String> DICT_CHANGES =
      Set.of("clear", "pop", "popitem", "setdefault", "update");

  private static final Set<String> LIST_CHANGES =
      Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");

  /** What Python has and is refused. */
  private static final Set<String> UNSUPPORTED =
      Set.of(
          ("as_integer_ratio bit_count bit_length conjugate copy count denominator from_bytes"
                  + " fromhex fromkeys hex imag index is_integer numerator real to_bytes")
              .split(" "));

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
      Object canonical = Comparison.key(run, key);
      return map.containsKey(canonical) ? map.get(canonical) : Missing.MISSING;
    }
    if (owner instanceof Markup) {
      throw Failure.unsupported("a part of text marked safe is not supported");
    }
    boolean indexed = !(owner instanceof View);
    if (!PythonNumbers.isInt(key) || !indexed) {
      return Missing.MISSING;
    }
    long index = PythonNumbers.integer(key, "index");
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
    if (owner instanceof Map && DICT_METHODS.contains(name)
        || owner instanceof String && TextMethods.NAMES.contains(name)) {
      return new Method(owner, name);
    }
    if (owner instanceof Map && DICT_CHANGES.contains(name)
        || owner instanceof List && LIST_CHANGES.contains(name)) {
      return Undefined.barred(owner, name);
    }
    boolean atHand =
        owner instanceof List || owner instanceof Tuple || PythonNumbers.isNumber(owner);
    if (owner == null
        || owner instanceof String
        || owner instanceof Map && !name.equals("fromkeys")
        || atHand && !UNSUPPORTED.contains(name)) {
      return Missing.MISSING;
    }
    throw Failure.unsupported(
        "the attribute '%s' of a %s is not supported".formatted(name, Values.typeName(owner)));
  }

  static Object slice(Run run, Object owner, Object from, Object to, Object step) {
    Values.requireDefined(owner);
    if (!(owner instanceof String) && !(owner instanceof List) && !(owner instanceof Tuple)) {
      String message = "a slice of a %s is not supported".formatted(Values.typeName(owner));
      throw owner instanceof Range || owner instanceof Markup
          ? Failure.unsupported(message)
          : Failure.value(message);
    }
    int length = Math.toIntExact(Values.length(run, owner));
    boolean backwards = Long.valueOf(-1).equals(step) && from == null && to == null;
    if (!backwards && step != null && !Long.valueOf(1).equals(step)) {
      throw Failure.unsupported("a slice with a step other than [::-1] is not supported");
    }
    int start = bound(from, 0, length);
    int stop = Math.max(start, bound(to, length, length));
    if (owner instanceof String text) {
      int first = text.offsetByCodePoints(0, start);
      int last = text.offsetByCodePoints(first, stop - start);
      return backwards ? new StringBuilder(text).reverse().toString() : text.substring(first, last);
    }
    run.spend(stop - start);
    List<Object> slice = new ArrayList<>(Values.items(owner).subList(start, stop));
    if (backwards) {
      Collections.reverse(slice);
    }
    return owner instanceof List ? slice : new Tuple(slice);
  }

  private static int bound(Object given, int absent, int length) {
    if (given == null) {
      return absent;
    }
    long index = PythonNumbers.integer(given, "slice index");
    return (int) Math.max(0, Math.min(index < 0 ? index + length : index, length));
  }
}
