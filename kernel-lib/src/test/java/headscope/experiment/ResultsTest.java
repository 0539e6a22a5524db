package headscope.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ResultsTest {
  private static final Map<String, Object> OPTIONS = Map.of("seed", 1, "lengths", List.of(96, 192));

  @TempDir Path folder;
  private List<JsonObject> written;

  @BeforeEach
  void write() {
    try (Results results = open()) {
      for (int i = 0; i < 6; i++) {
        JsonObject line = new JsonObject();
        line.addProperty("length", 96 * i);
        line.addProperty("answer", "The word is \"straße\" <b>\n" + "x".repeat(i));
        line.addProperty("correct", i % 2 == 0);
        results.append(line);
      }
      written = List.copyOf(results.lines());
    }
  }

  private Results open() {
    return Results.open(folder, OPTIONS, Map.of("java", "17"));
  }

  private static byte[] damaged(byte[] good, SplittableRandom r) {
    byte[] bytes = good.clone();
    if (Long.remainderUnsigned(r.nextLong(), 4) == 0) {
      return Arrays.copyOf(bytes, (int) Long.remainderUnsigned(r.nextLong(), bytes.length));
    }
    for (long n = 1 + (r.nextLong() >>> 62); n > 0; n--) {
      int at = (int) Long.remainderUnsigned(r.nextLong(), bytes.length);
      bytes[at] =
          (r.nextLong() & 1) == 0
              ? (byte)
                  "0123456789-[]{},\":x\n".charAt((int) Long.remainderUnsigned(r.nextLong(), 20))
              : (byte) r.nextLong();
    }
    return bytes;
  }

  @Test
  void twoThousandDamagesOfResultsAreReadRightlyOrRefused() throws IOException {
    Path file = folder.resolve("results.jsonl");
    byte[] good = Files.readAllBytes(file);
    byte[] times = Files.readAllBytes(folder.resolve("times.jsonl"));
    SplittableRandom r = new SplittableRandom(17);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      Files.write(file, damaged(good, r));
      try (Results results = open()) {
        assertThat(results.lines()).isEqualTo(written.subList(0, results.size()));
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("results.jsonl is damaged at line ");
        refused++;
      }
      Files.write(folder.resolve("times.jsonl"), times);
    }
    assertThat(refused).isBetween(1000, 1900);
  }

  @Test
  void twoThousandDamagesOfTheOptionsAreReadRightlyOrRefused() throws IOException {
    Path file = folder.resolve("experiment.json");
    byte[] good = Files.readAllBytes(file);
    SplittableRandom r = new SplittableRandom(18);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      Files.write(file, damaged(good, r));
      try (Results results = open()) {
        assertThat(results.lines()).isEqualTo(written);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).containsAnyOf("is damaged", "holds results of other options");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void damagedTimesNeverCostAResult() throws IOException {
    Path times = folder.resolve("times.jsonl");
    byte[] good = Files.readAllBytes(times);
    byte[] lines = Files.readAllBytes(folder.resolve("results.jsonl"));
    SplittableRandom r = new SplittableRandom(19);
    for (int i = 0; i < 300; i++) {
      Files.write(times, damaged(good, r));
      try (Results results = open()) {
        assertThat(results.lines()).isEqualTo(written);
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("not what was written");
      }
      assertThat(Files.readAllBytes(folder.resolve("results.jsonl"))).isEqualTo(lines);
    }
  }

  @Test
  void aDamagedLineInTheMiddleDoesNotCostThoseBehindIt() throws IOException {
    Path file = folder.resolve("results.jsonl");
    List<String> lines = new java.util.ArrayList<>(Files.readAllLines(file));
    lines.set(2, lines.get(2).replace("192", "193"));
    Files.write(file, lines);
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(this::open).hasMessageContaining("damaged at line 3: it is not what was");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    Files.delete(folder.resolve("times.jsonl"));
    try (Results results = open()) {
      assertThat(results.size()).isEqualTo(6); // of an older version: nothing to check it by
    }
    lines.set(2, "{");
    Files.write(file, lines);
    assertThatThrownBy(this::open).hasMessageContaining("damaged at line 3: it is no JSON object");
  }
}
