package headscope.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** The filters, by name. */
final class Filters {
  private interface Filter {
    Object apply(Run run, Object input, Arguments arguments);
  }

  private static final Map<String, Filter> FILTERS = new HashMap<>();

  private static final Pattern INT = Pattern.compile("[+-]?[0-9]++");
  private static final Pattern FLOAT = Pattern.compile("[+-]?(?:[0-9]++\\.[0-9]*+|\\.[0-9]++)");

  /** What Python might read as a number, too: other digits, underscores, exponents, nan, inf. */
  private static final Pattern PERHAPS_NUMBER =
      Pattern.compile("[+-]?(?:\\p{Nd}|\\.\\p{Nd}|nan$|inf).*", Pattern.CASE_INSENSITIVE);

  static {
    FILTERS.put("capitalize", (run, x, a) -> Text.capitalize(text(run, none("capitalize", x, a))));
    FILTERS.put("count", (run, x, a) -> length(run, none("count", x, a)));
    FILTERS.put("d", Filters::defaulted);
    FILTERS.put("default", Filters::defaulted);
    FILTERS.put("dictsort", Filters::dictSort);
    FILTERS.put("first", (run, x, a) -> first(run, none("first", x, a)));
    FILTERS.put("format", Filters::format);
    FILTERS.put("indent", Filters::indent);
    FILTERS.put("int", Filters::integer);
    FILTERS.put("items", (run, x, a) -> items(run, none("items", x, a)));
    FILTERS.put("join", Filters::join);
    FILTERS.put("last", (run, x, a) -> last(run, none("last", x, a)));
    FILTERS.put("length", (run, x, a) -> length(run, none("length", x, a)));
    FILTERS.put("list", (run, x, a) -> Values.list(run, none("list", x, a)));
    FILTERS.put("lower", (run, x, a) -> run.paid(Text.lower(text(run, none("lower", x, a)))));
    FILTERS.put("map", Filters::map);
    FILTERS.put("reject", (run, x, a) -> select(run, x, a, false, false));
    FILTERS.put("rejectattr", (run, x, a) -> select(run, x, a, true, false));
    FILTERS.put("replace", Filters::replace);
    FILTERS.put("safe", (run, x, a) -> new Markup(Printer.str(run, none("safe", x, a))));
    FILTERS.put("select", (run, x, a) -> select(run, x, a, false, true));
    FILTERS.put("selectattr", (run, x, a) -> select(run, x, a, true, true));
    FILTERS.put("sort", Filters::sort);
    FILTERS.put("string", Filters::string);
    FILTERS.put("title", (run, x, a) -> title(text(run, none("title", x, a))));
    FILTERS.put("tojson", Json::filter);
    FILTERS.put("trim", Filters::trim);
    FILTERS.put("unique", Filters::unique);
    FILTERS.put("upper", (run, x, a) -> run.paid(Text.upper(text(run, none("upper", x, a)))));
  }

  private Filters() {}

  static void require(String name) {
    if (!FILTERS.containsKey(name)) {
      throw Failure.unsupported(
          "the filter '%s' is not supported; supported are %s"
              .formatted(name, String.join(", ", new TreeSet<>(FILTERS.keySet()))));
    }
  }

  static Object apply(Run run, String name, Object input, Arguments arguments) {
    require(name);
    return FILTERS.get(name).apply(run, input, arguments);
  }

  // ---- arguments -------------------------------------------------------------------------------

  private static Object none(String name, Object input, Arguments arguments) {
    arguments.bind(name, 0);
    return input;
  }

  /** Any value as text. */
  private static String text(Run run, Object value) {
    if (value instanceof Markup) {
      throw Failure.unsupported("this filter on text marked safe is not supported");
    }
    return run.paid(Printer.str(run, value));
  }

  private static void refuse(Object given, String what) {
    if (given != Missing.MISSING) {
      throw Failure.unsupported(what + " is not supported");
    }
  }

  private static boolean flag(Object given) {
    return given != Missing.MISSING && Values.truth(given);
  }

  private static Object or(Object given, Object otherwise) {
    return given == Missing.MISSING ? otherwise : given;
  }

  /** Reads {@code a.b} of each item, as {@code map(attribute=…)} does. */
  private static UnaryOperator<Object> getter(Run run, Object attribute, Object otherwise) {
    List<Object> path = new ArrayList<>();
    if (attribute instanceof String text) {
      path.addAll(Text.split(text, ".", -1));
      if (path.stream().anyMatch(part -> Character.isDigit(((String) part + " ").charAt(0)))) {
        throw Failure.unsupported("the attribute '" + attribute + "' of items is not supported");
      }
    } else if (attribute != Missing.MISSING && attribute != null) {
      path.add(attribute);
    }
    return item -> {
      Object value = item;
      for (Object part : path) {
        value = Subscripts.item(run, value, part);
        if (value instanceof Undefined && otherwise != null) {
          value = otherwise;
        }
      }
      return value;
    };
  }

