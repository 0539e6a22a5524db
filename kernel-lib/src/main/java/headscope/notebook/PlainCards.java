package headscope.notebook;

import headscope.figure.Numbers;
import headscope.html.Card;
import headscope.html.Visible;
import headscope.model.LocalModel;
import java.lang.reflect.Array;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * Values without a card of their own: records, what has a table, lists and maps of ours, arrays.
 */
final class PlainCards {
  private static final String OURS = "headscope.";

  /** Numbers of an array that are written. */
  private static final int NUMBERS = 24;

  /** Rows and columns of a matrix that are shown. */
  private static final int CORNER = 12;

  private PlainCards() {}

  /** The form of a value of ours, or of a collection or array of such or of numbers. */
  static Optional<Bundle> of(Object value) {
    if (value.getClass().isArray()) {
      return Optional.of(ofArray(value));
    }
    if (value instanceof Optional<?> optional) {
      return optional.flatMap(Displays::of);
    }
    if (value instanceof Collection<?> collection && isOurs(collection)) {
      Table table = table(List.copyOf(collection));
      return Optional.of(Displays.table(table));
    }
    if (value instanceof Map<?, ?> map && (isOurs(map.keySet()) || isOurs(map.values()))) {
      return Optional.of(Displays.table(table(map)));
    }
    return isOurs(value) ? Optional.of(ofOurs(value)) : Optional.empty();
  }

  private static Bundle ofOurs(Object value) {
    String name = Displays.name(value.getClass());
    Optional<Table> table = Displays.tableOf(value);
    String line = Displays.line(value);
    if (table.isPresent()) {
      Card card = Card.of(name, "").part(Displays.part(table.get()));
      return Displays.both(card.html(), line);
    }
    if (value instanceof Record) {
      return Displays.both(ofRecord((Record) value).html(), line);
    }
    return Displays.both(Card.of(name, line.equals(name) ? "" : line).html(), line);
  }

  /** A card with the components of a record. */
  static Card ofRecord(Record value) {
    Card card = Card.of(Displays.name(value.getClass()), "");
    for (RecordComponent component : value.getClass().getRecordComponents()) {
      Object content = component(value, component);
      if (content instanceof Table table) {
        card = card.part(words(component.getName()), Displays.part(table));
      } else {
        card = card.fact(words(component.getName()), fact(content));
      }
    }
    return card;
  }

