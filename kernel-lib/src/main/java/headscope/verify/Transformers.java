package headscope.verify;

import com.google.gson.reflect.TypeToken;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.html.Templates;
import headscope.json.Json;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * A Python that has transformers.
 *
 * @param python its program
 * @param versions of transformers, torch and, where it is there, peft
 */
public record Transformers(Path python, Map<String, String> versions) {
  /** How it is installed. */
  private static final String INSTALL =
      "environment/compare-hf --install makes .venv-compare-hf with it, or --python names another"
          + " that has environment/compare-hf-requirements.txt";

  private static final String OWN = ".venv-compare-hf/bin/python";
  private static final String SCRIPT = "verify_hf.py";

  /** The script's exit code where transformers has no reader for a GGUF file. */
  static final int NO_READER = 3;

  public Transformers {
    versions = Map.copyOf(versions);
  }

  /**
   * The Python that is named, or that of {@code .venv-compare-hf} beside this library or above the
   * working folder.
   *
   * @throws IllegalStateException if there is none with transformers; the message says how it is
   *     installed
   */
  public static Transformers find(Optional<Path> named) {
    Path python =
        named
            .or(Transformers::own)
            .orElseThrow(
                () -> Section.VERIFICATION.failed("there is no transformers here: " + INSTALL));
    Path folder = temporary();
    try {
      Run run = run(python, folder, "check");
      if (run.code() != 0) {
        throw Section.VERIFICATION.failed(
            python + " has no transformers (" + run.lastLine() + "): " + INSTALL);
      }
      return new Transformers(
          python, Json.read(Files.readString(run.out()), new TypeToken<Map<String, String>>() {}));
    } catch (IOException e) {
      throw Section.VERIFICATION.failed(
          "cannot run " + python + " (" + FileFault.of(e) + "): " + INSTALL, e);
    } finally {
      remove(folder);
    }
  }

  private static Optional<Path> own() {
    List<Path> starts = new ArrayList<>();
    try {
      starts.add(
          Path.of(Transformers.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
    } catch (URISyntaxException e) {
      // the working folder is looked at
    }
    starts.add(Path.of("").toAbsolutePath());
    for (Path start : starts) {
      for (Path p = start; p != null; p = p.getParent()) {
        if (Files.isExecutable(p.resolve(OWN))) {
          return Optional.of(p.resolve(OWN));
        }
      }
    }
    return Optional.empty();
  }

  /** Compares what a file asks for and writes what is found; the exit code. */
  int compare(Path asked, Path found) throws IOException {
    Run run = run(python, asked.getParent(), "compare", asked.toString(), found.toString());
    if (run.code() != 0 && run.code() != NO_READER) {
      throw Section.VERIFICATION.failed("transformers failed: " + run.lastLine());
    }
    return run.code();
  }

  private record Run(int code, Path out, Path err) {
    /** What Python says last: the exception. */
    String lastLine() {
      try {
        List<String> lines = Files.readAllLines(err, StandardCharsets.UTF_8);
        return lines.stream().filter(l -> !l.isBlank()).reduce((a, b) -> b).orElse("no word");
      } catch (IOException e) {
        return "no word"; // not UTF-8
      }
    }
  }

  private static Run run(Path python, Path folder, String... arguments) throws IOException {
    Path script = folder.resolve(SCRIPT);
    Files.writeString(script, Templates.text(Transformers.class, SCRIPT));
    List<String> command = new ArrayList<>(List.of(python.toString(), script.toString()));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(Map.of("HF_HUB_OFFLINE", "1", "PYTHONIOENCODING", "utf-8"));
    Process process = builder.start();
    try {
      return new Run(process.waitFor(), out, err);
    } catch (InterruptedException e) {
      throw new CancellationException("interrupted while transformers computed");
    } finally {
      process.destroy();
    }
  }

  /** A folder that {@link #remove} takes away. */
  static Path temporary() {
    try {
      return Files.createTempDirectory("headscope-verify");
    } catch (IOException e) {
      throw Section.FILES.io("cannot make a folder for a while: " + FileFault.of(e), e);
    }
  }

  static void remove(Path folder) {
    try (var all = Files.walk(folder)) {
      for (Path p : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(p);
      }
    } catch (IOException e) {
      throw Section.FILES.io("cannot remove " + folder + ": " + FileFault.of(e), e);
    }
  }
}
