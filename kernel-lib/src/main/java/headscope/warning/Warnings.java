package headscope.warning;

import java.util.function.Consumer;

/**
 * Says what a user should know although nothing failed: that a key of a file is passed over, that a
 * prompt is longer than a model was made for. Each is one line on standard error, where a notebook
 * shows it below the cell, unless somebody else {@link #to listens}.
 */
public final class Warnings {
  private static final Consumer<String> STANDARD_ERROR =
      text -> System.err.println("headscope: warning: " + text);

  private static volatile Consumer<String> listener = STANDARD_ERROR;

  private Warnings() {}

  /** Says one thing. */
  public static void say(String text) {
    listener.accept(text.replaceAll("\\p{Cntrl}", "?")); // a damaged file may hold anything
  }

  /**
   * Sends the warnings of the whole process to somebody else until what is returned is closed.
   *
   * @param other takes each warning, without line end
   */
  public static Listening to(Consumer<String> other) {
    Consumer<String> before = listener;
    listener = other;
    return () -> listener = before;
  }

  /** Ends when it is closed. */
  public interface Listening extends AutoCloseable {
    @Override
    void close();
  }
}
