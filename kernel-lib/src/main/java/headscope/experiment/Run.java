package headscope.experiment;

import headscope.failure.Section;
import headscope.model.Generation;
import headscope.model.LanguageModel;
import headscope.trace.Trace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a stage, or the result, finds of a run so far.
 *
 * @param <L> a line of its results
 */
public final class Run<L> {
  private final LanguageModel model;
  private final Optional<Path> folder;
  private final TrialListener listener;
  private final Map<Experiment<?, ?>, Object> before;
  private final Map<String, Object> kept;
  private final List<L> lines;
  private final Traces traces;
  private final boolean led;

  /**
   * Something that is computed once a run, and kept in its folder.
   *
   * @param <T> what it is
   */
  public interface Kept<T> {
    /** The name of its file. */
    String file();

    /** Computes it. */
    T compute(LanguageModel model);

    /** Writes it, whole or not at all. */
    void save(T value, LanguageModel model, Path file);

    /** Reads what {@link #save} wrote. */
    T load(LanguageModel model, Path file);
  }

  private Run(
      LanguageModel model,
      Optional<Path> folder,
      TrialListener listener,
      Map<Experiment<?, ?>, Object> before,
      Map<String, Object> kept,
      List<L> lines,
      Traces traces,
      boolean led) {
    this.model = model;
    this.folder = folder;
    this.listener = listener;
    this.before = before;
    this.kept = kept;
    this.lines = List.copyOf(lines);
    this.traces = traces;
    this.led = led;
  }

  static <L> Run<L> begin(
      LanguageModel model,
      Optional<Path> folder,
      TrialListener listener,
      Map<Experiment<?, ?>, Object> before) {
    return new Run<>(
        model, folder, listener, before, new HashMap<>(), List.of(), new Traces(List.of()), false);
  }

  /** The same run with other lines. */
  Run<L> with(List<L> some, List<Supplier<Trace>> theirs) {
    return new Run<>(model, folder, listener, before, kept, some, new Traces(theirs), led);
  }

  /** The same run led by another process, which computes what is computed once. */
  Run<L> led() {
    return new Run<>(model, folder, listener, before, kept, lines, traces, true);
  }

  /** The model that answers. */
  public LanguageModel model() {
    return model;
  }

  /** Tells who listens how far the rows of a group have come; to be called behind every step. */
  public void watch(Generation generation) {
    listener.within(TrialListener.Within.of(generation));
  }

  /** The lines of earlier stages; for the result those of all. */
  public List<L> lines() {
    return lines;
  }

  /**
   * Their traces, where the experiment keeps them; those of a folder are read as they are looked
   * at.
   */
  public List<Trace> traces() {
    return traces;
  }

  /** The result of an experiment that was run before. */
  @SuppressWarnings("unchecked") // Runner puts an R there
  public <R> R resultOf(Experiment<?, R> experiment) {
    if (!before.containsKey(experiment)) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          experiment.name() + " is not among the experiments that are run before");
    }
    return (R) before.get(experiment);
  }

  /** Something that is computed once: now, before, or by an earlier run into this folder. */
  @SuppressWarnings("unchecked") // a Kept<T> has a T
  public <T> T kept(Kept<T> what) {
    return (T) kept.computeIfAbsent(what.file(), f -> make(what));
  }

  private <T> T make(Kept<T> what) {
    Optional<Path> file = folder.map(f -> f.resolve(what.file()));
    if (file.isPresent() && Files.exists(file.get())) {
      return what.load(model, file.get());
    }
    if (led) {
      throw Section.WORKERS.failed(
          file.orElseThrow()
              + " is not there, though the driver wrote it; give --out a folder that every machine"
              + " sees under the same path");
    }
    T value = what.compute(model);
    file.ifPresent(f -> what.save(value, model, f));
    return value;
  }

  @Override
  public String toString() {
    return "Run[" + lines.size() + " lines, model " + model.name() + "]";
  }
}
