package headscope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.claim.Claim;
import headscope.claim.Finding;
import headscope.claim.Verdicts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class StudyCommandTest {
  @TempDir Path folder;

  @Test
  void wrongUseIsSaid() {
    assertThat(CommandLineRun.of("study").err())
        .contains("a command is missing: run, record, verify, verdicts");
    String out = folder.resolve("out").toString();
    CommandLineRun sizes =
        CommandLineRun.of("study", "run", "--model", "reference", "--sizes", "full", "--out", out);
    assertThat(sizes.code()).isEqualTo(2);
    assertThat(sizes.err()).contains("sizes are live, middle or paper", "ERRORS.md#study");
    CommandLineRun part =
        CommandLineRun.of("study", "run", "--model", "reference", "--only", "fig7", "--out", out);
    assertThat(part.err()).contains("the parts of reference are dynamism-uuid", "\"fig7\"");
    CommandLineRun subject =
        CommandLineRun.of("study", "run", "--model", "reference", "--subject", "a/b", "--out", out);
    assertThat(subject.err()).contains("--subject NAME");
  }

  @Test
  void verdictsArePrintedAndWrittenIntoAPage() throws IOException {
    Verdicts.of(
            List.of(
                new Finding(
                    Claim.of("D1"), "smollm2", "UUID", .5, .4, .6, .5, 48, OptionalDouble.empty())))
        .save(folder.resolve("verdicts.json"));
    CommandLineRun printed =
        CommandLineRun.of("study", "verdicts", "--markdown", "--recorded", folder.toString());
    assertThat(printed.code()).isZero();
    assertThat(printed.out()).contains("| D1 |", "SmolLM2 cannot tell |");
    Path page = folder.resolve("page.md");
    Files.writeString(page, "# A\n<!-- verdicts -->\n<!-- end of verdicts -->\n");
    CommandLineRun written =
        CommandLineRun.of(
            "study", "verdicts", "--into", page.toString(), "--recorded", folder.toString());
    assertThat(written.code()).as(written.err()).isZero();
    assertThat(Files.readString(page)).contains("| D1 |").startsWith("# A\n<!-- verdicts -->\n");
  }

  @Test
  void whatIsNotRecordedIsADifference() {
    CommandLineRun verified =
        CommandLineRun.of(
            "study",
            "verify",
            "--model",
            "reference",
            "--only",
            "dynamism-uuid",
            "--recorded",
            folder.toString());
    assertThat(verified.code()).isEqualTo(1);
    assertThat(verified.out()).contains("dynamism-uuid: nothing is recorded of it");
  }
}
