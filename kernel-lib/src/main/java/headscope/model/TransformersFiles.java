package headscope.model;

import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.safetensors.DType;
import headscope.safetensors.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What Hugging Face transformers is given so that it loads the same checkpoint.
 *
 * @param folder its {@code config.json}, and its weights unless they are in a GGUF file
 * @param gguf the weights, for the reader that transformers has of its own
 * @param adapters what PEFT merges into the weights, the first one first
 */
public record TransformersFiles(Path folder, Optional<Path> gguf, List<Path> adapters) {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";

  public TransformersFiles {
    adapters = List.copyOf(adapters);
  }

  /**
   * A checkpoint as it lies on the disk: a folder is given as it is, a GGUF file with a
   * configuration beside it, the model of this jar is written.
   *
   * @param work an empty folder for what is written
   */
  public static TransformersFiles of(Checkpoint checkpoint, Path work) {
    CheckpointFiles base = base(checkpoint);
    List<Path> adapters = adapters(checkpoint);
    if (base instanceof GgufFiles gguf) {
      writeConfig(base, work);
      if (base.used().size() == 1) { // transformers reads no split ones
        return new TransformersFiles(work, Optional.of(gguf.path(base.used().first())), adapters);
      }
      writeWeights(base, work);
      return new TransformersFiles(work, Optional.empty(), adapters);
    }
    Path config = base.path(CONFIG);
    if (Files.exists(config)) {
      return new TransformersFiles(config.toAbsolutePath().getParent(), Optional.empty(), adapters);
    }
    return written(checkpoint, work);
  }

  /**
   * A checkpoint as a folder that is written: its configuration, and its weights in float32 as this
   * library reads them, without the adapters.
   *
   * @param work the folder
   */
  public static TransformersFiles written(Checkpoint checkpoint, Path work) {
    CheckpointFiles base = base(checkpoint);
    writeConfig(base, work);
    writeWeights(base, work);
    return new TransformersFiles(work, Optional.empty(), adapters(checkpoint));
  }

  private static CheckpointFiles base(Checkpoint checkpoint) {
    CheckpointFiles files = CheckpointFiles.of(checkpoint);
    return files instanceof AdaptedFiles adapted ? adapted.base() : files;
  }

  private static List<Path> adapters(Checkpoint checkpoint) {
    return CheckpointFiles.of(checkpoint) instanceof AdaptedFiles adapted
        ? adapted.folders()
        : List.of();
  }

  private static void writeConfig(CheckpointFiles files, Path work) {
    try {
      files.need(CONFIG);
      Files.write(work.resolve(CONFIG), files.bytes(CONFIG));
    } catch (IOException e) {
      throw Section.FILES.io("cannot write " + work.resolve(CONFIG) + ": " + FileFault.of(e), e);
    }
  }

  private static void writeWeights(CheckpointFiles files, Path work) {
    SafeTensorsWriter writer = new SafeTensorsWriter().metadata("format", "pt");
    try (TensorSource source = files.tensors()) {
      for (String name : source.names()) {
        writer.made(
            name,
            DType.F32,
            (buffer, first, count) -> source.read(name, first, buffer.asFloatBuffer()),
            source.shape(name));
      }
      writer.write(work.resolve(WEIGHTS));
    }
  }
}
