package headscope.study;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import headscope.experiment.Margin;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Recorded trials that were computed anew, and how far they are the same: texts and whole numbers
 * equal, other numbers within {@value #TOLERANCE}, heads of a step equal but for the share of
 * {@value #HEADS} that rounding may move. Where a recorded answer has a token whose lead over the
 * next is below {@link Margin#CLOSE}, it may be another one: that is said and not held against it.
 *
 * <pre>
 *   Redone redone = recorded.redo("dynamism-uuid", model, 3);
 *   redone.agree();
 *   redone.toTable();
 * </pre>
 *
 * @param part whose trials they are
 * @param rows one a trial
 */
public record Redone(String part, List<Row> rows) {
  /** Numbers may differ by so much; those above 1 by this share. */
  public static final double TOLERANCE = 1e-3;

  /** The share of heads and steps whose greatest weight is another position by rounding alone. */
  public static final double HEADS = 2e-4;

  /** Keys that say how close a call was; that is not what is compared. */
  private static final String MARGIN = "margin";

  private static final String READINGS = "heads";

  private static final String MEANS = "means";

  /**
   * A trial.
   *
   * @param trial its place among the recorded ones
   * @param differs what is another one, with both values; empty: nothing
   * @param close answers that could be others by rounding, and are
   * @param heads heads of steps that were compared
   * @param otherHeads those that retrieve in one of both alone
   * @param largest difference of two numbers that are not whole
   */
  public record Row(
      int trial, List<String> differs, int close, int heads, int otherHeads, double largest) {
    public Row {
      differs = List.copyOf(differs);
    }

    /** Whether it is the same trial. */
    public boolean agrees() {
      return differs.isEmpty();
    }
  }

  public Redone {
    rows = List.copyOf(rows);
  }

  /** Whether all trials are the same. */
  public boolean agree() {
    return rows.stream().allMatch(Row::agrees);
  }

  /**
   * One row a trial: columns {@code trial}, {@code outcome}, {@code close calls}, {@code heads
   * compared}, {@code other heads}, {@code largest difference}.
   */
  public Table toTable() {
    return Table.create(
        part + ", computed anew",
        IntColumn.create("trial", rows.stream().mapToInt(Row::trial).toArray()),
        StringColumn.create(
            "outcome",
            rows.stream()
                .map(r -> r.agrees() ? "the same" : "differs: " + String.join("; ", r.differs()))
                .toList()),
        IntColumn.create("close calls", rows.stream().mapToInt(Row::close).toArray()),
        IntColumn.create("heads compared", rows.stream().mapToInt(Row::heads).toArray()),
        IntColumn.create("other heads", rows.stream().mapToInt(Row::otherHeads).toArray()),
        DoubleColumn.create(
            "largest difference", rows.stream().mapToDouble(Row::largest).toArray()));
  }

  /** Compares a recorded line with the one of now. */
  static Row compared(int trial, JsonObject was, JsonObject now) {
    Comparison c = new Comparison();
    c.objects("", was, now);
    if (c.otherHeads > HEADS * c.heads) {
      c.differs.add(c.otherHeads + " of " + c.heads + " heads of steps");
    }
    return new Row(trial, c.differs, c.close, c.heads, c.otherHeads, c.largest);
  }

  /** What was found so far. */
  private static final class Comparison {
    private final List<String> differs = new ArrayList<>();
    private int close;
    private int heads;
    private int otherHeads;
    private double largest;

    void objects(String path, JsonObject was, JsonObject now) {
      if (isClose(was) && !same(was, now, "text")) {
        close++;
        return;
      }
      int before = otherHeads;
      if (was.get(READINGS) instanceof JsonObject a && now.get(READINGS) instanceof JsonObject b) {
        readings(path, was, a, b);
      }
      Set<String> keys = new LinkedHashSet<>(was.keySet());
      keys.addAll(now.keySet());
      for (String key : keys) {
        boolean ofHeads =
            key.equals(READINGS) && was.get(key) instanceof JsonObject
                || key.equals(MEANS) && otherHeads > before;
        if (!key.equals(MARGIN) && !ofHeads) {
          values(path.isEmpty() ? key : path + "." + key, was.get(key), now.get(key));
        }
      }
    }

    private static boolean isClose(JsonObject was) {
      return was.get(MARGIN) instanceof JsonPrimitive p
          && p.isNumber()
          && p.getAsDouble() < Margin.CLOSE;
    }

    private static boolean same(JsonObject was, JsonObject now, String key) {
      return String.valueOf(was.get(key)).equals(String.valueOf(now.get(key)));
    }

    /** Who retrieves at each step, under each reading; all heads of the model take part. */
    private void readings(String path, JsonObject sample, JsonObject was, JsonObject now) {
      int of = sample.get("layers").getAsInt() * sample.get("headsPerLayer").getAsInt();
      for (Map.Entry<String, JsonElement> reading : was.entrySet()) {
        JsonArray before = reading.getValue().getAsJsonArray();
        if (!(now.get(reading.getKey()) instanceof JsonArray after)
            || after.size() != before.size()) {
          differs.add(path + READINGS + "." + reading.getKey() + " has other steps");
          continue;
        }
        for (int t = 0; t < before.size(); t++) {
          Set<JsonElement> one = new HashSet<>(before.get(t).getAsJsonArray().asList());
          Set<JsonElement> other = new HashSet<>(after.get(t).getAsJsonArray().asList());
          Set<JsonElement> both = new HashSet<>(one);
          both.retainAll(other);
          heads += of;
          otherHeads += one.size() + other.size() - 2 * both.size();
        }
      }
    }

    private void values(String path, JsonElement was, JsonElement now) {
      if (was instanceof JsonObject a && now instanceof JsonObject b) {
        objects(path, a, b);
      } else if (was instanceof JsonArray a && now instanceof JsonArray b && a.size() == b.size()) {
        for (int i = 0; i < a.size(); i++) {
          values(path + "[" + i + "]", a.get(i), b.get(i));
        }
      } else if (!String.valueOf(was).equals(String.valueOf(now)) && !near(was, now)) {
        differs.add(path + " is " + shown(now) + ", recorded " + shown(was));
      }
    }

    private boolean near(JsonElement was, JsonElement now) {
      if (!isFraction(was) && !isFraction(now)) {
        return false;
      }
      if (!(was instanceof JsonPrimitive && now instanceof JsonPrimitive)) {
        return false;
      }
      double a;
      double b;
      try {
        a = was.getAsDouble();
        b = now.getAsDouble();
      } catch (NumberFormatException e) {
        return false;
      }
      double difference = Math.abs(a - b);
      largest = Math.max(largest, difference);
      return difference <= TOLERANCE * Math.max(1, Math.abs(a));
    }

    private static boolean isFraction(JsonElement e) {
      return e instanceof JsonPrimitive p && p.isNumber() && p.getAsString().matches(".*[.eE].*");
    }

    private static String shown(JsonElement e) {
      String text = String.valueOf(e);
      return text.length() <= 60 ? text : text.substring(0, 59) + "…";
    }
  }

  @Override
  public String toString() {
    return "Redone["
        + part
        + ", "
        + rows.stream().filter(Row::agrees).count()
        + " of "
        + rows.size()
        + " the same]";
  }
}
