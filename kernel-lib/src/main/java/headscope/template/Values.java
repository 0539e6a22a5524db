package headscope.template;

import headscope.failure.Section;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What Python does with values of any type: truth, length and iteration. What it does with two of
 * them is in {@link Arithmetic} and {@link Comparison}.
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
      throw Section.CHAT_TEMPLATE.wrong("a value nested deeper than " + Limits.DEPTH + " levels");
    }
    if (value == null
        || value instanceof Boolean
        || value instanceof Double
        || value instanceof Markup) {
      return value;
    }
    if (value instanceof String text) {
      if (!Text.isWellFormed(text)) {
        throw Section.CHAT_TEMPLATE.wrong("a text with half of a surrogate pair");
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
      if (big.bitLength() > 4 * Limits.DIGITS || big.abs().toString().length() > Limits.DIGITS) {
        throw Section.CHAT_TEMPLATE.wrong("an integer of more than " + Limits.DIGITS + " digits");
      }
      return big.bitLength() < Long.SIZE ? (Object) big.longValue() : big;
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
              throw Section.CHAT_TEMPLATE.wrong("a map with a key that is no text: " + key);
            }
            copy.put(imported(key, depth + 1), imported(item, depth + 1));
          });
      return copy;
    }
    throw Section.CHAT_TEMPLATE.wrong("no value of a template: " + value.getClass().getName());
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
    if (value instanceof Number number) {
      return number.doubleValue() != 0;
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

  static void requireDefined(Object... values) {
    for (Object value : values) {
      if (value instanceof Undefined undefined) {
        throw undefined.failure();
      }
    }
  }
}
