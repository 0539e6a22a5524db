package headscope.model;

import headscope.failure.Section;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a text given as a model means: a path, {@code reference}, {@code smollm2}, {@code
 * smollm2-world}, a name under the folders of {@code HEADSCOPE_MODELS}, or {@code
 * org/name@revision} in the Hugging Face cache. Only looks at this machine.
 */
final class ModelNames {
  /** Folders with models in them, separated as those of {@code PATH} are. */
  static final String FOLDERS = "HEADSCOPE_MODELS";

  private static final Pattern SPLIT =
      Pattern.compile("(?i)(.*)-\\d{5}-of-(\\d{5})\\.gguf", Pattern.DOTALL);
  private static final Set<String> PARTS_OF_A_CHECKPOINT =
      Set.of(
          "config.json",
          SafeTensorsSource.SINGLE,
          SafeTensorsSource.INDEX,
          "adapter_config.json",
          "adapter_model.safetensors");

  private final Path working;
  private final List<Path> folders;
  private final HubCache cache;

  /**
   * A machine as its environment describes it.
   *
   * @param working what paths are relative to
   */
  ModelNames(Map<String, String> environment, Path home, Path working) {
    this.working = working;
    this.folders =
        Stream.of(environment.getOrDefault(FOLDERS, "").split(File.pathSeparator))
            .filter(f -> !f.isBlank())
            .map(f -> working.resolve(path(f)).normalize())
            .toList();
    this.cache = HubCache.of(environment, home);
  }

  /** This machine. */
  static ModelNames here() {
    return new ModelNames(
        System.getenv(), Path.of(System.getProperty("user.home")), Path.of("").toAbsolutePath());
  }

