package headscope.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class FigureKindsTest {
  private static final Pattern TEXT = Pattern.compile("<text[^>]*>([^<]*)</text>");

  private static List<String> texts(Figure figure) {
    Matcher m = TEXT.matcher(figure.svg());
    return m.results().map(r -> r.group(1).strip()).toList();
  }

  private static Table outcomes() {
    return Table.create(
        StringColumn.create("condition", "dynamic", "random", "dynamic", "random"),
        StringColumn.create("mode", "zero", "zero", "mean", "mean"),
        DoubleColumn.create("accuracy", .1, .9, .2, .8),
        DoubleColumn.create("accuracy low", 0, .8, .1, Double.NaN),
        DoubleColumn.create("accuracy high", .2, 1, .3, Double.NaN),
        DoubleColumn.create("rival", .5, .5, .5, .5));
  }

  @Test
  void intervalsHaveARowAValueAndSayTheirRivals() {
    Figure figure = Figures.intervals(outcomes(), "condition", "accuracy", "mode", "");
    assertThat(texts(figure))
        .contains("condition", "accuracy", "dynamic", "random", "zero", "mean", "rival");
    assertThat(figure.summary())
        .contains("dynamic zero 0.1 (0 to 0.2), rival 0.5")
        .contains("random mean 0.8, rival 0.5");
    assertThat(figure.png()).isNotEmpty();
  }

  @Test
  void intervalsCanStandInPanelsWithEndsOfPlainNames() {
    Table table =
        Table.create(
            StringColumn.create("setting", "value", "value"),
            StringColumn.create("statistic", "adjacent Jaccard", "coverage"),
            DoubleColumn.create("value", .49, 4),
            DoubleColumn.create("low", .4, 3),
            DoubleColumn.create("high", .5, 5));
    Figure figure = Figures.intervals(table, "setting", "value", "", "statistic");
    assertThat(texts(figure)).contains("adjacent Jaccard", "coverage").doesNotContain("rival");
    assertThat(figure.summary()).contains("adjacent Jaccard: value 0.49 (0.4 to 0.5).");
    table.doubleColumn("low").set(0, .6);
    assertThatThrownBy(() -> Figures.intervals(table, "setting", "value"))
        .hasMessageContaining("low end first");
  }

  @Test
  void anAttentionRowIsDrawnByTheRootsOfItsWeights() {
    Table row =
        Table.create(
            StringColumn.create("head", "L1-H2", "L1-H2", "L1-H2"),
            IntColumn.create("position", 0, 1, 2),
            StringColumn.create("token", "<s>", " amber", " falcon"),
            StringColumn.create("span", "", "needle", "needle"),
            DoubleColumn.create("weight", .04, .36, .6));
    Figure figure = Figures.attentionRow(row);
    assertThat(texts(figure))
        .contains("L1-H2: attention weight", "position (tokens)", "␣falcon", "␣amber", "0.01", "1")
        .doesNotContain("<s>"); // too weak to be named
    assertThat(figure.summary()).contains("greatest 0.6 at 2 (␣falcon), 0.96 on the needle");
    row.doubleColumn("weight").set(0, 1.5);
    assertThatThrownBy(() -> Figures.attentionRow(row)).hasMessageContaining("got 1.5");
  }

  @Test
  void aLogarithmicAxisHasTicksAtRoundNumbersAndNoZero() {
    double[] x = {1, 4, 60};
    Figure figure =
        Figures.lines("heads", "share", Series.of("coverage", x, new double[] {.1, .5, 1}))
            .withLogAxis();
    assertThat(texts(figure)).contains("1", "2", "5", "10", "20", "50").doesNotContain("100");
    assertThat(figure.summary()).contains("heads (logarithmic)", "0.1 at 1 to 1 at 60");
    Figure zero =
        Figures.lines("heads", "share", Series.of("s", new double[] {0, 1}, new double[] {1, 2}))
            .withLogAxis();
    assertThatThrownBy(zero::svg).hasMessageContaining("numbers above 0, got 0.0");
  }

  @Test
  void theStepsOfAnAnswerAreMarkedAndSampledNamesSaySo() {
    Table table =
        Table.create(
            IntColumn.create("step", 0, 1, 2),
            StringColumn.create("token", "The", " code", "."),
            StringColumn.create("head", "L0-H0", "L0-H0", "L0-H0"),
            DoubleColumn.create("score", 0, 1, 0));
    assertThat(texts(Figures.headHeatmap(table))).doesNotContain("answer");
    assertThat(texts(Figures.headHeatmap(table, 2))).contains("answer");
    assertThat(Figures.headHeatmap(table, 2).summary()).contains("the answer is the first 2 steps");
    assertThatThrownBy(() -> Figures.headHeatmap(table, -1)).hasMessageContaining("got -1");

    Figure narrow = Figures.headHeatmap(table).withSize(190, 200);
    assertThat(String.join(" ", texts(narrow)))
        .contains("One token in 3 is named, from the first; the others are unnamed.");
  }

  @Test
  void aPanelOfOneValueIsSaidAndTheOthersAreDrawn() {
    Table grid =
        Table.create(
            StringColumn.create("panel", "dynamic", "dynamic", "random", "random"),
            IntColumn.create("length", 100, 200, 100, 200),
            IntColumn.create("depth", 0, 0, 0, 0),
            DoubleColumn.create("accuracy", 0, 0, .5, 1),
            IntColumn.create("samples", 3, 3, 3, 2));
    Figure figure = Figures.lengthDepthGrid(grid, "accuracy");
    assertThat(texts(figure)).contains("random", "The same in every cell, dynamic: 0");
    assertThat(texts(figure)).doesNotContain("dynamic");
    assertThat(figure.summary()).contains("The same in every cell, dynamic: 0.");
    assertThat(texts(figure.withCounts())).contains("n = 3", "n = 2").doesNotContain("0.50");
    grid.doubleColumn("accuracy").set(2, 1);
    assertThat(texts(Figures.lengthDepthGrid(grid, "accuracy")))
        .contains("dynamic", "random"); // nothing else would be left
  }

  @Test
  void aReadingIsTheCaptionOfAFigure() {
    Figure figure =
        Figures.intervals(outcomes(), "condition", "accuracy")
            .withTitle("Fig. 2")
            .withReading("Random masks & others do little.");
    assertThat(figure.summary()).startsWith("Fig. 2. Random masks & others do little. Values with");
    assertThat(figure.svg()).contains("<metadata>Random masks &amp; others do little.</metadata>");
    assertThat(Figures.intervals(outcomes(), "condition", "accuracy").svg())
        .doesNotContain("<metadata>");
  }
}
