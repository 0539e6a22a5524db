package headscope.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class FigureTest {
  private static final String HOSTILE = "<script>alert(1)</script>&\"'\u0000\u202E";

  @Test
  void aPngIsCompleteOpaqueAndTwiceItsSize() throws Exception {
    Figure figure = Figures.headHeatmap(scores(3, 12)).withSize(640, 300);

    byte[] png = figure.png();
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));

    assertThat(image.getWidth()).isEqualTo(1280);
    assertThat(image.getHeight()).isEqualTo(600);
    assertThat(image.getColorModel().hasAlpha()).isFalse();
    assertThat(image.getRGB(0, 0)).isEqualTo(0xFFFFFFFF);
    byte[] tail = Arrays.copyOfRange(png, png.length - 8, png.length);
    // The last chunk's type and checksum: nothing is cut off.
    assertThat(tail).startsWith("IEND".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void theSameTableGivesTheSameBytesInAnyLocale() {
    byte[] png = Figures.headHeatmap(scores(3, 5)).png();
    String svg = grid().svg();
    String summary = lines().summary();
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.GERMANY);
      assertThat(Figures.headHeatmap(scores(3, 5)).png()).isEqualTo(png);
      assertThat(grid().svg()).isEqualTo(svg);
      assertThat(lines().summary()).isEqualTo(summary);
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertThat(Figures.headHeatmap(scores(3, 5)).png()).isEqualTo(png);
      assertThat(lines().svg()).contains(">0.2<");
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void anSvgNamesAxesHeadsAndTokens() throws Exception {
    List<String> texts = texts(Figures.headHeatmap(scores(2, 3)));

    assertThat(texts).contains("generated token", "head", "score", "L0-H1", "L1-H1", "␣t1");
  }

  @Test
  void aScatterNamesTheHeadsThatStandOut() throws Exception {
    StringColumn head = StringColumn.create("head");
    DoubleColumn[] numbers = new DoubleColumn[4];
    for (int c = 0; c < 4; c++) {
      numbers[c] = DoubleColumn.create("n" + c);
    }
    for (int i = 0; i < 30; i++) {
      head.append("L" + i / 6 + "-H" + i % 6);
      for (int c = 0; c < 4; c++) {
        numbers[c].append(i == 7 + c ? 5 : .01 * ((i * (c + 3)) % 11));
      }
    }
    Table table = Table.create("heads", head).addColumns(numbers);
    Figure figure = Figures.headScatter(table, "n0", "n1", "n2", "n3");
    assertThat(texts(figure).stream().map(String::strip))
        .contains("n0", "n1", "n3", "size: n2", "L1-H1", "L1-H2", "L1-H4");
    assertThat(figure.summary())
        .startsWith("Scatter of 30 heads: n0 to the right, n1 upwards, size is n2")
        .contains("L1-H1: n0 5");
    numbers[3].set(4, Double.NaN);
    assertThatThrownBy(() -> Figures.headScatter(table, "n0", "n1", "n2", "n3"))
        .hasMessageContaining("L0-H4 has NaN in n3");
  }

  @Test
  void hostileNamesStayText() throws Exception {
    Table table =
        Table.create(
            IntColumn.create("step", 0, 1),
            StringColumn.create("token", HOSTILE, "]]>"),
            StringColumn.create("head", HOSTILE, HOSTILE),
            DoubleColumn.create("score", 0.25, 0.5));
    Figure figure = Figures.headHeatmap(table).withTitle(HOSTILE).withAxes(HOSTILE, "<b>");

    assertThat(document(figure).getElementsByTagName("script").getLength()).isZero();
    assertThat(figure.svg()).doesNotContain("<script").contains("U+0000", "U+202E");
    assertThat(texts(figure)).contains("<b>");
    assertThat(figure.png()).isNotEmpty();
  }

  @Test
  void figuresWithoutValuesSaySo() throws Exception {
    Table none =
        Table.create(
            IntColumn.create("step"),
            StringColumn.create("token"),
            StringColumn.create("head"),
            DoubleColumn.create("score"));
    Table grid =
        Table.create(
            IntColumn.create("length"), IntColumn.create("depth"), DoubleColumn.create("accuracy"));
    List<Figure> figures =
        List.of(
            Figures.headHeatmap(none),
            Figures.layerHeadMap(none),
            Figures.lengthDepthGrid(grid, "accuracy"),
            Figures.lines("k", "overlap"),
            Figures.lines("k", "overlap", Series.of("a", new double[0], new double[0])));
    for (Figure figure : figures) {
      assertThat(figure.summary()).containsIgnoringCase("no values");
      assertThat(figure.png()).isNotEmpty();
      document(figure);
    }
  }

  @Test
  void oneCellAndMissingCellsAreDrawn() {
    Figure one = Figures.headHeatmap(scores(1, 1));
    assertThat(one.png()).isNotEmpty();
    assertThat(one.summary()).contains("1 rows", "L0-H1, step 0");

    Table gaps = scores(2, 2);
    gaps.doubleColumn("score").set(1, Double.NaN);
    assertThat(Figures.headHeatmap(gaps.dropRange(1)).summary()).contains("2 cells blank");
    assertThat(Figures.headHeatmap(gaps).summary()).contains("1 cell blank");

    gaps.doubleColumn("score").setMissing(0);
    gaps.doubleColumn("score").setMissing(2);
    gaps.doubleColumn("score").setMissing(3);
    assertThat(Figures.headHeatmap(gaps).summary()).contains("no values");
    assertThat(Figures.headHeatmap(gaps).png()).isNotEmpty();
  }

  @Test
  void scoresOfZeroAndOneGetTwoColours() throws Exception {
    Table table =
        Table.create(
            IntColumn.create("step", 0, 1),
            StringColumn.create("token", "a", "b"),
            StringColumn.create("head", "L0-H0", "L0-H0"),
            BooleanColumn.create("score", true, false));
    Figure figure = Figures.headHeatmap(table);

    assertThat(figure.summary()).contains("1 of 2 cells are 1", "step 0 (a)");
    assertThat(texts(figure)).contains("0", "1").doesNotContain("0.5");
  }

  @Test
  void headsKeepTheOrderOfTheTableAndStepsAreSorted() throws Exception {
    Table table =
        Table.create(
            IntColumn.create("step", 7, 2),
            StringColumn.create("token", "late", "early"),
            StringColumn.create("head", "L9-H9", "L0-H0"),
            DoubleColumn.create("score", 0.1, 0.9));

    assertThat(Figures.headHeatmap(table).summary())
        .contains("Rows L9-H9, L0-H0; columns are steps 2 to 7")
        .contains("the highest first at L0-H0, step 2 (early); 2 cells blank");
    List<String> texts = texts(Figures.headHeatmap(table));
    assertThat(texts.indexOf("early")).isLessThan(texts.indexOf("late"));
  }

  @Test
  void tablesThatContradictThemselvesAreRefused() {
    Table twice = scores(1, 1).append(scores(1, 1));
    assertThatThrownBy(() -> Figures.headHeatmap(twice))
        .hasMessageContaining("two values for L0-H1");

    Table tokens = scores(2, 1);
    tokens.stringColumn("token").set(1, "other");
    assertThatThrownBy(() -> Figures.headHeatmap(tokens))
        .hasMessageContaining("step 0 has two tokens, \" t0\" and \"other\"");

    assertThatThrownBy(() -> Figures.headHeatmap(scores(1, 1).removeColumns("score")))
        .hasMessageContaining("no column \"score\"; its columns are step, token, head");
    assertThatThrownBy(() -> Figures.layerHeadMap(tokens.replaceColumn(heads("H3", "L1-H1"))))
        .hasMessageContaining("L3-H7")
        .hasMessageContaining("\"H3\"");
  }

  @Test
  void theMapReadsNamesAndNumbersAlike() {
    Table names = Table.create(heads("L0-H1", "L2-H0"), DoubleColumn.create("score", 0.125, 0.5));
    Table numbers =
        Table.create(
            IntColumn.create("layer", 0, 2),
            IntColumn.create("head", 1, 0),
            DoubleColumn.create("score", 0.125, 0.5));

    assertThat(Figures.layerHeadMap(names).svg()).isEqualTo(Figures.layerHeadMap(numbers).svg());
    assertThat(Figures.layerHeadMap(names).summary())
        .contains(
            "3 layers", "2 heads", "from 0.125 to 0.5, the highest at L2-H0", "4 cells blank");
  }

  @Test
  void cellsWithoutSamplesAreBlankAndFewSamplesArePale() throws Exception {
    Figure figure = grid();

    assertThat(figure.summary())
        .contains("dynamic: mean 0.25, lowest 0.25 at 500 / 0")
        .contains("1 cell blank")
        .contains("fewer samples (1 to 4)");
    assertThat(texts(figure))
        .contains("dynamic", "static", "context length (tokens)", "needle depth (%)", "accuracy")
        .contains("The paler a cell, the fewer its samples (1 to 4); blank: none");
    assertThat(Viridis.over(Viridis.between(0, 1).color(0), 1).getRGB()).isEqualTo(0xFF440154);
    assertThat(Viridis.over(Viridis.between(0, 1).color(0), 0).getRGB()).isEqualTo(0xFFFFFFFF);
  }

  @Test
  void linesNameBothAxesAndKeepGaps() throws Exception {
    List<String> texts = texts(lines());

    assertThat(texts)
        .contains("masked heads k", "overlap (heads)", "accuracy", "accuracy (right axis)");
    assertThat(lines().summary())
        .contains("overlap: 4 at 0 to 6 at 10, lowest 4 at 0, highest 6 at 10, with a band")
        .contains("accuracy (right axis): 1 at 0 to 0.2 at 10");
    assertThatThrownBy(() -> Figures.lines("k", "y", one("a"), one("a")))
        .hasMessageContaining("name of its own");
    assertThatThrownBy(() -> Figures.lines("k", "y", one("a").onSecondAxis()))
        .hasMessageContaining("second axis");
    assertThatThrownBy(() -> one("a").withBand(new double[2], new double[1]))
        .hasMessageContaining("1 points, its band 2 low and 1 high");
  }

  @Test
  void manyTokensAreThinnedOutInsteadOfOverlapping() throws Exception {
    long labels =
        texts(Figures.headHeatmap(scores(2, 200))).stream().filter(t -> t.startsWith("␣t")).count();

    assertThat(labels).isBetween(30L, 60L);
  }

  @Test
  void savingWritesBothFormatsOrTheOneNamed(@TempDir Path folder) throws Exception {
    Figure figure = Figures.headHeatmap(scores(1, 2));

    List<Path> both = figure.save(folder.resolve("new/fig1.5"));
    List<Path> one = figure.save(folder.resolve("only.PNG"));

    assertThat(both)
        .containsExactly(folder.resolve("new/fig1.5.png"), folder.resolve("new/fig1.5.svg"));
    assertThat(one).containsExactly(folder.resolve("only.PNG"));
    assertThat(Files.readAllBytes(both.get(0))).isEqualTo(figure.png());
    assertThat(Files.readString(both.get(1))).startsWith("<?xml").contains(figure.svg());
    try (var files = Files.walk(folder)) {
      assertThat(files.filter(Files::isRegularFile)).hasSize(3);
    }
  }

  @Test
  void figuresDoNotChange() {
    Figure figure = Figures.headHeatmap(scores(1, 2));
    String before = figure.svg();

    Figure other = figure.withTitle("").withSize(300, 200).withRange(0, 2).withValueName("z");

    assertThat(figure.svg()).isEqualTo(before);
    assertThat(other.title()).isEmpty();
    assertThat(other.width()).isEqualTo(300);
    assertThatThrownBy(() -> figure.withSize(10, 200)).hasMessageContaining("10 x 200");
    assertThatThrownBy(() -> figure.withRange(1, 1)).hasMessageContaining("low < high");
  }

  @Test
  void numbersHaveFourDigits() {
    assertThat(Numbers.text(0.35124)).isEqualTo("0.3512");
    assertThat(Numbers.text(12345.6)).isEqualTo("12346");
    assertThat(Numbers.text(50000)).isEqualTo("50000");
    assertThat(Numbers.text(0.00001234)).isEqualTo("1.234e-05");
    assertThat(Numbers.text(1e-6)).isEqualTo("1e-06");
    assertThat(Numbers.text(2.5e10)).isEqualTo("2.5e+10");
    assertThat(Numbers.text(-0.0)).isEqualTo("0");
    assertThat(Numbers.text(Double.NaN)).isEqualTo("–");
    assertThat(Numbers.text(Double.NEGATIVE_INFINITY)).isEqualTo("-∞");
  }

  private static Table scores(int heads, int steps) {
    IntColumn step = IntColumn.create("step");
    StringColumn token = StringColumn.create("token");
    StringColumn head = StringColumn.create("head");
    DoubleColumn score = DoubleColumn.create("score");
    for (int h = 0; h < heads; h++) {
      for (int s = 0; s < steps; s++) {
        step.append(s);
        token.append(" t" + s);
        head.append("L" + h + "-H1");
        score.append((h * 7 + s * 3) % 10 / 10.0 + 0.05);
      }
    }
    return Table.create(step, token, head, score);
  }

  private static Figure grid() {
    return Figures.lengthDepthGrid(
        Table.create(
            IntColumn.create("length", 500, 1000, 500, 1000),
            IntColumn.create("depth", 0, 0, 0, 0),
            StringColumn.create("panel", "dynamic", "dynamic", "static", "static"),
            IntColumn.create("samples", 1, 0, 4, 4),
            DoubleColumn.create("accuracy", 0.25, 0.5, 0.75, 1)),
        "accuracy");
  }

  private static Figure lines() {
    double[] k = {10, 0, 5};
    return Figures.lines(
        "masked heads k",
        "overlap (heads)",
        Series.of("overlap", k, new double[] {6, 4, Double.NaN})
            .withBand(new double[] {5, 3, Double.NaN}, new double[] {7, 5, Double.NaN}),
        Series.of("accuracy", k, new double[] {0.2, 1, 0.5}).onSecondAxis());
  }

  private static Series one(String name) {
    return Series.of(name, new double[] {1}, new double[] {2});
  }

  private static StringColumn heads(String... names) {
    return StringColumn.create("head", names);
  }

  private static Document document(Figure figure) throws Exception {
    byte[] bytes = figure.svg().getBytes(StandardCharsets.UTF_8);
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(bytes));
  }

  private static List<String> texts(Figure figure) throws Exception {
    NodeList nodes = document(figure).getElementsByTagName("text");
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }
}
