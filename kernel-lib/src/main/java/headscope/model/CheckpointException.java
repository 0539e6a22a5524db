package headscope.model;

/**
 * A checkpoint that cannot be used. The message names what is wrong, what is allowed, the remedy.
 */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
