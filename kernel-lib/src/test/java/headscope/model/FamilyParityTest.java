package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.head.HeadId;
import headscope.head.HeadMask;
import headscope.head.HeadSet;
import headscope.head.MaskMode;
import headscope.head.MaskScope;
import headscope.json.Json;
import headscope.trace.Capture;
import headscope.trace.Step;
import headscope.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The table of families says what is measured here. {@code -Dheadscope.test.write=true} writes it
 * anew: the first run the numbers, the second MODELS.md.
 */
class FamilyParityTest {
  private static final Path TABLE = Path.of("src/main/resources" + FamilyParity.RESOURCE);
  private static final Path MODELS = Path.of("MODELS.md");
  private static final boolean WRITE = Boolean.getBoolean("headscope.test.write");

  @Test
  void theTableHoldsWhatIsMeasured() throws IOException {
    List<FamilyParity> measured = measured();
    if (WRITE) {
      Files.createDirectories(TABLE.getParent());
      Files.writeString(TABLE, Json.page(measured) + "\n");
      return;
    }
    List<FamilyParity> written = FamilyParity.all();
    assertThat(written).hasSameSizeAs(Family.ALL);
    for (int i = 0; i < Family.ALL.size(); i++) {
      FamilyParity found = measured.get(i);
      FamilyParity table = written.get(i);
      assertThat(table.modelType()).isEqualTo(Family.ALL.get(i).modelType());
      assertThat(table.checkpoints()).isEqualTo(found.checkpoints()).isNotEmpty();
      // other processors round otherwise; a table that is out of date is further off
      assertThat(found.logits()).isBetween(table.logits() / 4, table.logits() * 4);
      assertThat(found.masked()).isBetween(table.masked() / 4, table.masked() * 4);
      assertThat(found.attention()).isBetween(table.attention() / 4, table.attention() * 4);
    }
  }

  @Test
  void theReadmeHasTheTable() throws IOException {
    StringBuilder table = new StringBuilder("\n");
    line(table, FamilyParity.COLUMNS);
    line(table, FamilyParity.COLUMNS.stream().map(c -> "---").toList());
    FamilyParity.all().forEach(f -> line(table, f.row()));
    String begin = "<!-- families -->\n";
    String end = "\n<!-- /families -->";
    String text = Files.readString(MODELS);
    int from = text.indexOf(begin) + begin.length();
    int to = text.indexOf(end);
    assertThat(from).as(begin).isGreaterThan(begin.length());
    if (WRITE) {
      Files.writeString(MODELS, text.substring(0, from) + table + text.substring(to));
    } else {
      assertThat(text.substring(from, to)).isEqualTo(table.toString());
    }
  }

  private static void line(StringBuilder table, List<String> cells) {
    table.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static List<FamilyParity> measured() {
    List<FamilyParity> all = new ArrayList<>();
    for (Family family : Family.ALL) {
      List<String> names = new ArrayList<>();
      double[] worst = new double[3];
      for (String name : Fixture.names().toList()) {
        Fixture f = Fixture.of(name);
        ModelConfig config = ModelConfig.of(new Checkpoint.Folder(f.folder()));
        if (config.family().equals(family)) {
          names.add(name);
          measure(f, worst);
        }
      }
      all.add(new FamilyParity(family.modelType(), names, worst[0], worst[1], worst[2]));
    }
    return all;
  }

  private static void measure(Fixture f, double[] worst) {
    GenerateOptions how =
        GenerateOptions.defaults().withMaxNewTokens(f.steps()).withIgnoreEndTokens();
    try (LanguageModel model = f.load()) {
      HeadSet heads = HeadSet.all(model.config().layers(), model.config().heads());
      for (String p : f.promptNames()) {
        boolean rows = f.has(p + ".attention_rows");
        Capture capture = Capture.heads().withLogits().withRows(rows ? heads : HeadSet.empty());
        Trace clean = model.generate(f.prompt(p), capture, how);
        worst(worst, 0, ParityTest.logits(clean), f.floats(p + ".step_logits"));
        worst(
            worst, 2, ParityTest.floats(clean, Step::argmaxWeight), f.floats(p + ".attention_max"));
        if (rows) {
          rows(f, p, clean, worst);
        }
      }
      for (String p : f.object("hidden_context").keySet()) {
        Trace hidden =
            model.generate(f.prompt(p), Capture.tokens().withLogits(), how.withHidden(f.hidden(p)));
        worst(worst, 1, ParityTest.logits(hidden), f.floats("hidden." + p + ".step_logits"));
      }
      for (String run : f.object("masked", "runs").keySet()) {
        String[] words = run.toUpperCase(Locale.ROOT).split("_");
        HeadMask mask = new HeadMask(f.maskedHeads(), MaskMode.valueOf(words[0]), Map.of());
        for (String p : List.of("short", "long")) {
          Trace masked =
              model.generate(
                  f.prompt(p),
                  Capture.tokens().withLogits(),
                  how.withMask(mask, MaskScope.valueOf(words[1])));
          worst(worst, 1, ParityTest.logits(masked), f.floats(run + "." + p + ".step_logits"));
        }
      }
    }
  }

  private static void rows(Fixture f, String prompt, Trace trace, double[] worst) {
    float[] expected = f.floats(prompt + ".attention_rows"); // [steps, heads, T + steps - 1]
    int width = f.prompt(prompt).length() + f.steps() - 1;
    for (int s = 0; s < f.steps(); s++) {
      for (int h = 0; h < trace.heads(); h++) {
        float[] row = trace.steps().get(s).rows().get(HeadId.ofIndex(h, trace.headsPerLayer()));
        int at = (s * trace.heads() + h) * width;
        worst(worst, 2, row, java.util.Arrays.copyOfRange(expected, at, at + row.length));
      }
    }
  }

  private static void worst(double[] worst, int which, float[] found, float[] expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      worst[which] = Math.max(worst[which], Math.abs((double) found[i] - expected[i]));
    }
  }
}
