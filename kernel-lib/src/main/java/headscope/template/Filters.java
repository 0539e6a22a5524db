package headscope.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
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

  /** Filters of Jinja that are refused. */
  private static final Set<String> UNSUPPORTED =
      Set.of(
          ("attr batch center filesizeformat forceescape groupby pprint random slice striptags"
                  + " truncate urlencode urlize wordwrap xmlattr")
              .split(" "));

  private static final Pattern DIGITS = Pattern.compile("\\p{Nd}++");
  private static final Pattern INT = Pattern.compile("[+-]?\\d++(?:_\\d++)*+");
  private static final Pattern FLOAT =
      Pattern.compile(
          "[+-]?(?:(?:DIGITS\\.?+(?:DIGITS)?+|\\.DIGITS)(?:[eE][+-]?DIGITS)?+)"
              .replace("DIGITS", "\\d++(?:_\\d++)*+"));
  private static final Pattern SPECIAL_FLOAT =
      Pattern.compile("([+-]?)(nan|inf(?:inity)?)", Pattern.CASE_INSENSITIVE);

  static {
    FILTERS.put("abs", (run, x, a) -> abs(none("abs", x, a)));
    FILTERS.put("capitalize", (run, x, a) -> Text.capitalize(text(run, none("capitalize", x, a))));
    FILTERS.put("count", (run, x, a) -> length(run, none("count", x, a)));
    FILTERS.put("d", Filters::defaulted);
    FILTERS.put("default", Filters::defaulted);
    FILTERS.put("dictsort", Filters::dictSort);
    FILTERS.put("e", Filters::escape);
    FILTERS.put("escape", Filters::escape);
    FILTERS.put("first", (run, x, a) -> first(Values.iterate(run, none("first", x, a)), "first"));
    FILTERS.put("float", (run, x, a) -> real(run, x, a.bind("float", 0, "default")[0]));
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
    FILTERS.put("max", (run, x, a) -> extreme(run, x, a, "max", ">"));
    FILTERS.put("min", (run, x, a) -> extreme(run, x, a, "min", "<"));
    FILTERS.put("reject", (run, x, a) -> select(run, x, a, false, false));
    FILTERS.put("rejectattr", (run, x, a) -> select(run, x, a, true, false));
    FILTERS.put("replace", Filters::replace);
    FILTERS.put("reverse", (run, x, a) -> reverse(run, none("reverse", x, a)));
    FILTERS.put("round", Filters::round);
    FILTERS.put("safe", Filters::safe);
    FILTERS.put("select", (run, x, a) -> select(run, x, a, false, true));
    FILTERS.put("selectattr", (run, x, a) -> select(run, x, a, true, true));
    FILTERS.put("sort", Filters::sort);
    FILTERS.put("string", Filters::string);
    FILTERS.put("sum", Filters::sum);
    FILTERS.put("title", (run, x, a) -> title(text(run, none("title", x, a))));
    FILTERS.put("tojson", Json::filter);
    FILTERS.put("trim", Filters::trim);
    FILTERS.put("unique", Filters::unique);
    FILTERS.put("upper", (run, x, a) -> run.paid(Text.upper(text(run, none("upper", x, a)))));
    FILTERS.put("wordcount", (run, x, a) -> wordCount(text(run, none("wordcount", x, a))));
  }

  private Filters() {}

  /** Whether Jinja has a filter of this name. */
  static boolean exists(String name) {
    return FILTERS.containsKey(name) || UNSUPPORTED.contains(name);
  }

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

  // ---- helpers ---------------------------------------------------------------------------------

  private static Object none(String name, Object input, Arguments arguments) {
    arguments.bind(name, 0);
    return input;
  }

  /** Any value as text. */
  private static String text(Run run, Object value) {
    if (value instanceof Markup) {
      throw Failure.unsupported("this filter on text marked safe is not supported");
    }
    String text = Printer.str(run, value);
    run.spendText(text.length());
    return text;
  }

  private static boolean flag(Object given) {
    return given != Missing.MISSING && Values.truth(given);
  }

  private static Object or(Object given, Object otherwise) {
    return given == Missing.MISSING ? otherwise : given;
  }

  /** Reads {@code a.b.0} of each item, as {@code map(attribute=…)} does. */
  private static UnaryOperator<Object> getter(Run run, Object attribute, Object otherwise) {
    List<Object> path = new ArrayList<>();
    if (attribute instanceof String text) {
      for (Object part : Text.split(text, ".", -1)) {
        path.add(DIGITS.matcher((String) part).matches() ? integer((String) part) : part);
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
  private static UnaryOperator<Object> key(Run run, Object attribute, boolean caseSensitive) {
    UnaryOperator<Object> getter = getter(run, attribute, null);
    return item -> {
      Object value = getter.apply(item);
      return caseSensitive || !Values.isText(value)
          ? value
          : run.paid(Text.lower(text(run, value)));
    };
  }

  // ---- numbers ---------------------------------------------------------------------------------

  private static Object abs(Object value) {
    Values.requireDefined(value);
    if (!Numbers.isNumber(value)) {
      throw Failure.value("bad operand type for abs: '" + Values.typeName(value) + "'");
    }
    return Numbers.abs(value);
  }

  /** An int or a finite float without its fraction. */
  static Object truncated(Object number) {
    return number instanceof Double real
        ? Numbers.of(new BigDecimal(real).toBigInteger())
        : Numbers.of(Numbers.big(number));
  }

  private static Object integer(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("int", 0, "default", "base");
    if (given[1] != Missing.MISSING && !Long.valueOf(10).equals(given[1])) {
      throw Failure.unsupported("int with a base other than 10 is not supported");
    }
    if (Values.isText(value)) {
      String digits = ascii(run, Values.characters(value));
      if (INT.matcher(digits).matches()) {
        return integer(digits.replace("_", ""));
      }
    }
    Values.requireDefined(value);
    Object number = Values.isText(value) ? parse(run, Values.characters(value)) : value;
    boolean finite = !(number instanceof Double real) || !real.isNaN() && !real.isInfinite();
    if (Numbers.isNumber(number) && finite) {
      return truncated(number);
    }
    if (value instanceof Double real && real.isInfinite()) {
      // int(inf) overflows, the one error of a conversion that Jinja does not catch.
      throw Failure.value("cannot convert float infinity to integer");
    }
    return or(given[0], 0L);
  }

  private static Object integer(String digits) {
    if (digits.length() > Limits.DIGITS) {
      throw Failure.limit("an integer of more than " + Limits.DIGITS + " digits");
    }
    return Numbers.of(new BigInteger(digits));
  }

  private static Object real(Run run, Object value, Object otherwise) {
    Values.requireDefined(value);
    Object number = Values.isText(value) ? parse(run, Values.characters(value)) : value;
    return Numbers.isNumber(number) ? (Object) Numbers.real(number) : or(otherwise, 0.0);
  }

  /** Python's {@code float(text)}, or null. */
  private static Double parse(Run run, String text) {
    String digits = ascii(run, text);
    if (FLOAT.matcher(digits).matches()) {
      return Double.valueOf(digits.replace("_", ""));
    }
    var special = SPECIAL_FLOAT.matcher(digits);
    if (!special.matches()) {
      return null;
    }
    boolean nan = special.group(2).equalsIgnoreCase("nan");
    double value = nan ? Double.NaN : Double.POSITIVE_INFINITY;
    return special.group(1).equals("-") ? -value : value;
  }

  /** A number's text, stripped, its digits those of ASCII. */
  private static String ascii(Run run, String text) {
    run.spendText(text.length());
    StringBuilder ascii = new StringBuilder();
    Text.strip(text, null, true, true)
        .codePoints()
        .map(c -> c > 0x7f && Character.isDigit(c) ? '0' + Character.digit(c, 10) : c)
        .forEach(ascii::appendCodePoint);
    return ascii.toString();
  }

  private static Object round(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("round", 0, "precision", "method");
    Values.requireDefined(value);
    long precision = Numbers.clamped(or(given[0], 0L), "precision of round");
    Object method = or(given[1], "common");
    if (!Numbers.isNumber(value)) {
      throw Failure.value("round takes a number, not " + Values.typeName(value));
    }
    if ("common".equals(method)) {
      return Numbers.round(value, precision);
    }
    if (!"ceil".equals(method) && !"floor".equals(method)) {
      throw Failure.value("method must be common, ceil or floor");
    }
    if (precision < 0 || precision > 15) {
      throw Failure.unsupported("round to " + precision + " digits up or down is not supported");
    }
    Object scale = Numbers.arithmetic(Operator.POWER, 10L, precision);
    Object scaled = Numbers.arithmetic(Operator.MULTIPLY, value, scale);
    if (scaled instanceof Double real) {
      if (real.isNaN() || real.isInfinite()) {
        throw Failure.value("cannot round " + Numbers.print(real));
      }
      scaled = truncated("ceil".equals(method) ? Math.ceil(real) : Math.floor(real));
    }
    return Numbers.arithmetic(Operator.DIVIDE, scaled, scale);
  }

  private static Object sum(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("sum", 0, "attribute", "start");
    UnaryOperator<Object> getter = getter(run, given[0], null);
    Object sum = or(given[1], 0L);
    if (Values.isText(sum)) {
      throw Failure.value("sum() can't sum strings [use ''.join(seq) instead]");
    }
    for (Iterator<Object> items = Values.iterate(run, value); items.hasNext(); ) {
      Object item = getter.apply(items.next());
      if (item instanceof Double || sum instanceof Double) {
        // Python 3.12 began to correct the error of such sums.
        throw Failure.unsupported("a sum of floats is not supported");
      }
      sum = Values.arithmetic(run, Operator.ADD, sum, item);
    }
    return sum;
  }

  // ---- text ------------------------------------------------------------------------------------

  private static Object string(Run run, Object value, Arguments arguments) {
    arguments.bind("string", 0);
    return value instanceof Markup ? value : Printer.str(run, value);
  }

  private static Object safe(Run run, Object value, Arguments arguments) {
    arguments.bind("safe", 0);
    return new Markup(Printer.str(run, value));
  }

  private static Object escape(Run run, Object value, Arguments arguments) {
    arguments.bind("escape", 0);
    if (value instanceof Markup) {
      return value;
    }
    Markup escaped = Markup.escape(text(run, value));
    run.paid(escaped.text());
    return escaped;
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
        Printer.str(run, value),
        Printer.str(run, given[0]),
        Printer.str(run, given[1]),
        count == null ? -1 : Numbers.clamped(count, "count of replace"));
  }

  private static Object format(Run run, Object value, Arguments arguments) {
    if (!arguments.named().isEmpty()) {
      throw Failure.unsupported("format with keyword arguments is not supported");
    }
    return Format.percent(run, text(run, value), new Tuple(arguments.positional()));
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

  private static long wordCount(String text) {
    long count = 0;
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      boolean letter = c == '_' || Text.isAlphanumeric(c);
      count += letter && !inWord ? 1 : 0;
      inWord = letter;
    }
    return count;
  }

  private static Object indent(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("indent", 0, "width", "first", "blank");
    if (!(value instanceof String text)) {
      throw value instanceof Markup
          ? Failure.unsupported("indent of text marked safe is not supported")
          : Failure.value("indent takes a str, not " + Values.typeName(value));
    }
    Object width = or(given[0], 4L);
    String indent =
        width instanceof String blanks
            ? blanks
            : run.repeat(" ", Numbers.clamped(width, "width of indent"));
    Output out = new Output(run);
    out.append(flag(given[1]) ? indent : "");
    List<Object> lines = Text.lines(text + "\n", false);
    for (int i = 0; i < lines.size(); i++) {
      run.spend(1);
      String line = (String) lines.get(i);
      boolean indented = i > 0 && (!line.isEmpty() || flag(given[2]));
      out.append(i > 0 ? "\n" : "").append(indented ? indent : "").append(line);
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

  private static Object first(Iterator<Object> items, String which) {
    return items.hasNext()
        ? items.next()
        : new Undefined("No " + which + " item, sequence was empty.");
  }

  private static Object last(Run run, Object value) {
    List<Object> reversed = Values.reversed(run, value);
    if (reversed == null) {
      throw Failure.value("'" + Values.typeName(value) + "' object is not reversible");
    }
    return first(reversed.iterator(), "last");
  }

  private static Object reverse(Run run, Object value) {
    if (value instanceof String text) {
      return new StringBuilder(run.paid(text)).reverse().toString();
    }
    List<Object> reversed = Values.reversed(run, value);
    if (reversed == null) {
      List<Object> list = Values.list(run, value);
      Collections.reverse(list);
      return list;
    }
    return new Stream(run, reversed::iterator, UnaryOperator.identity());
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
    UnaryOperator<Object> key = key(run, given[1], flag(given[0]));
    Set<Object> seen = new HashSet<>();
    return new Stream(
        run,
        () -> Values.iterate(run, value),
        item -> seen.add(Values.key(run, key.apply(item))) ? item : Missing.MISSING);
  }

  private static Object sort(Run run, Object value, Arguments arguments) {
    Object[] given = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
    List<UnaryOperator<Object>> keys = new ArrayList<>();
    if (given[2] instanceof String attributes) {
      for (Object attribute : Text.split(attributes, ",", -1)) {
        keys.add(key(run, attribute, flag(given[1])));
      }
    } else {
      keys.add(key(run, given[2], flag(given[1])));
    }
    UnaryOperator<Object> key =
        item -> {
          List<Object> parts = new ArrayList<>();
          keys.forEach(part -> parts.add(part.apply(item)));
          return parts;
        };
    return Values.sortedBy(run, Values.list(run, value), key, flag(given[0]));
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
    UnaryOperator<Object> key = key(run, "key".equals(by) ? 0L : 1L, flag(given[0]));
    run.spend(Values.map(value).size());
    return Values.sortedBy(run, Calls.pairs(Values.map(value)), key, flag(given[2]));
  }

  private static Object extreme(
      Run run, Object value, Arguments arguments, String name, String operator) {
    Object[] given = arguments.bind(name, 0, "case_sensitive", "attribute");
    Iterator<Object> items = Values.iterate(run, value);
    if (!items.hasNext()) {
      return new Undefined("No aggregated item, sequence was empty.");
    }
    UnaryOperator<Object> key = key(run, given[1], flag(given[0]));
    Object best = items.next();
    Object bestKey = key.apply(best);
    while (items.hasNext()) {
      Object item = items.next();
      Object itemKey = key.apply(item);
      if (Values.ordered(run, operator, itemKey, bestKey)) {
        best = item;
        bestKey = itemKey;
      }
    }
    return best;
  }
}
