package headscope.study;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import headscope.claim.Finding;
import headscope.claim.Verdicts;
import headscope.draw.Draws;
import headscope.experiment.MaskingResult;
import headscope.experiment.RagResult;
import headscope.experiment.Stage;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.json.Json;
import headscope.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What the study recorded of one model. Where nothing was, everything is empty, and a notebook
 * draws its own, live result alone:
 *
 * <pre>
 *   Recorded recorded = Recorded.of(model);
 *   Readings most = recorded.answers("dynamism-uuid").orElse(Readings.of(live));
 *   most.turnover(StepSpan.ANSWER).toTable();
 *   recorded.says("dynamism-uuid");                        // what is drawn, in a sentence
 *   recorded.redo("dynamism-uuid", model, 2).toTable();    // two trials computed anew
 * </pre>
 *
 * <p>A model is known by the digest of its files, so that its name or place does not matter.
 */
public final class Recorded {
  private static final String FOLDER = "recorded";

  private final String subject;
  private final Map<String, RecordedPart> parts;
  private final Optional<Study> own;

  private Recorded(String subject, Map<String, RecordedPart> parts, Optional<Study> own) {
    this.subject = subject;
    this.parts = parts;
    this.own = own;
  }

  /**
   * Where recorded results lie: the environment variable {@code HEADSCOPE_RECORDED}, else {@code
   * recorded} or {@code notebooks/recorded} in the working directory or one above it.
   */
  public static Path folder() {
    Optional<String> asked =
        Optional.ofNullable(System.getenv("HEADSCOPE_RECORDED")).filter(s -> !s.isBlank());
    if (asked.isPresent()) {
      return Path.of(asked.get());
    }
    return Stream.of(FOLDER, "notebooks/" + FOLDER, "../notebooks/" + FOLDER)
        .map(Path::of)
        .filter(Files::isDirectory)
        .findFirst()
        .orElse(Path.of(FOLDER));
  }

  /** What was recorded of a model, in {@link #folder}. */
  public static Recorded of(LanguageModel model) {
    return of(model, folder());
  }

  /**
   * What was recorded of a model.
   *
   * @param folder of subjects; need not be there
   */
  public static Recorded of(LanguageModel model, Path folder) {
    for (String subject : subjects(folder)) {
      Recorded recorded = ofSubject(subject, folder);
      if (!recorded.isEmpty() && recorded.isOf(model)) {
        return recorded;
      }
    }
    return new Recorded(model.name(), Map.of(), Optional.empty());
  }

  /** What was recorded under a name, in {@link #folder}: its model need not be on this machine. */
  public static Recorded ofSubject(String subject) {
    return ofSubject(subject, folder());
  }

  /** What was recorded under a name. */
  public static Recorded ofSubject(String subject, Path folder) {
    return read(subject, folder, Optional.empty());
  }

  /** What was recorded of a study with parts of one's own. */
  public static Recorded of(Study study, Path folder) {
    return read(study.subject(), folder, Optional.of(study));
  }

  private static Recorded read(String subject, Path folder, Optional<Study> own) {
    Map<String, RecordedPart> parts = new TreeMap<>();
    for (String name : names(folder.resolve(subject))) {
      if (Files.isRegularFile(folder.resolve(subject).resolve(name).resolve(RecordedPart.ABOUT))) {
        parts.put(name, RecordedPart.open(folder.resolve(subject).resolve(name)));
      }
    }
    return new Recorded(subject, inOrder(subject, parts, own), own);
  }

  /** As the study has them, so that tables begin with the setting that it begins with. */
  private static Map<String, RecordedPart> inOrder(
      String subject, Map<String, RecordedPart> parts, Optional<Study> own) {
    if (parts.isEmpty()) {
      return parts;
    }
    int positions = parts.values().iterator().next().number("positions");
    List<String> planned =
        own.orElseGet(() -> Study.of(subject, Sizes.MIDDLE, positions)).parts().stream()
            .map(Part::name)
            .toList();
    Map<String, RecordedPart> ordered = new LinkedHashMap<>();
    planned.stream().filter(parts::containsKey).forEach(n -> ordered.put(n, parts.get(n)));
    parts.forEach(ordered::putIfAbsent);
    return ordered;
  }

