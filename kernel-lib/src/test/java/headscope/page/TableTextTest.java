package headscope.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class TableTextTest {
  @TempDir Path folder;

  private static Table heads() {
    return Table.create(
        StringColumn.create("head", IntStream.range(0, 20).mapToObj(i -> "L0-H" + i).toList()),
        DoubleColumn.create(
            "score",
            IntStream.range(0, 20)
                .mapToDouble(i -> i == 7 ? Double.NaN : i * 7 % 20 - 5)
                .toArray()),
        BooleanColumn.create(
            "in needle", IntStream.range(0, 20).mapToObj(i -> i % 3 == 0).toList()));
  }

  /** What the page says after a script of the test has used the table. */
  private String used(String script) throws IOException, InterruptedException {
    Path page = folder.resolve("table.html");
    String log =
        "document.title = 'rows: ' + [...document.querySelectorAll('tbody tr')]"
            + ".filter(r => !r.hidden).map(r => r.cells[0].textContent + '=' +"
            + " r.cells[1].textContent).join(' ');";
    Files.writeString(
        page,
        "<!DOCTYPE html><meta charset=utf-8><title></title><body>"
            + TableText.of(heads()).interactive()
            + "<script>"
            + script
            + log
            + "</script>");
    return Chromium.open(page, folder);
  }

  @Tag("browser")
  @Test
  void aClickSortsByTheNumberAndPutsMissingOnesLast() throws Exception {
    String down = "document.querySelectorAll('th')[1].click();";
    assertThat(used(down)).containsPattern("rows: L0-H17=14 L0-H14=13 .* L0-H0=-5 L0-H7=–<");
    assertThat(used(down + down))
        .containsPattern("rows: L0-H0=-5 L0-H3=-4 .* L0-H17=14 L0-H7=–<")
        .contains("aria-sort=\"ascending\"");
    assertThat(used("document.querySelectorAll('th')[0].click();"))
        .contains("rows: L0-H0=-5 L0-H1=2 L0-H2=9 L0-H3=");
  }

  @Tag("browser")
  @Test
  void aFilterLeavesTheRowsThatHaveAllItsWords() throws Exception {
    assertThat(
            used(
                "const f = document.querySelector('input'); f.value = 'l0-h1 ✓';"
                    + "f.dispatchEvent(new Event('input'));"))
        .contains("rows: L0-H12=-1 L0-H15=0 L0-H18=1<", "3 of 20 rows");
  }

  @Test
  void withoutAScriptATableIsWholeAndHasNothingToClick() {
    assertThat(TableText.of(heads()).interactive().replaceAll("(?s)<script>.*</script>", ""))
        .doesNotContain("input", "button", "hidden")
        .contains("L0-H19");
    assertThat(TableText.of(heads()).html()).doesNotContain("script");
  }
}
