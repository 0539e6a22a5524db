package headscope.figure;

import headscope.failure.Section;
import headscope.failure.Sectioned;

/** Java found no font to draw with; the message says what to install. */
public final class NoFontException extends IllegalStateException implements Sectioned {
  NoFontException(Throwable cause) {
    super(
        "Java finds no font, so no figure can be drawn: install fontconfig and one font (Debian,"
            + " Ubuntu: apt-get install -y fontconfig fonts-dejavu-core; Fedora: dnf install -y"
            + " fontconfig dejavu-sans-fonts) and start the kernel again",
        cause);
  }

  @Override
  public Section section() {
    return Section.NO_FONT;
  }
}
