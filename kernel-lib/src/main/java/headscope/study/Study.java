package headscope.study;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import headscope.claim.Finding;
import headscope.claim.Verdicts;
import headscope.experiment.Experiment;
import headscope.experiment.Runner;
import headscope.experiment.Stage;
import headscope.experiment.TrialListener;
import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.json.Json;
import headscope.json.JsonFault;
import headscope.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/**
 * The study of one model: named parts, run into a folder, and recorded in a compact form from
 * there.
 *
 * <pre>
 *   Study study = Study.of("reference", Sizes.LIVE, model);
 *   study.run(model, Path.of("out/study"), part -&gt; TrialListener.NONE);
 *   study.record(model, Path.of("out/study"), Path.of("notebooks/recorded"));
 *   Recorded.of(model).answers("dynamism-uuid");
 * </pre>
 *
 * @param subject the model's name in findings and folders, such as {@code smollm2}
 * @param sizes how much is computed
 * @param positions the longest sequence of the model, to which the paper's lengths are clipped
 * @param parts in the order in which they are run
 */
public record Study(String subject, Sizes sizes, int positions, List<Part<?, ?>> parts) {
  /** The model with an adapter for questions; the others are asked for needles, or for both. */
  public static final String WORLD = "smollm2-world";

  /** The file of the verdicts on all models, beside the folders of the subjects. */
  static final String VERDICTS = "verdicts.json";

  private static final String SMOLLM2 = "smollm2";

  /** Relative; of a table that is computed again from the same traces. */
  private static final double ROUNDING = 1e-6;

  public Study {
    parts = List.copyOf(parts);
  }

  /** The study of a model under a name. */
  public static Study of(String subject, Sizes sizes, LanguageModel model) {
    return of(subject, sizes, model.config().maxPositions());
  }

  /**
   * The study of a model that need not be on this machine: needles for {@code smollm2}, questions
   * for {@code smollm2-world}, both for others.
   */
  public static Study of(String subject, Sizes sizes, int positions) {
    List<Part<?, ?>> parts = new ArrayList<>();
    if (!subject.equals(WORLD)) {
      parts.addAll(NeedleParts.of(subject, sizes, positions));
    }
    if (!subject.equals(SMOLLM2)) {
      parts.addAll(QuestionParts.of(subject, sizes, positions));
    }
    return new Study(subject, sizes, positions, parts);
  }

  /**
   * The part of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public Part<?, ?> part(String name) {
    return parts.stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Section.STUDY.wrong(
                    "the parts of "
                        + subject
                        + " are "
                        + String.join(", ", parts.stream().map(p -> p.name()).toList())
                        + "; got \""
                        + name
                        + "\""));
  }

  /** Some of its parts, with those whose run they read; all where none is named. */
  public Study only(List<String> names) {
    if (names.isEmpty()) {
      return this;
    }
    List<String> wanted = names.stream().map(n -> part(n).name()).toList();
    return new Study(
        subject, sizes, positions, parts.stream().filter(p -> wanted.contains(p.name())).toList());
  }

  /**
   * Runs what is missing, each run into a folder of its part's name; a folder that a killed run
   * left is taken up where it ended.
   *
   * @param listener of each part, by its name
   */
  public void run(LanguageModel model, Path folder, Function<String, TrialListener> listener) {
    for (Part<?, ?> part : parts) {
      Path own = folder.resolve(part.run());
      if (parts.stream().takeWhile(p -> p != part).noneMatch(p -> p.run().equals(part.run()))) {
        Runner.into(own, model, listener.apply(part.run())).run(part.experiment());
      }
    }
  }

  /**
   * Writes the compact form of every part into {@code recorded/SUBJECT/PART}, and the verdicts of
   * all subjects that are there.
   *
   * @param folder of the runs, complete
   * @param recorded folder of the subjects
   * @param progress is told of each part that is written
   * @throws IllegalArgumentException if a run is not complete, or of other options
   */
  public void record(LanguageModel model, Path folder, Path recorded, Consumer<String> progress) {
    for (Part<?, ?> part : parts) {
      progress.accept(part.name());
      recordPart(part, model, folder, recorded.resolve(subject).resolve(part.name()));
    }
    List<Finding> all = new ArrayList<>();
    for (String other : Recorded.subjects(recorded)) {
      Recorded of = Recorded.ofSubject(other, recorded);
      of.parts().forEach(p -> all.addAll(of.findings(p)));
    }
    Verdicts.of(all).save(recorded.resolve(VERDICTS));
  }

