package headscope.experiment;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import headscope.failure.Section;
import headscope.head.HeadSet;
import headscope.model.LanguageModel;
import headscope.probe.HeadProbe;
import headscope.probe.Split;
import headscope.rag.DynamicRag;
import headscope.rag.HeadSelector;
import headscope.rag.RagRun;
import headscope.reference.World;
import headscope.task.Trial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Table 4: questions answered with the context hidden but for what a few heads of the model find in
 * it. The trials that rank the heads also train the probe, by which the row <em>dynamic</em>
 * chooses; no other trial is seen before it is asked.
 *
 * <pre>
 *   var result = RagExperiment.standard().run(model, TrialListener.NONE);
 *   result.toTable();           // Table 4
 * </pre>
 *
 * @param trials the questions
 * @param protocol how the ranking trials are answered and read
 * @param loop everything about a run but its heads
 * @param heads how many heads are asked
 * @param probe how the probe is trained
 */
public record RagExperiment(
    Trials trials, Protocol protocol, DynamicRag loop, int heads, HeadProbe.Options probe) {
  private static final Gson GSON = new Gson();

  /** The rows of Table 4, and the whole context as the bound that none should pass. */
  public static final List<String> ROWS =
      List.of("whole context", "dynamic", "static", "dynamic random", "fixed random", "w/o RAG");

  public RagExperiment {
    if (heads < 1 || trials.ranking() < 1 || trials.evaluated() < 1) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          String.format(
              "at least 1 head is asked, 1 trial ranks the heads and 1 is evaluated, got %d, %d and"
                  + " %d",
              heads, trials.ranking(), trials.evaluated()));
    }
    if (probe.kind() != HeadProbe.Kind.REGRESSOR) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "heads are chosen by the regressor of Table 3; use HeadProbe.Options.regressor()");
    }
  }

  /** Any trials: five heads, everything else of the loop and the probe as defined. */
  public static RagExperiment of(Trials trials, Protocol protocol) {
    return new RagExperiment(
        trials,
        protocol,
        DynamicRag.of(HeadSelector.none()),
        HeadSelector.HEADS,
        HeadProbe.Options.regressor().withEpochs(40).withSeed(trials.seed()));
  }

  /** 60 questions of a generated world, 120 others that train and rank. */
  public static RagExperiment standard() {
    return of(QuestionTrials.world(World.standard(), 60, 120, 1), Protocol.reasoning(300));
  }

  /** With other questions. */
  public RagExperiment withTrials(Trials other) {
    return new RagExperiment(other, protocol, loop, heads, probe);
  }

  /** With another loop; its selector is not used. */
  public RagExperiment withLoop(DynamicRag other) {
    return new RagExperiment(trials, protocol, other, heads, probe);
  }

  /** With another number of heads. */
  public RagExperiment withHeads(int n) {
    return new RagExperiment(trials, protocol, loop, n, probe);
  }

  /** With a probe that is trained in another way. */
  public RagExperiment withProbe(HeadProbe.Options other) {
    return new RagExperiment(trials, protocol, loop, heads, other);
  }

  /** Runs all trials in memory. */
  public RagResult run(LanguageModel model, TrialListener listener) {
    Recorded training = training().run(model, part(listener, 0));
    HeadProbe trained = train(training);
    List<JsonObject> lines = new ArrayList<>();
    for (int i = 0; i < trials.evaluated(); i++) {
      lines.add(line(model, i, trained, training.ranking().top(heads)));
      part(listener, trials.ranking()).progress(i + 1, trials.evaluated());
    }
    return new RagResult(this, lines, trained, training.ranking());
  }

  /**
   * Runs what is missing of all trials; a folder that a killed run left is taken up where it ended.
   * The ranking trials go to {@code training/}, the probe to {@code probe.safetensors}.
   *
   * @throws IllegalArgumentException if the folder holds results of other options
   */
  public RagResult run(LanguageModel model, Path folder, TrialListener listener) {
    try (Results results = Results.open(folder, options(model), model.environment())) {
      Recorded training = training().run(model, folder.resolve("training"), part(listener, 0));
      Path file = folder.resolve("probe.safetensors");
      if (!Files.exists(file)) {
        train(training).save(file);
      }
      HeadProbe trained = HeadProbe.load(file);
      while (results.size() < trials.evaluated()) {
        results.append(line(model, results.size(), trained, training.ranking().top(heads)));
        part(listener, trials.ranking()).progress(results.size(), trials.evaluated());
      }
      return new RagResult(this, results.lines(), trained, training.ranking());
    }
  }

  /** Of all trials those before the given ones are done. */
  private TrialListener part(TrialListener listener, int before) {
    return (done, total) -> listener.progress(before + done, trials.ranking() + trials.evaluated());
  }

  /** The ranking trials alone. */
  private Recording training() {
    return Recording.of(trials.rankingOnly(), protocol).named("training");
  }

  private HeadProbe train(Recorded training) {
    Split split = Split.of(training.rankingGenerations(), trials.seed());
    return HeadProbe.train(split, probe, epoch -> {});
  }

  private JsonObject line(LanguageModel model, int i, HeadProbe trained, HeadSet fixed) {
    Trial trial = trials.trial(model.tokenizer(), i);
    List<HeadSelector> selectors =
        List.of(
            HeadSelector.wholeContext(),
            HeadSelector.probe(trained, heads),
            HeadSelector.fixed("static", fixed),
            HeadSelector.randomPerRetrieval(heads, trial.seed()),
            HeadSelector.randomPerRun(heads, trials.seed()),
            HeadSelector.none());
    List<RagRun> runs =
        DynamicRag.run(model, trial.prompt(), selectors.stream().map(loop::withSelector).toList());
    JsonObject o = GSON.toJsonTree(trial.description()).getAsJsonObject();
    JsonArray rows = new JsonArray();
    for (int r = 0; r < runs.size(); r++) {
      JsonObject row = new JsonObject();
      row.addProperty("row", selectors.get(r).name());
      row.addProperty("correct", trial.answeredBy(runs.get(r).answer()));
      trial
          .metrics(runs.get(r).answer())
          .forEach((metric, value) -> row.addProperty(metric.key(), value));
      GSON.toJsonTree(runs.get(r).description()).getAsJsonObject().asMap().forEach(row::add);
      rows.add(row);
    }
    o.add("rows", rows);
    return o;
  }

  private Map<String, Object> options(LanguageModel model) {
    Map<String, Object> map = Results.options("rag", model, trials, protocol);
    Map<String, Object> options = loop.options();
    options.remove("selector");
    options.put("rindThreshold", options.remove("threshold"));
    map.putAll(options);
    map.put("heads", heads);
    map.put("probeWidths", probe.widths());
    map.put("probeEpochs", probe.epochs());
    map.put("probeSeed", probe.seed());
    return map;
  }
}
