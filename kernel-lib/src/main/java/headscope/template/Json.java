package headscope.template;

import java.util.List;
import java.util.Map;

/** Python's {@code json.dumps}, as transformers calls it for {@code tojson}. */
final class Json {
  private final Run run;
  private final Output out;
  private final boolean asciiOnly;
  private final String indent;
  private final String comma;
  private final String colon;

  private Json(Run run, boolean asciiOnly, String indent, String comma, String colon) {
    this.run = run;
    this.out = new Output(run);
    this.asciiOnly = asciiOnly;
    this.indent = indent;
    this.comma = comma;
    this.colon = colon;
  }

  /** The filter {@code tojson}. */
  static String filter(Run run, Object value, Arguments arguments) {
    Object[] given =
        arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
    boolean asciiOnly = given[0] != Missing.MISSING && Values.truth(given[0]);
    String indent = indent(run, given[1]);
    String comma = indent == null ? ", " : ",";
    String colon = ": ";
    if (given[2] != Missing.MISSING && given[2] != null) {
      List<Object> separators = Values.list(run, given[2]);
      if (separators.size() != 2
          || !(separators.get(0) instanceof String first)
          || !(separators.get(1) instanceof String second)) {
        throw Failure.value("separators of tojson must be two texts");
      }
      comma = first;
      colon = second;
    }
    if (given[3] != Missing.MISSING && Values.truth(given[3])) {
      throw Failure.unsupported("sort_keys of tojson is not supported");
    }
    Json json = new Json(run, asciiOnly, indent, comma, colon);
    json.write(value, "\n");
    return json.out.toString();
  }

  /** What each level adds, or null where all goes on one line. */
  private static String indent(Run run, Object given) {
    if (given == Missing.MISSING || given == null) {
      return null;
    }
    if (given instanceof String) {
      throw Failure.unsupported("an indent of tojson that is a text is not supported");
    }
    return run.repeat(" ", PythonNumbers.integer(given, "indent of tojson"));
  }

  private void write(Object value, String newline) {
    run.enter();
    if (value instanceof String text) {
      quote(text);
    } else if (value instanceof Markup markup) {
      quote(markup.text());
    } else if (value instanceof List<?> items) {
      list(items, newline);
    } else if (value instanceof Tuple tuple) {
      list(tuple.items(), newline);
    } else if (value instanceof Map<?, ?> map) {
      map(map, newline);
    } else {
      out.append(scalar(value));
    }
    run.leave();
  }

  private String scalar(Object value) {
    if (value == null) {
      return "null";
    }
    if (value instanceof Double real) {
      if (real.isNaN()) {
        return "NaN";
      }
      return real.isInfinite() ? (real > 0 ? "Infinity" : "-Infinity") : PythonNumbers.print(real);
    }
    if (value instanceof Boolean || value instanceof Number) {
      return value.toString();
    }
    throw Failure.value("Object of type " + Values.typeName(value) + " is not JSON serializable");
  }

  private void list(List<?> items, String newline) {
    if (items.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append("[");
    String inner = indent == null ? newline : run.paid(newline + indent);
    String separator = "";
    for (Object item : items) {
      next(separator, inner);
      write(item, inner);
      separator = comma;
    }
    next("", newline);
    out.append("]");
  }

  private void map(Map<?, ?> map, String newline) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    out.append("{");
    String inner = indent == null ? newline : run.paid(newline + indent);
    String separator = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      next(separator, inner);
      quote(entry.getKey() instanceof String text ? text : scalar(entry.getKey()));
      out.append(colon);
      write(entry.getValue(), inner);
      separator = comma;
    }
    next("", newline);
    out.append("}");
  }

  private void next(String separator, String newline) {
    out.append(separator);
    if (indent != null) {
      out.append(newline);
    }
  }

  private void quote(String text) {
    run.spendText(text.length());
    out.append("\"");
    int copied = 0;
    for (int i = 0; i < text.length(); i++) {
      String escape = escape(text.charAt(i));
      if (escape != null) {
        out.append(text.substring(copied, i)).append(escape);
        copied = i + 1;
      }
    }
    out.append(text.substring(copied)).append("\"");
  }

  private String escape(char c) {
    switch (c) {
      case '"':
        return "\\\"";
      case '\\':
        return "\\\\";
      case '\n':
        return "\\n";
      case '\r':
        return "\\r";
      case '\t':
        return "\\t";
      case '\f':
        return "\\f";
      case '\b':
        return "\\b";
      default:
        return c < ' ' || asciiOnly && c > '~' ? "\\u%04x".formatted((int) c) : null;
    }
  }
}
