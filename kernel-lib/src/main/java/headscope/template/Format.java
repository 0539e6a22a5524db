package headscope.template;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.List;

/** Python's {@code text % values}, with the conversions s, r, d, i, f and %. */
final class Format {
  private final Run run;
  private final String format;
  private final Iterator<Object> values;
  private final Output out;
  private int next;

  private Format(Run run, String format, List<Object> values) {
    this.run = run;
    this.format = format;
    this.values = values.iterator();
    this.out = new Output(run);
  }

  static String percent(Run run, String format, Object right) {
    if (right instanceof Tuple tuple) {
      return new Format(run, format, tuple.items()).convert();
    }
    if (right != null && !Values.isText(right) && !Numbers.isNumber(right)) {
      throw Failure.unsupported(
          "formatting a %s with '%%' is not supported".formatted(Values.typeName(right)));
    }
    return new Format(run, format, Tuple.of(right).items()).convert();
  }

  private String convert() {
    for (int at; (at = format.indexOf('%', next)) >= 0; ) {
      run.spend(1);
      out.append(format.substring(next, at));
      next = at + 1;
      if (peek() == '%') {
        next++;
        out.append("%");
      } else {
        conversion();
      }
    }
    if (values.hasNext()) {
      throw Failure.value("not all arguments converted during string formatting");
    }
    return out.append(format.substring(next)).toString();
  }

  private char peek() {
    if (next == format.length()) {
      throw Failure.value("incomplete format");
    }
    return format.charAt(next);
  }

  private void conversion() {
    boolean left = false;
    boolean zeros = false;
    for (; peek() == '-' || peek() == '0'; next++) {
      left |= peek() == '-';
      zeros |= peek() == '0';
    }
    int width = number(0);
    int precision = -1;
    if (peek() == '.') {
      next++;
      precision = number(0);
    }
    char type = peek();
    next++;
    if ("srdif".indexOf(type) < 0 || precision >= 0 && (type == 'd' || type == 'i')) {
      throw Failure.unsupported("a conversion of '%' other than s, r, d, i, f is not supported");
    }
    if (!values.hasNext()) {
      throw Failure.value("not enough arguments for format string");
    }
    Object value = values.next();
    boolean text = type == 's' || type == 'r';
    String shown = text ? text(value, type, precision) : number(value, type, precision);
    String padding = run.repeat(zeros && !left && !text ? "0" : " ", width - Text.length(shown));
    if (left) {
      out.append(shown).append(padding);
    } else if (padding.startsWith("0") && shown.startsWith("-")) {
      out.append("-").append(padding).append(shown.substring(1));
    } else {
      out.append(padding).append(shown);
    }
  }

  private int number(int absent) {
    int start = next;
    while (Character.digit(peek(), 10) >= 0 && peek() < 0x80) {
      next++;
    }
    if (next - start > 4) {
      throw Failure.limit("a width of more than four digits");
    }
    return next == start ? absent : Integer.parseInt(format.substring(start, next));
  }

  private String text(Object value, char type, int precision) {
    if (type == 's' && value instanceof Markup) {
      throw Failure.unsupported("formatting text marked safe is not supported");
    }
    String shown = type == 's' ? Printer.str(run, value) : Printer.repr(run, value);
    return precision < 0 || precision >= Text.length(shown)
        ? shown
        : shown.substring(0, shown.offsetByCodePoints(0, precision));
  }

  private String number(Object value, char type, int precision) {
    Values.requireDefined(value);
    if (!Numbers.isNumber(value)) {
      throw Failure.value(
          "%" + type + " format: a number is required, not " + Values.typeName(value));
    }
    if (type != 'f') {
      return Numbers.big(Filters.truncated(value)).toString();
    }
    double real = Numbers.real(value);
    if (Double.isNaN(real) || Double.isInfinite(real)) {
      throw Failure.unsupported("formatting inf or nan is not supported");
    }
    int digits = precision < 0 ? 6 : precision;
    String shown =
        new BigDecimal(Math.abs(real)).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    return Math.copySign(1, real) < 0 ? "-" + shown : shown;
  }
}
