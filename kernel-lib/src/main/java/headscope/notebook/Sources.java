package headscope.notebook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where sources are: of headscope beside its jar, {@code headscope-sources.jar}, or the folder that
 * it is built from; of the JDK in its {@code src.zip}, which some packages of it lack.
 */
final class Sources {
  private static Optional<Path> ours = Optional.empty();
  private static Optional<Path> jdk = Optional.empty();
  private static boolean looked;

  private Sources() {}

  /** The root of headscope's sources. */
  static synchronized Optional<Path> ours() {
    look();
    return ours;
  }

  /** The text of the file that declares a class. */
  static synchronized Optional<String> of(Class<?> type) {
    look();
    Class<?> outer = type;
    while (outer.getEnclosingClass() != null) {
      outer = outer.getEnclosingClass();
    }
    String path = outer.getName().replace('.', '/') + ".java";
    List<Path> files = new ArrayList<>();
    ours.ifPresent(root -> files.add(root.resolve(path)));
    String module = type.getModule().getName();
    if (module != null) {
      jdk.ifPresent(root -> files.add(root.resolve(module).resolve(path)));
    }
    for (Path file : files) {
      if (Files.isRegularFile(file)) {
        try {
          return Optional.of(Files.readString(file));
        } catch (IOException e) {
          throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
      }
    }
    return Optional.empty();
  }

  /** The packages of ours that have a source file of that name. */
  static synchronized List<String> rooms(String name) {
    look();
    List<String> rooms = new ArrayList<>();
    if (ours.isPresent()) {
      try (Stream<Path> folders = Files.list(ours.get().resolve("headscope"))) {
        folders
            .filter(room -> Files.isRegularFile(room.resolve(name + ".java")))
            .map(room -> "headscope." + room.getFileName().toString().replace("/", ""))
            .sorted()
            .forEach(rooms::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return rooms;
  }

  /** The archives stay open as long as the program runs. */
  private static void look() {
    if (looked) {
      return;
    }
    looked = true;
    try {
      Path at = Path.of(Sources.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(at)) { // target/classes
        ours = Optional.of(at.resolve("../../src/main/java").normalize());
      } else {
        String name = at.getFileName().toString().replaceAll("\\.jar$", "-sources.jar");
        ours = archive(at.resolveSibling(name));
      }
      jdk = archive(Path.of(System.getProperty("java.home"), "lib", "src.zip"));
    } catch (URISyntaxException | IOException e) {
      throw new IllegalStateException("sources cannot be read: " + e, e);
    }
  }

  private static Optional<Path> archive(Path file) throws IOException {
    return Files.isReadable(file)
        ? Optional.of(FileSystems.newFileSystem(file).getPath("/"))
        : Optional.empty();
  }
}
