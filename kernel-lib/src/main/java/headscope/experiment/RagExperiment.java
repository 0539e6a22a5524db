package headscope.experiment;

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
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

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
    Trials trials, Protocol protocol, DynamicRag loop, int heads, HeadProbe.Options probe)
    implements Experiment<RagLine, RagResult> {
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

  @Override
  public String name() {
    return "rag";
  }

  @Override
  public Map<String, Object> options() {
    Map<String, Object> map = new LinkedHashMap<>(loop.optionsOfAnySelector());
    map.put("heads", heads);
    map.put("probeWidths", probe.widths());
    map.put("probeEpochs", probe.epochs());
    map.put("probeSeed", probe.seed());
    return map;
  }

  @Override
  public Class<RagLine> lineType() {
    return RagLine.class;
  }

  /** The ranking trials alone. */
  private DynamismExperiment training() {
    return DynamismExperiment.of(trials.rankingOnly(), protocol).named("training");
  }

  @Override
  public List<Experiment<?, ?>> before() {
    return List.of(training());
  }

  @Override
  public List<Stage<RagLine>> stages() {
    return List.of(Stage.of("questions", trials.evaluated(), this::questions));
  }

  private HeadProbe trained(Run<RagLine> run) {
    return run.kept(new KeptProbe(run.resultOf(training()), probe, trials.seed()));
  }

  private Stage.TrialWork<RagLine> questions(Run<RagLine> run) {
    HeadProbe trained = trained(run);
    HeadSet fixed = run.resultOf(training()).ranking().top(heads);
    return i -> {
      Trial trial = trials.trial(run.model().tokenizer(), i);
      List<HeadSelector> selectors =
          List.of(
              HeadSelector.wholeContext(),
              HeadSelector.probe(trained, heads),
              HeadSelector.fixed("static", fixed),
              HeadSelector.randomPerRetrieval(heads, trial.seed()),
              HeadSelector.randomPerRun(heads, trials.seed()),
              HeadSelector.none());
      List<RagRun> runs =
          DynamicRag.run(
              run.model(), trial.prompt(), selectors.stream().map(loop::withSelector).toList());
      return Stage.Done.of(
          new RagLine(
              trial.facts(),
              IntStream.range(0, runs.size())
                  .mapToObj(r -> row(selectors.get(r).name(), trial, runs.get(r)))
                  .toList()));
    };
  }

  private static RagLine.Row row(String name, Trial trial, RagRun run) {
    return new RagLine.Row(
        name, trial.answeredBy(run.answer()), trial.metrics(run.answer()), run.description());
  }

  @Override
  public RagResult result(Run<RagLine> run) {
    return new RagResult(this, run.lines(), trained(run), run.resultOf(training()).ranking());
  }

  /** The probe by which the row dynamic chooses. */
  private record KeptProbe(DynamismResult training, HeadProbe.Options options, long seed)
      implements Run.Kept<HeadProbe> {
    @Override
    public String file() {
      return "probe.safetensors";
    }

    @Override
    public HeadProbe compute(LanguageModel model) {
      return HeadProbe.train(
          Split.of(training.rankingGenerations(), seed), options, HeadProbe.Listener.NONE);
    }

    @Override
    public void save(HeadProbe probe, LanguageModel model, Path file) {
      probe.save(file);
    }

    @Override
    public HeadProbe load(LanguageModel model, Path file) {
      return HeadProbe.load(file);
    }
  }
}
