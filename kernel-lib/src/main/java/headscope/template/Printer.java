package headscope.template;

import java.util.List;
import java.util.Map;

/** Python's {@code str} and {@code repr}. */
final class Printer {
  private final Run run;
  private final Output out;

  private Printer(Run run) {
    this.run = run;
    this.out = new Output(run);
  }

  static String str(Run run, Object value) {
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof Markup markup) {
      return markup.text();
    }
    return value instanceof Undefined ? "" : repr(run, value);
  }

  static String repr(Run run, Object value) {
    Printer printer = new Printer(run);
    printer.print(value);
    return printer.out.toString();
  }

  private void print(Object value) {
    run.enter();
    if (value == null) {
      out.append("None");
    } else if (value instanceof Boolean truth) {
      out.append(truth ? "True" : "False");
    } else if (value instanceof Double real) {
      out.append(PythonNumbers.print(real));
    } else if (value instanceof Number) {
      out.append(value.toString());
    } else if (value instanceof String text) {
      quote(text);
    } else if (value instanceof Markup markup) {
      out.append("Markup(");
      quote(markup.text());
      out.append(")");
    } else if (value instanceof List<?> items) {
      items("[", items, "]");
    } else if (value instanceof Tuple tuple) {
      items("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")");
    } else if (value instanceof Map<?, ?> map) {
      map(map);
    } else if (value instanceof View view) {
      items(view.type() + "([", view.items(), "])");
    } else if (value instanceof Range range) {
      out.append("range(" + range.start() + ", " + range.stop());
      out.append(range.step() == 1 ? ")" : ", " + range.step() + ")");
    } else if (value instanceof Undefined) {
      out.append("Undefined");
    } else {
      throw Failure.unsupported("printing a " + Values.typeName(value) + " is not supported");
    }
    run.leave();
  }

  private void items(String open, List<?> items, String close) {
    out.append(open);
    String separator = "";
    for (Object item : items) {
      out.append(separator);
      print(item);
      separator = ", ";
    }
    out.append(close);
  }

  private void map(Map<?, ?> map) {
    out.append("{");
    String separator = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(separator);
      print(entry.getKey());
      out.append(": ");
      print(entry.getValue());
      separator = ", ";
    }
    out.append("}");
  }

  private void quote(String text) {
    run.spendText(text.length());
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(String.valueOf(quote));
    int copied = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int next = i + Character.charCount(c);
      String escape = escape(c, quote);
      if (escape != null) {
        out.append(text.substring(copied, i)).append(escape);
        copied = next;
      }
      i = next;
    }
    out.append(text.substring(copied)).append(String.valueOf(quote));
  }

  private static String escape(int c, char quote) {
    switch (c) {
      case '\n':
        return "\\n";
      case '\r':
        return "\\r";
      case '\t':
        return "\\t";
      case '\\':
        return "\\\\";
      default:
        if (c == quote) {
          return "\\" + quote;
        }
        if (c >= ' ' && c < 0x7f || Text.isPrintable(c)) {
          return null;
        }
        return (c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c);
    }
  }
}
