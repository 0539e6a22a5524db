package headscope.notebook;

import headscope.failure.Section;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A solution that can be compared with but not read: PBKDF2 (RFC 8018) with SHA-256 of its text,
 * salted with the exercise's name so that equal solutions have unlike seals.
 */
final class Seal {
  private static final int ROUNDS = 20_000;
  private static final int BITS = 64;
  private static final int DIGITS = 3;

  private Seal() {}

  static String of(String name, Object solution) {
    return hash(name, texts(solution).get(0));
  }

  static boolean fits(String name, Object answer, String seal) {
    return texts(answer).stream().anyMatch(text -> hash(name, text).equals(seal));
  }

  static void check(String seal) {
    if (!Objects.requireNonNull(seal, "seal").matches("[0-9a-f]{" + BITS / 4 + "}")) {
      throw Section.KERNEL.wrong(
          "a seal is " + BITS / 4 + " hexadecimal digits as Check.seal makes them, got " + seal);
    }
  }

  /**
   * The texts that an answer may have been sealed as, its own first. A fraction also has those of
   * its neighbours in the last digit, since one at the edge is rounded up here and down there.
   */
  private static List<String> texts(Object value) {
    Objects.requireNonNull(value, "solution");
    if (value.getClass().isArray()) {
      throw Section.KERNEL.wrong("an array has no seal; seal one number of it, or a list");
    }
    if (!(value instanceof Number)) {
      return List.of(value.toString().strip());
    }
    BigDecimal number = exact((Number) value);
    BigDecimal rounded = number.round(new MathContext(DIGITS));
    BigDecimal unit =
        BigDecimal.ONE.scaleByPowerOfTen(rounded.precision() - rounded.scale() - DIGITS);
    List<String> texts = new ArrayList<>();
    for (BigDecimal near : List.of(rounded, rounded.add(unit), rounded.subtract(unit))) {
      texts.add("fraction " + near.round(new MathContext(DIGITS)).stripTrailingZeros());
    }
    if (number.stripTrailingZeros().scale() <= 0) {
      // 52.0 also answers a question for a whole number, and 1 one for a fraction.
      boolean isFraction = value instanceof Double || value instanceof Float;
      texts.add(isFraction ? texts.size() : 0, number.toBigInteger().toString());
    }
    return texts;
  }

  private static BigDecimal exact(Number value) {
    try {
      return new BigDecimal(value.toString());
    } catch (NumberFormatException e) {
      throw Section.KERNEL.wrong("an answer is a finite number, got " + value);
    }
  }

  private static String hash(String name, String text) {
    char[] secret = text.toCharArray();
    byte[] salt = ("headscope " + name).getBytes(StandardCharsets.UTF_8);
    try {
      byte[] hash =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
              .generateSecret(new PBEKeySpec(secret, salt, ROUNDS, BITS))
              .getEncoded();
      return HexFormat.of().formatHex(hash);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has PBKDF2WithHmacSHA256", e);
    } finally {
      Arrays.fill(secret, ' ');
    }
  }
}
