package headscope.template;

import java.util.ArrayList;
import java.util.List;

/** The operators of arithmetic, on numbers, texts and lists. */
final class Arithmetic {
  /** Beyond this a long is not a double, and the quotient of two would be rounded twice. */
  private static final long EXACT_DOUBLE = 1L << 53;

  private Arithmetic() {}

  static Object apply(Run run, Operator operator, Object left, Object right) {
    if (left instanceof Markup || right instanceof Markup) {
      return markup(run, operator, left, right);
    }
    Values.requireDefined(left, right);
    if (PythonNumbers.isNumber(left) && PythonNumbers.isNumber(right)) {
      return left instanceof Double || right instanceof Double
          ? reals(operator, real(left), real(right))
          : integers(operator, integer(left), integer(right));
    }
    if (operator == Operator.ADD && left instanceof String a && right instanceof String b) {
      run.spendText(a.length() + (long) b.length());
      return a + b;
    }
    if (operator == Operator.ADD && left instanceof List<?> a && right instanceof List<?> b) {
      run.spend(a.size() + (long) b.size());
      List<Object> both = new ArrayList<>(a);
      both.addAll(b);
      return both;
    }
    if (operator == Operator.MULTIPLY
        && left instanceof String text
        && PythonNumbers.isInt(right)) {
      return run.repeat(text, integer(right));
    }
    if (operator == Operator.MULTIPLY
        && right instanceof String text
        && PythonNumbers.isInt(left)) {
      return run.repeat(text, integer(left));
    }
    throw refusal(operator, left, right);
  }

  private static Failure refusal(Operator operator, Object left, Object right) {
    boolean formats = operator == Operator.MODULO && left instanceof String;
    boolean repeats = operator == Operator.MULTIPLY && (isSequence(left) || isSequence(right));
    boolean tuples = operator == Operator.ADD && left instanceof Tuple && right instanceof Tuple;
    if (formats || repeats || tuples) {
      return Failure.unsupported(
          "'%s' of a %s and a %s is not supported"
              .formatted(operator.symbol, Values.typeName(left), Values.typeName(right)));
    }
    return operator == Operator.ADD && left instanceof String
        ? Failure.value("can only concatenate str (not \"" + Values.typeName(right) + "\") to str")
        : Failure.value(
            "unsupported operand type(s) for %s: '%s' and '%s'"
                .formatted(operator.symbol, Values.typeName(left), Values.typeName(right)));
  }

  private static boolean isSequence(Object value) {
    return value instanceof List || value instanceof Tuple;
  }

  private static long integer(Object value) {
    return PythonNumbers.integer(value, "an operand");
  }

  private static double real(Object value) {
    return value instanceof Double real ? real : integer(value);
  }

  private static Object integers(Operator operator, long a, long b) {
    try {
      switch (operator) {
        case ADD:
          return Math.addExact(a, b);
        case SUBTRACT:
          return Math.subtractExact(a, b);
        case MULTIPLY:
          return Math.multiplyExact(a, b);
        case FLOOR_DIVIDE:
          return b == -1 ? Math.negateExact(a) : Math.floorDiv(a, nonZero(b));
        case MODULO:
          return Math.floorMod(a, nonZero(b));
        default:
          nonZero(b);
          if (Math.abs(a) > EXACT_DOUBLE || Math.abs(b) > EXACT_DOUBLE) {
            throw Failure.unsupported("division of integers above 2**53 is not supported");
          }
          return (double) a / b;
      }
    } catch (ArithmeticException e) {
      throw Failure.limit("an integer of more than 64 bits");
    }
  }

  private static long nonZero(long divisor) {
    if (divisor == 0) {
      throw Failure.value("division by zero");
    }
    return divisor;
  }

  private static Double reals(Operator operator, double a, double b) {
    switch (operator) {
      case ADD:
        return a + b;
      case SUBTRACT:
        return a - b;
      case MULTIPLY:
        return a * b;
      case DIVIDE:
        if (b == 0) {
          throw Failure.value("float division by zero");
        }
        return a / b;
      default:
        throw Failure.unsupported("'" + operator.symbol + "' of floats is not supported");
    }
  }

  private static Object markup(Run run, Operator operator, Object left, Object right) {
    if (operator != Operator.ADD || !Values.isText(left) || !Values.isText(right)) {
      throw Failure.unsupported("'" + operator.symbol + "' with text marked safe is not supported");
    }
    return new Markup(run.paid(Markup.of(left).text() + Markup.of(right).text()));
  }

  static Object signed(Object value, boolean negative) {
    Values.requireDefined(value);
    if (!PythonNumbers.isNumber(value)) {
      throw Failure.value("bad operand type for a sign: '" + Values.typeName(value) + "'");
    }
    if (value instanceof Double real) {
      return negative ? -real : real;
    }
    return negative ? integers(Operator.SUBTRACT, 0, integer(value)) : (Object) integer(value);
  }
}
