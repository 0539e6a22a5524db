package headscope.template;

import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/** The methods of Python's {@code str}. */
final class TextMethods {
  /** All there are, so that a missing one is an error here and not an undefined value. */
  static final Set<String> NAMES =
      Set.of(
          ("capitalize casefold center count encode endswith expandtabs find format format_map"
                  + " index isalnum isalpha isascii isdecimal isdigit isidentifier islower"
                  + " isnumeric isprintable isspace istitle isupper join ljust lower lstrip"
                  + " maketrans partition removeprefix removesuffix replace rfind rindex rjust"
                  + " rpartition rsplit rstrip split splitlines startswith strip swapcase title"
                  + " translate upper zfill")
              .split(" "));

  private final Run run;
  private final String self;
  private final String name;
  private final Arguments arguments;

  private TextMethods(Run run, String self, String name, Arguments arguments) {
    this.run = run;
    this.self = self;
    this.name = name;
    this.arguments = arguments;
  }

  static Object call(Run run, String self, String name, Arguments arguments) {
    run.spendText(self.length());
    return new TextMethods(run, self, name, arguments).call();
  }

  private Object call() {
    switch (name) {
      case "strip":
        return strip(true, true);
      case "lstrip":
        return strip(true, false);
      case "rstrip":
        return strip(false, true);
      case "split":
      case "rsplit":
        return split();
      case "splitlines":
        Object keep = arguments.bind(name, 0, "keepends")[0];
        return Text.lines(self, keep != Missing.MISSING && Values.truth(keep));
      case "partition":
      case "rpartition":
        return partition();
      case "startswith":
      case "endswith":
        return startsOrEnds();
      case "find":
      case "rfind":
      case "index":
      case "rindex":
        return find();
      case "count":
        return count();
      case "removeprefix":
        String prefix = text(unnamed(1, 1)[0]);
        return self.startsWith(prefix) ? self.substring(prefix.length()) : self;
      case "removesuffix":
        String suffix = text(unnamed(1, 1)[0]);
        return self.endsWith(suffix) ? self.substring(0, self.length() - suffix.length()) : self;
      case "replace":
        Object[] given = unnamed(2, 3);
        long most = given[2] == Missing.MISSING ? -1 : Numbers.clamped(given[2], "count");
        return Text.replace(run, self, text(given[0]), text(given[1]), most);
      case "join":
        return join(unnamed(1, 1)[0]);
      case "center":
      case "ljust":
      case "rjust":
        return justify();
      case "zfill":
        return zeroFill();
      default:
        return withoutArguments();
    }
  }

  private Object withoutArguments() {
    switch (name) {
      case "upper":
        noArguments();
        return run.paid(Text.upper(self));
      case "lower":
        noArguments();
        return run.paid(Text.lower(self));
      case "title":
        noArguments();
        return Text.title(self);
      case "capitalize":
        noArguments();
        return Text.capitalize(self);
      case "isupper":
        noArguments();
        return Text.hasCase(self, true);
      case "islower":
        noArguments();
        return Text.hasCase(self, false);
      case "isspace":
        return all(Text::isSpace);
      case "isalpha":
        return all(Text::isLetter);
      case "isalnum":
        return all(Text::isAlphanumeric);
      case "isdecimal":
        return all(Text::isDecimal);
      case "isdigit":
        return all(this::isDigit);
      case "isascii":
        return self.isEmpty() || all(c -> c < 0x80);
      default:
        throw Failure.unsupported("the method '" + name + "' of a str is not supported");
    }
  }

  private void noArguments() {
    unnamed(0, 0);
  }

  private Object[] unnamed(int required, int allowed) {
    return arguments.bindUnnamed(name + "()", required, allowed);
  }

  private boolean all(IntPredicate test) {
    noArguments();
    return !self.isEmpty() && self.codePoints().allMatch(test);
  }

  private boolean isDigit(int c) {
    if (Character.getType(c) == Character.OTHER_NUMBER) {
      throw Failure.unsupported("isdigit() of a number sign is not supported");
    }
    return Text.isDecimal(c);
  }

  private String text(Object argument) {
    if (!(argument instanceof String text)) {
      String message = name + "() takes a str, not " + Values.typeName(argument);
      throw argument instanceof Markup ? Failure.unsupported(message) : Failure.value(message);
    }
    return text;
  }

  private String strip(boolean left, boolean right) {
    Object characters = unnamed(0, 1)[0];
    boolean spaces = characters == Missing.MISSING || characters == null;
    return Text.strip(self, spaces ? null : text(characters), left, right);
  }

