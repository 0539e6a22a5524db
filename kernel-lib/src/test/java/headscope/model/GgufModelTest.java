package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import headscope.trace.Capture;
import headscope.trace.Prompt;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufModelTest {
  /** transformers 5.24.0, float32, on the dequantised weights. */
  @ParameterizedTest
  @ValueSource(strings = {"llama31-q8_0", "llama31-mixed"})
  void quantisedWeightsGiveWhatTransformersGives(String name) throws IOException {
    JsonObject expected =
        JsonParser.parseString(Files.readString(Fixture.GGUF.resolve("quantised_expected.json")))
            .getAsJsonObject()
            .getAsJsonObject(name);
    try (LanguageModel model = LanguageModel.of(Fixture.GGUF.resolve(name + ".gguf").toString())) {
      assertThat(model.name()).isEqualTo("llama31");
      for (String prompt : List.of("short", "long")) {
        JsonObject e = expected.getAsJsonObject(prompt);
        int[] tokens = Fixture.ints(e.get("tokens"));
        Trace trace =
            model.generate(
                Prompt.ofIds(Fixture.ints(e.get("prompt"))),
                Capture.tokens(),
                GenerateOptions.defaults().withMaxNewTokens(tokens.length).withIgnoreEndTokens());
        assertThat(trace.ids()).as(prompt).containsExactly(tokens);
        JsonArray logprob = e.getAsJsonArray("logprob");
        for (int i = 0; i < tokens.length; i++) {
          Step step = trace.steps().get(i);
          assertThat((double) step.logprob())
              .as("%s step %d", prompt, i)
              .isCloseTo(logprob.get(i).getAsDouble(), within(1e-4));
        }
      }
    }
  }
}
