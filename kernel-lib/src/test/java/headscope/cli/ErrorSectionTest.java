package headscope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.failure.Section;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every failure points to a section of ERRORS.md, and every section is pointed to. */
class ErrorSectionTest {
  private static final String LLAMA = "src/test/resources/fixtures/checkpoints/llama2";
  private static final Path SOURCES = Path.of("src/main/java/headscope");

  @TempDir Path folder;

  @Test
  void everySectionIsThereAndIsReached() throws IOException {
    Set<String> sections =
        Files.readAllLines(Path.of("ERRORS.md")).stream()
            .filter(line -> line.startsWith("### "))
            .map(line -> line.substring(4))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(sections)
        .isEqualTo(
            Arrays.stream(Section.values())
                .map(Section::id)
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void everyFailureOfOursCarriesItsSection() throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        String source = Files.readString(file);
        all.append(source);
        assertThat(source).as(file.toString()).doesNotContain("new IllegalArgumentException(");
      }
    }
    for (Section section : Section.values()) {
      boolean ofItsKind =
          Set.of(Section.FILES, Section.INTERRUPTED, Section.MEMORY, Section.NATIVE_LIBRARIES)
                  .contains(section)
              || section == Section.UNEXPECTED;
      assertThat(ofItsKind || all.indexOf("Section." + section.name()) >= 0)
          .as(section.id())
          .isTrue();
    }
  }

  private String section(String... args) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertThat(Headscope.run(new PrintStream(new ByteArrayOutputStream()), stream, args))
        .isNotZero();
    String first = err.toString(StandardCharsets.UTF_8).lines().findFirst().orElseThrow();
    assertThat(first).matches("headscope: .+ \\(ERRORS\\.md#[a-z-]+\\)");
    return first.replaceAll(".*#([a-z-]+)\\)$", "$1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          generation_config.json | {"bad_words_ids": 5} | generation-config
          generation_config.json | {                    | generation-config
          tokenizer_config.json  | {"bos_token": [1], "split_special_tokens": 3} | tokenizer
          special_tokens_map.json | [] | tokenizer
          config.json | [] | checkpoint-config
          """)
  void aFileOfACheckpointPointsToItsOwnSection(String file, String text, String section)
      throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/fixtures/cases/plain"))) {
      for (Path f : files.toList()) {
        Files.copy(f, folder.resolve(f.getFileName()));
      }
    }
    Files.writeString(folder.resolve(file), text);
    assertThat(section("generate", "--model", folder.toString(), "--text", "a")).isEqualTo(section);
  }

  @Test
  void failuresPointToTheirSection() throws IOException {
    Path text = Files.writeString(folder.resolve("a.json"), "{\"a\": 1}");
    String[] ids = {"generate", "--model", LLAMA, "--ids", "1,2,3"};
    assertThat(section("generate", "--model", LLAMA)).isEqualTo("wrong-use");
    assertThat(section("nothing")).isEqualTo("wrong-use");
    assertThat(section("generate", "--model", folder + "/none", "--ids", "1"))
        .isEqualTo("model-names");
    assertThat(section("generate", "--model", folder.toString(), "--ids", "1"))
        .isEqualTo("checkpoint-files");
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"}");
    assertThat(section("generate", "--model", folder.toString(), "--ids", "1"))
        .isEqualTo("checkpoint-config");
    assertThat(section(with(ids, "--device", "moon"))).isEqualTo("load-options");
    assertThat(section(with(ids, "--mask", "L9"))).isEqualTo("heads");
    assertThat(section(with(ids, "--mask", "L90-H1"))).isEqualTo("heads");
    assertThat(section(with(ids, "--span", "needle=3"))).isEqualTo("spans");
    assertThat(section(with(ids, "--span", "needle=2:90"))).isEqualTo("spans");
    assertThat(section("generate", "--model", LLAMA, "--ids", "1,99999999")).isEqualTo("model-use");
    assertThat(section(with(ids, "--trace", folder + "/none/a"))).isEqualTo("files");
    assertThat(section("generate", "--model", "reference", "--messages", text.toString()))
        .isEqualTo("messages");
    assertThat(section("generate", "--model", "reference", "--messages", folder + "/none"))
        .isEqualTo("files");
    assertThat(section("generate", "--model", LLAMA, "--text", "a")).isEqualTo("tokenizer");
    assertThat(section("score", text.toString())).isEqualTo("damaged-files");
    assertThat(section("score", folder + "/none")).isEqualTo("files");
    assertThat(section("report", folder + "/none")).isEqualTo("figures-and-pages");
    assertThat(
            section(
                "run",
                "dynamism",
                "--model",
                "reference",
                "--out",
                folder + "/r",
                "--lengths",
                "0"))
        .isIn("experiment-options", "haystack", "task-options");
  }

  @Test
  void whatALibraryThrowsIsUnexpectedUnlessItsKindTells() {
    assertThat(Section.of(Section.WRONG_USE.failed("own")).id()).isEqualTo("wrong-use");
    try {
      List.of(1).iterator().remove();
    } catch (UnsupportedOperationException e) {
      assertThat(Section.of(e).id()).isEqualTo("unexpected");
    }
    assertThat(Section.of(new OutOfMemoryError()).id()).isEqualTo("memory");
    assertThat(Section.of(new UnsatisfiedLinkError()).id()).isEqualTo("native-libraries");
    assertThat(Section.of(new RuntimeException("CUDA out of memory. Tried …")).id())
        .isEqualTo("memory");
  }

  private static String[] with(String[] some, String... more) {
    return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
  }
}
