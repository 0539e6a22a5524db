package headscope.page;

import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.template.Markup;
import headscope.template.PageTemplate;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One HTML file that asks for nothing else. Its policy forbids every script but the given one, so
 * that foreign text would not run even where it were not escaped.
 *
 * <pre>
 *   new Page("A title", "h1 { color: var(--accent) }", new Markup("&lt;h1&gt;Hello&lt;/h1&gt;"), "").save(file);
 * </pre>
 *
 * @param title the title, as text
 * @param style CSS, behind that of all pages
 * @param body HTML
 * @param script JavaScript that runs when the body is there; empty for none
 * @param worker whether the script may run in a worker, too
 */
public record Page(String title, String style, Markup body, String script, boolean worker) {
  private static final Map<String, PageTemplate> TEMPLATES = new ConcurrentHashMap<>();

  /** A page whose script, if it has one, needs no worker. */
  public Page(String title, String style, Markup body, String script) {
    this(title, style, body, script, false);
  }

  /** The whole HTML document. */
  public String html() {
    return render(
        "page.html",
        Map.of(
            "title",
            title,
            "style",
            new Markup(resource("page.css") + style),
            "body",
            body,
            "script",
            new Markup(script),
            "hash",
            sha256(script),
            "worker",
            worker));
  }

  /**
   * Writes the page as UTF-8; the file is complete or not there.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public Path save(Path file) {
    try {
      WholeFile.write(file, part -> Files.writeString(part, html()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + FileFault.of(e), e);
    }
    return file;
  }

  /** A template of this package in the jar with these values, escaped but for markup. */
  static String render(String template, Map<String, ?> values) {
    return TEMPLATES
        .computeIfAbsent(template, name -> PageTemplate.parse(resource(name)))
        .render(values);
  }

  /** A text of this package in the jar. */
  static String resource(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " in the jar: " + e, e);
    }
  }

  private static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
