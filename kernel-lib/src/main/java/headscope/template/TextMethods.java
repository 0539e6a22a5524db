package headscope.template;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

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
        return split();
      case "startswith":
        return anyOf(self::startsWith);
      case "endswith":
        return anyOf(self::endsWith);
      case "replace":
        Object[] given = unnamed(2, 3);
        long most = given[2] == Missing.MISSING ? -1 : PythonNumbers.integer(given[2], "count");
        return Text.replace(run, self, text(given[0]), text(given[1]), most);
      case "upper":
        unnamed(0, 0);
        return run.paid(Text.upper(self));
      case "lower":
        unnamed(0, 0);
        return run.paid(Text.lower(self));
      case "title":
        unnamed(0, 0);
        return Text.title(self);
      case "capitalize":
        unnamed(0, 0);
        return Text.capitalize(self);
      default:
        throw Failure.unsupported(
            ("the method '%s' of a str is not supported; supported are capitalize, endswith,"
                    + " lower, lstrip, replace, rstrip, split, startswith, strip, title and upper")
                .formatted(name));
    }
  }

  private Object[] unnamed(int required, int allowed) {
    return arguments.bindUnnamed(name + "()", required, allowed);
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
    Object[] given = arguments.bind("split()", 0, "sep", "maxsplit");
    long most = given[1] == Missing.MISSING ? -1 : PythonNumbers.integer(given[1], "maxsplit");
    boolean spaces = given[0] == Missing.MISSING || given[0] == null;
    String separator = spaces ? null : text(given[0]);
    if ("".equals(separator)) {
      throw Failure.value("empty separator");
    }
    List<Object> parts = Text.split(self, separator, most);
    run.spend(parts.size());
    return parts;
  }

  private boolean anyOf(Predicate<String> holds) {
    if (arguments.positional().size() > 1) {
      throw Failure.unsupported(name + "() with a start is not supported");
    }
    Object given = unnamed(1, 1)[0];
    List<Object> parts = given instanceof Tuple tuple ? tuple.items() : List.of(text(given));
    return parts.stream().anyMatch(part -> holds.test(run.paid(text(part))));
  }
}
