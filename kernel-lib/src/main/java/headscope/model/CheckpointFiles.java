package headscope.model;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.safetensors.SafeTensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a checkpoint is read from: the files of a folder, or resources of this jar. Nothing beside
 * them is opened.
 */
abstract class CheckpointFiles {
  private static final long LONGEST_TEXT = 200_000_000;

  /**
   * What a checkpoint is read from.
   *
   * @throws CheckpointException if there is none
   */
  static CheckpointFiles of(Checkpoint checkpoint) {
    if (checkpoint instanceof Checkpoint.Folder f && AdaptedFiles.isAdapter(f.path())) {
      return AdaptedFiles.overItsBase(f.path(), f.adapters());
    }
    CheckpointFiles base = ofBase(checkpoint);
    return checkpoint.adapters().isEmpty() ? base : AdaptedFiles.of(base, checkpoint.adapters());
  }

  private static CheckpointFiles ofBase(Checkpoint checkpoint) {
    if (checkpoint instanceof Checkpoint.Folder f) {
      return folder(f.path());
    }
    if (checkpoint instanceof Checkpoint.GgufFile f) {
      return new GgufFiles(f.path());
    }
    return resources(Checkpoint.REFERENCE, "/headscope/reference/model/");
  }

  /** The files of a folder. */
  static CheckpointFiles folder(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(
          Section.CHECKPOINT_FILES,
          folder
              + " is no folder; a model is a folder with config.json and model.safetensors,"
              + " or the word reference");
    }
    return new CheckpointFiles() {
      @Override
      Path path(String file) {
        return folder.resolve(file);
      }

      @Override
      boolean has(String file) {
        Path path = folder.resolve(file);
        if (Files.isSymbolicLink(path) && !Files.exists(path)) {
          throw new CheckpointException(
              Section.CHECKPOINT_FILES,
              path
                  + " is a link that leads nowhere: its target "
                  + target(path)
                  + " is not there, because a download was cut off or it has been removed; download"
                  + " it again");
        }
        return Files.isRegularFile(path);
      }

      private String target(Path link) {
        try {
          return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
          return "(" + FileFault.of(e) + ")";
        }
      }

      @Override
      String missing(String file) {
        String there =
            switch (file) {
              case "config.json" -> FolderContents.withoutConfig(folder);
              case SafeTensorsSource.SINGLE -> FolderContents.withoutWeights(folder);
              default -> "";
            };
        return super.missing(file) + there;
      }

      @Override
      List<String> list(String inside, String ending) {
        if (!Files.isDirectory(folder.resolve(inside))) {
          return List.of();
        }
        try (Stream<Path> all = Files.list(folder.resolve(inside))) {
          return all.map(f -> inside + "/" + f.getFileName())
              .filter(name -> name.endsWith(ending) && has(name))
              .sorted()
              .toList();
        } catch (IOException e) {
          throw new CheckpointException(
              Section.CHECKPOINT_FILES, "cannot read " + path(inside) + ": " + FileFault.of(e), e);
        }
      }

      @Override
      byte[] bytes(String file) throws IOException {
        long size = Files.size(path(file));
        if (size > LONGEST_TEXT) {
          throw new CheckpointException(
              Section.CHECKPOINT_FILES,
              path(file) + " has " + size + " bytes; at most " + LONGEST_TEXT + " are read");
        }
        return Files.readAllBytes(path(file));
      }

      @Override
      InputStream stream(String file) throws IOException {
        return Files.newInputStream(path(file));
      }

      @Override
      String name() {
        Path last = folder.toAbsolutePath().normalize().getFileName();
        return HubCache.idOfSnapshot(folder)
            .or(() -> inConfig("_name_or_path").filter(HubName::isId)) // a path is no name
            .map(id -> id.substring(id.lastIndexOf('/') + 1))
            .orElseGet(() -> last == null ? folder.toString() : last.toString());
      }

      @Override
      TensorSource tensors() {
        return new SafeTensorsSource(this, file -> SafeTensors.open(path(file)));
      }
    };
  }

  /** The resources below a path of this jar, read where they are: nothing is unpacked. */
  private static CheckpointFiles resources(String name, String root) {
    return new CheckpointFiles() {
      @Override
      Path path(String file) {
        return Path.of(name, file);
      }

      @Override
      boolean has(String file) {
        return CheckpointFiles.class.getResource(root + file) != null;
      }

      @Override
      byte[] bytes(String file) throws IOException {
        try (InputStream in = stream(file)) {
          return in.readAllBytes();
        }
      }

      @Override
      InputStream stream(String file) {
        return CheckpointFiles.class.getResourceAsStream(root + file);
      }

      @Override
      long size(String file) throws IOException {
        return bytes(file).length;
      }

      @Override
      String name() {
        return name;
      }

      @Override
      TensorSource tensors() {
        return new SafeTensorsSource(this, this::open);
      }

      private SafeTensors open(String file) {
        try {
          return SafeTensors.of(path(file), bytes(file));
        } catch (IOException e) {
          throw new CheckpointException(
              Section.CHECKPOINT_FILES, "cannot read " + path(file) + ": " + FileFault.of(e), e);
        }
      }
    };
  }

  /**
   * What the model is called in results: the name under which it was published, where that can be
   * told; where not, its folder's.
   */
  abstract String name();

  /** A text of config.json; empty where there is none or the file cannot be read. */
  final Optional<String> inConfig(String key) {
    try {
      JsonElement config = JsonParser.parseString(text("config.json"));
      return config.isJsonObject()
              && config.getAsJsonObject().get(key) instanceof JsonPrimitive p
              && p.isString()
          ? Optional.of(p.getAsString())
          : Optional.empty();
    } catch (JsonParseException | NumberFormatException | CheckpointException e) {
      return Optional.empty(); // whoever needs the file says what is wrong with it
    }
  }

  /** Opens the weights, adapters merged into them. */
  abstract TensorSource tensors();

  /** The adapters that are merged into the weights, the first one first. */
  List<MergedAdapter> adapters() {
    return List.of();
  }

  /** What messages call a file. */
  abstract Path path(String file);

  abstract boolean has(String file);

  /** Whether a class of transformers stands behind the tokenizer; see {@link TokenizerClass}. */
  boolean tokenizerHasClass() {
    return true;
  }

  /** The files of a folder inside this one whose names end so, with the folder's name. */
  List<String> list(String inside, String ending) {
    return List.of();
  }

  abstract byte[] bytes(String file) throws IOException;

  abstract InputStream stream(String file) throws IOException;

  /** How many bytes a file has. */
  long size(String file) throws IOException {
    return Files.size(path(file));
  }

  /** The files that decide what the model computes, in the order in which they are hashed. */
  SortedSet<String> used() {
    TreeSet<String> names = new TreeSet<>();
    for (String f :
        List.of(
            "config.json",
            "generation_config.json",
            "model.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "chat_template.jinja")) {
      if (has(f)) {
        names.add(f);
      }
    }
    names.addAll(list(ChatFormat.FOLDER, ".jinja"));
    names.addAll(TokenizerFiles.deciding(this));
    if (names.contains("model.safetensors")) {
      names.remove(SafeTensorsSource.INDEX);
    } else if (names.contains(SafeTensorsSource.INDEX)) {
      names.addAll(SafeTensorsSource.shards(this));
    }
    return names;
  }

  /** SHA-256 over the names and contents of the files that decide what the model computes. */
  final String hash() {
    return hash(used());
  }

  /** SHA-256 over the names and contents of some files. */
  final String hash(SortedSet<String> names) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 20];
      for (String name : names) {
        digest.update((name + "\0").getBytes(StandardCharsets.UTF_8));
        try (InputStream in = stream(name)) {
          for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
            digest.update(buffer, 0, n);
          }
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new CheckpointException(
          Section.CHECKPOINT_FILES, "cannot read " + path(".") + ": " + FileFault.of(e), e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  /** A text file, UTF-8. */
  final String text(String file) {
    need(file);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(file))).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(Section.CHECKPOINT_FILES, path(file) + " is no UTF-8 text", e);
    } catch (IOException e) {
      throw new CheckpointException(
          Section.CHECKPOINT_FILES, "cannot read " + path(file) + ": " + FileFault.of(e), e);
    }
  }

  /**
   * Checks that a file is there.
   *
   * @throws CheckpointException if it is not
   */
  final void need(String file) {
    if (!has(file)) {
      throw new CheckpointException(Section.CHECKPOINT_FILES, missing(file));
    }
  }

  /** Says that a file is not there, and what may be done about it. */
  String missing(String file) {
    return "there is no file " + path(file);
  }
}
