package headscope.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What Python does with values of any type: truth, equality, order, iteration and operators.
 *
 * <p>None is null, an int {@link Long} or {@link BigInteger}, a float {@link Double}, a str {@link
 * String} or {@link Markup}, a list {@link List}, a dict {@link Map}; the rest have classes here.
 */
final class Values {
  private Values() {}

  /**
   * Copies a value of the caller's, so that later changes do not matter.
   *
   * @throws IllegalArgumentException if it is no value of a template
   */
  static Object imported(Object value, int depth) {
    if (depth > Limits.DEPTH) {
      throw new IllegalArgumentException("a value nested deeper than " + Limits.DEPTH + " levels");
    }
    if (value == null || value instanceof Boolean || value instanceof Double) {
      return value;
    }
    if (value instanceof String text) {
      if (!Text.isWellFormed(text)) {
        throw new IllegalArgumentException("a text with half of a surrogate pair");
      }
      return text;
    }
    if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      return ((Number) value).longValue();
    }
    if (value instanceof BigInteger big) {
      if (big.abs().compareTo(Numbers.TOO_BIG) >= 0) {
        throw new IllegalArgumentException("an integer of more than " + Limits.DIGITS + " digits");
      }
      return Numbers.of(big);
    }
    if (value instanceof List<?> list) {
      List<Object> copy = new ArrayList<>(list.size());
      list.forEach(item -> copy.add(imported(item, depth + 1)));
      return copy;
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach(
          (key, item) -> {
            if (!(key instanceof String)) {
              throw new IllegalArgumentException("a map with a key that is no text: " + key);
            }
            copy.put(imported(key, depth + 1), imported(item, depth + 1));
          });
      return copy;
    }
    throw new IllegalArgumentException("no value of a template: " + value.getClass().getName());
  }

  static String typeName(Object value) {
    if (value == null) {
      return "NoneType";
    }
    if (value instanceof Boolean) {
      return "bool";
    }
    if (value instanceof Double) {
      return "float";
    }
    if (value instanceof Number) {
      return "int";
    }
    if (value instanceof String) {
      return "str";
    }
    if (value instanceof List) {
      return "list";
    }
    if (value instanceof Map) {
      return "dict";
    }
    if (value instanceof View view) {
      return view.type();
    }
    if (value instanceof Stream) {
      return "generator";
    }
    if (value instanceof Method || value instanceof Function) {
      return "function";
    }
    if (value instanceof Tuple || value instanceof Range) {
      return value instanceof Tuple ? "tuple" : "range";
    }
    return value.getClass().getSimpleName();
  }

  static boolean isText(Object value) {
    return value instanceof String || value instanceof Markup;
  }

  /** The characters of a text, marked or not. */
  static String characters(Object text) {
    return text instanceof Markup markup ? markup.text() : (String) text;
  }

  static boolean truth(Object value) {
    if (value == null || value instanceof Undefined) {
      return false;
    }
    if (value instanceof Boolean truth) {
      return truth;
    }
    if (Numbers.isNumber(value)) {
      return value instanceof Double real ? real != 0 : Numbers.big(value).signum() != 0;
    }
    if (isText(value)) {
      return !characters(value).isEmpty();
    }
    Integer size = size(value);
    return size == null || size > 0;
  }

  /** The number of items, or null if the value is not a collection or does not know. */
  private static Integer size(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.size();
    }
    List<Object> items = items(value);
    return items == null ? null : items.size();
  }

  /** The items of a value that holds its items in order, or null. */
  @SuppressWarnings("unchecked")
  static List<Object> items(Object value) {
    if (value instanceof List<?>) {
      return (List<Object>) value;
    }
    if (value instanceof Tuple tuple) {
      return tuple.items();
    }
    if (value instanceof Range range) {
      return range.items();
    }
    if (value instanceof View view) {
      return view.items();
    }
    return value instanceof Undefined ? List.of() : null;
  }

  @SuppressWarnings("unchecked")
  static Map<Object, Object> map(Object value) {
    return (Map<Object, Object>) value;
  }

  /** Python's {@code len}, or null where it is an error. */
  static Long length(Run run, Object value) {
    if (isText(value)) {
      run.spendText(characters(value).length());
      return (long) Text.length(characters(value));
    }
    Integer size = size(value);
    return size == null ? null : (long) size;
  }

  // ---- iteration -------------------------------------------------------------------------------

  static boolean isIterable(Object value) {
    return isText(value) || value instanceof Stream || value instanceof Loop || size(value) != null;
  }

  @SuppressWarnings("unchecked")
  static Iterator<Object> iterate(Run run, Object value) {
    if (value instanceof Stream stream) {
      return stream;
    }
    Iterator<Object> items;
    if (value instanceof String text) {
      items =
          (Iterator<Object>)
              (Iterator<?>) text.codePoints().mapToObj(Character::toString).iterator();
    } else if (value instanceof Map) {
      items = map(value).keySet().iterator();
    } else if (items(value) != null) {
      items = items(value).iterator();
    } else if (isIterable(value)) {
      throw Failure.unsupported("the items of a " + typeName(value) + " are not supported");
    } else {
      throw Failure.value("'" + typeName(value) + "' object is not iterable");
    }
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return items.hasNext();
      }

      @Override
      public Object next() {
        run.spend(1);
        return items.next();
      }
    };
  }

  static List<Object> list(Run run, Object value) {
    List<Object> list = new ArrayList<>();
    iterate(run, value).forEachRemaining(list::add);
    return list;
  }

  /** The items last to first, or null where Python cannot reverse the value itself. */
  static List<Object> reversed(Run run, Object value) {
    if (!isText(value) && size(value) == null) {
      return null;
    }
    List<Object> list = list(run, value);
    Collections.reverse(list);
    return list;
  }

  // ---- equality and order ----------------------------------------------------------------------

  static boolean equal(Run run, Object left, Object right) {
    if (left == right) {
      return !(left instanceof Double real && real.isNaN());
    }
    if (left == null || right == null) {
      return false;
    }
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      Integer sign = Numbers.compare(left, right);
      return sign != null && sign == 0;
    }
    if (isText(left) && isText(right)) {
      String a = characters(left);
      run.spendText(a.length());
      return a.equals(characters(right));
    }
    run.enter();
    boolean equal = equalCollections(run, left, right);
    run.leave();
    return equal;
  }

  private static boolean equalCollections(Run run, Object left, Object right) {
    if (left instanceof Map && right instanceof Map) {
      return equalMaps(run, map(left), map(right));
    }
    if (left.getClass() == Undefined.class && right.getClass() == Undefined.class) {
      return true;
    }
    if (left instanceof View && right instanceof View
        || left instanceof Method && right instanceof Method) {
      throw Failure.unsupported("comparing two " + typeName(left) + " is not supported");
    }
    boolean lists = left instanceof List && right instanceof List;
    if (!lists && (left.getClass() != right.getClass() || items(left) == null)) {
      return false;
    }
    List<Object> a = items(left);
    List<Object> b = items(right);
    return a.size() == b.size() && firstDifference(run, a, b) == a.size();
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

  private static int firstDifference(Run run, List<Object> left, List<Object> right) {
    int i = 0;
    while (i < left.size() && i < right.size() && same(run, left.get(i), right.get(i))) {
      run.spend(1);
      i++;
    }
    return i;
  }

  /** Equality of items: an object is always the same as itself. */
  private static boolean same(Run run, Object left, Object right) {
    return left == right || equal(run, left, right);
  }

  /** One of {@code < <= > >=}. */
  static boolean ordered(Run run, String operator, Object left, Object right) {
    requireDefined(left, right);
    boolean orEqual = operator.length() == 2;
    boolean less = operator.charAt(0) == '<';
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      Integer sign = Numbers.compare(left, right);
      return sign != null && holds(sign, less, orEqual);
    }
    if (isText(left) && isText(right)) {
      String a = characters(left);
      run.spendText(a.length());
      return holds(compare(a, characters(right)), less, orEqual);
    }
    boolean lists = left instanceof List && right instanceof List;
    if (!lists && !(left instanceof Tuple && right instanceof Tuple)) {
      throw Failure.value(
          "'%s' not supported between instances of '%s' and '%s'"
              .formatted(operator, typeName(left), typeName(right)));
    }
    List<Object> a = items(left);
    List<Object> b = items(right);
    run.enter();
    int i = firstDifference(run, a, b);
    boolean result =
        i < a.size() && i < b.size()
            ? ordered(run, operator, a.get(i), b.get(i))
            : holds(Integer.compare(a.size(), b.size()), less, orEqual);
    run.leave();
    return result;
  }

  private static boolean holds(int sign, boolean less, boolean orEqual) {
    return sign == 0 ? orEqual : sign < 0 == less;
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

  static List<Object> sorted(Run run, List<Object> items, boolean reverse) {
    return sortedBy(run, items, UnaryOperator.identity(), reverse);
  }

  /** A stable sort, also where it is reversed. */
  static List<Object> sortedBy(
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
    if (isText(container)) {
      if (!isText(item)) {
        throw Failure.value("'in <string>' requires string as left operand, not " + typeName(item));
      }
      run.spendText(characters(container).length());
      return characters(container).contains(characters(item));
    }
    if (container instanceof Map) {
      return map(container).containsKey(key(run, item));
    }
    if (!isIterable(container)) {
      throw Failure.value("argument of type '" + typeName(container) + "' is not iterable");
    }
    for (Iterator<Object> items = iterate(run, container); items.hasNext(); ) {
      if (same(run, items.next(), item)) {
        return true;
      }
    }
    return false;
  }

  /** What a value is in a dict: equal numbers of different types are one key. */
  static Object key(Run run, Object value) {
    if (value instanceof List || value instanceof Map) {
      throw Failure.value("unhashable type: '" + typeName(value) + "'");
    }
    if (isText(value)) {
      run.spendText(characters(value).length());
      return characters(value);
    }
    if (value instanceof Boolean) {
      return Numbers.of(Numbers.big(value));
    }
    if (value instanceof Double real && real == Math.rint(real) && !real.isInfinite()) {
      return Numbers.of(new BigDecimal(real).toBigInteger());
    }
    if (value instanceof Tuple) {
      throw Failure.unsupported("a tuple as a key is not supported");
    }
    return value;
  }

  // ---- operators -------------------------------------------------------------------------------

  static void requireDefined(Object... values) {
    for (Object value : values) {
      if (value instanceof Undefined undefined) {
        throw undefined.failure();
      }
    }
  }

  static Object arithmetic(Run run, Operator operator, Object left, Object right) {
    if (operator == Operator.MODULO && left instanceof String format) {
      return Format.percent(run, format, right);
    }
    if (left instanceof Markup || right instanceof Markup) {
      return markup(run, operator, left, right);
    }
    requireDefined(left, right);
    if (Numbers.isNumber(left) && Numbers.isNumber(right)) {
      return Numbers.arithmetic(operator, left, right);
    }
    if (operator == Operator.ADD) {
      return add(run, left, right);
    }
    if (operator == Operator.MULTIPLY && Numbers.isInt(right) && isSequence(left)) {
      return repeated(run, left, Numbers.clamped(right, "count"));
    }
    if (operator == Operator.MULTIPLY && Numbers.isInt(left) && isSequence(right)) {
      return repeated(run, right, Numbers.clamped(left, "count"));
    }
    throw mismatch(operator, left, right);
  }

  private static Object add(Run run, Object left, Object right) {
    if (left instanceof String a && right instanceof String b) {
      run.spendText(a.length() + (long) b.length());
      return a + b;
    }
    boolean lists = left instanceof List && right instanceof List;
    if (!lists && !(left instanceof Tuple && right instanceof Tuple)) {
      throw left instanceof String
          ? Failure.value("can only concatenate str (not \"" + typeName(right) + "\") to str")
          : mismatch(Operator.ADD, left, right);
    }
    run.spend(items(left).size() + (long) items(right).size());
    List<Object> both = new ArrayList<>(items(left));
    both.addAll(items(right));
    return lists ? both : new Tuple(both);
  }

  private static boolean isSequence(Object value) {
    return value instanceof String || value instanceof List || value instanceof Tuple;
  }

  private static Object repeated(Run run, Object sequence, long count) {
    if (sequence instanceof String text) {
      return run.repeat(text, count);
    }
    List<Object> items = items(sequence);
    List<Object> repeated = new ArrayList<>();
    if (count > 0 && !items.isEmpty()) {
      run.spend(Math.min(count, Limits.STEPS) * items.size());
      for (long i = 0; i < count; i++) {
        repeated.addAll(items);
      }
    }
    return sequence instanceof Tuple ? new Tuple(repeated) : repeated;
  }

  private static Object markup(Run run, Operator operator, Object left, Object right) {
    if (operator != Operator.ADD || !isText(left) || !isText(right)) {
      throw Failure.unsupported("'" + operator.symbol + "' with text marked safe is not supported");
    }
    String text = escaped(left) + escaped(right);
    return new Markup(run.paid(text));
  }

  private static String escaped(Object text) {
    return text instanceof Markup markup ? markup.text() : Markup.escape((String) text).text();
  }

  private static Failure mismatch(Operator operator, Object left, Object right) {
    return Failure.value(
        "unsupported operand type(s) for %s: '%s' and '%s'"
            .formatted(operator.symbol, typeName(left), typeName(right)));
  }

  static Object negate(Object value, boolean negative) {
    requireDefined(value);
    if (!Numbers.isNumber(value)) {
      throw Failure.value("bad operand type for a sign: '" + typeName(value) + "'");
    }
    if (negative) {
      return Numbers.negate(value);
    }
    return value instanceof Boolean ? Numbers.of(Numbers.big(value)) : value;
  }
}
