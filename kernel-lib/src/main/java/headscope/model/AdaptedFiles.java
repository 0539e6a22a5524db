package headscope.model;

import headscope.failure.Section;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A checkpoint with adapters: its own files but for the weights, into which the adapters are
 * merged, the first one first.
 */
final class AdaptedFiles extends CheckpointFiles {
  private static final Set<String> OF_A_TOKENIZER =
      Set.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "chat_template.jinja",
          "chat_template.json");

  private final CheckpointFiles base;
  private final List<Path> adapters;
  private final Optional<CheckpointFiles> tokenizer;

  private AdaptedFiles(
      CheckpointFiles base, List<Path> adapters, Optional<CheckpointFiles> tokenizer) {
    this.base = base;
    this.adapters = List.copyOf(adapters);
    this.tokenizer = tokenizer;
    this.adapters.forEach(LoraAdapter::files);
  }

  /** A checkpoint with adapters. */
  static AdaptedFiles of(CheckpointFiles base, List<Path> adapters) {
    return new AdaptedFiles(base, adapters, Optional.empty());
  }

  /** Whether a folder holds an adapter, which transformers then takes it for. */
  static boolean isAdapter(Path folder) {
    return Files.isRegularFile(folder.resolve(LoraConfig.FILE));
  }

  /**
   * An adapter given as a model: over the base that it names, with the tokenizer beside it where
   * there is one, as transformers does.
   *
   * @throws CheckpointException if there is no such base here; the message names it
   */
  static AdaptedFiles overItsBase(Path folder, List<Path> more) {
    CheckpointFiles own = LoraAdapter.files(folder);
    String name = LoraConfig.base(own);
    CheckpointFiles base;
    try {
      Checkpoint found = Checkpoint.parse(name);
      if (found instanceof Checkpoint.Folder f && isAdapter(f.path())) {
        throw new CheckpointException(Section.ADAPTERS, f.path() + " is an adapter itself");
      }
      base = CheckpointFiles.of(found);
    } catch (CheckpointException e) {
      throw new CheckpointException(
          Section.ADAPTERS,
          String.format(
              "%s is an adapter over \"%s\", which is not here (%s); fetch it or give another base:"
                  + " --model BASE --adapter %s",
              folder, name, e.getMessage().replaceFirst("(?s)[:;] .*", ""), folder),
          e);
    }
    List<Path> all = new ArrayList<>(List.of(folder));
    all.addAll(more);
    return new AdaptedFiles(
        base, all, Optional.of(own).filter(files -> files.has("tokenizer.json")));
  }

  /** What the adapters are merged into. */
  CheckpointFiles base() {
    return base;
  }

  /** The folders of the adapters, the first one first. */
  List<Path> folders() {
    return adapters;
  }

  @Override
  boolean tokenizerHasClass() {
    return tokenizer.orElse(base).tokenizerHasClass();
  }

  @Override
  List<MergedAdapter> adapters() {
    return adapters.stream()
        .map(
            folder -> {
              CheckpointFiles files = CheckpointFiles.folder(folder);
              SortedSet<String> names =
                  new TreeSet<>(List.of(LoraConfig.FILE, LoraAdapter.WEIGHTS));
              if (tokenizer.isPresent() && folder.equals(adapters.get(0))) {
                OF_A_TOKENIZER.stream().filter(files::has).forEach(names::add);
              }
              return new MergedAdapter(files.name(), files.hash(names));
            })
        .toList();
  }

  @Override
  TensorSource tensors() {
    String family = inConfig("model_type").orElse("");
    TensorSource source = base.tensors();
    try {
      for (Path folder : adapters) {
        source = new AdaptedSource(source, new LoraAdapter(folder, family, source));
      }
      return source;
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private CheckpointFiles holding(String file) {
    boolean ofTokenizer = OF_A_TOKENIZER.contains(file) || file.startsWith("additional_chat_");
    return ofTokenizer ? tokenizer.orElse(base) : base;
  }

  @Override
  String name() {
    return base.name();
  }

  @Override
  Path path(String file) {
    return holding(file).path(file);
  }

  @Override
  boolean has(String file) {
    return holding(file).has(file);
  }

  @Override
  List<String> list(String inside, String ending) {
    return holding(inside).list(inside, ending);
  }

  @Override
  byte[] bytes(String file) throws IOException {
    return holding(file).bytes(file);
  }

  @Override
  InputStream stream(String file) throws IOException {
    return holding(file).stream(file);
  }

  @Override
  long size(String file) throws IOException {
    return holding(file).size(file);
  }

  @Override
  SortedSet<String> used() {
    return base.used();
  }
}
