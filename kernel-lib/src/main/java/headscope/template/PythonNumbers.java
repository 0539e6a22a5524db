package headscope.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Python's numbers. An int is a {@link Long}; a {@link BigInteger}, which only a message can bring,
 * is printed and compared and no more; a bool is an int, too; a float is a {@link Double}.
 */
final class PythonNumbers {
  private static final RoundingMode[] SHORTEST = {
    RoundingMode.HALF_EVEN, RoundingMode.FLOOR, RoundingMode.CEILING
  };

  private PythonNumbers() {}

  static boolean isInt(Object value) {
    return value instanceof Long || value instanceof BigInteger || value instanceof Boolean;
  }

  static boolean isNumber(Object value) {
    return isInt(value) || value instanceof Double;
  }

  /** The int of a value that is one. */
  static long integer(Object value, String what) {
    if (value instanceof Boolean truth) {
      return truth ? 1 : 0;
    }
    if (value instanceof Long integer) {
      return integer;
    }
    throw value instanceof BigInteger
        ? Failure.limit(what + " is an integer of more than 64 bits")
        : Failure.value(what + " must be an int, not " + Values.typeName(value));
  }

  /** An int, or a finite float without its fraction. */
  static long truncated(Object number, String what) {
    if (!(number instanceof Double real)) {
      return integer(number, what);
    }
    if (Double.isNaN(real) || Double.isInfinite(real)) {
      throw Failure.value("cannot convert float " + print(real) + " to integer");
    }
    if (Math.abs(real) >= 0x1p63) {
      throw Failure.limit(what + " is an integer of more than 64 bits");
    }
    return real.longValue();
  }

  /** The sign of left - right, exact for any mix of types, or null if one is not a number. */
  static Integer compare(Object left, Object right) {
    double a = left instanceof Double real ? real : 0;
    double b = right instanceof Double real ? real : 0;
    if (Double.isNaN(a) || Double.isNaN(b)) {
      return null;
    }
    if (Double.isInfinite(a) || Double.isInfinite(b)) {
      return Double.compare(a, b);
    }
    return decimal(left).compareTo(decimal(right));
  }

  private static BigDecimal decimal(Object value) {
    if (value instanceof Double real) {
      return new BigDecimal(real);
    }
    return value instanceof BigInteger big
        ? new BigDecimal(big)
        : BigDecimal.valueOf(integer(value, "a number"));
  }

  /** Python's {@code repr}: the shortest digits that mean this double, the nearest among them. */
  static String print(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int point = digits.length() - shortest.scale();
    String sign = value < 0 ? "-" : "";
    if (point > 16 || point <= -4) {
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      String exponent = String.format(java.util.Locale.ROOT, "%02d", Math.abs(point - 1));
      return sign + digits.charAt(0) + fraction + (point < 1 ? "e-" : "e+") + exponent;
    }
    if (point <= 0) {
      return sign + "0." + "0".repeat(-point) + digits;
    }
    if (point >= digits.length()) {
      return sign + digits + "0".repeat(point - digits.length()) + ".0";
    }
    return sign + digits.substring(0, point) + "." + digits.substring(point);
  }

  /** {@link Double#toString} gives a digit too many now and then before Java 19. */
  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(value);
    for (int precision = 1; ; precision++) {
      // At a power of two the nearest may mean another double, the neighbour on its wide side not.
      for (RoundingMode mode : SHORTEST) {
        BigDecimal candidate = exact.round(new MathContext(precision, mode));
        if (candidate.doubleValue() == value) {
          return candidate.stripTrailingZeros();
        }
      }
    }
  }
}
