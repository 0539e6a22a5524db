package headscope.cli;

import headscope.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/** Where a table goes, and how it is written. */
final class TableOutput {
  enum Format {
    CSV,
    JSON
  }

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "csv",
      description = "csv or json (${DEFAULT-VALUE}).")
  private Format format;

  @Option(names = "--out", paramLabel = "FILE", description = "Write there, not to the screen.")
  private Path out;

  boolean json() {
    return format == Format.JSON;
  }

  /** A table as CSV, or as a list of objects. */
  void write(Table table, PrintWriter screen) {
    write(json() ? Json.line(rows(table)) : "", table, screen);
  }

  /** One JSON value. */
  void write(Object value, PrintWriter screen) {
    write(Json.line(value), Table.create(), screen);
  }

  private void write(String text, Table table, PrintWriter screen) {
    if (out == null) {
      write(text, table, (Writer) screen);
      screen.flush();
      return;
    }
    try (Writer file = Files.newBufferedWriter(out)) {
      write(text, table, file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + out + ": " + e.getMessage(), e);
    }
  }

  private void write(String text, Table table, Writer writer) {
    if (json()) {
      new PrintWriter(writer, true).println(text);
    } else {
      table.write().csv(writer);
    }
  }

  /** A row as an object; what is missing is null. */
  static List<Map<String, Object>> rows(Table table) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Row row : table) {
      Map<String, Object> object = new LinkedHashMap<>();
      table
          .columnNames()
          .forEach(name -> object.put(name, row.isMissing(name) ? null : row.getObject(name)));
      rows.add(object);
    }
    return rows;
  }
}
