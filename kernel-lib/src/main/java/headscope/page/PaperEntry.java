package headscope.page;

import com.google.gson.JsonElement;
import headscope.json.Flat;
import headscope.json.Json;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One figure or table of the paper with its numbers, and what of ours belongs beside it.
 *
 * @param keys {@code fig2} and the like: how files begin that belong to it
 * @param title its heading
 * @param notebook the notebook that makes it
 * @param run {@code experiment:task} that makes it, without a task where any does; or empty
 * @param shows what it shows in the paper
 * @param claims ids of the claims that it is about; DEFINITIONS.md, 37
 * @param columns names of the columns of the paper's numbers; none where it has none
 * @param rows numbers and texts, a list per row
 * @param compare single numbers that are put beside ours
 * @param also names of further files that belong to it
 * @param ours where ours stand that a cell puts beside the paper's
 */
record PaperEntry(
    List<String> keys,
    String title,
    String notebook,
    String run,
    String shows,
    List<String> claims,
    List<String> columns,
    List<List<JsonElement>> rows,
    List<Compared> compare,
    List<String> also,
    @Flat Optional<Ours> ours) {
  private static final Pattern KEY = Pattern.compile("(fig|table)[-_]?(\\d{1,3})(?!\\d).*");

  /**
   * A number of the paper and where ours is found.
   *
   * @param what its name
   * @param paper the paper's, as text
   * @param tables names of tables, {@code *} at the end for any ending
   * @param row first cell of the row, several separated by {@code |}; empty for the first row
   * @param column name of the column, several separated by {@code |}
   */
  record Compared(String what, String paper, List<String> tables, String row, String column) {}

  /**
   * Our numbers of a table.
   *
   * @param statistic what the labels are
   * @param ours a number each
   */
  record Ours(String statistic, List<Our> ours) {}

  /**
   * A number of ours beside one of the paper.
   *
   * @param paper its column in the paper's table
   * @param label what it is called beside
   * @param row first cell of the row of our table; empty for the first row
   * @param column name of the column of our table
   */
  record Our(String paper, String label, String row, String column) {}

  /** All of them, in the paper's order. */
  static List<PaperEntry> all() {
    return List.of(Json.read(Page.resource("paper.json"), PaperEntry[].class));
  }

  /** Whether a file of that name, without its ending, belongs here by its name. */
  boolean holds(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    Matcher m = KEY.matcher(lower);
    return also.contains(lower)
        || m.matches() && keys.contains(m.group(1) + Integer.parseInt(m.group(2)));
  }

  /** Whether an experiment on a task makes this; the task may be unknown. */
  boolean isMadeBy(String experiment, String task) {
    return !experiment.isEmpty()
        && run.startsWith(experiment + ":")
        && (task.isEmpty() || run.endsWith(":") || run.endsWith(":" + task));
  }
}
