package headscope.model;

import headscope.failure.Section;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The Hugging Face cache, read and never written: {@code models--org--name/refs/REVISION} holds a
 * commit, {@code snapshots/COMMIT} the files as links.
 */
final class HubCache {
  private static final String PREFIX = "models--";

  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern VARIABLE = Pattern.compile("\\$(\\w+|\\{\\w+\\})");

  private final Path root;

  HubCache(Path root) {
    this.root = root;
  }

  /** The cache that the environment variables of huggingface_hub name. */
  static HubCache of(Map<String, String> environment, Path home) {
    for (String name : List.of("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")) {
      if (!environment.getOrDefault(name, "").isBlank()) {
        return new HubCache(expanded(environment.get(name), environment, home));
      }
    }
    if (!environment.getOrDefault("HF_HOME", "").isBlank()) {
      return new HubCache(expanded(environment.get("HF_HOME"), environment, home).resolve("hub"));
    }
    String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path base = cache.isBlank() ? home.resolve(".cache") : expanded(cache, environment, home);
    return new HubCache(base.resolve("huggingface").resolve("hub"));
  }

  /** With {@code ~} and {@code $VARIABLE} replaced, as huggingface_hub does. */
  private static Path expanded(String text, Map<String, String> environment, Path home) {
    Matcher m = VARIABLE.matcher(text);
    String all =
        m.replaceAll(
            r -> {
              String name = r.group(1).replaceAll("[{}]", "");
              return Matcher.quoteReplacement(environment.getOrDefault(name, r.group()));
            });
    return all.equals("~") || all.startsWith("~/")
        ? home.resolve(all.substring(Math.min(2, all.length())))
        : Path.of(all);
  }

  Path root() {
    return root;
  }

  /** Whether a folder has the name of a model's folder in a cache. */
  static boolean isRepository(Path folder) {
    Path name = folder.getFileName();
    return name != null && name.toString().startsWith(PREFIX) && Files.isDirectory(folder);
  }

  /** The {@code org/name} of a folder of a cache. */
  static String id(Path repository) {
    return repository.getFileName().toString().substring(PREFIX.length()).replaceFirst("--", "/");
  }

  /** The {@code org/name} of which a folder is a snapshot, if it is one. */
  static Optional<String> idOfSnapshot(Path folder) {
    Path snapshots = folder.toAbsolutePath().normalize().getParent();
    return snapshots != null
            && snapshots.endsWith("snapshots")
            && snapshots.getParent() != null
            && snapshots.getParent().getFileName() != null
            && snapshots.getParent().getFileName().toString().startsWith(PREFIX)
        ? Optional.of(id(snapshots.getParent()))
        : Optional.empty();
  }

  /** The folder of a model, which need not be there. */
  Path repository(String id) {
    return root.resolve(PREFIX + id.replace("/", "--"));
  }

  /** The folders of the models in a cache's root, by name. */
  static List<Path> repositories(Path root) {
    try (Stream<Path> children = Files.list(root)) {
      return children.filter(HubCache::isRepository).sorted().toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      return List.of();
    }
  }

  /**
   * The revisions that a model's folder knows, and their commits: {@code main}, {@code refs/pr/1}.
   */
  static SortedMap<String, String> revisions(Path repository) {
    SortedMap<String, String> found = new TreeMap<>();
    Path refs = repository.resolve("refs");
    try {
      Files.walkFileTree(
          refs,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes a) throws IOException {
              if (a.isRegularFile() && a.size() <= 1000) {
                found.put(
                    refs.relativize(file).toString().replace('\\', '/'),
                    Files.readString(file).strip());
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      return found; // what was read so far
    }
    return found;
  }

  /** The commits of which a model's folder has files. */
  static List<String> commits(Path repository) {
    try (Stream<Path> children = Files.list(repository.resolve("snapshots"))) {
      return children
          .filter(Files::isDirectory)
          .map(p -> p.getFileName().toString())
          .sorted(Comparator.naturalOrder())
          .toList();
    } catch (IOException | java.io.UncheckedIOException e) {
      return List.of();
    }
  }

  /**
   * The files of a revision of a model.
   *
   * @param repository the model's folder
   * @param revision a branch, a tag or a commit; empty for {@code main} or, where a cache has no
   *     {@code main}, its only commit
   * @throws CheckpointException if the cache does not have it
   */
  static Path snapshot(Path repository, String revision) {
    SortedMap<String, String> revisions = revisions(repository);
    List<String> commits = commits(repository);
    String commit;
    if (COMMIT.matcher(revision).matches()) {
      commit = revision;
    } else if (revision.isEmpty() && !revisions.containsKey("main") && commits.size() == 1) {
      commit = commits.get(0);
    } else {
      String name = revision.isEmpty() ? "main" : revision;
      commit = revisions.get(name);
      if (commit == null) {
        throw new CheckpointException(
            Section.MODEL_NAMES,
            String.format(
                "the cache has no revision %s of %s, it has %s; %s",
                name,
                id(repository),
                revisions.isEmpty() && commits.isEmpty()
                    ? "none"
                    : String.join(
                        ", ",
                        Stream.concat(revisions.keySet().stream(), commits.stream()).toList()),
                download(id(repository), name)));
      }
      if (!COMMIT.matcher(commit).matches()) {
        throw new CheckpointException(
            Section.MODEL_NAMES,
            String.format(
                "%s holds \"%s\", which is no commit of 40 hexadecimal digits; %s",
                repository.resolve("refs").resolve(name),
                commit.substring(0, Math.min(60, commit.length())),
                download(id(repository), name)));
      }
    }
    if (!commits.contains(commit)) {
      throw new CheckpointException(
          Section.MODEL_NAMES,
          String.format(
              "the cache has no files of commit %s of %s%s; %s",
              commit,
              id(repository),
              commits.isEmpty() ? "" : ", it has " + String.join(", ", commits),
              download(id(repository), revision)));
    }
    return repository.resolve("snapshots").resolve(commit);
  }

  static String download(String id, String revision) {
    return "environment/headscope download "
        + id
        + (revision.isEmpty() || revision.equals("main") ? "" : "@" + revision)
        + " fetches it";
  }
}
