package headscope.notebook;

import headscope.failure.Section;
import headscope.figure.Figure;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import headscope.model.LocalModel;
import headscope.page.LinkedFigure;
import headscope.study.Sizes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tech.tablesaw.api.Table;

/**
 * A notebook's first line, and where it puts its results.
 *
 * <pre>
 * Notebook.start();
 * Notebook.save("01-heads", Figures.headHeatmap(scores))     // shown, and saved as PNG and SVG
 * </pre>
 */
public final class Notebook {
  private static final String MODEL = "HEADSCOPE_MODEL";
  private static final String REFERENCE = "reference";

  private static Object started;
  private static boolean isOwnModel =
      setting(MODEL).map(REFERENCE::equals).orElse(true); // until a notebook names its model

  private Notebook() {}

  /**
   * Makes tables, figures and explorers show themselves in this notebook, and ends the kernel with
   * the program that started it. Does it once, however often it is called; outside of a notebook it
   * says so and does nothing.
   */
  public static synchronized void start() {
    Optional<Kernel> running = Kernel.running();
    if (running.isEmpty()) {
      System.out.println("headscope: no notebook kernel here, tables and figures print as text");
      return;
    }
    Kernel kernel = running.get();
    if (kernel.is(started)) {
      return;
    }
    kernel.register(
        Object.class,
        List.of("text/html", "image/png", "text/plain"),
        value -> Displays.of(value).orElse(Bundle.of(Map.of())));
    endWithParent();
    started = kernel.identity();
  }

  /**
   * The folder for results: the environment variable {@code HEADSCOPE_OUT}, else {@code out} in the
   * working directory.
   */
  public static Path out() {
    return Path.of(setting("HEADSCOPE_OUT").orElse("out"));
  }

  /**
   * The model asked for, as {@link headscope.model.LanguageModel#of(String)} takes it: the
   * environment variable {@code HEADSCOPE_MODEL}, else {@code reference}, the model inside the jar.
   */
  public static String model() {
    return setting("HEADSCOPE_MODEL").orElse("reference");
  }

  /**
   * A pretrained model where nobody asked for another: the environment variable {@code
   * HEADSCOPE_MODEL}, else {@code smollm2} where it is on this machine, else {@code reference}.
   */
  public static String realModel() {
    boolean here =
        LocalModel.all().stream()
            .anyMatch(m -> m.name().equals("smollm2") && m.problem().isEmpty());
    return setting("HEADSCOPE_MODEL").orElse(here ? "smollm2" : "reference");
  }

  /**
   * The model that this notebook is about, for {@link headscope.model.LanguageModel#of(String)}:
   * the environment variable {@code HEADSCOPE_MODEL}, else the one that is named, else, where that
   * is not on this machine, {@code reference}; which one it is, where it is not the one named, is
   * printed. The numbers of {@link Check}s are those of the one named.
   *
   * <pre>
   * var model = LanguageModel.of(Notebook.subject("smollm2"));
   * </pre>
   */
  public static String subject(String named) {
    boolean here =
        named.equals(REFERENCE)
            || LocalModel.all().stream()
                .anyMatch(m -> m.name().equals(named) && m.problem().isEmpty());
    String taken = setting(MODEL).orElse(here ? named : REFERENCE);
    isOwnModel =
        taken.equals(named) || setting("HEADSCOPE_SUBJECT").map(named::equals).orElse(false);
    if (!isOwnModel) {
      System.out.println(
          "This run is on "
              + (taken.equals(REFERENCE) ? "the reference model" : "the model " + taken)
              + (setting(MODEL).isPresent() ? "" : ", since " + named + " is not on this machine")
              + "; what the text says of results is about "
              + (named.equals(REFERENCE) ? "the reference model" : named)
              + ".");
    }
    return taken;
  }

  /** Whether this run is on the model that the notebook's numbers are of. */
  static boolean isOwnModel() {
    return isOwnModel;
  }

  /** How much is computed: {@code HEADSCOPE_SIZES}, else what a notebook runs while one waits. */
  public static Sizes sizes() {
    return setting("HEADSCOPE_SIZES").map(Sizes::of).orElse(Sizes.LIVE);
  }

  /**
   * Saves a figure as {@code figures/NAME.png} and {@code .svg} in {@link #out} and returns it, so
   * that a cell that ends with this call shows it.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public static Figure save(String name, Figure figure) {
    saved(figure.save(out().resolve("figures").resolve(name)));
    return figure;
  }

  /** Says in a line what was written; below {@link #out}, whose place is the machine's. */
  private static void saved(List<Path> files) {
    System.out.println(
        "saved "
            + files.stream()
                .map(file -> out().relativize(file).toString().replace('\\', '/'))
                .collect(Collectors.joining(", ")));
  }

  /**
   * The HTML by which a value shows itself in a cell, for pages of one's own.
   *
   * @throws IllegalArgumentException if it has none, as texts and numbers
   */
  public static String html(Object value) {
    return Displays.of(value)
        .map(bundle -> bundle.data().get("text/html"))
        .orElseThrow(
            () ->
                Section.KERNEL.wrong(
                    "values of "
                        + (value == null ? "null" : Displays.name(value.getClass()))
                        + " have no HTML form; values of headscope, their lists and tables have"));
  }

  /**
   * Saves a linked figure as {@code figures/NAME.png}, {@code .svg} and {@code .html}, a page that
   * opens by itself, and returns it, so that a cell that ends with this call shows it.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public static LinkedFigure save(String name, LinkedFigure figure) {
    figure.save(out().resolve("figures").resolve(name));
    return figure;
  }

  /**
   * Saves figures that stand side by side as {@code figures/NAME.png} and {@code .svg}, and returns
   * them, so that a cell that ends with this call shows them.
   *
   * @throws UncheckedIOException if they cannot be written
   */
  public static Columns save(String name, Columns columns) {
    saved(columns.save(out().resolve("figures").resolve(name)));
    return columns;
  }

  /**
   * Saves a table as {@code tables/NAME.csv} in {@link #out} and returns it, so that a cell that
   * ends with this call shows it.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public static Table save(String name, Table table) {
    Path file = out().resolve("tables").resolve(name + ".csv");
    try {
      Files.createDirectories(file.getParent());
      WholeFile.write(file, part -> table.write().csv(part.toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the table " + file + ": " + FileFault.of(e), e);
    }
    saved(List.of(file));
    return table;
  }

  /**
   * Without this a kernel outlives a Jupyter that was killed, and keeps its memory. Only an
   * ancestor counts: on some systems the variable holds something else than a process id.
   */
  private static void endWithParent() {
    String id = setting("JPY_PARENT_PID").orElse("");
    Optional<ProcessHandle> ancestor = ProcessHandle.current().parent();
    while (ancestor.isPresent() && !id.equals(Long.toString(ancestor.get().pid()))) {
      ancestor = ancestor.get().parent();
    }
    ancestor.ifPresent(p -> p.onExit().thenRun(() -> Runtime.getRuntime().halt(1)));
  }

  private static Optional<String> setting(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isBlank());
  }
}
