package headscope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.Damage;
import headscope.PlainWords;
import headscope.model.GenerateOptions;
import headscope.model.LanguageModel;
import headscope.model.Tokenizer;
import headscope.score.HeadScores;
import headscope.task.HotpotQa;
import headscope.task.Question;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Trace;
import headscope.warning.Warnings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No message of a refused input has a word of a parser or of a class. */
@Tag("slow")
class PlainMessagesTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures");
  private static final int TIMES = 100;

  @TempDir Path folder;

  private interface Reading {
    void run() throws IOException;
  }

  private Path copy(String from) throws IOException {
    Path source = FIXTURES.resolve(from);
    if (!Files.isDirectory(source)) {
      return Files.copy(source, folder.resolve(source.getFileName()));
    }
    try (Stream<Path> files = Files.list(source)) {
      for (Path f : files.filter(Files::isRegularFile).toList()) {
        Files.copy(f, folder.resolve(f.getFileName()));
      }
    }
    return folder;
  }

  /** Reads a file in many damaged forms; at least some of them are refused. */
  private static void damage(Path file, Reading reading) throws IOException {
    byte[] good = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(20260601);
    int refused = 0;
    try (Warnings.Listening quiet = Warnings.to(text -> {})) {
      reading.run();
      for (int i = 0; i < TIMES; i++) {
        Files.write(file, Damage.of(good, random));
        try {
          reading.run();
        } catch (RuntimeException e) {
          PlainWords.assertThatItSaysIt(e);
          refused++;
        }
      }
    }
    Files.write(file, good);
    assertThat(refused).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "plain,config.json",
    "plain,tokenizer.json",
    "plain,tokenizer_config.json",
    "plain,generation_config.json",
    "plain,model.safetensors",
    "special-tokens-map,special_tokens_map.json",
    "index-stale-buffer,model.safetensors.index.json",
    "named-templates-default,tokenizer_config.json",
  })
  void aDamagedCheckpoint(String name, String file) throws IOException {
    Path model = copy("cases/" + name);
    damage(
        model.resolve(file),
        () -> {
          try (LanguageModel m = LanguageModel.load(model)) {
            Prompt prompt = m.tokenizer().prompt("A door");
            m.generate(prompt, Capture.tokens(), GenerateOptions.defaults().withMaxNewTokens(1));
          }
        });
  }

  @Test
  void aDamagedGgufFile() throws IOException {
    Path file = copy("gguf/llama32.gguf");
    damage(file, () -> LanguageModel.of(file.toString()).close());
  }

  @Test
  void aDamagedTrace() throws IOException {
    Path file = folder.resolve("a.trace.safetensors");
    try (LanguageModel model = LanguageModel.load(FIXTURES.resolve("cases/plain"))) {
      model
          .generate(
              model.tokenizer().prompt("A door"),
              Capture.heads(),
              GenerateOptions.defaults().withMaxNewTokens(2))
          .save(file);
    }
    damage(file, () -> Trace.load(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"2wiki.json", "data-wrapper.json", "hf.jsonl", "published.jsonl"})
  void damagedQuestions(String name) throws IOException {
    Path file = copy("cases/files/hotpot/" + name);
    damage(
        file,
        () -> {
          try (Stream<Question> questions = HotpotQa.read(file)) {
            questions.forEach(q -> {});
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"means.json", "two-lines.json", "qrhead.yaml"})
  void damagedScores(String name) throws IOException {
    Path file = copy("cases/files/head-scores/" + name);
    SplittableRandom random = new SplittableRandom(7);
    byte[] good = Files.readAllBytes(file);
    for (int i = 0; i < TIMES; i++) {
      try {
        HeadScores.load(file);
      } catch (RuntimeException e) {
        PlainWords.assertThatItSaysIt(e);
      }
      Files.write(file, Damage.of(good, random));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lines.jsonl", "sharegpt.json"})
  void aDamagedConversation(String name) throws IOException {
    Path file = copy("cases/files/" + name);
    damage(file, () -> Messages.read(file));
  }

  @Test
  void aDamagedTemplate() throws IOException {
    Path file = copy("cases/plain").resolve("chat_template.jinja");
    damage(
        file,
        () -> {
          try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            tokenizer.chat("Be kind.", "Hello");
          }
        });
    for (String template :
        new String[] {
          "{{ messages[0].content.nothing.more }}",
          "{{ messages | tojson(1, 2, 3) }}",
          "{% for m in 7 %}{% endfor %}",
          "{{ 1 / 0 }}",
          "{{ none + 1 }}",
          "{{ messages[99]['role'] }}",
          "{{ ('a' * 3) | int + [] }}",
          "{% include 'x' %}",
        }) {
      Files.write(file, template.getBytes(StandardCharsets.UTF_8));
      try (Tokenizer tokenizer = Tokenizer.load(folder)) {
        tokenizer.chat("", "Hello");
      } catch (RuntimeException e) {
        PlainWords.assertThatItSaysIt(e);
      }
    }
  }
}
