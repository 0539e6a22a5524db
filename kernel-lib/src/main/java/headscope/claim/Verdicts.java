package headscope.claim;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.json.Json;
import headscope.json.JsonFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The verdicts on some claims: findings with their p corrected over the claims of a group and their
 * settings on one model (Holm), and where a claim has several settings on a model one more row over
 * all of them; DEFINITIONS.md, 36 and 37.
 *
 * <pre>
 *   Verdicts verdicts = Verdicts.of(findings);
 *   verdicts.overall("A2", "smollm2");                // PARTLY
 *   verdicts.toTable();
 *   verdicts.save(Path.of("verdicts.json"));
 * </pre>
 *
 * @param rows in the order of the claims, then of models and settings as they were found
 */
public record Verdicts(List<Verdict> rows) {
  /** The setting of a row over all settings of a claim on a model. */
  public static final String OVERALL = "overall";

  public Verdicts {
    rows = List.copyOf(rows);
  }

  /**
   * The verdicts on some findings of one outcome.
   *
   * @throws IllegalArgumentException if a claim was found twice on a model under one setting
   */
  public static Verdicts of(List<Finding> findings) {
    Map<List<String>, List<Finding>> families =
        findings.stream()
            .collect(
                Collectors.groupingBy(
                    f -> List.of(f.claim().group(), f.model()),
                    LinkedHashMap::new,
                    Collectors.toList()));
    Map<List<String>, Verdict> each = new LinkedHashMap<>();
    for (List<Finding> family : families.values()) {
      List<Finding> tested = family.stream().filter(f -> f.p().isPresent()).toList();
      double[] corrected =
          Holm.correct(tested.stream().mapToDouble(f -> f.p().getAsDouble()).toArray());
      for (Finding f : family) {
        OptionalDouble p =
            f.p().isPresent()
                ? OptionalDouble.of(corrected[at(tested, f)])
                : OptionalDouble.empty();
        List<String> key = List.of(f.claim().id(), f.model(), f.setting());
        if (f.setting().equals(OVERALL) || each.put(key, verdict(f, p)) != null) {
          throw Section.CLAIMS.wrong(
              "verdicts of a claim on a model are told apart by their settings, of which none is \""
                  + OVERALL
                  + "\"; got twice or so named: "
                  + key);
        }
      }
    }
    List<Verdict> rows = new ArrayList<>();
    for (Claim claim : claims(findings)) {
      for (String model : findings.stream().map(Finding::model).distinct().toList()) {
        List<Verdict> settings =
            each.values().stream()
                .filter(v -> v.id().equals(claim.id()) && v.model().equals(model))
                .toList();
        rows.addAll(settings);
        if (settings.size() > 1) {
          rows.add(over(claim.id(), model, settings));
        }
      }
    }
    return new Verdicts(rows);
  }

  /** By identity: two findings may have the same numbers. */
  private static int at(List<Finding> some, Finding wanted) {
    return IntStream.range(0, some.size())
        .filter(i -> some.get(i) == wanted)
        .findFirst()
        .orElse(-1);
  }

  /** Those of the study in its order, then others as they were found. */
  private static List<Claim> claims(List<Finding> findings) {
    List<Claim> found = findings.stream().map(Finding::claim).distinct().toList();
    List<Claim> ordered = new ArrayList<>(Claim.all());
    ordered.retainAll(found);
    found.stream().filter(c -> !ordered.contains(c)).forEach(ordered::add);
    return ordered;
  }

  private static Verdict verdict(Finding f, OptionalDouble corrected) {
    return new Verdict(
        f.claim().id(),
        f.model(),
        f.setting(),
        f.value(),
        f.low(),
        f.high(),
        f.rival(),
        f.n(),
        boxed(f.p()),
        boxed(corrected),
        f.outcome(corrected));
  }

  private static Optional<Double> boxed(OptionalDouble number) {
    return number.isPresent() ? Optional.of(number.getAsDouble()) : Optional.empty();
  }

  private static Verdict over(String id, String model, List<Verdict> settings) {
    return new Verdict(
        id,
        model,
        OVERALL,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        0,
        Optional.empty(),
        Optional.empty(),
        Outcome.over(settings.stream().map(Verdict::verdict).toList()));
  }

  /** The verdict of a claim under a setting. */
  public Optional<Verdict> of(String id, String model, String setting) {
    return rows.stream()
        .filter(v -> v.id().equals(id) && v.model().equals(model) && v.setting().equals(setting))
        .findFirst();
  }

  /**
   * How a claim fares on a model, over all settings; empty where it was not tested there.
   *
   * <p>It holds where it holds under every setting, fails where it fails under every one, holds
   * partly where it holds under some; else it cannot be told.
   */
  public Optional<Outcome> overall(String id, String model) {
    List<Verdict> some =
        rows.stream().filter(v -> v.id().equals(id) && v.model().equals(model)).toList();
    return some.isEmpty() ? Optional.empty() : Optional.of(some.get(some.size() - 1).verdict());
  }

  /** These and others; a verdict of the same claim, model and setting is replaced. */
  public Verdicts with(Verdicts others) {
    Map<List<String>, Verdict> all = new LinkedHashMap<>();
    for (Verdict v : rows) {
      all.put(List.of(v.id(), v.model(), v.setting()), v);
    }
    for (Verdict v : others.rows) {
      all.put(List.of(v.id(), v.model(), v.setting()), v);
    }
    return new Verdicts(List.copyOf(all.values()));
  }

