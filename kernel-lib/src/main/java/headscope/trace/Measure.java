package headscope.trace;

import headscope.failure.Section;
import java.util.regex.Pattern;

/**
 * A measurement of one's own: what is kept of a hook at every step. It becomes the tensor {@code
 * x.<name>} of the trace.
 *
 * <pre>
 *   Measure size = Measure.of("z_norm", Hook.Z, Reduce.norm());
 *   Trace trace = model.generate(prompt, Capture.heads().with(size));
 *   trace.steps().get(0).own("z_norm");                       // [layers * heads]
 * </pre>
 *
 * @param name of letters, digits, {@code _}, {@code -} and dots
 * @param hook what is looked at
 * @param reduce what is kept of it
 */
public record Measure(String name, Hook hook, Reduce reduce) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");

  public Measure {
    if (!NAME.matcher(name).matches()) {
      throw Section.TRACE_CONTENT.wrong(
          "a measurement's name is of letters, digits, _, - and dots, such as z_norm; got \""
              + name
              + "\"");
    }
    if (hook == Hook.PATTERN && reduce.name().equals(Reduce.whole().name())) {
      throw Section.TRACE_CONTENT.wrong(
          "patterns grow by a position a step, so whole ones are no tensor of one shape; use"
              + " Capture.withRows, or Reduce.by with a number of each");
    }
  }

  /** A measurement of that name. */
  public static Measure of(String name, Hook hook, Reduce reduce) {
    return new Measure(name, hook, reduce);
  }

  /** The tensor of the trace. */
  public String tensor() {
    return Tensor.OWN + name;
  }

  /** What a file says of it, such as {@code norm of z}. */
  public String meaning() {
    return reduce.name() + " of " + hook;
  }

  /** Two are the same if files say the same of them. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Measure m && name.equals(m.name) && meaning().equals(m.meaning());
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name + "=" + meaning();
  }
}
