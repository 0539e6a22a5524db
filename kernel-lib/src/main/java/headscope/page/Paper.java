package headscope.page;

import headscope.failure.Section;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The paper's own numbers, from where the report has them, beside ours.
 *
 * <pre>
 *   Paper.table("table1").of("llama3.1-8b", "phi4-mini")
 *       .beside(model.name(), result.dynamism(20).toTable())
 * </pre>
 */
public final class Paper {
  private final PaperEntry entry;
  private final List<String> models;

  private Paper(PaperEntry entry, List<String> models) {
    this.entry = entry;
    this.models = models;
  }

  /**
   * A table of the paper.
   *
   * @param key {@code table1}, {@code table2} or {@code table3}
   * @throws IllegalArgumentException if it has no numbers that can stand beside ours
   */
  public static Paper table(String key) {
    PaperEntry entry =
        PaperEntry.all().stream()
            .filter(e -> e.keys().contains(key) && e.ours().isPresent())
            .findFirst()
            .orElseThrow(
                () ->
                    Section.FIGURES_AND_PAGES.wrong(
                        "table1, table2 and table3 can stand beside ours, got \"" + key + "\""));
    return new Paper(entry, entry.rows().stream().map(r -> r.get(0).getAsString()).toList());
  }

  /**
   * With some of the paper's models alone.
   *
   * @throws IllegalArgumentException if the paper's table has none of that name
   */
  public Paper of(String... some) {
    for (String model : some) {
      if (!models.contains(model)) {
        throw Section.FIGURES_AND_PAGES.wrong(
            "the paper's table has " + String.join(", ", models) + "; got \"" + model + "\"");
      }
    }
    return new Paper(entry, List.of(some));
  }

  /**
   * The paper's numbers beside ours, a row per number and a column per model. A number of ours that
   * could not be told is missing here as well.
   *
   * @param name of our model
   * @param ours our table of the same name
   * @throws IllegalArgumentException if a number is not in our table
   */
  public Table beside(String name, Table ours) {
    PaperEntry.Ours numbers = entry.ours().orElseThrow();
    String title = entry.title().replaceAll(":.*", "");
    Table table =
        Table.create(
            title + " beside the paper",
            StringColumn.create(
                numbers.statistic(), numbers.ours().stream().map(PaperEntry.Our::label).toList()));
    for (String model : models) {
      DoubleColumn column = DoubleColumn.create(model);
      for (PaperEntry.Our our : numbers.ours()) {
        int at = entry.columns().indexOf(our.paper());
        entry.rows().stream()
            .filter(r -> r.get(0).getAsString().equals(model))
            .forEach(r -> column.append(r.get(at).getAsDouble()));
      }
      table.addColumns(column);
    }
    List<Double> found = new ArrayList<>();
    for (PaperEntry.Our our : numbers.ours()) {
      found.add(
          ResultTable.number(ours, our.row(), our.column())
              .or(
                  () ->
                      ResultTable.has(ours, our.row(), our.column())
                          ? Optional.of(Double.NaN)
                          : Optional.empty())
              .orElseThrow(
                  () ->
                      Section.FIGURES_AND_PAGES.wrong(
                          "table \""
                              + ours.name()
                              + "\" has no "
                              + our.row()
                              + " "
                              + our.column()
                              + "; give the one that belongs to "
                              + title)));
    }
    return table.addColumns(DoubleColumn.create(name, found));
  }

  @Override
  public String toString() {
    return "Paper[" + entry.title() + ", " + models + "]";
  }
}
