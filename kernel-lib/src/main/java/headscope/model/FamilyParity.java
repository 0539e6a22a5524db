package headscope.model;

import com.google.gson.reflect.TypeToken;
import headscope.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * How far a family's small random checkpoints are from Hugging Face transformers 5.23.0 (float32,
 * eager attention): the largest differences over all of them, as the tests measured them.
 *
 * @param modelType {@code model_type} of the family
 * @param checkpoints what was compared
 * @param logits of prompts and 12 greedy steps
 * @param masked the same with masked heads and hidden context
 * @param attention weights of whole attention rows
 */
public record FamilyParity(
    String modelType, List<String> checkpoints, double logits, double masked, double attention) {
  static final String RESOURCE = "/headscope/model/families.json";

  /** What the columns of {@link #row()} are. */
  public static final List<String> COLUMNS =
      List.of("family", "class", "models", "GGUF", "logits", "masked, hidden", "attention");

  /** All families, in the order of {@link Family#ALL}. */
  public static List<FamilyParity> all() {
    try (InputStream in = FamilyParity.class.getResourceAsStream(RESOURCE)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Json.read(text, new TypeToken<List<FamilyParity>>() {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The family, what is read, and the three differences, as text. */
  public List<String> row() {
    Family family =
        Family.ALL.stream().filter(f -> f.modelType().equals(modelType)).findFirst().orElseThrow();
    String type = modelType.equals("mistral") ? "llama" : modelType; // one name for both there
    List<String> gguf =
        GgufArchitecture.ALL.stream()
            .filter(a -> a.modelType().equals(type))
            .map(GgufArchitecture::name)
            .toList();
    return List.of(
        modelType,
        family.architecture(),
        family.models(),
        gguf.isEmpty() ? "no" : String.join(", ", gguf),
        text(logits),
        text(masked),
        text(attention));
  }

  private static String text(double difference) {
    return String.format(Locale.ROOT, "%.0e", difference);
  }
}
