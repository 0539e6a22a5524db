package headscope.notebook;

import headscope.failure.Section;
import headscope.figure.Numbers;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Check cells: each prints what it saw and fails the run if that is not what the text beside it
 * claims. The numbers beside {@link #near} and {@link #between} are those of the model that the
 * notebook is about ({@link Notebook#subject}; the reference model where none is named): on another
 * one what is outside of them prints {@code differs}, and the run goes on.
 *
 * <pre>
 * Check.between("adjacent Jaccard", jaccard, 0.2, 0.6);
 * // ok      adjacent Jaccard: 0.3171 (expected from 0.2 to 0.6)
 * </pre>
 */
public final class Check {
  private Check() {}

  /**
   * Holds that something is true.
   *
   * @throws CheckFailedException if it is not
   */
  public static void that(String description, boolean holds) {
    report(description, holds, Boolean.toString(holds), "true");
  }

  /**
   * Holds that a condition is true of a value.
   *
   * <pre>
   * Check.that("generated text", text, t -> t.contains(uuid), "the whole UUID");
   * </pre>
   *
   * @param expected what the condition asks for, in words
   * @throws CheckFailedException if the condition is false
   */
  public static <T> void that(
      String description, T actual, Predicate<? super T> condition, String expected) {
    report(description, condition.test(actual), text(actual), expected);
  }

  /**
   * Holds that a condition is true of a value that the notebook's own model gives.
   *
   * <pre>
   * Check.ofReference("the answer", text, t -> t.contains(uuid), "the whole UUID");
   * </pre>
   *
   * @param expected what the condition asks for, in words
   * @throws CheckFailedException if the condition is false on the notebook's own model
   */
  public static <T> void ofReference(
      String description, T actual, Predicate<? super T> condition, String expected) {
    reference(description, condition.test(actual), text(actual), expected, Notebook.isOwnModel());
  }

  /**
   * Holds that a value equals another; arrays are compared by their elements.
   *
   * @throws CheckFailedException if they differ
   */
  public static void equal(String description, Object actual, Object expected) {
    report(description, same(actual, expected), text(actual), text(expected));
  }

  /**
   * Holds that a number is within a tolerance of another.
   *
   * @param tolerance the greatest distance allowed, 0 or more
   * @throws CheckFailedException if it is farther away or not a number
   */
  public static void near(String description, double actual, double expected, double tolerance) {
    if (!(tolerance >= 0)) {
      throw Section.KERNEL.wrong("a tolerance is 0 or more, got " + tolerance);
    }
    boolean holds = Math.abs(actual - expected) <= tolerance || actual == expected;
    String wanted = number(expected, holds) + " ± " + number(tolerance, true);
    reference(description, holds, number(actual, holds), wanted, Notebook.isOwnModel());
  }

  /**
   * Holds that a number lies between two others, both included.
   *
   * @throws CheckFailedException if it does not or is not a number
   */
  public static void between(String description, double actual, double low, double high) {
    if (!(low <= high)) {
      throw Section.KERNEL.wrong("a range is low <= high, got " + low + " and " + high);
    }
    boolean holds = actual >= low && actual <= high;
    String wanted = "from " + number(low, holds) + " to " + number(high, holds);
    reference(description, holds, number(actual, holds), wanted, Notebook.isOwnModel());
  }

  /**
   * Says whether an answer to an exercise is right, without holding the solution: beside it stands
   * a seal, a slow salted hash that {@link #seal} made from it. Prints {@code open}, {@code not
   * yet} or {@code right}; whatever the answer, the run goes on.
   *
   * <pre>
   * Check.exercise("01-3", answer01_3, "5a7d22c98b3e6f01")
   * // right    01-3: 9
   * </pre>
   *
   * @param name of the exercise, the salt of its seal
   * @param answer null while it is open; a fraction need only be right to three digits
   * @param seal 16 hexadecimal digits
   * @return its points, 1 if it is right, else 0: as the last value of a cell nbgrader counts them
   * @throws IllegalArgumentException if the seal is none
   */
  public static int exercise(String name, Object answer, String seal) {
    Seal.check(seal);
    return points(name, answer, () -> Seal.fits(name, answer, seal));
  }

  /**
   * The same for an exercise with many right answers: each is tried. What a condition throws on an
   * answer makes it a wrong one.
   *
   * <pre>
   * Check.exercise("00-3", question, q -&gt; answerTo(q).contains("amber falcon"))
   * </pre>
   *
   * @param answer null while it is open
   * @return its points, 1 if the condition holds, else 0
   */
  public static <T> int exercise(String name, T answer, Predicate<? super T> condition) {
    Objects.requireNonNull(condition, "condition");
    return points(name, answer, () -> condition.test(answer));
  }

  /**
   * The seal of a solution, for whoever writes an exercise. It keeps a solution from being read,
   * not from being guessed: who tries all numbers up to a thousand finds the one.
   *
   * @param solution a whole number, a fraction (held to three digits), true or false, a text, a
   *     head, a set of heads, spans, or a list of what is none of the fractions
   * @return 16 hexadecimal digits
   * @throws IllegalArgumentException if it is an array, or not finite
   */
  public static String seal(String name, Object solution) {
    return Seal.of(name, solution);
  }

  private static int points(String name, Object answer, BooleanSupplier test) {
    Objects.requireNonNull(name, "name");
    if (answer == null) {
      System.out.println("open     " + name);
      return 0;
    }
    boolean right;
    String why = "";
    try {
      right = test.getAsBoolean();
    } catch (RuntimeException e) {
      right = false;
      why = " (" + e.getMessage() + ")";
    }
    System.out.println((right ? "right    " : "not yet  ") + name + ": " + text(answer) + why);
    return right ? 1 : 0;
  }

  /** Of what only the notebook's own model is known to give: that another one differs is said. */
  static void reference(
      String description, boolean holds, String actual, String expected, boolean isOwn) {
    if (holds || isOwn) {
      report(description, holds, actual, expected);
    } else {
      System.out.println(
          "differs " + description + ": " + actual + " (the text's model: " + expected + ")");
    }
  }

  private static void report(String description, boolean holds, String actual, String expected) {
    Objects.requireNonNull(description, "description");
    if (!holds) {
      String message = description + ": expected " + expected + ", found " + actual;
      System.out.println("FAILED  " + message);
      throw new CheckFailedException(message);
    }
    System.out.println("ok      " + description + ": " + actual + " (expected " + expected + ")");
  }

  /** Short where all is well; every digit where the difference matters. */
  private static String number(double value, boolean shortly) {
    return shortly ? Numbers.text(value) : Double.toString(value);
  }

  private static String text(Object value) {
    if (value instanceof Double || value instanceof Float) {
      return value.toString();
    }
    if (value != null && value.getClass().isArray()) {
      // deepToString takes an array of objects only; the outer brackets are its own.
      String wrapped = Arrays.deepToString(new Object[] {value});
      return wrapped.substring(1, wrapped.length() - 1);
    }
    return value instanceof CharSequence ? "\"" + value + "\"" : String.valueOf(value);
  }

  private static boolean same(Object a, Object b) {
    if (a instanceof Number && b instanceof Number && isWhole(a) && isWhole(b)) {
      return ((Number) a).longValue() == ((Number) b).longValue();
    }
    return Objects.deepEquals(a, b);
  }

  /** An int and a long of one value are one number to whoever writes a check. */
  private static boolean isWhole(Object value) {
    return value instanceof Integer
        || value instanceof Long
        || value instanceof Short
        || value instanceof Byte;
  }
}
