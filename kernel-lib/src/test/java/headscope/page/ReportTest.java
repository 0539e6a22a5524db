package headscope.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import headscope.figure.Figures;
import headscope.figure.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class ReportTest {
  @TempDir Path out;

  private void table(String path, String csv) throws IOException {
    Path file = out.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, csv);
  }

  private void experiment(String folder, String name, String task) throws IOException {
    Files.createDirectories(out.resolve(folder));
    Files.writeString(
        out.resolve(folder).resolve("experiment.json"),
        "{\"options\": {\"experiment\": \"%s\", \"task\": \"%s\", \"model\": \"tiny\"},"
                .formatted(name, task)
            + " \"environment\": {\"java\": \"17\"}}");
  }

  private String html() {
    return Report.of(out).html();
  }

  /** What stands between a heading and the next one. */
  private static String section(String html, String heading) {
    int from = html.indexOf(">" + heading + "</h2>");
    assertThat(from).as("section " + heading).isPositive();
    return html.substring(from, html.indexOf("</section>", from));
  }

  @Test
  void verdictsComeFirstAndStandBesideTheirFigure() throws IOException {
    String columns =
        "claim,statement,model,setting,statistic,value,low,high,rival,n,p,Holm's p,verdict\n";
    table(
        "tables/verdicts-dynamism.csv",
        columns
            + "D1,changes,tiny,UUID,one,0.512,0.481,0.547,0.5,45,,,cannot tell\n"
            + "D1,changes,tiny,classic,one,0.61,0.55,0.66,0.5,45,,,holds\n"
            + "D1,changes,tiny,overall,one,,,,,,,,partly\n"
            + "D3,together,tiny,UUID,two,0.49,0.44,0.53,0.2,45,,,holds\n");
    table("tables/verdicts-broken.csv", "claim,model\nD1,tiny\n");
    table("tables/table1.csv", "statistic,value,low,high,n\nadjacent Jaccard,0.49,0.4,0.6,5\n");
    String html = html();
    String verdicts = section(html, "Verdicts");
    assertThat(verdicts)
        .contains("partly", "holds (0.490, 0.440 to 0.530)", "half of two adjacent steps")
        .doesNotContain("D2");
    assertThat(html.indexOf(">Verdicts</h2>")).isLessThan(html.indexOf(">At a glance</h2>"));
    assertThat(section(html, "Table 1: how much the set of heads changes"))
        .contains("0.481 to 0.547", "cannot tell", "classic", "45");
    assertThat(section(html, "Further figures and tables"))
        .contains("verdicts-broken")
        .doesNotContain("verdicts-dynamism");
  }

  @Test
  void tablesStandBesideThePapersNumbers() throws IOException {
    table("tables/table1.csv", "statistic,value,low,high,n\nadjacent Jaccard,0.7696,0.7,0.8,5\n");
    table("tables/table2-probe.csv", "probe,F1,AUPRC\nMLP,0.9,0.95\n");
    String html = html();
    assertThat(section(html, "Table 1: how much the set of heads changes"))
        .contains(".2793".substring(1), "llama3.1-8b", "0.7696");
    assertThat(section(html, "Table 2: a probe predicts which heads retrieve"))
        .contains("0.8349", "0.9500");
    assertThat(section(html, "At a glance"))
        .containsPattern("Jaccard of adjacent steps.*\\.28 to \\.51.*>\\.7696<")
        .containsPattern("AUPRC of the probe.*\\.89 to \\.93.*>\\.9500<");
    assertThat(html).isEqualTo(html());
  }

  @Test
  void figuresCarryTheirSizeAndTheirWords() throws IOException {
    Figures.lines("k", "m", Series.of("m", new double[] {0, 1}, new double[] {0, 2}))
        .withTitle("Steps & heads")
        .save(out.resolve("figures/fig3-own"));
    String section = section(html(), "Fig. 3: other heads step in");
    assertThat(section)
        .containsPattern("<img alt=\"Steps &amp; heads\\. Lines over k[^\"]*\" width=\"840\"")
        .containsOnlyOnce("src=\"data:image/png;base64,iVBOR");
  }

  @Test
  void whatIsNotThereIsSaidWithTheWayToGetIt() {
    String html = html();
    assertThat(section(html, "Not in this folder"))
        .contains("Fig. 1: heads", "Table 4: retrieval", "environment/reproduce --only 09");
    assertThat(html).contains("holds no experiment.json");
  }

  @Test
  void experimentsStandWhereTheirFigureDoesAndAreDrawn() throws IOException {
    experiment("runs/masks", "ablation", "niah");
    table(
        "runs/masks/tables/grid-accuracy.csv",
        "panel,length,depth,accuracy,samples\ndynamic,96,0,0,1\ndynamic,192,0,0,1\n"
            + "dynamic,96,50,0,1\ndynamic,192,50,1,1\n");
    experiment("runs/hops", "ablation", "hotpotqa");
    table("runs/hops/tables/outcomes.csv", "condition,F1\nnone,0.5\n");
    experiment("runs/steps", "compensation", "niah");
    table(
        "runs/steps/tables/outcomes.csv",
        "condition,k,m,m low,m high,accuracy\nnone,,,,,1\ndynamic 0,0,0,0,0,1\ndynamic 5,5,6,5,7,0\n");
    String html = html();
    assertThat(section(html, "Fig. 2: accuracy without some heads"))
        .contains("runs/masks", "Grid of accuracy", "data:image/png");
    assertThat(section(html, "Fig. 6: multi-hop answers without some heads"))
        .contains("runs/hops", "0.5000");
    assertThat(section(html, "Fig. 3: other heads step in")).contains("Compensation and accuracy");
    assertThat(section(html, "At a glance")).containsPattern("five dynamic.*>6 \\(runs/steps\\)<");
    assertThat(out.resolve("runs/masks/figures/grid-accuracy.svg")).exists();
    assertThat(section(html, "Options and environment")).contains("options of runs/masks", "tiny");
  }

  @Test
  void otherFilesFollowAtTheEnd() throws IOException {
    table("tables/own.csv", "a,b\n1,x\n");
    assertThat(section(html(), "Further figures and tables")).contains("<h3>own</h3>");
  }

  @Test
  void damagedFilesAreSaidAndTheRestIsShown() throws IOException {
    experiment("", "dynamism", "niah");
    table("tables/table1.csv", "statistic,value\nentropy,1.25\n");
    table("tables/table3.csv", "");
    table("tables/fig9.csv", "a,b\n1\n1,2,3,4\n\"open");
    table("figures/fig2.png", "no image");
    table("runs/experiment.json", "{\"options\": [");
    table("traces/0.safetensors", "no trace");
    table("more/experiment.json", "[".repeat(200_000));
    String html = html();
    assertThat(html).contains("1.2500", "it is empty", "experiment.json cannot be read");
    assertThat(html).contains("no figure of first-trace: ");
    assertThatThrownBy(() -> Report.of(out.resolve("none")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no folder");
  }

  @Test
  void twoThousandRandomDamagesEndInAReport() throws IOException {
    experiment("run", "ablation", "niah");
    String csv =
        "panel,length,depth,accuracy,samples\ndynamic,96,0,0,1\n\"a, b\",192,0,0.5,1\n"
            + "dynamic,96,50,0,1\ndynamic,192,50,1,1\n";
    Path json = out.resolve("run/experiment.json");
    byte[][] good = {Files.readAllBytes(json), csv.getBytes()};
    Path table = out.resolve("run/tables/fig2.csv");
    SplittableRandom r = new SplittableRandom(11);
    for (int i = 0; i < 2000; i++) {
      Path[] files = {json, table};
      Files.createDirectories(table.getParent());
      for (int f = 0; f < 2; f++) {
        byte[] bytes = good[f].clone();
        for (int n = 1 + (int) (r.nextLong() >>> 62); n > 0; n--) {
          bytes[(int) Long.remainderUnsigned(r.nextLong(), bytes.length)] =
              (r.nextLong() & 1) == 0
                  ? (byte) "0123456789-[]{},\":x\n".charAt((int) (r.nextLong() >>> 1) % 20 & 15)
                  : (byte) r.nextLong();
        }
        int end =
            (r.nextLong() & 3) == 0 ? (int) (r.nextLong() >>> 40) % bytes.length : bytes.length;
        Files.write(files[f], java.util.Arrays.copyOf(bytes, end));
      }
      for (ResultFolder folder : ResultFolder.below(out)) {
        for (Path file : folder.tables()) {
          try {
            assertThat(ResultTable.read(file).columnCount()).isPositive();
          } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
          }
        }
      }
      if (i % 400 == 0) {
        assertThat(Report.of(out).html()).endsWith("</html>\n");
      }
    }
  }
}
