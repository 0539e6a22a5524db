package headscope.page;

import headscope.file.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * One HTML file that asks for nothing else. Its policy forbids every script but the given one, so
 * that foreign text would not run even where it were not escaped.
 *
 * @param title the title, as text
 * @param style CSS
 * @param body HTML
 * @param script JavaScript that runs when the body is there; empty for none
 */
record Page(String title, String style, String body, String script) {

  String html() {
    String scripts = script.isEmpty() ? "" : "script-src 'sha256-" + sha256(script) + "'; ";
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        + scripts
        + "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
        + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        + "<meta name=\"referrer\" content=\"no-referrer\">\n<title>"
        + Html.escape(title)
        + "</title>\n<style>\n"
        + resource("page.css")
        + style
        + "</style>\n</head>\n<body>\n"
        + body
        + (script.isEmpty() ? "" : "<script>" + script + "</script>\n")
        + "</body>\n</html>\n";
  }

  /**
   * Writes the page as UTF-8; the file is complete or not there.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  Path save(Path file) {
    try {
      WholeFile.write(file, part -> Files.writeString(part, html()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e, e);
    }
    return file;
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
