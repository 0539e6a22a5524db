package headscope.score;

import java.util.List;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * How far what is said of dynamism depends on how it was read and asked: the same statistics of
 * {@link Turnover} under several readings, each against its own ranking.
 *
 * <pre>
 *   Table table = Robustness.of(result.readings(StepSpan.ANSWER));
 *   Figures.intervals(table, "setting", "value", "", "statistic");
 * </pre>
 */
public final class Robustness {
  private Robustness() {}

  /**
   * The statistics of each reading, with their intervals over samples.
   *
   * @param readings generations read in some way, such as by position
   * @return columns {@code setting}, {@code statistic} (adjacent Jaccard, set-change rate, coverage
   *     by as many heads of the ranking as a set has), {@code value}, {@code low}, {@code high},
   *     {@code samples}, {@code mean size} (heads a set)
   */
  public static Table of(List<Dynamism.Reading> readings) {
    Table table =
        Table.create(
            "robustness",
            StringColumn.create("setting"),
            StringColumn.create("statistic"),
            DoubleColumn.create("value"),
            DoubleColumn.create("low"),
            DoubleColumn.create("high"),
            IntColumn.create("samples"),
            IntColumn.create("mean size"));
    for (Dynamism.Reading reading : readings) {
      Turnover turnover = Turnover.of(reading.samples(), reading.ranking());
      append(table, reading, "adjacent Jaccard", turnover, turnover.adjacentJaccard());
      append(table, reading, "set-change rate", turnover, turnover.changeRate());
      append(table, reading, "coverage", turnover, turnover.coverage(turnover.meanSize()));
    }
    return table;
  }

  private static void append(
      Table table, Dynamism.Reading reading, String statistic, Turnover turnover, Estimate e) {
    table.stringColumn("setting").append(reading.name());
    table.stringColumn("statistic").append(statistic);
    table.doubleColumn("value").append(e.value());
    table.doubleColumn("low").append(e.low());
    table.doubleColumn("high").append(e.high());
    table.intColumn("samples").append(turnover.samples());
    table.intColumn("mean size").append(turnover.meanSize());
  }
}
