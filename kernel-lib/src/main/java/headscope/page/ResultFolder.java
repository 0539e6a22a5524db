package headscope.page;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.json.Json;
import headscope.json.JsonFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A folder with results: those of notebooks, or of one experiment.
 *
 * @param path the folder
 * @param name how it is called below the root; empty for the root itself
 * @param about what {@code experiment.json} or {@code reproduce.json} says; empty without one
 * @param figures PNG files, and SVG files that have no PNG beside them, by name
 * @param tables CSV files, by name
 * @param problems what could not be read
 */
record ResultFolder(
    Path path,
    String name,
    JsonObject about,
    List<Path> figures,
    List<Path> tables,
    List<String> problems) {
  private static final int DEEPEST = 6;

  /** An {@code experiment.json} is a page; a larger one is none of ours. */
  private static final long LARGEST_JSON = 4_000_000;

  /**
   * The folder and all below it that hold results, the root first, then by name.
   *
   * @throws IllegalArgumentException if it is no folder
   * @throws UncheckedIOException if it cannot be read
   */
  static List<ResultFolder> below(Path root) {
    if (!Files.isDirectory(root)) {
      throw Section.FIGURES_AND_PAGES.wrong(
          root + " is no folder; a report is made of a folder with results, such as out");
    }
    Map<Path, ResultFolder> found = new TreeMap<>(Comparator.comparing(p -> key(root, p)));
    FileVisitor<Path> visitor =
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            String name = String.valueOf(dir.getFileName());
            boolean skipped =
                !dir.equals(root)
                    && (name.startsWith(".") || name.equals("notebooks") || name.equals("traces"));
            return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString();
            String kind = file.getParent().getFileName() + "";
            String lower = name.toLowerCase(Locale.ROOT);
            if (!attributes.isRegularFile() || name.startsWith(".")) {
              return FileVisitResult.CONTINUE;
            }
            if (name.equals("experiment.json") || name.equals("reproduce.json")) {
              of(found, root, file.getParent()).read(file, attributes.size());
            } else if (kind.equals("tables") && lower.endsWith(".csv")) {
              of(found, root, file.getParent().getParent()).tables.add(file);
            } else if (kind.equals("figures")
                && (lower.endsWith(".png") || lower.endsWith(".svg"))) {
              of(found, root, file.getParent().getParent()).figures.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            of(found, root, root).problems.add(root.relativize(file) + " cannot be read");
            return FileVisitResult.CONTINUE;
          }
        };
    try {
      Files.walkFileTree(root, EnumSet.noneOf(FileVisitOption.class), DEEPEST, visitor);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + root + ": " + FileFault.of(e), e);
    }
    found.values().forEach(ResultFolder::sort);
    return List.copyOf(found.values());
  }

  private static String key(Path root, Path path) {
    return path.equals(root) ? "" : root.relativize(path).toString();
  }

  private static ResultFolder of(Map<Path, ResultFolder> found, Path root, Path path) {
    return found.computeIfAbsent(
        path.startsWith(root) ? path : root,
        p ->
            new ResultFolder(
                p,
                key(root, p),
                new JsonObject(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>()));
  }

  private void read(Path file, long size) {
    try {
      if (size > LARGEST_JSON) {
        throw new IllegalStateException("it has " + size + " bytes");
      }
      Json.object(Files.readString(file)).entrySet().stream()
          .filter(e -> e.getValue().isJsonObject())
          .forEach(e -> about.add(e.getKey(), e.getValue()));
    } catch (IOException | JsonParseException | IllegalStateException | StackOverflowError e) {
      String why = e instanceof IOException io ? FileFault.of(io) : JsonFault.of(e);
      problems.add(file.getFileName() + " cannot be read: " + why);
    }
  }

  private void sort() {
    Comparator<Path> byName = Comparator.comparing(ResultFolder::stem);
    tables.sort(byName);
    figures.removeIf(f -> f.toString().endsWith(".svg") && figures.contains(beside(f, ".png")));
    figures.sort(byName);
  }

  /** The file of the same name with another ending. */
  static Path beside(Path file, String ending) {
    return file.resolveSibling(stem(file) + ending);
  }

  /** The name of a file without its ending. */
  static String stem(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.lastIndexOf('.'));
  }

  /** What was run here, such as {@code ablation}; empty for the results of notebooks. */
  String experiment() {
    return option("experiment", "");
  }

  /** The task of the experiment; empty where it does not say. */
  String task() {
    return option("task", "");
  }

  private String option(String name, String otherwise) {
    JsonElement value = about.has("options") ? about.getAsJsonObject("options").get(name) : null;
    return value != null && value.isJsonPrimitive() ? value.getAsString() : otherwise;
  }
}
