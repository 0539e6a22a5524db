package headscope.safetensors;

import headscope.failure.Section;
import headscope.failure.Sectioned;
import java.nio.file.Path;

/**
 * A file whose content is not what its format promises. The message names file, place and remedy.
 */
public final class MalformedFileException extends RuntimeException implements Sectioned {
  private static final long serialVersionUID = 1L;

  /**
   * @param file the file at fault
   * @param what what is wrong with it, with the offending value and what is allowed
   */
  public MalformedFileException(Path file, String what) {
    super(file + ": " + what);
  }

  @Override
  public Section section() {
    return Section.DAMAGED_FILES;
  }
}
