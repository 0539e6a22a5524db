package headscope.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.claim.Claim;
import headscope.claim.Finding;
import headscope.claim.Verdicts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class VerdictTableTest {
  private static Finding found(String id, String model, String setting, double value) {
    return new Finding(
        Claim.of(id),
        model,
        setting,
        value,
        value - .1,
        value + .1,
        .5,
        45,
        OptionalDouble.empty());
  }

  private static VerdictTable table() {
    return VerdictTable.of(
        Verdicts.of(
            List.of(
                found("D1", "smollm2", "UUID", .7),
                found("D1", "smollm2", "classic", .55),
                found("D1", "reference", "UUID", .2),
                found("HD1", "smollm2-world", "threshold .5", -.004),
                found("D1", "another", "UUID", .9))));
  }

  @Test
  void aRowSaysWhatWasFoundOnBothModels() {
    assertThat(table().markdown().lines().toList())
        .containsExactly(
            "| claim | what is claimed | paper | SmolLM2 | reference model | statistic, rival, n |"
                + " verdict |",
            "|---|---|---|---|---|---|---|",
            "| D1 | the set of retrieval heads changes from step to step | adjacent Jaccard .28 to"
                + " .51 | .70 [.60, .80] | .20 [.10, .30] | 1 − adjacent Jaccard, above .50; n 45"
                + " (UUID) | SmolLM2 partly (1 of 2 settings hold), reference model fails |",
            "| HD1 | the set of retrieval heads changes from step to step | shown (Fig. 5), no"
                + " number | 0 [−.10, .10] | – | 1 − adjacent Jaccard, above .50; n 45 (threshold"
                + " .5) | SmolLM2 fails |");
  }

  @Test
  void aPageHasOnePlaceForIt() {
    String page = "a\n<!-- verdicts -->\nold\n<!-- end of verdicts -->\nb\n";
    String written = table().into(page);
    assertThat(written).startsWith("a\n<!-- verdicts -->\n| claim |").endsWith("verdicts -->\nb\n");
    assertThat(table().into(written)).isEqualTo(written);
    assertThatThrownBy(() -> table().into("nothing")).hasMessageContaining("<!-- verdicts -->");
    assertThatThrownBy(() -> table().into(page + page)).hasMessageContaining("one line");
  }

  /**
   * README shows what is recorded; headscope study verdicts --into README.md brings it up to date.
   */
  @Test
  void readmeHasTheTableOfWhatIsRecorded() throws IOException {
    Path recorded = Path.of("../notebooks/recorded/verdicts.json");
    String readme = Files.readString(Path.of("../README.md"));
    assertThat(readme.contains(VerdictTable.BEGIN)).isEqualTo(Files.exists(recorded));
    if (Files.exists(recorded)) {
      assertThat(VerdictTable.of(Verdicts.load(recorded)).into(readme)).isEqualTo(readme);
    }
  }
}