  private List<Object> split() {
    Object[] given = arguments.bind(name + "()", 0, "sep", "maxsplit");
    long most = given[1] == Missing.MISSING ? -1 : Numbers.clamped(given[1], "maxsplit");
    boolean left = name.equals("split");
    List<Object> parts;
    if (given[0] == Missing.MISSING || given[0] == null) {
      parts = left ? Text.split(self, most) : Text.splitRight(self, most);
    } else {
      String separator = separator(given[0]);
      parts = left ? Text.split(self, separator, most) : Text.splitRight(self, separator, most);
    }
    run.spend(parts.size());
    return parts;
  }

  private String separator(Object argument) {
    String separator = text(argument);
    if (separator.isEmpty()) {
      throw Failure.value("empty separator");
    }
    return separator;
  }

  private Tuple partition() {
    String separator = separator(unnamed(1, 1)[0]);
    boolean left = name.equals("partition");
    int at = left ? self.indexOf(separator) : self.lastIndexOf(separator);
    if (at < 0) {
      return left ? Tuple.of(self, "", "") : Tuple.of("", "", self);
    }
    return Tuple.of(self.substring(0, at), separator, self.substring(at + separator.length()));
  }

  /** The part of the text that optional start and end leave, or null if they cross. */
  private String window(Object[] given, long[] start) {
    int length = Text.length(self);
    start[0] = bound(given[1], 0, length);
    long end = Math.min(bound(given[2], length, length), length);
    if (start[0] > end) {
      return null;
    }
    int from = self.offsetByCodePoints(0, (int) start[0]);
    return self.substring(from, self.offsetByCodePoints(from, (int) (end - start[0])));
  }

  private long bound(Object given, long absent, int length) {
    if (given == Missing.MISSING || given == null) {
      return absent;
    }
    long index = Numbers.clamped(given, "position in " + name + "()");
    return index < 0 ? Math.max(0, index + length) : index;
  }

  private boolean startsOrEnds() {
    Object[] given = unnamed(1, 3);
    List<Object> parts = given[0] instanceof Tuple tuple ? tuple.items() : List.of(text(given[0]));
    String window = window(given, new long[1]);
    for (Object part : parts) {
      String text = text(part);
      run.spend(1);
      run.spendText(text.length());
      if (window != null
          && (name.equals("startswith") ? window.startsWith(text) : window.endsWith(text))) {
        return true;
      }
    }
    return false;
  }

  private long find() {
    Object[] given = unnamed(1, 3);
    String part = text(given[0]);
    long[] start = new long[1];
    String window = window(given, start);
    int at = -1;
    if (window != null) {
      at = name.startsWith("r") ? window.lastIndexOf(part) : window.indexOf(part);
    }
    if (at >= 0) {
      return start[0] + window.codePointCount(0, at);
    }
    if (name.endsWith("index")) {
      throw Failure.value("substring not found");
    }
    return -1;
  }

  private long count() {
    Object[] given = unnamed(1, 3);
    String part = text(given[0]);
    String window = window(given, new long[1]);
    if (window == null) {
      return 0;
    }
    if (part.isEmpty()) {
      return Text.length(window) + 1;
    }
    long count = 0;
    for (int at = window.indexOf(part); at >= 0; count++) {
      at = window.indexOf(part, at + part.length());
    }
    return count;
  }

  private String join(Object items) {
    Output joined = new Output(run);
    String separator = "";
    for (Iterator<Object> rest = Values.iterate(run, items); rest.hasNext(); ) {
      joined.append(separator).append(text(rest.next()));
      separator = self;
    }
    return joined.toString();
  }

  private String justify() {
    Object[] given = unnamed(1, 2);
    long width = Numbers.clamped(given[0], "width");
    String fill = given[1] == Missing.MISSING ? " " : text(given[1]);
    if (Text.length(fill) != 1) {
      throw Failure.value("the fill character must be exactly one character long");
    }
    long padding = width < 0 ? 0 : Math.max(0, width - Text.length(self));
    long left = name.equals("rjust") ? padding : 0;
    if (name.equals("center")) {
      // Where it is uneven, Python gives the odd blank to the left of an odd width.
      left = padding / 2 + (padding & width & 1);
    }
    String before = run.repeat(fill, left);
    return run.paid(before + self + run.repeat(fill, padding - left));
  }

  private String zeroFill() {
    long width = Numbers.clamped(unnamed(1, 1)[0], "width");
    String zeros = run.repeat("0", width < 0 ? 0 : width - Text.length(self));
    boolean signed = self.startsWith("-") || self.startsWith("+");
    return run.paid(signed ? self.charAt(0) + zeros + self.substring(1) : zeros + self);
  }
}
