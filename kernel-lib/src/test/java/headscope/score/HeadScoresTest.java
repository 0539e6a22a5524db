package headscope.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import headscope.head.HeadId;
import headscope.head.HeadSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tech.tablesaw.api.Table;

@Tag("slow")
class HeadScoresTest {
  @TempDir Path folder;

  private Path file(String json) throws IOException {
    return Files.writeString(folder.resolve("head_score.json"), json);
  }

  @Test
  void thePublishedFormIsRead() throws IOException {
    // as Python's json.dump writes it, heads by score
    HeadScores scores =
        HeadScores.load(file("{\"1-0\": [0.5, 1e-05], \"0-1\": [1, 0.0], \"0-0\": [0, -2.5E+2]}"));
    assertThat(scores.layers()).isEqualTo(2);
    assertThat(scores.headsPerLayer()).isEqualTo(2);
    assertThat(scores.samples()).isEqualTo(2);
    assertThat(scores.heads()).isEqualTo(HeadSet.parse("L0-H0,L0-H1,L1-H0"));
    assertThat(scores.head(new HeadId(1, 0))).containsExactly(.5, 1e-5);
    assertThat(scores.mean(new HeadId(0, 1))).isEqualTo(.5);
    assertThat(scores.means()).containsExactly(-125, .5, .250005, Double.NaN);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scores.head(new HeadId(1, 1)))
        .withMessageContaining("L1-H1");
  }

  @Test
  void theFormIsWrittenInLayerAndHeadOrderToTheLastBit() throws IOException {
    Map<HeadId, double[]> map = new TreeMap<>();
    map.put(new HeadId(10, 2), new double[] {1. / 3, Double.MIN_VALUE});
    map.put(new HeadId(2, 11), new double[] {0, .1 + .2});
    HeadScores scores = HeadScores.of(11, 12, map);
    Path file = folder.resolve("out.json");
    scores.save(file);
    assertThat(file)
        .hasContent(
            "{\"2-11\": [0.0, 0.30000000000000004], \"10-2\": [0.3333333333333333, 4.9E-324]}");
    assertThat(HeadScores.load(file, 11, 12)).isEqualTo(scores);
    byte[] bytes = Files.readAllBytes(file);
    HeadScores.load(file, 11, 12).save(file);
    assertThat(Files.readAllBytes(file)).isEqualTo(bytes);
    try (var left = Files.list(folder)) {
      assertThat(left).as("nothing temporary is left").hasSize(1);
    }
  }

  @Test
  void aMeanInPlaceOfAListIsOneSample() throws IOException {
    HeadScores scores = HeadScores.load(file("{\"0-0\": 0.1, \"0-1\": 0.5}"));
    assertThat(scores.samples()).isEqualTo(1);
    assertThat(scores.means()).containsExactly(.1, .5);
    assertThat(StaticRanking.of(scores).top(1)).isEqualTo(HeadSet.parse("L0-H1"));
  }

  @Test
  void otherFormsAreNamed() throws IOException {
    // the first as QRHead publishes its heads
    Map<String, String> forms =
        Map.of(
            "model_base_class: llama\nattn_head_set: '13-18,14-7'\n",
            "this is YAML (its first line is \"model_base_class: llama\")",
            "{\"0-0\": [0.1], \"0-1\": [0.3]}\n{\"0-0\": [0.2], \"0-1\": [0.3]}\n",
            "line 2 column 2: a second JSON document follows",
            "13-18,14-7",
            "a text that begins with \"13-18,14-7\"");
    for (Map.Entry<String, String> form : forms.entrySet()) {
      Path file = file(form.getKey());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> HeadScores.load(file))
          .withMessageContainingAll(file.toString(), form.getValue(), "or a mean in place")
          .withMessageNotContainingAny("NaN", "BEGIN_", "Exception");
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "`` | an empty file",
        "{ | ends too early",
        "{\"0-0\": [1, | ends too early",
        "[] | line 1 column 2: the file is an object, found a list",
        "{} | names no head",
        "{\"0-0\": []} | the head L0-H0 has no score",
        "{\"0-0\": [NaN]} | NaN",
        "{\"0-0\": [1e999]} | no JSON",
        "{\"0-0\": [\"1\"]} | a score of \"0-0\" is a number, found a text",
        "{\"0-0\": [null]} | found an empty value",
        "{\"0-0\": {}} | \"0-0\" is a list, found an object",
        "{\"0-0\": [1] \"0-1\": [1]} | no JSON, line 1 column",
        "{\"0-0\": [1]} x | no JSON",
        "{\"0-0\": [1]} {} | no JSON",
        "{'0-0': [1]} | no JSON, line 1 column",
        "{\"0-0\": [1], \"0-0\": [2]} | the key \"0-0\" is there twice",
        "{\"L0-H0\": [1]} | the key \"L0-H0\" is no head",
        "{\"-1-0\": [1]} | the key \"-1-0\" is no head",
        "{\"0-01\": [1]} | the key \"0-01\" is no head",
        "{\"0-1000\": [1]} | from 0 to 999",
        "{\"0-0\": [1], \"0-1\": [1, 2]} | L0-H0 has 1, L0-H1 has 2",
      })
  void aDamagedFileIsNamedWithTheEntryAtFault(String json, String message) throws IOException {
    Path file = file(json);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HeadScores.load(file))
        .withMessageContaining(file.toString())
        .withMessageContaining(message);
  }

  @Test
  void aHeadOutsideTheModelIsNamed() throws IOException {
    Path file = file("{\"0-0\": [1], \"3-12\": [1]}");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HeadScores.load(file, 4, 12))
        .withMessageContainingAll(file.toString(), "L3-H12", "heads 0 to 11");
    assertThat(HeadScores.load(file, 4, 13).samples()).isEqualTo(1);
  }

  @Test
  void aFileThatCannotBeReadIsNamed() throws IOException {
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> HeadScores.load(folder.resolve("nowhere.json")))
        .withMessageContaining("nowhere.json");
    Path file = Files.write(folder.resolve("bytes.json"), new byte[] {'{', (byte) 0xff});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HeadScores.load(file))
        .withMessageContaining("no UTF-8");
  }

  @Test
  void randomDamageEndsInAClearMessageOrARead() throws IOException {
    byte[] whole =
        "{\"0-0\": [0.125, 1.0], \"0-1\": [1e-05, 0.5], \"11-31\": [0.75, 0.0]}"
            .getBytes(StandardCharsets.UTF_8);
    byte[] pieces = "{}[]\",:-.eE0129 \\\n\u00ffNat".getBytes(StandardCharsets.ISO_8859_1);
    SplittableRandom random = new SplittableRandom(1);
    Path file = folder.resolve("damaged.json");
    for (int i = 0; i < 3_000; i++) {
      byte[] bytes = whole.clone();
      for (int k = random.nextInt(3); k >= 0; k--) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(3)) {
          case 0 -> bytes[at] = pieces[random.nextInt(pieces.length)];
          case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
          default -> bytes = Arrays.copyOf(bytes, at + 1);
        }
      }
      Files.write(file, bytes);
      try {
        HeadScores.load(file, 12, 32).means();
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining(file.toString());
      }
    }
    Files.write(file, whole);
    assertThatCode(() -> HeadScores.load(file, 12, 32)).doesNotThrowAnyException();
  }

  @Test
  void samplesAreJoinedAndPicked() {
    HeadScores a = HandMade.scores(new double[] {0, 1}).mean();
    HeadScores b = HandMade.scores(new double[] {1, 1}, new double[] {0, 0}).mean();
    HeadScores both = HeadScores.ofSamples(List.of(a, b));
    assertThat(both.head(new HeadId(0, 0))).containsExactly(0, .5);
    assertThat(both.means()).containsExactly(.25, .75);
    assertThat(both.where(List.of(false, true))).isEqualTo(b);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> both.where(List.of(false, false)))
        .withMessageContaining("at least one is wanted");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HeadScores.ofSamples(List.of(a, HandMade.scores(new double[3]).mean())))
        .withMessageContaining("same heads");
    assertThatIllegalArgumentException().isThrownBy(() -> HeadScores.ofSamples(List.of()));
    assertThatIllegalArgumentException().isThrownBy(() -> HeadScores.of(1, 1, Map.of()));
  }

  @Test
  void theTableHasARowAHead() {
    Table table = HandMade.scores(2, 1, new double[] {.25, .5}).mean().toTable();
    assertThat(table.columnNames()).containsExactly("head", "score");
    assertThat(table.row(1).getString("head")).isEqualTo("L1-H0");
    assertThat(table.row(1).getDouble("score")).isEqualTo(.5);
  }
}
