package headscope.template;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Python's numbers. An int is a {@link Long}, or a {@link BigInteger} where a long is too short; a
 * bool is an int, too; a float is a {@link Double}.
 */
final class Numbers {
  static final BigInteger TOO_BIG = BigInteger.TEN.pow(Limits.DIGITS);

  /** Beyond this a long is not a double, and the quotient of two would be rounded twice. */
  private static final BigInteger EXACT_DOUBLE = BigInteger.ONE.shiftLeft(53);

  private static final RoundingMode[] SHORTEST = {
    RoundingMode.HALF_EVEN, RoundingMode.FLOOR, RoundingMode.CEILING
  };

  private Numbers() {}

  static boolean isInt(Object value) {
    return value instanceof Long || value instanceof BigInteger || value instanceof Boolean;
  }

  static boolean isNumber(Object value) {
    return isInt(value) || value instanceof Double;
  }

  static Object of(BigInteger value) {
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    if (value.abs().compareTo(TOO_BIG) >= 0) {
      throw Failure.limit("an integer of more than " + Limits.DIGITS + " digits");
    }
    return value;
  }

  static BigInteger big(Object value) {
    if (value instanceof Boolean truth) {
      return truth ? BigInteger.ONE : BigInteger.ZERO;
    }
    return value instanceof BigInteger big ? big : BigInteger.valueOf((Long) value);
  }

  static double real(Object value) {
    if (value instanceof Double real) {
      return real;
    }
    double real = big(value).doubleValue();
    if (Double.isInfinite(real)) {
      throw Failure.value("int too large to convert to float");
    }
    return real;
  }

  /** An int as a long, for positions and counts; beyond that range, its nearest end. */
  static long clamped(Object value, String what) {
    if (!isInt(value)) {
      throw Failure.value(what + " must be an int, not " + Values.typeName(value));
    }
    BigInteger big = big(value);
    if (big.bitLength() < Long.SIZE) {
      return big.longValue();
    }
    return big.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
  }

  /** The result of {@code + - * / // % **} on two numbers. */
  static Object arithmetic(Operator operator, Object left, Object right) {
    if (isInt(left) && isInt(right)) {
      return integers(operator, big(left), big(right));
    }
    return reals(operator, real(left), real(right));
  }

  private static Object integers(Operator operator, BigInteger a, BigInteger b) {
    switch (operator) {
      case ADD:
        return of(a.add(b));
      case SUBTRACT:
        return of(a.subtract(b));
      case MULTIPLY:
        return of(a.multiply(b));
      case DIVIDE:
        return quotient(a, nonZero(b));
      case FLOOR_DIVIDE:
        return of(floorDivide(a, nonZero(b)));
      case MODULO:
        return of(a.subtract(floorDivide(a, nonZero(b)).multiply(b)));
      default:
        return power(a, b);
    }
  }

  private static BigInteger nonZero(BigInteger divisor) {
    if (divisor.signum() == 0) {
      throw Failure.value("division by zero");
    }
    return divisor;
  }

  private static BigInteger floorDivide(BigInteger a, BigInteger b) {
    BigInteger[] parts = a.divideAndRemainder(b);
    boolean down = parts[1].signum() != 0 && parts[1].signum() != b.signum();
    return down ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static Double quotient(BigInteger a, BigInteger b) {
    if (a.abs().compareTo(EXACT_DOUBLE) <= 0 && b.abs().compareTo(EXACT_DOUBLE) <= 0) {
      return a.doubleValue() / b.doubleValue();
    }
    throw Failure.unsupported("division of integers above 2**53 is not supported");
  }

  private static Object power(BigInteger base, BigInteger exponent) {
    if (exponent.signum() < 0) {
      throw Failure.unsupported("a negative exponent is not supported");
    }
    long times = exponent.min(BigInteger.valueOf(Integer.MAX_VALUE)).longValue();
    if ((base.abs().bitLength() - 1) * times > TOO_BIG.bitLength()) {
      throw Failure.limit("an integer of more than " + Limits.DIGITS + " digits");
    }
    return of(base.pow((int) times));
  }

  private static Double reals(Operator operator, double a, double b) {
    switch (operator) {
      case ADD:
        return a + b;
      case SUBTRACT:
        return a - b;
      case MULTIPLY:
        return a * b;
      case POWER:
        // The last digit of pow() differs between mathematical libraries.
        throw Failure.unsupported("'**' is supported for integers only");
      default:
        if (b == 0) {
          throw Failure.value("float division by zero");
        }
        return operator == Operator.DIVIDE ? a / b : floorDivision(operator, a, b);
    }
  }

  /** Python's: the remainder has the sign of the divisor, the quotient is what fits to it. */
  private static double floorDivision(Operator operator, double a, double b) {
    double remainder = a % b;
    double quotient = (a - remainder) / b;
    if (remainder == 0) {
      remainder = Math.copySign(0, b);
    } else if (remainder < 0 != b < 0) {
      remainder += b;
      quotient -= 1;
    }
    if (operator == Operator.MODULO) {
      return remainder;
    }
    if (quotient == 0) {
      return Math.copySign(0, a / b);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  static Object negate(Object value) {
    return value instanceof Double real ? (Object) (-real) : of(big(value).negate());
  }

  static Object abs(Object value) {
    return value instanceof Double real ? (Object) Math.abs(real) : of(big(value).abs());
  }

  /** The sign of left - right, exact for any mix of types, or null if one is not a number. */
  static Integer compare(Object left, Object right) {
    if (isInt(left) && isInt(right)) {
      return big(left).compareTo(big(right));
    }
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
    return value instanceof Double real ? new BigDecimal(real) : new BigDecimal(big(value));
  }

  /** Python's {@code round}: half to even, decided on the exact value. */
  static Object round(Object value, long digits) {
    // Beyond these no digit of a double is left to round, or none remains.
    int scale = (int) Math.max(-400, Math.min(digits, 1100));
    if (value instanceof Double real) {
      if (real.isNaN() || real.isInfinite() || real == 0) {
        return real;
      }
      double rounded = new BigDecimal(real).setScale(scale, RoundingMode.HALF_EVEN).doubleValue();
      if (Double.isInfinite(rounded)) {
        throw Failure.value("rounded value too large to represent");
      }
      return Math.copySign(rounded, real);
    }
    BigInteger big = big(value);
    return scale >= 0
        ? of(big)
        : of(new BigDecimal(big).setScale(scale, RoundingMode.HALF_EVEN).toBigIntegerExact());
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
      int exponent = point - 1;
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      String padding = Math.abs(exponent) < 10 ? "0" : "";
      return sign
          + digits.charAt(0)
          + fraction
          + (exponent < 0 ? "e-" : "e+")
          + padding
          + Math.abs(exponent);
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
