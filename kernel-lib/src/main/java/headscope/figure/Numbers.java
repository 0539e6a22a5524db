package headscope.figure;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** How a number is written for a reader: the same in figures, tables and checks, in any locale. */
public final class Numbers {
  private Numbers() {}

  /**
   * At most four significant digits, none of them lost before the decimal point.
   *
   * <pre>
   * Numbers.text(0.35124)    // 0.3512
   * Numbers.text(12345.6)    // 12346
   * Numbers.text(0.00001234) // 1.234e-05
   * </pre>
   */
  public static String text(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "∞" : "-∞";
    }
    double size = Math.abs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e9)) {
      return String.format(Locale.ROOT, "%.3e", value).replaceFirst("\\.?0+e", "e");
    }
    BigDecimal exact = new BigDecimal(value);
    BigDecimal rounded =
        size >= 1000
            ? exact.setScale(0, RoundingMode.HALF_EVEN)
            : exact.round(new MathContext(4, RoundingMode.HALF_EVEN));
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }

  /** Two decimals below ten, as the numbers in a cell are written. */
  static String twoDigits(double value) {
    return Math.abs(value) < 10 ? String.format(Locale.ROOT, "%.2f", value) : text(value);
  }
}
