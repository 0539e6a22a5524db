package headscope.model;

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
import java.util.TreeSet;

/** The files of a checkpoint: a folder, or resources of this jar. Nothing beside them is opened. */
abstract class CheckpointFiles {
  private static final long LONGEST_TEXT = 200_000_000;

  /** The files of a folder, or of the model inside this jar for the word {@code reference}. */
  static CheckpointFiles of(String folderOrReference) {
    return folderOrReference.equals(LanguageModel.REFERENCE)
        ? resources("/headscope/reference/model/")
        : folder(Path.of(folderOrReference));
  }

  /** The files of a folder. */
  static CheckpointFiles folder(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(
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
        return Files.isRegularFile(folder.resolve(file));
      }

      @Override
      byte[] bytes(String file) throws IOException {
        long size = Files.size(path(file));
        if (size > LONGEST_TEXT) {
          throw new CheckpointException(
              path(file) + " has " + size + " bytes; at most " + LONGEST_TEXT + " are read");
        }
        return Files.readAllBytes(path(file));
      }

      @Override
      InputStream stream(String file) throws IOException {
        return Files.newInputStream(path(file));
      }

      @Override
      SafeTensors open(String file) {
        return SafeTensors.open(path(file));
      }
    };
  }

  /** The resources below a path of this jar, read where they are: nothing is unpacked. */
  static CheckpointFiles resources(String root) {
    return new CheckpointFiles() {
      @Override
      Path path(String file) {
        return Path.of("reference", file);
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
      SafeTensors open(String file) {
        try {
          return SafeTensors.of(path(file), bytes(file));
        } catch (IOException e) {
          throw new CheckpointException("cannot read " + path(file) + ": " + e.getMessage(), e);
        }
      }
    };
  }

  /** What messages call a file. */
  abstract Path path(String file);

  abstract boolean has(String file);

  abstract byte[] bytes(String file) throws IOException;

  abstract SafeTensors open(String file);

  abstract InputStream stream(String file) throws IOException;

  /** The files that decide what the model computes, in order. */
  private TreeSet<String> used() {
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
    if (names.contains("model.safetensors")) {
      names.remove(Weights.INDEX);
    } else if (names.contains(Weights.INDEX)) {
      names.addAll(Weights.shards(this));
    }
    return names;
  }

  /** SHA-256 over the names and contents of the files that decide what the model computes. */
  final String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[1 << 20];
      for (String name : used()) {
        digest.update((name + "\0").getBytes(StandardCharsets.UTF_8));
        try (InputStream in = stream(name)) {
          for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
            digest.update(buffer, 0, n);
          }
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new CheckpointException("cannot read " + path(".") + ": " + e.getMessage(), e);
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
      throw new CheckpointException(path(file) + " is no UTF-8 text", e);
    } catch (IOException e) {
      throw new CheckpointException("cannot read " + path(file) + ": " + e.getMessage(), e);
    }
  }

  /** A shard, by its plain name. */
  final SafeTensors tensors(String file) {
    Path plain = Path.of(file).getFileName();
    if (plain == null || !plain.toString().equals(file) || file.equals("..")) {
      throw new CheckpointException(
          "the index names the shard \""
              + file
              + "\"; a shard is a plain file name of the same"
              + " folder, "
              + path("."));
    }
    need(file);
    return open(file);
  }

  private void need(String file) {
    if (!has(file)) {
      throw new CheckpointException("there is no file " + path(file));
    }
  }
}
