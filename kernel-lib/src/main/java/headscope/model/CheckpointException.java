package headscope.model;

import headscope.failure.Section;
import headscope.failure.Sectioned;

/**
 * A checkpoint that cannot be used. The message names what is wrong, what is allowed, the remedy.
 */
public final class CheckpointException extends RuntimeException implements Sectioned {
  private static final long serialVersionUID = 1L;

  private final Section section;

  CheckpointException(Section section, String message) {
    this(section, message, null);
  }

  CheckpointException(Section section, String message, Throwable cause) {
    super(message, cause);
    this.section = section;
  }

  @Override
  public Section section() {
    return section;
  }
}
