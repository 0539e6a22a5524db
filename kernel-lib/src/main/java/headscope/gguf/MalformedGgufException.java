package headscope.gguf;

import headscope.failure.Section;
import headscope.failure.Sectioned;
import java.nio.file.Path;

/** A GGUF file that is damaged, or of a kind that is not read. The message names file and place. */
public final class MalformedGgufException extends RuntimeException implements Sectioned {
  private static final long serialVersionUID = 1L;

  /**
   * @param file the file at fault
   * @param what what is wrong with it, with the offending value and what is allowed
   */
  public MalformedGgufException(Path file, String what) {
    super(file + ": " + what);
  }

  @Override
  public Section section() {
    return Section.GGUF;
  }
}