  /** A getter for comparing: without case unless asked otherwise. */
  private static UnaryOperator<Object> key(Run run, Object attribute, Object caseSensitive) {
    UnaryOperator<Object> getter = getter(run, attribute, null);
    return item -> {
      Object value = getter.apply(item);
      return flag(caseSensitive) || !Values.isText(value)
          ? value
          : run.paid(Text.lower(text(run, value)));
    };
  }

  // ---- text ------------------------------------------------------------------------------------

  private static Object integer(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("int", 0, "default", "base");
    refuse(given[1], "int with a base");
    Object otherwise = or(given[0], 0L);
    Values.requireDefined(value);
    if (!Values.isText(value)) {
      return PythonNumbers.isNumber(value) && !(value instanceof Double real && real.isNaN())
          ? (Object) PythonNumbers.truncated(value, "the value of int")
          : otherwise;
    }
    String text = Text.strip(run.paid(Values.characters(value)), null, true, true);
    if (INT.matcher(text).matches()) {
      if (text.length() > 18) {
        throw Failure.limit("an integer of more than 18 digits");
      }
      return Long.valueOf(text);
    }
    if (FLOAT.matcher(text).matches()) {
      return PythonNumbers.truncated(Double.valueOf(text), "the value of int");
    }
    if (PERHAPS_NUMBER.matcher(text).matches()) {
      throw Failure.unsupported("int of the text '" + text + "' is not supported");
    }
    return otherwise;
  }

  private static Object string(Run run, Object value, Arguments arguments) {
    arguments.bind("string", 0);
    return value instanceof Markup ? value : Printer.str(run, value);
  }

  private static Object trim(Run run, Object value, Arguments arguments) {
    Object characters = or(arguments.bind("trim", 0, "chars")[0], null);
    if (characters != null && !(characters instanceof String)) {
      throw Failure.value("chars of trim must be None or a str");
    }
    return Text.strip(text(run, value), (String) characters, true, true);
  }

  private static Object replace(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("replace", 2, "old", "new", "count");
    Object count = or(given[2], null);
    return Text.replace(
        run,
        text(run, value),
        text(run, given[0]),
        text(run, given[1]),
        count == null ? -1 : PythonNumbers.integer(count, "count of replace"));
  }

  /** Python's {@code text % values}, of the conversions {@code %s} and {@code %%} alone. */
  private static Object format(Run run, Object value, Arguments arguments) {
    String format = text(run, value);
    Iterator<Object> values = arguments.positional().iterator();
    Output out = new Output(run);
    int from = 0;
    for (int at; (at = format.indexOf('%', from)) >= 0; from = at + 2) {
      out.append(format.substring(from, at));
      boolean percent = format.startsWith("%%", at);
      if (!percent && !format.startsWith("%s", at) || !arguments.named().isEmpty()) {
        throw Failure.unsupported("format is supported with %s, %% and unnamed arguments only");
      }
      if (!percent && !values.hasNext()) {
        throw Failure.value("not enough arguments for format string");
      }
      run.spend(1);
      out.append(percent ? "%" : text(run, values.next()));
    }
    if (values.hasNext()) {
      throw Failure.value("not all arguments converted during string formatting");
    }
    return out.append(format.substring(from)).toString();
  }

