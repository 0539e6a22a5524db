package headscope.page;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A browser without a window, where one is installed; tests that need it are skipped elsewhere. */
public final class Chromium {
  private static final Optional<Path> PROGRAM =
      Stream.of(System.getenv("PATH").split(":"))
          .flatMap(
              folder ->
                  Stream.of("chromium", "chromium-browser", "google-chrome")
                      .map(name -> Path.of(folder, name)))
          .filter(Files::isExecutable)
          .findFirst();

  private Chromium() {}

  /** Where it is; without one the test that asks is skipped. */
  public static Path program() {
    assumeTrue(PROGRAM.isPresent(), "no Chromium on PATH");
    return PROGRAM.get();
  }

  /** The page as it stands after its scripts have run, as HTML. */
  public static String open(Path page, Path scratch) throws IOException, InterruptedException {
    return open(page.toUri().toString(), scratch);
  }

  /**
   * As {@link #open(Path, Path)}, for an address with a fragment; two seconds of timers run, too.
   */
  static String open(String address, Path scratch) throws IOException, InterruptedException {
    Path program = program();
    Path dom = scratch.resolve("dom.html");
    Path log = scratch.resolve("chromium.log");
    Process process =
        new ProcessBuilder(
                List.of(
                    program.toString(),
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--user-data-dir=" + scratch.resolve("profile"),
                    "--window-size=1280,900",
                    "--dump-dom",
                    "--virtual-time-budget=2000",
                    address))
            .redirectOutput(dom.toFile())
            .redirectError(log.toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("Chromium does not end: " + Files.readString(log));
    }
    String html = Files.readString(dom, StandardCharsets.UTF_8);
    if (html.isBlank()) {
      throw new IllegalStateException("Chromium shows nothing: " + Files.readString(log));
    }
    return html;
  }
}
