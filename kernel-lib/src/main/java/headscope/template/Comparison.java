package headscope.template;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Equality, order and membership, as Python has them. */
final class Comparison {
  private Comparison() {}

  /** {@code left operator right} for one of {@code == != in not in < <= > >=}. */
  static boolean holds(Run run, String operator, Object left, Object right) {
    switch (operator) {
      case "==":
        return equal(run, left, right);
      case "!=":
        return !equal(run, left, right);
      case "in":
        return contains(run, right, left);
      case "not in":
        return !contains(run, right, left);
      default:
        return ordered(run, operator, left, right);
    }
  }

  static boolean equal(Run run, Object left, Object right) {
    if (left == right) {
      return !(left instanceof Double real && real.isNaN());
    }
    if (left == null || right == null) {
      return false;
    }
    if (PythonNumbers.isNumber(left) && PythonNumbers.isNumber(right)) {
      Integer sign = PythonNumbers.compare(left, right);
      return sign != null && sign == 0;
    }
    if (Values.isText(left) && Values.isText(right)) {
      String a = Values.characters(left);
      run.spendText(a.length());
      return a.equals(Values.characters(right));
    }
    run.enter();
    boolean equal = equalCollections(run, left, right);
    run.leave();
    return equal;
  }

  private static boolean equalCollections(Run run, Object left, Object right) {
    if (left instanceof Map && right instanceof Map) {
      return equalMaps(run, Values.map(left), Values.map(right));
    }
    if (left instanceof Undefined && right instanceof Undefined) {
      return true;
    }
    if (left instanceof View && right instanceof View
        || left instanceof Method && right instanceof Method) {
      throw Failure.unsupported("comparing two " + Values.typeName(left) + " is not supported");
    }
    boolean lists = left instanceof List && right instanceof List;
    if (!lists && (left.getClass() != right.getClass() || Values.items(left) == null)) {
      return false;
    }
    List<Object> a = Values.items(left);
    List<Object> b = Values.items(right);
    boolean equal = a.size() == b.size();
    for (int i = 0; equal && i < a.size(); i++) {
      run.spend(1);
      equal = same(run, a.get(i), b.get(i));
    }
    return equal;
  }

  private static boolean equalMaps(Run run, Map<Object, Object> left, Map<Object, Object> right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (Map.Entry<Object, Object> entry : left.entrySet()) {
      run.spend(1);
      if (!right.containsKey(entry.getKey())
          || !same(run, entry.getValue(), right.get(entry.getKey()))) {
        return false;
      }
    }
    return true;
  }

  /** Equality of items: an object is always the same as itself. */
  private static boolean same(Run run, Object left, Object right) {
    return left == right || equal(run, left, right);
  }

  /** One of {@code < <= > >=}. */
  static boolean ordered(Run run, String operator, Object left, Object right) {
    Values.requireDefined(left, right);
    boolean orEqual = operator.length() == 2;
    boolean less = operator.charAt(0) == '<';
    if (PythonNumbers.isNumber(left) && PythonNumbers.isNumber(right)) {
      Integer sign = PythonNumbers.compare(left, right);
      return sign != null && (sign == 0 ? orEqual : sign < 0 == less);
    }
    if (Values.isText(left) && Values.isText(right)) {
      String a = Values.characters(left);
      run.spendText(a.length());
      int sign = compare(a, Values.characters(right));
      return sign == 0 ? orEqual : sign < 0 == less;
    }
    String message =
        "'%s' not supported between instances of '%s' and '%s'"
            .formatted(operator, Values.typeName(left), Values.typeName(right));
    boolean lists = left instanceof List && right instanceof List;
    throw lists || left instanceof Tuple && right instanceof Tuple
        ? Failure.unsupported(message)
        : Failure.value(message);
  }

  /** By code point; {@link String#compareTo} goes by UTF-16 unit, which differs above U+D7FF. */
  private static int compare(String left, String right) {
    int i = 0;
    while (i < left.length() && i < right.length() && left.charAt(i) == right.charAt(i)) {
      i++;
    }
    if (i == left.length() || i == right.length()) {
      return Integer.compare(left.length(), right.length());
    }
    boolean within = Character.isLowSurrogate(left.charAt(i)) && i > 0;
    int at = within ? i - 1 : i;
    return Integer.compare(left.codePointAt(at), right.codePointAt(at));
  }

  /** A stable sort, also where it is reversed. */
  static List<Object> sorted(
      Run run, List<Object> items, UnaryOperator<Object> key, boolean reverse) {
    List<Tuple> keyed = new ArrayList<>();
    items.forEach(item -> keyed.add(Tuple.of(key.apply(item), item)));
    try {
      keyed.sort(
          (a, b) -> {
            run.spend(1);
            Object left = a.items().get(0);
            Object right = b.items().get(0);
            int sign = ordered(run, "<", left, right) ? -1 : ordered(run, "<", right, left) ? 1 : 0;
            return reverse ? -sign : sign;
          });
    } catch (IllegalArgumentException notAnOrder) {
      throw Failure.unsupported("sorting values without an order (nan) is not supported");
    }
    List<Object> sorted = new ArrayList<>();
    keyed.forEach(pair -> sorted.add(pair.items().get(1)));
    return sorted;
  }

  /** {@code item in container}. */
  static boolean contains(Run run, Object container, Object item) {
    if (Values.isText(container)) {
      if (!Values.isText(item)) {
        throw Failure.value(
            "'in <string>' requires string as left operand, not " + Values.typeName(item));
      }
      run.spendText(Values.characters(container).length());
      return Values.characters(container).contains(Values.characters(item));
    }
    if (container instanceof Map) {
      return Values.map(container).containsKey(key(run, item));
    }
    if (!Values.isIterable(container)) {
      throw Failure.value("argument of type '" + Values.typeName(container) + "' is not iterable");
    }
    for (Iterator<Object> items = Values.iterate(run, container); items.hasNext(); ) {
      if (same(run, items.next(), item)) {
        return true;
      }
    }
    return false;
  }

  /** What a value is in a dict: equal numbers of different types are one key. */
  static Object key(Run run, Object value) {
    if (value instanceof List || value instanceof Map) {
      throw Failure.value("unhashable type: '" + Values.typeName(value) + "'");
    }
    if (Values.isText(value)) {
      run.spendText(Values.characters(value).length());
      return Values.characters(value);
    }
    if (value instanceof Boolean truth) {
      return truth ? 1L : 0L;
    }
    if (value instanceof Double real && real == Math.rint(real) && Math.abs(real) < 0x1p63) {
      return new BigDecimal(real).longValueExact();
    }
    if (value instanceof Tuple) {
      throw Failure.unsupported("a tuple as a key is not supported");
    }
    return value;
  }
}
