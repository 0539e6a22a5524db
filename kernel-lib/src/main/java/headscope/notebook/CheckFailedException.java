package headscope.notebook;

/** A check cell found something else than expected; the message has both. */
public final class CheckFailedException extends RuntimeException {
  CheckFailedException(String message) {
    super(message);
  }
}
