package headscope.notebook;

import headscope.failure.Section;
import headscope.failure.Sectioned;

/** A check cell found something else than expected; the message has both. */
public final class CheckFailedException extends RuntimeException implements Sectioned {
  CheckFailedException(String message) {
    super(message);
  }

  @Override
  public Section section() {
    return Section.CHECKS;
  }
}