  /** The names under which something was recorded, in {@link #folder}. */
  public static List<String> subjects() {
    return subjects(folder());
  }

  static List<String> subjects(Path folder) {
    return names(folder);
  }

  private static List<String> names(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> there = Files.list(folder)) {
      return there
          .filter(Files::isDirectory)
          .map(f -> f.getFileName().toString())
          .filter(n -> !n.startsWith("."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw Section.STUDY.io("cannot read " + folder + ": " + FileFault.of(e), e);
    }
  }

  /** The verdicts on all models, {@code verdicts.json} in {@link #folder}; none where it is not. */
  public static Verdicts allVerdicts() {
    Path file = folder().resolve(Study.VERDICTS);
    return Files.isRegularFile(file) ? Verdicts.load(file) : new Verdicts(List.of());
  }

  private boolean isOf(LanguageModel model) {
    JsonObject options = parts.values().iterator().next().options();
    return identity(model).entrySet().stream()
        .allMatch(e -> e.getValue().equals(options.get(e.getKey())));
  }

  /** What tells a model from others in the options of its runs. */
  private static Map<String, JsonElement> identity(LanguageModel model) {
    Map<String, JsonElement> map = new TreeMap<>();
    map.put("checkpoint", Json.tree(model.checkpointHash()));
    model.adaptation().forEach((key, value) -> map.put(key, Json.tree(value)));
    map.put("dtype", Json.tree(model.options().dtype().toString()));
    return map;
  }

  /** The name under which it was recorded; the model's own where nothing was. */
  public String subject() {
    return subject;
  }

  /** Whether nothing was recorded. */
  public boolean isEmpty() {
    return parts.isEmpty();
  }

  /** The parts that were recorded. */
  public List<String> parts() {
    return List.copyOf(parts.keySet());
  }

  /** Whether a part was recorded. */
  public boolean has(String part) {
    return parts.containsKey(part);
  }

  private Optional<RecordedPart> part(String name) {
    return Optional.ofNullable(parts.get(name));
  }

  /** The part of the study that a recorded one is of, held against the options of its run. */
  private Part<?, ?> planned(RecordedPart recorded) {
    Study study =
        own.orElseGet(
            () ->
                Study.of(subject, Sizes.of(recorded.text("sizes")), recorded.number("positions")));
    Part<?, ?> planned = study.part(recorded.text("part"));
    Study.checkOptions(planned, recorded.options());
    return planned;
  }

  /** Which heads retrieved at every step of a part's generations. */
  public Optional<Readings> answers(String part) {
    return part(part).flatMap(RecordedPart::lines).map(lines -> Readings.ofLines(part, lines));
  }

  /** The result of a part whose lines say everything, if it is of that type. */
  public <R> Optional<R> result(String part, Class<R> type) {
    return part(part)
        .flatMap(
            p ->
                planned(p) instanceof LinesPart<?, ?> lines
                    ? p.lines().map(lines::result)
                    : Optional.empty())
        .filter(type::isInstance)
        .map(type::cast);
  }

  /** The result of a part that masks heads. */
  public Optional<MaskingResult> masking(String part) {
    return result(part, MaskingResult.class);
  }

  /** The result of a part that retrieves in the context. */
  public Optional<RagResult> rag(String part) {
    return result(part, RagResult.class);
  }

  /** The names of a part's tables. */
  public List<String> tables(String part) {
    return part(part).map(RecordedPart::tables).orElse(List.of());
  }

  /** A table of a part. */
  public Optional<Table> table(String part, String name) {
    return part(part).flatMap(p -> p.table(name));
  }

  /** What a part found on its claims. */
  public List<Finding> findings(String part) {
    return part(part).map(RecordedPart::findings).orElse(List.of());
  }

  /** The verdicts of all parts, or of some. */
  public Verdicts verdicts(String... some) {
    List<String> asked = some.length == 0 ? parts() : List.of(some);
    // corrected over all findings of the model: a part alone is not the group of its claims
    Verdicts all = Verdicts.of(parts().stream().flatMap(p -> findings(p).stream()).toList());
    List<Finding> wanted = asked.stream().flatMap(p -> findings(p).stream()).toList();
    return new Verdicts(
        all.rows().stream()
            .filter(
                v ->
                    wanted.stream()
                        .anyMatch(
                            f ->
                                f.claim().id().equals(v.id())
                                    && (f.setting().equals(v.setting())
                                        || v.setting().equals(Verdicts.OVERALL))))
            .toList());
  }

  /** The tables of its parts: columns {@code part}, {@code table}; what there is to ask for. */
  public Table toTable() {
    List<String> names = new ArrayList<>();
    List<String> tables = new ArrayList<>();
    List<String> settings = new ArrayList<>();
    List<String> sizes = new ArrayList<>();
    parts.forEach(
        (name, part) -> {
          names.add(name);
          settings.add(part.text("setting"));
          sizes.add(part.text("sizes"));
          tables.add(String.join(", ", part.tables()));
        });
    return Table.create(
        "recorded of " + subject,
        StringColumn.create("part", names),
        StringColumn.create("setting", settings),
        StringColumn.create("sizes", sizes),
        StringColumn.create("tables", tables));
  }

  /**
   * What of a part is drawn, in a sentence for above a figure: of which model and run, or that
   * nothing was recorded and the live result stands alone.
   */
  public String says(String part) {
    return part(part)
        .map(
            p ->
                "recorded: "
                    + part
                    + " on "
                    + subject
                    + ", "
                    + p.text("summary")
                    + " (sizes "
                    + p.text("sizes")
                    + ")")
        .orElse(
            "nothing is recorded of "
                + part
                + " on "
                + subject
                + ": what is drawn is the live run");
  }

  /**
   * Computes some recorded trials of a part anew and compares them: evaluated ones, drawn from the
   * seed of their number, the same on every machine. None where the part was not recorded, or has
   * no lines.
   *
   * @param n how many; all where there are fewer
   * @throws IllegalArgumentException if the results were recorded of another model
   */
  public Redone redo(String part, LanguageModel model, int n) {
    Optional<RecordedPart> found = part(part);
    if (found.isEmpty() || found.get().lines().isEmpty()) {
      return new Redone(part, List.of());
    }
    if (!isOf(model)) {
      throw Section.STUDY.wrong(
          "the results of "
              + part
              + " were recorded of "
              + subject
              + ", got the model "
              + model.name()
              + "; compute them anew with the model they are of");
    }
    Part<?, ?> planned = planned(found.get());
    List<String> lines = found.get().lines().get();
    return new Redone(part, planned.again(model, lines, drawn(planned, n)));
  }

  /** Some trials of the last stage, the one that is evaluated; by their places in the plan. */
  static List<Integer> drawn(Part<?, ?> part, int n) {
    List<Integer> stages = part.experiment().stages().stream().map(Stage::trials).toList();
    int last = stages.get(stages.size() - 1);
    int before = stages.stream().mapToInt(s -> s).sum() - last;
    return Arrays.stream(Draws.permutation(last, last))
        .limit(Math.max(0, n))
        .map(i -> before + i)
        .sorted()
        .boxed()
        .toList();
  }

  @Override
  public String toString() {
    return isEmpty()
        ? "Recorded[nothing of " + subject + ": figures are of live runs alone]"
        : "Recorded[" + subject + ", parts " + parts() + "]";
  }
}
