package headscope.model;

import com.google.gson.JsonObject;
import headscope.failure.Section;
import headscope.gguf.Gguf;
import headscope.gguf.MalformedGgufException;
import headscope.gguf.Metadata;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * A GGUF file read as a checkpoint: the files that transformers would have beside the weights are
 * made from its metadata. A split file is hashed as all its parts.
 */
final class GgufFiles extends CheckpointFiles {
  private final Path file;
  private final Map<String, Path> parts = new HashMap<>();
  private final String name;

  /** What makes each file. */
  private final Map<String, Supplier<JsonObject>> made = new LinkedHashMap<>();

  private final Map<String, byte[]> texts = new HashMap<>();

  /**
   * Reads the metadata. Whether the model is one that is implemented is asked later.
   *
   * @throws CheckpointException if there is no such file or it is damaged
   */
  GgufFiles(Path file) {
    this.file = file;
    try (Gguf gguf = open(file)) {
      gguf.files().forEach(f -> parts.put(f.getFileName().toString(), f));
      Metadata metadata = gguf.metadata();
      name = GgufConfig.name(metadata, gguf.files().get(0));
      made.put("config.json", this::config);
      made.put("generation_config.json", () -> GgufConfig.generation(metadata));
      if (GgufTokenizer.isIn(metadata)) {
        made.put("tokenizer.json", () -> new GgufTokenizer(file, metadata).tokenizer());
        made.put("tokenizer_config.json", () -> new GgufTokenizer(file, metadata).config());
      }
    } catch (MalformedGgufException e) {
      throw new CheckpointException(Section.GGUF, e.getMessage(), e);
    }
  }

  private JsonObject config() {
    try (Gguf gguf = open(file)) {
      return new GgufConfig(gguf).config();
    }
  }

  private static Gguf open(Path file) {
    try {
      return Gguf.open(file);
    } catch (MalformedGgufException | UncheckedIOException e) {
      throw new CheckpointException(Section.GGUF, e.getMessage(), e);
    }
  }

  @Override
  boolean tokenizerHasClass() {
    return false;
  }

  @Override
  String name() {
    return name;
  }

  @Override
  TensorSource tensors() {
    Gguf gguf = open(file);
    try {
      GgufConfig config = new GgufConfig(gguf);
      return new GgufSource(gguf, config.architecture(), config.headDim());
    } catch (MalformedGgufException e) {
      gguf.close();
      throw new CheckpointException(Section.GGUF, e.getMessage(), e);
    } catch (RuntimeException e) {
      gguf.close();
      throw e;
    }
  }

  /** A part, or what messages call one of the files that are made. */
  @Override
  Path path(String of) {
    return parts.getOrDefault(of, file.resolve(of));
  }

  @Override
  boolean has(String of) {
    return parts.containsKey(of) || made.containsKey(of);
  }

  @Override
  synchronized byte[] bytes(String of) {
    try {
      return texts.computeIfAbsent(
          of, f -> made.get(f).get().toString().getBytes(StandardCharsets.UTF_8));
    } catch (MalformedGgufException e) {
      throw new CheckpointException(Section.GGUF, e.getMessage(), e);
    }
  }

  @Override
  InputStream stream(String of) throws IOException {
    return Files.newInputStream(path(of));
  }

  @Override
  SortedSet<String> used() {
    return new TreeSet<>(parts.keySet());
  }
}
