package headscope.experiment;

import headscope.model.LanguageModel;
import headscope.task.Trial;
import headscope.trace.Trace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Answers trials and records what every head and the hidden state did: what Fig. 1, Table 1, the
 * correlations of Figs. 4 and 8 and the probes of Tables 2 and 3 are computed from.
 *
 * <pre>
 *   var recorded = Recording.of(NeedleTrials.standard(), Protocol.copyPaste())
 *       .run(model, TrialListener.NONE);
 *   recorded.accuracy();          // 0.9583...
 *   recorded.dynamism(20).toTable();
 * </pre>
 *
 * @param name what it is called in the results: dynamism, correlation or probe
 * @param trials what is asked
 * @param protocol how it is answered and read
 */
public record Recording(String name, Trials trials, Protocol protocol) {
  /** Table 1 of any task. */
  public static Recording of(Trials trials, Protocol protocol) {
    return new Recording("dynamism", trials, protocol);
  }

  /** The same under another name in the results. */
  public Recording named(String other) {
    return new Recording(other, trials, protocol);
  }

  /** Runs all trials in memory. */
  public Recorded run(LanguageModel model, TrialListener listener) {
    List<Recorded.Sample> done = new ArrayList<>();
    for (int i = 0; i < plan(); i++) {
      done.add(sample(model, i));
      listener.progress(i + 1, plan());
    }
    return new Recorded(this, done);
  }

  /**
   * Runs what is missing of all trials; a folder that a killed run left is taken up where it ended.
   * Traces go to {@code traces/}.
   *
   * @throws IllegalArgumentException if the folder holds results of other options
   */
  public Recorded run(LanguageModel model, Path folder, TrialListener listener) {
    Path traces = folder.resolve("traces");
    List<Recorded.Sample> done = new ArrayList<>();
    Map<String, Object> options = Results.options(name, model, trials, protocol);
    try (Results results = Results.open(folder, options, model.environment())) {
      Files.createDirectories(traces);
      for (int i = 0; i < plan(); i++) {
        Path file = traces.resolve(String.format("%05d.trace.safetensors", i));
        if (i < results.size() && Files.exists(file)) {
          done.add(Recorded.Sample.of(results.line(i), trials.metrics(), Trace.load(file)));
        } else {
          Recorded.Sample sample = sample(model, i);
          sample.trace().save(file);
          if (i >= results.size()) {
            results.append(sample.toJson());
          }
          done.add(sample);
        }
        listener.progress(i + 1, plan());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + traces + ": " + e.getMessage(), e);
    }
    return new Recorded(this, done);
  }

  private int plan() {
    return trials.ranking() + trials.evaluated();
  }

  /** Trial i of the plan: first those that rank the heads, then the evaluated ones. */
  private Recorded.Sample sample(LanguageModel model, int i) {
    boolean ranking = i < trials.ranking();
    Trial trial =
        ranking
            ? trials.rankingTrial(model.tokenizer(), i)
            : trials.trial(model.tokenizer(), i - trials.ranking());
    Trace trace = model.generate(trial.prompt(), protocol.capture(), protocol.generation());
    return Recorded.Sample.of(ranking, trial, trace);
  }
}
