package headscope.html;

import headscope.template.PageTemplate;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The templates and texts that lie beside a class in the jar. */
public final class Templates {
  private static final Map<String, PageTemplate> PARSED = new ConcurrentHashMap<>();

  private Templates() {}

  /**
   * A template with these values, escaped but for markup.
   *
   * @param beside a class of the package that the template belongs to
   * @param name of the file
   */
  public static String render(Class<?> beside, String name, Map<String, ?> values) {
    return PARSED
        .computeIfAbsent(
            beside.getPackageName() + "/" + name, key -> PageTemplate.parse(text(beside, name)))
        .render(values);
  }

  /** A text beside a class. */
  public static String text(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " in the jar: " + e, e);
    }
  }
}