  /**
   * One row a verdict: columns {@code claim}, {@code statement}, {@code model}, {@code setting},
   * {@code statistic}, {@code value}, {@code low}, {@code high}, {@code rival}, {@code n}, {@code
   * p}, {@code Holm's p}, {@code verdict}.
   */
  public Table toTable() {
    Table table =
        Table.create(
            "verdicts",
            StringColumn.create("claim"),
            StringColumn.create("statement"),
            StringColumn.create("model"),
            StringColumn.create("setting"),
            StringColumn.create("statistic"),
            DoubleColumn.create("value"),
            DoubleColumn.create("low"),
            DoubleColumn.create("high"),
            DoubleColumn.create("rival"),
            IntColumn.create("n"),
            DoubleColumn.create("p"),
            DoubleColumn.create("Holm's p"),
            StringColumn.create("verdict"));
    for (Verdict v : rows) {
      table.stringColumn("claim").append(v.id());
      table.stringColumn("statement").append(text(v.id(), Claim::statement));
      table.stringColumn("model").append(v.model());
      table.stringColumn("setting").append(v.setting());
      table.stringColumn("statistic").append(text(v.id(), Claim::statistic));
      table.doubleColumn("value").append(v.value());
      table.doubleColumn("low").append(v.low());
      table.doubleColumn("high").append(v.high());
      table.doubleColumn("rival").append(v.rival());
      if (v.setting().equals(OVERALL)) {
        table.intColumn("n").appendMissing();
      } else {
        table.intColumn("n").append(v.n());
      }
      table.doubleColumn("p").append(v.p().orElse(Double.NaN));
      table.doubleColumn("Holm's p").append(v.pHolm().orElse(Double.NaN));
      table.stringColumn("verdict").append(v.verdict().key());
    }
    return table;
  }

  /** Of a claim of the study; nothing of one of one's own. */
  private static String text(String id, Function<Claim, String> what) {
    return Claim.all().stream().filter(c -> c.id().equals(id)).map(what).findFirst().orElse("");
  }

  /** A JSON list of objects, see FORMATS.md. */
  public String toJson() {
    return Json.page(rows.stream().map(Verdicts::object).toList()) + "\n";
  }

  private static Map<String, Object> object(Verdict v) {
    Map<String, Object> o = new LinkedHashMap<>();
    o.put("id", v.id());
    o.put("model", v.model());
    o.put("setting", v.setting());
    o.put("value", orNull(v.value()));
    o.put("low", orNull(v.low()));
    o.put("high", orNull(v.high()));
    o.put("rival", orNull(v.rival()));
    o.put("n", v.n());
    o.put("p", v.p().orElse(null));
    o.put("pHolm", v.pHolm().orElse(null));
    o.put("verdict", v.verdict().key());
    return o;
  }

  private static Double orNull(double number) {
    return Double.isNaN(number) ? null : number;
  }

  /**
   * Writes {@link #toJson}, whole or not at all.
   *
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public void save(Path file) {
    try {
      WholeFile.write(file, part -> Files.writeString(part, toJson()));
    } catch (IOException e) {
      throw Section.FILES.io("cannot write " + file + ": " + FileFault.of(e), e);
    }
  }

  /**
   * Reads what {@link #save} wrote.
   *
   * @throws IllegalArgumentException if it is no list of verdicts
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static Verdicts load(Path file) {
    try {
      List<Verdict> rows = new ArrayList<>();
      for (JsonElement e : JsonParser.parseString(Files.readString(file)).getAsJsonArray()) {
        rows.add(verdict(e.getAsJsonObject()));
      }
      return new Verdicts(rows);
    } catch (IOException e) {
      throw Section.FILES.io("cannot read " + file + ": " + FileFault.of(e), e);
    } catch (JsonParseException
        | IllegalStateException
        | NumberFormatException
        | NullPointerException
        | UnsupportedOperationException e) {
      throw Section.CLAIMS.wrong(
          file + " has no list of verdicts, objects as FORMATS.md says: " + JsonFault.of(e), e);
    }
  }

  private static Verdict verdict(JsonObject o) {
    String said = o.get("verdict").getAsString();
    Outcome outcome =
        Arrays.stream(Outcome.values())
            .filter(v -> v.key().equals(said))
            .findFirst()
            .orElseThrow(
                () -> new JsonParseException("a verdict is holds, fails, partly or cannot tell"));
    return new Verdict(
        o.get("id").getAsString(),
        o.get("model").getAsString(),
        o.get("setting").getAsString(),
        number(o, "value").orElse(Double.NaN),
        number(o, "low").orElse(Double.NaN),
        number(o, "high").orElse(Double.NaN),
        number(o, "rival").orElse(Double.NaN),
        o.get("n").getAsInt(),
        number(o, "p"),
        number(o, "pHolm"),
        outcome);
  }

  private static Optional<Double> number(JsonObject o, String key) {
    JsonElement e = o.get(key);
    if (e == null) {
      throw new JsonParseException("there is no key " + key + " in " + o);
    }
    return e.isJsonNull() ? Optional.empty() : Optional.of(e.getAsDouble());
  }

  @Override
  public String toString() {
    return "Verdicts[" + rows.size() + " rows]";
  }
}
