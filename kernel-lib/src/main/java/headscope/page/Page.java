package headscope.page;

import headscope.figure.Figure;
import headscope.figure.NoFontException;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.html.Templates;
import headscope.template.Markup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

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
    return Templates.render(Page.class, template, values);
  }

  /** A text of this package in the jar. */
  static String resource(String name) {
    return Templates.text(Page.class, name);
  }

  /**
   * The page as an element of another one: a frame without access to what is around it.
   *
   * @param page the page
   * @param height px of the frame
   * @param picture lies below the frame and is seen where frames are not shown
   */
  static String frame(Page page, int height, Optional<Figure> picture) {
    return render(
        "frame.html",
        Map.of(
            "title",
            page.title(),
            "page",
            page.html(),
            "height",
            height,
            "width",
            picture.map(Figure::width).orElse(0),
            "summary",
            picture.map(Figure::summary).orElse(""),
            "png",
            picture.map(Page::png).orElse("")));
  }

  /** In base64; empty where Java has no font: the page itself needs none. */
  private static String png(Figure picture) {
    try {
      return Base64.getEncoder().encodeToString(picture.png());
    } catch (NoFontException e) {
      return "";
    }
  }

  /** One script of several files of this package, which see each other and nothing else. */
  static String script(List<String> names) {
    return script(Page.class, names);
  }

  /** One script of several files beside a class in the jar, which see each other alone. */
  public static String script(Class<?> beside, List<String> names) {
    return names.stream()
        .map(name -> Templates.text(beside, name))
        .collect(Collectors.joining("\n", "'use strict';\n(() => {\n", "})();\n"));
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
