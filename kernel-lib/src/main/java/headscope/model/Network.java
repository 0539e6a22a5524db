package headscope.model;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import headscope.failure.Section;
import java.util.HashMap;
import java.util.Map;

/**
 * What computes: the weights of a model on a device, with the decoder that multiplies by them.
 * Sessions share it and take turns by locking it. It knows no tokenizer.
 */
final class Network {
  private final ModelConfig config;
  private final NDManager manager;
  private final Kernels kernels;
  private final Decoder decoder;
  private final Map<Rope, Rotary> rotaries = new HashMap<>();
  private final KeptPrompts kept = new KeptPrompts();
  private final LoadOptions options;
  private volatile boolean closed;

  Network(CheckpointFiles files, ModelConfig config, LoadOptions options) {
    this.config = config;
    this.options = options;
    this.manager = NDManager.newBaseManager(device(options.device()), "PyTorch");
    try {
      this.kernels = new Kernels(manager, config);
      Kernels.prepareThread(config);
      try (TensorSource source = files.tensors()) {
        Weights weights = Weights.load(source, config, manager, kernels, options.dtype());
        this.decoder = new Decoder(config, weights, kernels, options.dtype());
      }
      config.ropes().forEach(r -> rotaries.put(r, new Rotary(manager, kernels, r)));
      NativeHeap.trim();
    } catch (Throwable e) {
      manager.close();
      throw e;
    }
  }

  private static Device device(String name) {
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    int index = name.contains(":") ? Integer.parseInt(name.substring(name.indexOf(':') + 1)) : 0;
    int there = Engine.getEngine("PyTorch").getGpuCount();
    if (index >= there) {
      throw Section.MODEL_USE.wrong(
          String.format(
              "the device %s is not there: the engine sees %d GPUs; use cpu, or start with the CUDA"
                  + " build of libtorch (PYTORCH_LIBRARY_PATH, PYTORCH_FLAVOR)",
              name, there));
    }
    return Device.gpu(index);
  }

  ModelConfig config() {
    return config;
  }

  NDManager manager() {
    return manager;
  }

  Kernels kernels() {
    return kernels;
  }

  Decoder decoder() {
    return decoder;
  }

  /** The tables of one of the layers' rotary embeddings. */
  Rotary rotary(Rope rope) {
    Rotary rotary = rotaries.get(rope);
    if (rotary == null) {
      throw Section.MODEL_USE.wrong(
          "no layer is turned by " + rope + "; the layers have " + rotaries.keySet());
    }
    return rotary;
  }

  LoadOptions options() {
    return options;
  }

  /** The prompts of the last generation, where they are kept. */
  KeptPrompts kept() {
    return kept;
  }

  /** A rotary table at some positions of a sequence of some length: [2][positions][dims]. */
  synchronized float[][][] rotaryTable(Rope rope, int length, int... positions) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      float[][][] table = new float[2][positions.length][];
      for (int i = 0; i < positions.length; i++) {
        Rotary.Angles a = rotary(rope).angles(positions[i], positions[i] + 1, length);
        table[0][i] = a.cos().toFloatArray();
        table[1][i] = a.sin().toFloatArray();
      }
      return table;
    }
  }

  /** Native arrays that are alive: those of the weights and of open sessions. */
  int liveArrays() {
    return ((BaseNDManager) manager).getManagedArrays().size();
  }

  boolean isClosed() {
    return closed;
  }

  synchronized void close() {
    if (!closed) {
      closed = true;
      manager.close(); // frees every array
    }
  }
}