  private <L, R> void recordPart(Part<L, R> part, LanguageModel model, Path folder, Path into) {
    Path run = folder.resolve(part.run());
    Contents contents = contents(part, model, run);
    try {
      JsonObject about = Json.object(Files.readString(run.resolve("experiment.json")));
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("part", part.name());
      map.put("run", part.run());
      map.put("subject", subject);
      map.put("setting", part.setting());
      map.put("sizes", sizes.key());
      map.put("positions", positions);
      map.put("summary", summary(part.experiment()));
      map.put("options", about.get("options"));
      map.put("environment", about.get("environment"));
      map.put("results", Digests.of(run.resolve("results.jsonl")));
      map.put("traces", traces(run));
      RecordedPart.write(into, map, contents);
    } catch (IOException e) {
      throw Section.STUDY.io("cannot read " + run + ": " + FileFault.of(e), e);
    } catch (JsonParseException e) {
      throw Section.STUDY.wrong(run + " has a damaged experiment.json: " + JsonFault.of(e), e);
    }
  }

  private static String summary(Experiment<?, ?> experiment) {
    return String.format(
        Locale.ROOT,
        "%d trials evaluated, %d rank the heads, seed %d",
        experiment.trials().evaluated(),
        experiment.trials().ranking(),
        experiment.trials().seed());
  }

  /** What is kept of a complete run; of one whose lines say everything, the lines as they are. */
  private <L, R> Contents contents(Part<L, R> part, LanguageModel model, Path run) {
    List<String> lines = lines(run);
    int wanted = part.experiment().stages().stream().mapToInt(Stage::trials).sum();
    if (lines.size() < wanted) {
      throw Section.STUDY.wrong(
          String.format(
              "%s has %d of %d trials of %s; headscope study run goes on with it",
              run, lines.size(), wanted, part.run()));
    }
    R result = Runner.into(run, model, TrialListener.NONE).run(part.experiment());
    Contents contents = part.contents(result, subject);
    return part instanceof LinesPart
        ? new Contents(lines, contents.tables(), contents.findings())
        : contents;
  }