  /** A value as it stands on a card or in a cell of a table. */
  static String fact(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(PlainCards::fact).orElse("");
    }
    if (value instanceof OptionalInt o) {
      return o.isPresent() ? "" + o.getAsInt() : "";
    }
    if (value instanceof OptionalLong o) {
      return o.isPresent() ? "" + o.getAsLong() : "";
    }
    if (value instanceof OptionalDouble o) {
      return o.isPresent() ? Numbers.text(o.getAsDouble()) : "";
    }
    if (value instanceof Double || value instanceof Float) {
      return Numbers.text(((Number) value).doubleValue());
    }
    if (value instanceof Boolean) {
      return (Boolean) value ? "✓" : "✗";
    }
    if (value instanceof Collection<?> c) {
      return many(c.size(), c.stream().limit(NUMBERS).map(PlainCards::fact).toList());
    }
    if (value instanceof Map<?, ?> map) {
      return many(
          map.size(),
          map.entrySet().stream()
              .limit(NUMBERS)
              .map(e -> fact(e.getKey()) + " = " + fact(e.getValue()))
              .toList());
    }
    return value == null ? "" : Displays.line(value);
  }

  private static String many(int size, List<String> first) {
    String text = Visible.cut(String.join(", ", first), 200);
    return size > first.size() || text.endsWith("…") ? text + " (" + size + " in all)" : text;
  }

  /** A row a value; the columns are its components where all are records of one class. */
  static Table table(List<?> values) {
    if (values.stream().allMatch(LocalModel.class::isInstance)) {
      return ModelCards.table(values.stream().map(LocalModel.class::cast).toList());
    }
    Class<?> type = values.get(0).getClass();
    String name = Displays.name(type);
    if (!type.isRecord() || values.stream().anyMatch(v -> v.getClass() != type)) {
      return Table.create(
          name, StringColumn.create(words(name), values.stream().map(Displays::line).toList()));
    }
    Table table = Table.create(name);
    for (RecordComponent c : type.getRecordComponents()) {
      List<Object> cells = values.stream().map(v -> component((Record) v, c)).toList();
      table.addColumns(column(unique(table, words(c.getName())), c.getType(), cells));
    }
    return table.columnCount() > 0
        ? table
        : Table.create(name, StringColumn.create(name, values.stream().map(v -> name).toList()));
  }

  private static Table table(Map<?, ?> map) {
    return Table.create(
        "map",
        StringColumn.create("key", map.keySet().stream().map(PlainCards::fact).toList()),
        StringColumn.create("value", map.values().stream().map(PlainCards::fact).toList()));
  }

  /** Names of columns are the same whatever their case. */
  private static String unique(Table table, String name) {
    boolean taken = table.columnNames().stream().anyMatch(n -> n.equalsIgnoreCase(name));
    return taken ? unique(table, name + "'") : name;
  }

  private static Column<?> column(String name, Class<?> type, List<Object> cells) {
    if (type == int.class) {
      return IntColumn.create(name, cells.stream().mapToInt(c -> (Integer) c).toArray());
    }
    if (type == long.class) {
      return LongColumn.create(name, cells.stream().mapToLong(c -> (Long) c).toArray());
    }
    if (type == double.class || type == float.class) {
      return DoubleColumn.create(
          name, cells.stream().mapToDouble(c -> ((Number) c).doubleValue()).toArray());
    }
    if (type == boolean.class) {
      return BooleanColumn.create(name, cells.stream().map(c -> (Boolean) c).toList());
    }
    return StringColumn.create(name, cells.stream().map(PlainCards::fact).toList());
  }

  private static Object component(Record value, RecordComponent component) {
    try {
      return component.getAccessor().invoke(value);
    } catch (ReflectiveOperationException e) {
      return "not to be read: " + e;
    }
  }

  /** {@code keyValueHeads} as words: key value heads. */
  static String words(String name) {
    return name.replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(java.util.Locale.ROOT);
  }

  static boolean isOurs(Object value) {
    return value != null && value.getClass().getName().startsWith(OURS);
  }

  private static boolean isOurs(Collection<?> values) {
    return !values.isEmpty() && values.stream().allMatch(PlainCards::isOurs);
  }

  private static Bundle ofArray(Object array) {
    List<Object> rows = elements(array, Array.getLength(array));
    boolean isMatrix =
        !rows.isEmpty()
            && rows.stream().allMatch(r -> r != null && isNumbers(r) && Array.getLength(r) > 0);
    if (!isMatrix) {
      return Bundle.text(line(array));
    }
    int columns = rows.stream().mapToInt(Array::getLength).max().orElse(0);
    Table table = Table.create(shape(array));
    table.addColumns(IntColumn.indexColumn("row", Math.min(CORNER, rows.size()), 0));
    for (int c = 0; c < Math.min(CORNER, columns); c++) {
      DoubleColumn column = DoubleColumn.create("" + c);
      for (Object row : rows.subList(0, table.rowCount())) {
        column.append(
            c < Array.getLength(row) ? ((Number) Array.get(row, c)).doubleValue() : Double.NaN);
      }
      table.addColumns(column);
    }
    Card card = Card.of(shape(array), "").part(Displays.part(table));
    boolean all = rows.size() <= CORNER && columns <= CORNER;
    card = all ? card : card.note("its first " + CORNER + " rows and columns");
    return Displays.both(card.html(), line(array));
  }

  private static boolean isNumbers(Object array) {
    Class<?> part = array.getClass().getComponentType();
    return part != null && part.isPrimitive() && part != boolean.class && part != char.class;
  }

  /** An array in a line: its shape, then its first elements. */
  static String line(Object array) {
    int length = Array.getLength(array);
    String first =
        elements(array, Math.min(length, NUMBERS)).stream()
            .map(PlainCards::element)
            .collect(Collectors.joining(", "));
    return shape(array)
        + (length == 0 ? "" : ": " + Visible.cut(first, 400))
        + (length > NUMBERS ? ", …" : "");
  }

  private static String element(Object element) {
    return element != null && element.getClass().isArray() ? shape(element) : fact(element);
  }

  private static List<Object> elements(Object array, int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Array.get(array, i))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  /** Such as {@code float[3][64]}; without the second number where rows differ. */
  private static String shape(Object array) {
    StringBuilder sizes = new StringBuilder();
    Class<?> type = array.getClass();
    Object level = array;
    while (type.isArray()) {
      boolean known = level != null && level.getClass().isArray();
      sizes.append('[').append(known ? Array.getLength(level) : "").append(']');
      level = known && Array.getLength(level) > 0 && isEven(level) ? Array.get(level, 0) : null;
      type = type.getComponentType();
    }
    return type.getSimpleName() + sizes;
  }

  private static boolean isEven(Object array) {
    TreeMap<Integer, Boolean> sizes = new TreeMap<>();
    for (Object row : elements(array, Array.getLength(array))) {
      sizes.put(row != null && row.getClass().isArray() ? Array.getLength(row) : -1, true);
    }
    return sizes.size() == 1;
  }
}
