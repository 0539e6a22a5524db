package headscope.template;

import headscope.template.TemplateException.Kind;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A function that every template can call. */
enum Function {
  RANGE,
  NAMESPACE,
  DICT,
  RAISE_EXCEPTION,
  STRFTIME_NOW;

  private static final Set<String> UNSUPPORTED = Set.of("cycler", "joiner", "lipsum");

  /** The function of this name, or null. */
  static Function named(String name) {
    switch (name) {
      case "range":
        return RANGE;
      case "namespace":
        return NAMESPACE;
      case "dict":
        return DICT;
      case "raise_exception":
        return RAISE_EXCEPTION;
      case "strftime_now":
        return STRFTIME_NOW;
      default:
        if (UNSUPPORTED.contains(name)) {
          throw Failure.unsupported("the function '" + name + "' is not supported");
        }
        return null;
    }
  }

  Object call(Run run, Arguments arguments) {
    switch (this) {
      case RANGE:
        return range(run, arguments);
      case NAMESPACE:
        return new Namespace(dict(run, arguments));
      case DICT:
        return dict(run, arguments);
      case RAISE_EXCEPTION:
        Object message = arguments.bind("raise_exception", 1, "message")[0];
        throw new Failure(Kind.RAISED, Printer.str(run, message));
      default:
        Object format = arguments.bind("strftime_now", 1, "format")[0];
        if (!(format instanceof String text)) {
          throw Failure.value("strftime_now takes a str, not " + Values.typeName(format));
        }
        return Strftime.format(run, text);
    }
  }

  private static Range range(Run run, Arguments arguments) {
    Object[] given = arguments.bindUnnamed("range()", 1, 3);
    long first = PythonNumbers.integer(given[0], "an argument of range()");
    long second =
        given[1] == Missing.MISSING ? 0 : PythonNumbers.integer(given[1], "an argument of range()");
    long step =
        given[2] == Missing.MISSING ? 1 : PythonNumbers.integer(given[2], "an argument of range()");
    Range range =
        given[1] == Missing.MISSING ? Range.of(0, first, 1) : Range.of(first, second, step);
    run.spend(range.items().size());
    return range;
  }

  /** Of a dict or of pairs, then of keyword arguments. */
  private static Map<Object, Object> dict(Run run, Arguments arguments) {
    Object given = new Arguments(arguments.positional(), Map.of()).bindUnnamed("dict()", 0, 1)[0];
    Values.requireDefined(given);
    Map<Object, Object> dict = new LinkedHashMap<>();
    if (given instanceof Map) {
      dict.putAll(Values.map(given));
      run.spend(dict.size());
    } else if (given != Missing.MISSING) {
      for (Iterator<Object> pairs = Values.iterate(run, given); pairs.hasNext(); ) {
        List<Object> pair = Values.list(run, pairs.next());
        if (pair.size() != 2) {
          throw Failure.value("dict() takes pairs");
        }
        put(run, dict, pair.get(0), pair.get(1));
      }
    }
    dict.putAll(arguments.named());
    return dict;
  }

  /** Puts an entry of a new dict; keys that would print otherwise than they compare are refused. */
  static void put(Run run, Map<Object, Object> dict, Object key, Object value) {
    if (Comparison.key(run, key) != key || key instanceof Undefined) {
      throw Failure.unsupported("a " + Values.typeName(key) + " as a key is not supported");
    }
    dict.put(key, value);
  }
}
