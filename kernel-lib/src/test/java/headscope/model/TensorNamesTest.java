package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.bench.RandomCheckpoint;
import headscope.safetensors.SafeTensors;
import headscope.safetensors.SafeTensorsWriter;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.warning.Warnings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the names in a file of weights mean is what transformers 5.23.0 reads in them. */
class TensorNamesTest {
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";

  private record Tensor(float[] values, long[] shape) {}

  @TempDir Path temporary;
  private Path folder;
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();

  @BeforeEach
  void makeATiedModel() throws IOException {
    folder = temporary.resolve("model");
    new RandomCheckpoint(2, 16, 2, 1, 16, 32, 64).write(folder, 3);
    try (SafeTensors in = SafeTensors.open(folder.resolve("model.safetensors"))) {
      in.tensors()
          .forEach(
              (name, t) -> {
                long[] shape = t.shape().stream().mapToLong(d -> d).toArray();
                tensors.put(name, new Tensor(in.floats(name), shape));
              });
    }
    tensors.remove(HEAD);
    tie(true);
  }

  private void tie(boolean tied) throws IOException {
    Path file = folder.resolve("config.json");
    JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    config.addProperty("tie_word_embeddings", tied);
    Files.writeString(file, config.toString());
  }

  private int[] run() {
    SafeTensorsWriter out = new SafeTensorsWriter();
    tensors.forEach((name, t) -> out.floats(name, t.values(), t.shape()));
    out.write(folder.resolve("model.safetensors"));
    warnings.clear();
    try (Warnings.Listening heard = Warnings.to(warnings::add);
        LanguageModel model = LanguageModel.load(folder)) {
      return model.generate(Prompt.ofIds(1, 2, 3), Capture.tokens()).ids();
    }
  }

  private void rename(UnaryOperator<String> to) {
    Map<String, Tensor> renamed = new LinkedHashMap<>();
    tensors.forEach((name, t) -> renamed.put(to.apply(name), t));
    tensors.clear();
    tensors.putAll(renamed);
  }

  @Test
  void theLeadingModelMayBeMissingOrTwice() {
    int[] ids = run();
    rename(name -> "model." + name);
    assertThat(run()).isEqualTo(ids);
    rename(name -> name.substring("model.model.".length()));
    assertThat(run()).isEqualTo(ids);
    tensors.put(EMBEDDING, tensors.get("embed_tokens.weight"));
    assertThatThrownBy(this::run).hasMessageContainingAll(EMBEDDING, "embed_tokens", "twice");
  }

  @Test
  void anOutputMatrixInTheFileGoesBeforeTheFlag() throws IOException {
    int[] tied = run();
    tensors.put(HEAD, tensors.get(EMBEDDING));
    assertThat(run()).isEqualTo(tied);
    assertThat(warnings).isEmpty(); // the same values are the same matrix
    float[] other = tensors.get(EMBEDDING).values().clone();
    for (int i = 0; i < other.length; i++) {
      other[i] = -other[i];
    }
    tensors.put(HEAD, new Tensor(other, tensors.get(EMBEDDING).shape()));
    int[] own = run();
    assertThat(own).isNotEqualTo(tied);
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("tie_word_embeddings", HEAD);
    tie(false);
    assertThat(run()).isEqualTo(own);
    assertThat(warnings).isEmpty();
    tensors.remove(HEAD); // transformers would draw one at random
    assertThatThrownBy(this::run).hasMessageContainingAll(HEAD, "lacks");
    tie(true);
    tensors.put(HEAD, tensors.remove(EMBEDDING)); // the one that is there serves as both
    assertThat(run()).isEqualTo(tied);
  }

  @Test
  void buffersThatAreComputedAreNotMissed() {
    int[] ids = run();
    tensors.put(
        "model.layers.0.self_attn.rotary_emb.inv_freq", new Tensor(new float[4], new long[] {4}));
    tensors.put("model.layers.0.attn.masked_bias", new Tensor(new float[1], new long[] {1}));
    assertThat(run()).isEqualTo(ids);
    tensors.put("score.weight", new Tensor(new float[1], new long[] {1}));
    assertThatThrownBy(this::run).hasMessageContainingAll("score.weight", "no place");
  }

  @ParameterizedTest
  @CsvSource({
    "module.,PEFT",
    "base_model.model.,PEFT",
    "language_model.,such as language_model.model.embed_tokens.weight",
  })
  void aForeignPrefixIsShownBesideWhatIsWanted(String prefix, String word) {
    rename(name -> prefix + name);
    assertThatThrownBy(this::run).hasMessageContainingAll(prefix + EMBEDDING, EMBEDDING, word);
  }

  @ParameterizedTest
  @CsvSource({
    "q_proj.qweight,GPTQ",
    "q_proj.qzeros,GPTQ",
    "q_proj.weight_scale,fp8",
    "q_proj.weight_scale_inv,fp8",
    "q_proj.weight.absmax,bitsandbytes",
    "q_proj.weight.quant_map,bitsandbytes",
    "q_proj.weight.quant_state.bitsandbytes__nf4,bitsandbytes",
    "q_proj.weight_packed,compressed-tensors",
    "q_proj.W_q,HQQ",
  })
  void quantisedWeightsAreRefusedByTheirScheme(String name, String scheme) {
    String tensor = "model.layers.0.self_attn." + name;
    tensors.put(tensor, new Tensor(new float[1], new long[] {1}));
    assertThatThrownBy(this::run)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(tensor, "quantised", scheme, "GGUF");
  }

  private void refused(Consumer<Path> make, String... words) throws IOException {
    Path other = Files.createTempDirectory(temporary, "other");
    make.accept(other);
    assertThatThrownBy(() -> LanguageModel.load(other)).hasMessageContainingAll(words);
  }

  private static Consumer<Path> files(String... names) {
    return at -> {
      try {
        for (String name : names) {
          Files.createDirectories(at.resolve(name).getParent());
          Files.createFile(at.resolve(name));
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    };
  }

  @Test
  void aFolderThatIsNoCheckpointSaysWhatItLooksLike() throws IOException {
    refused(files("model-Q4_K_M.gguf", "README.md"), "GGUF", "model-Q4_K_M.gguf");
    refused(files("pytorch_model.bin", "tokenizer.json"), "pytorch_model.bin", "config.json");
    refused(files("model_index.json", "unet/config.json"), "diffusers");
    refused(files("tokenizer.json", "tokenizer_config.json"), "tokenizer alone");
    refused(files("snapshots/0123/config.json", "refs/main"), "cache", "snapshots");
    refused(files("models--a--b/refs/main"), "cache", "org/name");
    refused(files("params.json", "consolidated.00.pth"), "params.json", "transformers");
    refused(files("original/config.json"), "original", "give that folder");
    refused(at -> {}, "empty");
  }

  @Test
  void weightsInAnotherFormAreNamed() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    Files.createFile(folder.resolve("pytorch_model.bin"));
    assertThatThrownBy(() -> LanguageModel.load(folder))
        .hasMessageContainingAll("model.safetensors", "pytorch_model.bin", "save_pretrained");
  }

  @Test
  void aLinkThatLeadsNowhereNamesItsTarget() throws IOException {
    Files.delete(folder.resolve("config.json"));
    Files.createSymbolicLink(folder.resolve("config.json"), Path.of("../../blobs/0123abc"));
    assertThatThrownBy(() -> LanguageModel.load(folder))
        .hasMessageContainingAll("config.json", "leads nowhere", "blobs/0123abc");
  }
}
