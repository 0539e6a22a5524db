package headscope.failure;

/** A failure that knows the section of ERRORS.md that explains it. */
public interface Sectioned {
  Section section();
}