  /**
   * The checkpoint that a text names.
   *
   * @throws CheckpointException if there is none, if it is not whole, or if there are two
   */
  Checkpoint resolve(String text) {
    if (text.equals(Checkpoint.REFERENCE)) {
      return new Checkpoint.Bundled();
    }
    if (text.equals(SmolLm2.WORLD)) {
      return world();
    }
    if (text.isBlank()) {
      throw new CheckpointException(Section.MODEL_NAMES, "a model's name is empty; " + kinds());
    }
    Map<Path, String> found = found(text);
    if (found.size() > 1) {
      throw new CheckpointException(
          Section.MODEL_NAMES,
          String.format(
              "\"%s\" could be %s: say which by writing %s",
              text,
              String.join(" or ", found.values()),
              found.keySet().stream()
                  .map(path -> spelled(path, text))
                  .collect(Collectors.joining(" or "))));
    }
    if (found.isEmpty()) {
      Path path = working.resolve(path(text));
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        return open(path); // says what is wrong with it
      }
      throw new CheckpointException(Section.MODEL_NAMES, absent(text));
    }
    return open(found.keySet().iterator().next());
  }

  /** SmolLM2 with the adapter of the invented world. */
  private Checkpoint world() {
    Path base = smolLm2().orElseThrow(() -> notHere("its base smollm2", SmolLm2.REMEDY));
    Path adapter = adapter().orElseThrow(() -> notHere("its adapter", SmolLm2.ADAPTER_REMEDY));
    return open(base).withAdapter(adapter);
  }

  private static CheckpointException notHere(String what, String remedy) {
    return new CheckpointException(
        Section.MODEL_NAMES, SmolLm2.WORLD + " lacks " + what + " on this machine: " + remedy);
  }

  private Optional<Path> smolLm2() {
    return inFolders(SmolLm2.NAME).or(() -> SmolLm2.find(folders));
  }

  private Optional<Path> adapter() {
    return inFolders(SmolLm2.ADAPTER).or(SmolLm2::adapter);
  }

  /** All that a text could mean, and in words what each is. */
  private Map<Path, String> found(String text) {
    Map<Path, String> all = new LinkedHashMap<>();
    Path path = working.resolve(path(text)).normalize();
    if (isCheckpoint(path)) {
      all.put(path, (Files.isDirectory(path) ? "the folder " : "the file ") + path);
    }
    if (isPlainlyAPath(text)) {
      return all;
    }
    if (text.equals(SmolLm2.NAME)) {
      smolLm2().ifPresent(p -> add(all, p, "the model " + p));
    } else {
      for (Path folder : folders) {
        inFolder(folder, text).ifPresent(p -> add(all, p, text + " of " + FOLDERS + ", " + p));
      }
      HubName.find(text)
          .filter(name -> Files.isDirectory(cache.repository(name.id())))
          .ifPresent(
              name -> {
                Path repository = cache.repository(name.id());
                // Of two things it is said first that they are two, whether or not each is whole.
                Path files =
                    all.isEmpty() ? HubCache.snapshot(repository, name.revision()) : repository;
                add(all, files, name.id() + " of the Hugging Face cache");
              });
    }
    return all;
  }

  private static void add(Map<Path, String> all, Path path, String words) {
    if (all.keySet().stream().noneMatch(p -> same(p, path))) {
      all.put(path, words);
    }
  }

  private static boolean same(Path a, Path b) {
    try {
      return Files.isSameFile(a, b);
    } catch (IOException e) {
      return a.equals(b);
    }
  }

  private static boolean isPlainlyAPath(String text) {
    return path(text).isAbsolute() || text.matches("\\.{1,2}([/\\\\].*)?");
  }

  private Optional<Path> inFolders(String name) {
    return folders.stream().flatMap(f -> inFolder(f, name).stream()).findFirst();
  }

  /** A name never leads out of its folder. */
  private static Optional<Path> inFolder(Path folder, String name) {
    return Stream.of(name, name + ".gguf")
        .map(n -> folder.resolve(path(n)).normalize())
        .filter(p -> p.startsWith(folder) && !p.equals(folder))
        .filter(ModelNames::isCheckpoint)
        .findFirst();
  }

  /** A folder of the cache is written as its name and revision, which no folder elsewhere has. */
  private String spelled(Path path, String text) {
    return HubCache.isRepository(path) && path.startsWith(cache.root())
        ? text + (text.contains("@") ? "" : "@main")
        : path.toString();
  }

  private String absent(String text) {
    if (text.equals(SmolLm2.NAME)) {
      return "smollm2 is not on this machine: " + SmolLm2.REMEDY;
    }
    Optional<HubName> name = HubName.find(text);
    return String.format(
        "there is no model \"%s\": no folder or file of that path, nothing under %s, %s; %s",
        text,
        folders.isEmpty()
            ? FOLDERS + " (not set)"
            : folders.stream().map(Path::toString).collect(Collectors.joining(", ")),
        name.map(n -> "no " + n.id() + " in the Hugging Face cache " + cache.root())
            .orElse("and no name of the Hugging Face hub"),
        name.filter(n -> n.id().contains("/"))
            .map(n -> HubCache.download(n.id(), n.revision()))
            .orElse(kinds()));
  }

  private static String kinds() {
    return "a model is a folder with config.json and model.safetensors, a .gguf file, org/name of"
        + " the Hugging Face cache, or one of the words reference, smollm2, smollm2-world;"
        + " environment/headscope models lists what is here";
  }

  /** Whether a path leads to a checkpoint, whole or not. */
  private static boolean isCheckpoint(Path path) {
    if (!Files.isDirectory(path)) {
      return isGguf(path) && Files.isRegularFile(path);
    }
    return isFolderOfOne(path)
        || HubCache.isRepository(path)
        || !HubCache.repositories(path).isEmpty()
        || !ggufs(path).isEmpty();
  }

  /** Names count even where their links lead nowhere: then the message says so. */
  private static boolean isFolderOfOne(Path folder) {
    return PARTS_OF_A_CHECKPOINT.stream()
        .anyMatch(name -> Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS));
  }

  private static boolean isGguf(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".gguf");
  }

  /** The GGUF files of a folder; of a split one its first part. */
  private static List<Path> ggufs(Path folder) {
    Set<String> seen = new TreeSet<>();
    try (Stream<Path> children = Files.list(folder)) {
      return children
          .filter(ModelNames::isGguf)
          .sorted()
          .filter(
              file -> {
                Matcher part = SPLIT.matcher(file.getFileName().toString());
                return !part.matches() || seen.add(part.group(1) + part.group(2));
              })
          .toList();
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }

  /** What a path leads to. */
  private Checkpoint open(Path path) {
    if (isGguf(path) && !Files.isDirectory(path)) {
      return new Checkpoint.GgufFile(path);
    }
    if (!Files.isDirectory(path)) {
      throw new CheckpointException(
          Section.MODEL_NAMES, path + " is no folder and no .gguf file; " + kinds());
    }
    if (HubCache.isRepository(path)) {
      return open(HubCache.snapshot(path, ""));
    }
    if (!isFolderOfOne(path)) {
      List<Path> repositories = HubCache.repositories(path);
      if (repositories.size() == 1) {
        return open(HubCache.snapshot(repositories.get(0), ""));
      }
      if (repositories.size() > 1) {
        throw new CheckpointException(
            Section.MODEL_NAMES,
            path + " holds several models; give one of " + names(repositories, HubCache::id));
      }
    }
    List<Path> ggufs = ggufs(path);
    boolean weights =
        Stream.of(SafeTensorsSource.SINGLE, SafeTensorsSource.INDEX, "adapter_model.safetensors")
            .anyMatch(name -> Files.exists(path.resolve(name), LinkOption.NOFOLLOW_LINKS));
    if (!weights && ggufs.size() == 1) {
      return new Checkpoint.GgufFile(ggufs.get(0));
    }
    if (!weights && ggufs.size() > 1) {
      throw new CheckpointException(
          Section.MODEL_NAMES,
          path + " holds several GGUF files; give one of " + names(ggufs, Path::toString));
    }
    checkWhole(path);
    return new Checkpoint.Folder(path);
  }

  private static String names(List<Path> paths, java.util.function.Function<Path, String> name) {
    return paths.stream().map(name).limit(20).collect(Collectors.joining(", "));
  }

  /** A download may have been cut off: says which file a snapshot lacks. */
  private static void checkWhole(Path folder) {
    Optional<String> id = HubCache.idOfSnapshot(folder);
    if (id.isEmpty() || Files.exists(folder.resolve("adapter_config.json"))) {
      return;
    }
    List<String> wanted = new ArrayList<>(List.of("config.json"));
    boolean index = Files.exists(folder.resolve(SafeTensorsSource.INDEX));
    if (index && !Files.exists(folder.resolve(SafeTensorsSource.SINGLE))) {
      wanted.addAll(new TreeSet<>(SafeTensorsSource.shards(CheckpointFiles.folder(folder))));
    } else {
      wanted.add(SafeTensorsSource.SINGLE);
    }
    List<String> absent = wanted.stream().filter(f -> !Files.exists(folder.resolve(f))).toList();
    if (!absent.isEmpty()) {
      throw new CheckpointException(
          Section.MODEL_NAMES,
          String.format(
              "%s is not whole in the cache: %s lacks %s; %s",
              id.get(),
              folder,
              String.join(", ", absent),
              HubCache.download(id.get(), folder.getFileName().toString())));
    }
  }

  /**
   * The names of all models of this machine: those with a word, of {@code HEADSCOPE_MODELS}, of the
   * cache. What shares its name with another has its path instead. Whether each can be run is
   * another question.
   */
  List<String> all() {
    List<String> names = new ArrayList<>(List.of(Checkpoint.REFERENCE));
    boolean smolLm2 = smolLm2().isPresent();
    if (smolLm2) {
      names.add(SmolLm2.NAME);
    }
    if (smolLm2 && adapter().isPresent()) {
      names.add(SmolLm2.WORLD);
    }
    Set<String> below = new TreeSet<>();
    for (Path folder : folders) {
      Set<String> inFolder = new TreeSet<>();
      below(folder, folder, 3, inFolder);
      for (String name : inFolder) {
        below.add(isOfTwo(name) ? folder.resolve(name).toString() : name);
      }
    }
    names.addAll(below);
    for (Path repository : HubCache.repositories(cache.root())) {
      Map<String, String> revisions = HubCache.revisions(repository);
      Set<String> unnamed = new TreeSet<>(HubCache.commits(repository));
      unnamed.removeAll(revisions.values());
      String id = HubCache.id(repository);
      revisions.keySet().forEach(r -> names.addAll(ofSnapshot(repository, r)));
      unnamed.forEach(c -> names.addAll(ofSnapshot(repository, c)));
      if (revisions.isEmpty() && unnamed.isEmpty()) {
        names.add(id);
      }
    }
    return names;
  }

  private boolean isOfTwo(String name) {
    try {
      return found(name).size() > 1;
    } catch (CheckpointException e) { // it is listed with what is wrong
      return false;
    }
  }

  /** A revision by its name, or the files of one with several GGUF files by their paths. */
  private static List<String> ofSnapshot(Path repository, String revision) {
    String name = HubCache.id(repository) + (revision.equals("main") ? "" : "@" + revision);
    try {
      Path snapshot = HubCache.snapshot(repository, revision);
      List<Path> ggufs = ggufs(snapshot);
      boolean several =
          ggufs.size() > 1
              && !Files.exists(snapshot.resolve(SafeTensorsSource.SINGLE))
              && !Files.exists(snapshot.resolve(SafeTensorsSource.INDEX));
      return several ? ggufs.stream().map(Path::toString).toList() : List.of(name);
    } catch (CheckpointException e) {
      return List.of(name); // it is listed with what is wrong
    }
  }

  private static void below(Path root, Path folder, int depth, Set<String> names) {
    List<Path> children;
    try (Stream<Path> s = Files.list(folder)) {
      children = s.sorted().toList();
    } catch (IOException | UncheckedIOException e) {
      return;
    }
    List<Path> ggufs = ggufs(folder);
    for (Path child : children) {
      boolean one =
          Files.isDirectory(child)
              ? isFolderOfOne(child) || HubCache.isRepository(child)
              : ggufs.contains(child);
      if (one) {
        names.add(root.relativize(child).toString());
      } else if (depth > 1 && Files.isDirectory(child)) {
        below(root, child, depth - 1, names);
      }
    }
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new CheckpointException(
          Section.MODEL_NAMES, "\"" + text + "\" can name no file: " + e.getReason(), e);
    }
  }
}