  /** Unlike the method of this name, the filter knows only blanks, hyphens and opening brackets. */
  private static String title(String text) {
    StringBuilder title = new StringBuilder();
    int word = 0;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : ' ';
      if (Text.isSpace(c) || "-({[<".indexOf(c) >= 0) {
        title.append(titleWord(text.substring(word, i)));
        title.append(i < text.length() ? String.valueOf(c) : "");
        word = i + 1;
      }
    }
    return title.toString();
  }

  private static String titleWord(String word) {
    if (word.isEmpty()) {
      return word;
    }
    int first = Character.charCount(word.codePointAt(0));
    return Text.upper(word.substring(0, first)) + Text.lower(word.substring(first));
  }

  private static Object indent(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("indent", 0, "width", "first", "blank");
    refuse(given[2], "indent of blank lines");
    refuse(given[0] instanceof String ? given[0] : Missing.MISSING, "indent by a text");
    if (!(value instanceof String text)) {
      throw value instanceof Markup
          ? Failure.unsupported("indent of text marked safe is not supported")
          : Failure.value("indent takes a str, not " + Values.typeName(value));
    }
    String indent = run.repeat(" ", PythonNumbers.integer(or(given[0], 4L), "width of indent"));
    if (Text.hasLineEndsOfPythonAlone(text)) {
      throw Failure.unsupported("indent of a text with line ends other than \\n is not supported");
    }
    Output out = new Output(run);
    out.append(flag(given[1]) ? indent : "");
    String end = "";
    for (Object line : Text.split(text, "\n", -1)) {
      run.spend(1);
      boolean indented = !end.isEmpty() && !((String) line).isEmpty();
      out.append(end).append(indented ? indent : "").append((String) line);
      end = "\n";
    }
    return out.toString();
  }

  private static Object join(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("join", 0, "d", "attribute");
    String delimiter = Printer.str(run, or(given[0], ""));
    UnaryOperator<Object> getter = getter(run, given[1], null);
    Output joined = new Output(run);
    String separator = "";
    for (Iterator<Object> items = Values.iterate(run, value); items.hasNext(); ) {
      joined.append(separator).append(Printer.str(run, getter.apply(items.next())));
      separator = delimiter;
    }
    return joined.toString();
  }

  // ---- collections -----------------------------------------------------------------------------

  private static Object defaulted(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("default", 0, "default_value", "boolean");
    boolean missing = value instanceof Undefined || flag(given[1]) && !Values.truth(value);
    return missing ? or(given[0], "") : value;
  }

  private static Long length(Run run, Object value) {
    Long length = Values.length(run, value);
    if (length == null) {
      throw Failure.value("object of type '" + Values.typeName(value) + "' has no len()");
    }
    return length;
  }

  private static Object first(Run run, Object value) {
    Iterator<Object> items = Values.iterate(run, value);
    return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
  }

  private static Object last(Run run, Object value) {
    if (Values.length(run, value) == null) {
      throw Failure.value("'" + Values.typeName(value) + "' object is not reversible");
    }
    List<Object> items = Values.list(run, value);
    return items.isEmpty()
        ? new Undefined("No last item, sequence was empty.")
        : items.get(items.size() - 1);
  }

  private static Object items(Run run, Object value) {
    return new Stream(
        run,
        () -> {
          if (!(value instanceof Map) && !(value instanceof Undefined)) {
            throw Failure.value("Can only get item pairs from a mapping.");
          }
          Map<Object, Object> map = value instanceof Map ? Values.map(value) : Map.of();
          run.spend(map.size());
          return Calls.pairs(map).iterator();
        },
        UnaryOperator.identity());
  }

  /** As in Jinja, any false value is an empty sequence. */
  private static Stream stream(Run run, Object value, UnaryOperator<Object> step) {
    return new Stream(
        run, () -> Values.iterate(run, Values.truth(value) ? value : List.of()), step);
  }

  private static Object map(Run run, Object value, Arguments arguments) {
    if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
      Object[] given = arguments.bind("map", 0, "attribute", "default");
      return stream(run, value, getter(run, given[0], or(given[1], null)));
    }
    if (arguments.positional().isEmpty() || !(arguments.positional().get(0) instanceof String)) {
      throw Failure.value("map requires the name of a filter");
    }
    String name = (String) arguments.positional().get(0);
    require(name);
    Arguments rest = arguments.after(1);
    return stream(run, value, item -> apply(run, name, item, rest));
  }

  private static Object select(
      Run run, Object value, Arguments arguments, boolean byAttribute, boolean wanted) {
    List<Object> given = arguments.positional();
    if (byAttribute && given.isEmpty()) {
      throw Failure.value("Missing parameter for attribute name");
    }
    UnaryOperator<Object> getter = getter(run, byAttribute ? given.get(0) : Missing.MISSING, null);
    Predicate<Object> test = test(run, arguments.after(byAttribute ? 1 : 0));
    return stream(
        run, value, item -> test.test(getter.apply(item)) == wanted ? item : Missing.MISSING);
  }

  /** The test that the arguments name, or that of truth. */
  private static Predicate<Object> test(Run run, Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      return Values::truth;
    }
    if (!(arguments.positional().get(0) instanceof String name)) {
      throw Failure.value("the name of a test must be a str");
    }
    Tests.require(name);
    Arguments rest = arguments.after(1);
    return item -> Tests.apply(run, name, item, rest);
  }

  private static Object unique(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("unique", 0, "case_sensitive", "attribute");
    UnaryOperator<Object> key = key(run, given[1], given[0]);
    Set<Object> seen = new HashSet<>();
    return new Stream(
        run,
        () -> Values.iterate(run, value),
        item -> seen.add(Comparison.key(run, key.apply(item))) ? item : Missing.MISSING);
  }

  private static Object sort(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
    if (given[2] instanceof String text && text.contains(",")) {
      throw Failure.unsupported("sort by several attributes is not supported");
    }
    UnaryOperator<Object> key = key(run, given[2], given[1]);
    return Comparison.sorted(run, Values.list(run, value), key, flag(given[0]));
  }

  private static Object dictSort(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
    Object by = or(given[1], "key");
    if (!"key".equals(by) && !"value".equals(by)) {
      throw Failure.value("You can only sort by either \"key\" or \"value\"");
    }
    Values.requireDefined(value);
    if (!(value instanceof Map)) {
      throw Failure.value("dictsort takes a dict, not " + Values.typeName(value));
    }
    UnaryOperator<Object> key = key(run, "key".equals(by) ? 0L : 1L, given[0]);
    run.spend(Values.map(value).size());
    return Comparison.sorted(run, Calls.pairs(Values.map(value)), key, flag(given[2]));
  }
}
