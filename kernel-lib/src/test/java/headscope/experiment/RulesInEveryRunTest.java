package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.ablation.MaskingPolicy;
import headscope.ablation.TwoPass;
import headscope.model.LanguageModel;
import headscope.model.LoadOptions;
import headscope.rag.DynamicRag;
import headscope.rag.HeadSelector;
import headscope.rag.RagRun;
import headscope.reference.World;
import headscope.score.CopyPasteScore;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rules of a checkpoint are part of what the model says, however it is made to say it. */
class RulesInEveryRunTest {
  @TempDir private static Path folder;
  private static LanguageModel model;
  private static Prompt prompt;
  private static Trace plain;

  /** The reference model with rules: its first token is held back, no three tokens come twice. */
  @BeforeAll
  static void load() throws IOException {
    Path reference = Path.of("src/main/resources/headscope/reference/model");
    try (Stream<Path> files = Files.list(reference)) {
      for (Path f : files.toList()) {
        Files.copy(f, folder.resolve(f.getFileName().toString()));
      }
    }
    int first;
    try (LanguageModel free = LanguageModel.reference()) {
      prompt = QuestionTrials.world(World.standard(), 1, 1, 1).trial(free.tokenizer(), 0).prompt();
      first = free.generate(prompt, Capture.tokens()).ids()[0];
    }
    Files.writeString(
        folder.resolve("generation_config.json"),
        "{\"eos_token_id\": 2, \"no_repeat_ngram_size\": 3, \"begin_suppress_tokens\": ["
            + first
            + "]}");
    model = LanguageModel.load(folder, LoadOptions.defaults());
    plain = model.generate(prompt, Capture.heads());
    assertThat(plain.ids()[0]).isNotEqualTo(first);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void bothPassesOfTheProtocolFollowThem() {
    TwoPass protocol = TwoPass.of(CopyPasteScore.standard());
    List<Trace> traces =
        protocol.run(model, prompt, List.of(MaskingPolicy.dynamic(0), MaskingPolicy.dynamic()));
    assertThat(traces.get(0).ids()).isEqualTo(plain.ids());
    assertThat(traces.get(0).options().get("rules")).isEqualTo(plain.options().get("rules"));
    // the first pass sees nothing masked at the first step, and says what the model says
    assertThat(traces.get(1).clean().get(0).token()).isEqualTo(plain.ids()[0]);
    assertThat(protocol.withForced(plain.ids()).run(model, prompt, MaskingPolicy.dynamic()).ids())
        .isEqualTo(plain.ids());
  }

  @Test
  void draftsFollowThem() {
    RagRun run = DynamicRag.of(HeadSelector.wholeContext()).run(model, prompt);
    assertThat(run.ids()).isEqualTo(plain.ids());
    assertThat(run.options())
        .containsEntry(
            "rules", model.generationConfig().rules().stream().map(r -> r.name()).toList());
  }

  @Test
  void resultsNameThem() {
    Map<String, Object> choosing = model.choosing();
    assertThat(choosing.get("rules").toString()).contains("no_repeat_ngram_size=3");
    try (LanguageModel reference = LanguageModel.reference()) {
      assertThat(reference.choosing()).isEmpty();
    }
  }
}
