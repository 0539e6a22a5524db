package headscope.model;

import headscope.failure.Section;
import headscope.safetensors.SafeTensors;
import headscope.safetensors.TensorInfo;
import headscope.warning.Warnings;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A LoRA adapter in PEFT's form, laid over the tensors of a model: the factors of a module's
 * change, and tensors that it brings whole. Each tensor has its place, or is refused by its name.
 *
 * <p>One class of some length: which tensors an adapter may change, and how it changes them, are
 * read off the same names.
 */
final class LoraAdapter implements AutoCloseable {
  /** The file with the factors. */
  static final String WEIGHTS = "adapter_model.safetensors";

  private static final String EMBEDDING = "model.embed_tokens";
  private static final String HEAD = "lm_head";
  private static final Pattern FACTOR =
      Pattern.compile("(.+)\\.lora_(embedding_)?([AB])(?:\\.default)?(?:\\.weight)?");
  private static final int MOST_READ = 4;

  /** The two factors of one module in the file. */
  private record Pair(TensorInfo a, TensorInfo b) {}

  /**
   * The change of a matrix [rows, columns]: scaling times left times right.
   *
   * @param left [rows, rank]
   * @param right [rank, columns]
   */
  private record Change(float[] left, float[] right, int rank, float scaling) {}

  private final Path folder;
  private final SafeTensors file;
  private final LoraConfig config;
  private final Map<String, Pair> pairs = new TreeMap<>();
  private final Map<String, TensorInfo> saved = new TreeMap<>();
  private final Map<String, TensorInfo> replaced = new TreeMap<>();
  private final Map<String, Change> read =
      new LinkedHashMap<>(16, .75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Change> eldest) {
          return size() > MOST_READ;
        }
      };

  /**
   * Opens an adapter and finds the place of each of its tensors.
   *
   * @param folder with {@code adapter_config.json} and {@code adapter_model.safetensors}
   * @param family of the model below
   * @param base its tensors
   * @throws CheckpointException if it does not fit the model or asks for what is not computed
   */
  LoraAdapter(Path folder, String family, TensorSource base) {
    this.folder = folder;
    CheckpointFiles files = files(folder);
    config = LoraConfig.read(files, family);
    file = SafeTensors.open(files.path(WEIGHTS));
    try {
      place(base);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** The files of an adapter, checked to be there. */
  static CheckpointFiles files(Path folder) {
    if (!AdaptedFiles.isAdapter(folder)) {
      throw new CheckpointException(
          Section.ADAPTERS,
          folder
              + " is no adapter: it has no "
              + LoraConfig.FILE
              + "; wanted is a folder as PEFT's save_pretrained writes it");
    }
    CheckpointFiles files = CheckpointFiles.folder(folder);
    if (!files.has(WEIGHTS)) {
      String bin = folder.resolve("adapter_model.bin").toString();
      throw new CheckpointException(
          Section.ADAPTERS,
          files.has("adapter_model.bin")
              ? String.format(
                  "%s is a pickle, which is not read; convert it: python -c \"import torch;"
                      + " from safetensors.torch import save_file; save_file({k: v.clone() for k, v"
                      + " in torch.load('%s', map_location='cpu', weights_only=True).items()},"
                      + " '%s')\"",
                  bin, bin, folder.resolve(WEIGHTS))
              : folder + " has no " + WEIGHTS + "; download or save the adapter again");
    }
    return files;
  }

  private void place(TensorSource base) {
    Set<String> matrices = matrices(base);
    Map<String, TensorInfo> a = new HashMap<>();
    Map<String, TensorInfo> b = new HashMap<>();
    TreeSet<String> homeless = new TreeSet<>();
    for (TensorInfo tensor : file.tensors().values()) {
      String name = wholeName(tensor.name());
      Matcher factor = FACTOR.matcher(name);
      boolean fits;
      if (factor.matches()) {
        String module = factor.group(1);
        fits =
            matrices.contains(module)
                && isTarget(base, module)
                && (factor.group(2) != null) == module.equals(EMBEDDING);
        put(factor.group(3).equals("A") ? a : b, module, tensor, fits);
      } else {
        fits = placeWhole(base, name, tensor);
      }
      if (!fits) {
        homeless.add(tensor.name());
      }
    }
    if (!homeless.isEmpty()) {
      throw new CheckpointException(
          Section.ADAPTERS,
          String.format(
              "%d tensors of the adapter %s have no place, such as %s: %s of this adapter and this"
                  + " model have no such module; is it the model that the adapter was made for%s?",
              homeless.size(),
              folder,
              homeless.first(),
              "target_modules and modules_to_save",
              config.base().map(n -> ", " + n).orElse("")));
    }
    pair(base, matrices, a, b);
    checkSaved(base);
  }

  private void put(Map<String, TensorInfo> map, String name, TensorInfo tensor, boolean isPlaced) {
    TensorInfo other = isPlaced ? map.putIfAbsent(name, tensor) : null;
    if (other != null) {
      throw new CheckpointException(
          Section.ADAPTERS,
          String.format(
              "the adapter %s has %s twice, as %s and %s; save it again",
              folder, name, other.name(), tensor.name()));
    }
  }

  /** PEFT's prefix off. */
  private static String wholeName(String name) {
    return name.startsWith("base_model.model.")
        ? name.substring("base_model.model.".length())
        : name;
  }

  /** The modules that are a matrix, the head among them though a tied one has no tensor. */
  private static Set<String> matrices(TensorSource base) {
    Set<String> modules = new LinkedHashSet<>();
    for (String name : base.names()) {
      if (name.endsWith(".weight") && base.shape(name).length == 2) {
        modules.add(name.substring(0, name.length() - ".weight".length()));
      }
    }
    modules.add(EMBEDDING);
    modules.add(HEAD);
    return modules;
  }

  /**
   * A tensor that stands for one of the model's own: of a module that is saved whole, or one that
   * PEFT loads into the model's because it has its name.
   */
  private boolean placeWhole(TensorSource base, String name, TensorInfo tensor) {
    String plain = name.replace(".modules_to_save.default.", ".").replace(".modules_to_save.", ".");
    boolean below = plain.contains(".base_layer.");
    String own = plain.replace(".base_layer.", ".");
    String module = own.substring(0, Math.max(0, own.lastIndexOf('.')));
    if (!exists(base, own) || below != isTarget(base, module)) {
      return false;
    }
    List<Integer> wanted =
        Arrays.stream(base.shape(stored(base, own))).mapToObj(d -> (int) d).toList();
    List<Integer> found = tensor.shape().stream().map(Number::intValue).toList();
    if (!found.equals(wanted)) {
      throw new CheckpointException(
          Section.ADAPTERS,
          String.format(
              "tensor %s of the adapter %s has shape %s, that of the model %s: is it the model that"
                  + " the adapter was made for, with the same vocabulary?",
              tensor.name(), folder, found, wanted));
    }
    put(isWithinSaved(own) ? saved : replaced, own, tensor, true);
    return true;
  }

  /** Whether a module has factors; those of a tied head and its embedding may be tied too. */
  private boolean isTarget(TensorSource base, String module) {
    boolean tied = config.tying() && isTied(base) && Set.of(EMBEDDING, HEAD).contains(module);
    return tied ? config.isTarget(EMBEDDING) || config.isTarget(HEAD) : config.isTarget(module);
  }

  private boolean isWithinSaved(String tensor) {
    for (int dot = tensor.indexOf('.'); dot > 0; dot = tensor.indexOf('.', dot + 1)) {
      if (config.isSaved(tensor.substring(0, dot))) {
        return true;
      }
    }
    return false;
  }

  private void pair(
      TensorSource base,
      Set<String> matrices,
      Map<String, TensorInfo> a,
      Map<String, TensorInfo> b) {
    TreeSet<String> without = new TreeSet<>();
    for (String module : matrices) {
      if (isTarget(base, module)) {
        if (!a.containsKey(module) && !b.containsKey(module)) {
          without.add(module);
        } else if (a.containsKey(module) && b.containsKey(module)) {
          pairs.put(module, checked(base, module, new Pair(a.get(module), b.get(module))));
        } else {
          throw new CheckpointException(
              Section.ADAPTERS,
              String.format(
                  "the adapter %s has lora_%s of %s without lora_%s; save it again",
                  folder,
                  a.containsKey(module) ? "A" : "B",
                  module,
                  a.containsKey(module) ? "B" : "A"));
        }
      }
    }
    if (config.tying() && isTied(base)) {
      without.remove(HEAD); // follows the embedding
    }
    if (pairs.isEmpty() && without.isEmpty()) {
      throw new CheckpointException(
          Section.ADAPTERS,
          "none of the model's modules is one of the target_modules of "
              + folder
              + config.base().map(n -> "; it was made for " + n).orElse(""));
    }
    if (!without.isEmpty()) {
      Warnings.say(
          String.format(
              "the adapter %s has no tensors for %d of its target_modules, such as %s: they stay as"
                  + " they are, as with PEFT",
              folder, without.size(), without.first()));
    }
  }

  private Pair checked(TensorSource base, String module, Pair pair) {
    long[] shape = base.shape(stored(base, module + ".weight"));
    boolean embedding = module.equals(EMBEDDING);
    int rank = config.rank(module);
    check(pair.a(), rank, embedding ? shape[0] : shape[1]);
    check(pair.b(), embedding ? shape[1] : shape[0], rank);
    return pair;
  }

  private void check(TensorInfo tensor, long rows, long columns) {
    List<Long> wanted = List.of(rows, columns);
    List<Long> found = tensor.shape().stream().map(Number::longValue).toList();
    if (!found.equals(wanted) || rows * columns > Integer.MAX_VALUE) {
      throw new CheckpointException(
          Section.ADAPTERS,
          String.format(
              "tensor %s of the adapter %s has shape %s, wanted is %s by the rank of %s and the"
                  + " model: is it the model that the adapter was made for?",
              tensor.name(), folder, found, wanted, LoraConfig.FILE));
    }
  }

  /** What is to be saved whole has to be there whole, as PEFT has it. */
  private void checkSaved(TensorSource base) {
    Set<String> all = new LinkedHashSet<>(base.names());
    all.add(HEAD + ".weight");
    for (String name : all) {
      boolean follows = config.tying() && isTied(base) && name.startsWith(HEAD);
      if (isWithinSaved(name) && !saved.containsKey(name) && !follows && !isDerived(name)) {
        throw new CheckpointException(
            Section.ADAPTERS,
            String.format(
                "the adapter %s lacks the tensor %s, which modules_to_save says it has; save it"
                    + " again",
                folder, name));
      }
    }
  }

  private static boolean isDerived(String name) {
    return SafeTensorsSource.isDerived(name);
  }

  private static boolean isTied(TensorSource base) {
    return !base.names().contains(HEAD + ".weight")
        || !base.names().contains(EMBEDDING + ".weight");
  }

  private static boolean exists(TensorSource base, String name) {
    return base.names().contains(stored(base, name));
  }

  /** Where the values of a tensor are: a tied head's are those of the embedding. */
  static String stored(TensorSource base, String name) {
    String head = HEAD + ".weight";
    String embedding = EMBEDDING + ".weight";
    if (name.equals(head) && !base.names().contains(head)) {
      return embedding;
    }
    return name.equals(embedding) && !base.names().contains(embedding) ? head : name;
  }

  /** Names that the model has with this adapter: a head that it unties gets its own. */
  Set<String> names(TensorSource base) {
    Set<String> names = new LinkedHashSet<>(base.names());
    boolean embedding = changes(EMBEDDING);
    boolean head = changes(HEAD);
    if (isTied(base) && (config.tying() ? head && !embedding : head || embedding)) {
      names.add(EMBEDDING + ".weight");
      names.add(HEAD + ".weight");
    }
    return names;
  }

  private boolean changes(String module) {
    return pairs.containsKey(module) || saved.containsKey(module + ".weight");
  }

  /** Reads elements of one of the model's tensors with this adapter merged into it. */
  void read(TensorSource base, String name, long from, FloatBuffer into) {
    FloatBuffer values = into.duplicate();
    String stored = stored(base, name);
    TensorInfo whole = saved.getOrDefault(name, replaced.getOrDefault(stored, replaced.get(name)));
    if (whole != null) {
      SafeTensorsSource.read(file, whole, from, into);
    } else {
      base.read(stored, from, into);
    }
    if (name.endsWith(".weight")) {
      String module = name.substring(0, name.length() - ".weight".length());
      if (pairs.containsKey(module)) {
        add(change(module), base.shape(stored)[1], from, values);
      }
    }
  }

  /** Adds elements [from, …) of a change, row by row. */
  private static void add(Change change, long columns, long from, FloatBuffer values) {
    int width = Math.toIntExact(columns);
    float[] sum = new float[width];
    int at = values.position();
    while (at < values.limit()) {
      int row = (int) (from / width);
      int first = (int) (from % width);
      int count = Math.min(width - first, values.limit() - at);
      Arrays.fill(sum, 0, count, 0);
      for (int k = 0; k < change.rank(); k++) {
        float weight = change.left()[row * change.rank() + k];
        int right = k * width + first;
        for (int i = 0; i < count; i++) {
          sum[i] += weight * change.right()[right + i];
        }
      }
      for (int i = 0; i < count; i++) {
        values.put(at + i, values.get(at + i) + change.scaling() * sum[i]);
      }
      at += count;
      from += count;
    }
  }

  /** The factors of a module; those of the last few are kept. */
  private Change change(String module) {
    synchronized (read) {
      return read.computeIfAbsent(module, this::readChange);
    }
  }

  private Change readChange(String module) {
    Pair pair = pairs.get(module);
    int rank = config.rank(module);
    float[] a = values(pair.a());
    float[] b = values(pair.b());
    boolean embedding = module.equals(EMBEDDING); // its product is used transposed
    return new Change(
        embedding ? transposed(a, rank) : b,
        embedding ? transposed(b, b.length / rank) : a,
        rank,
        (float) config.scaling(module));
  }

  private float[] values(TensorInfo tensor) {
    float[] values =
        new float[tensor.shape().stream().mapToInt(Number::intValue).reduce(1, (x, y) -> x * y)];
    SafeTensorsSource.read(file, tensor, 0, FloatBuffer.wrap(values));
    for (float v : values) {
      if (!Float.isFinite(v)) {
        throw new CheckpointException(
            Section.ADAPTERS,
            String.format(
                "tensor %s of the adapter %s holds %s; weights are finite numbers (is the file"
                    + " damaged?)",
                tensor.name(), folder, v));
      }
    }
    return values;
  }

  private static float[] transposed(float[] matrix, int rows) {
    int columns = matrix.length / rows;
    float[] other = new float[matrix.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        other[c * rows + r] = matrix[r * columns + c];
      }
    }
    return other;
  }

  @Override
  public void close() {
    file.close();
  }
}