  private static List<String> lines(Path run) {
    Path file = run.resolve("results.jsonl");
    try {
      return Files.isRegularFile(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw Section.STUDY.io("cannot read " + file + ": " + FileFault.of(e), e);
    }
  }

  /** File name to digest. */
  private static Map<String, String> traces(Path run) throws IOException {
    Map<String, String> digests = new TreeMap<>();
    if (Files.isDirectory(run.resolve("traces"))) {
      try (Stream<Path> files = Files.list(run.resolve("traces"))) {
        for (Path file : files.filter(f -> !f.getFileName().toString().startsWith(".")).toList()) {
          digests.put(file.getFileName().toString(), Digests.of(file));
        }
      }
    }
    return digests;
  }

  /**
   * Holds recorded results against the runs that they were made of: digests of lines and traces,
   * and everything computed from them once more. Parts of which nothing is recorded are passed
   * over.
   *
   * @return what differs; empty: nothing
   */
  public List<String> verify(LanguageModel model, Path folder, Path recorded) {
    List<String> differs = new ArrayList<>();
    for (Part<?, ?> part : recordedIn(recorded).parts()) {
      Path run = folder.resolve(part.run());
      RecordedPart was = RecordedPart.open(recorded.resolve(subject).resolve(part.name()));
      try {
        if (!was.text("results").equals(Digests.of(run.resolve("results.jsonl")))) {
          differs.add(part.name() + ": the lines of " + run + " are others");
        }
        if (!was.get("traces").equals(Json.tree(traces(run)))) {
          differs.add(part.name() + ": the traces of " + run + " are others");
        }
      } catch (IOException e) {
        throw Section.STUDY.io("cannot read " + run + ": " + FileFault.of(e), e);
      }
      compare(part.name(), was, contents(part, model, run), true, differs);
    }
    return differs;
  }

  /**
   * Holds recorded results against their own lines: tables and findings that rest on nothing else
   * are computed once more. Needs neither the model nor traces. Parts of which nothing is recorded
   * are passed over.
   *
   * @return what differs; empty: nothing
   */
  public List<String> verify(Path recorded) {
    List<String> differs = new ArrayList<>();
    for (Part<?, ?> part : recordedIn(recorded).parts()) {
      RecordedPart was = RecordedPart.open(recorded.resolve(subject).resolve(part.name()));
      checkOptions(part, was.options());
      Optional<List<String>> lines = was.lines();
      if (lines.isPresent()) {
        compare(part.name(), was, part.ofLines(lines.get(), subject), false, differs);
      }
    }
    return differs;
  }

  /** The same with those of its parts alone of which something is recorded. */
  public Study recordedIn(Path recorded) {
    return new Study(
        subject,
        sizes,
        positions,
        parts.stream()
            .filter(
                p ->
                    Files.isRegularFile(
                        recorded.resolve(subject).resolve(p.name()).resolve(RecordedPart.ABOUT)))
            .toList());
  }

  private static void compare(
      String part, RecordedPart was, Contents now, boolean all, List<String> differs) {
    if (all && !was.lines().orElse(List.of()).equals(now.lines())) {
      differs.add(part + ": the recorded lines are others");
    }
    if (all && !was.tables().equals(List.copyOf(now.tables().keySet()))) {
      differs.add(part + ": tables are " + now.tables().keySet() + ", recorded " + was.tables());
    }
    now.tables()
        .forEach(
            (name, table) ->
                was.table(name)
                    .flatMap(t -> difference(t, RecordedPart.readBack(name, table)))
                    .ifPresent(d -> differs.add(part + ", table " + name + ": " + d)));
    List<JsonElement> before = asJson(was.findings());
    List<JsonElement> after = asJson(now.findings());
    if (all ? before.size() != after.size() : before.size() < after.size()) {
      differs.add(part + ": " + after.size() + " findings, recorded " + before.size());
    }
    for (int i = 0; i < Math.min(before.size(), after.size()); i++) {
      if (!near(before.get(i).getAsJsonObject(), after.get(i).getAsJsonObject())) {
        differs.add(part + ": a finding is " + after.get(i) + ", recorded " + before.get(i));
      }
    }
  }

  private static List<JsonElement> asJson(List<Finding> findings) {
    return JsonParser.parseString(FindingsFile.text(findings)).getAsJsonArray().asList();
  }

  private static boolean near(JsonObject was, JsonObject now) {
    return was.keySet().equals(now.keySet())
        && was.keySet().stream().allMatch(k -> near(was.get(k).toString(), now.get(k).toString()));
  }

  private static Optional<String> difference(Table was, Table now) {
    if (!was.columnNames().equals(now.columnNames()) || was.rowCount() != now.rowCount()) {
      return Optional.of(
          now.columnNames()
              + " of "
              + now.rowCount()
              + " rows, recorded "
              + was.columnNames()
              + " of "
              + was.rowCount());
    }
    for (int r = 0; r < was.rowCount(); r++) {
      Row before = was.row(r);
      Row after = now.row(r);
      for (int c = 0; c < was.columnCount(); c++) {
        String a = String.valueOf(before.getObject(c));
        String b = String.valueOf(after.getObject(c));
        if (!near(a, b)) {
          return Optional.of(
              was.columnNames().get(c) + " of row " + (r + 1) + " is " + b + ", recorded " + a);
        }
      }
    }
    return Optional.empty();
  }

  private static boolean near(String was, String now) {
    if (was.equals(now)) {
      return true;
    }
    try {
      double a = Double.parseDouble(was);
      double b = Double.parseDouble(now);
      return Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(a));
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /**
   * Checks that a part would be run today as it was recorded.
   *
   * @throws IllegalArgumentException naming an option that differs
   */
  static void checkOptions(Part<?, ?> part, JsonObject recorded) {
    Map<String, Object> now = new LinkedHashMap<>(part.experiment().trials().options());
    now.putAll(part.experiment().options());
    Json.tree(now)
        .getAsJsonObject()
        .entrySet()
        .forEach(
            e -> {
              // as text: 1 and 1.0 are the same option read back
              String was = String.valueOf(recorded.get(e.getKey()));
              if (!JsonParser.parseString(e.getValue().toString()).toString().equals(was)) {
                throw Section.STUDY.wrong(
                    part.name()
                        + " was recorded with other options: "
                        + e.getKey()
                        + " is "
                        + e.getValue()
                        + " now and was "
                        + was
                        + "; record it again");
              }
            });
  }

  @Override
  public String toString() {
    return "Study["
        + subject
        + ", sizes "
        + sizes.key()
        + ", parts "
        + parts.stream().map(p -> p.name()).toList()
        + "]";
  }
}
