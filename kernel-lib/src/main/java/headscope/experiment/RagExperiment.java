package headscope.experiment;

import headscope.draw.Draws;
import headscope.failure.Section;
import headscope.head.HeadSet;
import headscope.model.LanguageModel;
import headscope.probe.HeadProbe;
import headscope.probe.Split;
import headscope.rag.Draft;
import headscope.rag.DynamicRag;
import headscope.rag.Finder;
import headscope.rag.HeadSelector;
import headscope.rag.InContextRetriever;
import headscope.rag.PassageFinder;
import headscope.rag.RagRun;
import headscope.reference.World;
import headscope.task.Trial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Table 4: questions answered with the context hidden but for what a few heads of the model find in
 * it. The trials that rank the heads also train the probe, by which the row <em>dynamic</em>
 * chooses; sizes are chosen on trials of a {@link RagSizing}, if at all; no other trial is seen
 * before it is asked. Every rival shows as many tokens as the row dynamic did on the question.
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
 * @param sizing how threshold and sizes are chosen; empty: they are those of the loop
 */
public record RagExperiment(
    Trials trials,
    Protocol protocol,
    DynamicRag loop,
    int heads,
    HeadProbe.Options probe,
    Optional<RagSizing> sizing)
    implements Experiment<RagLine, RagResult> {
  /** The row of the probe's heads. */
  public static final String DYNAMIC = "dynamic";

  /** Three draws of other heads at every retrieval. */
  public static final List<String> RANDOM =
      List.of("dynamic random", "dynamic random 2", "dynamic random 3");

  /**
   * The rows of Table 4 among ceilings, whole context and the supporting sentences, and rivals:
   * BM25 over sentences, and windows at random places.
   */
  public static final List<String> ROWS =
      List.of(
          "whole context",
          "oracle windows",
          DYNAMIC,
          "static",
          RANDOM.get(0),
          RANDOM.get(1),
          RANDOM.get(2),
          "fixed random",
          "BM25",
          "random places",
          "w/o RAG");

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
        HeadProbe.Options.regressor().withEpochs(40).withSeed(trials.seed()),
        Optional.empty());
  }

  /** 60 questions of a generated world, 120 others that train and rank. */
  public static RagExperiment standard() {
    return of(QuestionTrials.world(World.standard(), 60, 120, 1), Protocol.reasoning(300));
  }

  /** With other questions. */
  public RagExperiment withTrials(Trials other) {
    return new RagExperiment(other, protocol, loop, heads, probe, sizing);
  }

  /** With another loop; its selector is not used. */
  public RagExperiment withLoop(DynamicRag other) {
    return new RagExperiment(trials, protocol, other, heads, probe, sizing);
  }

  /** With another number of heads. */
  public RagExperiment withHeads(int n) {
    return new RagExperiment(trials, protocol, loop, n, probe, sizing);
  }

  /** With a probe that is trained in another way. */
  public RagExperiment withProbe(HeadProbe.Options other) {
    return new RagExperiment(trials, protocol, loop, heads, other, sizing);
  }

  /** With RIND's threshold and the sizes of windows chosen before, on other trials. */
  public RagExperiment withSizing(RagSizing other) {
    return new RagExperiment(trials, protocol, loop, heads, probe, Optional.of(other));
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
    sizing.ifPresent(s -> map.put("sizing", s.options()));
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
    int sized = sizing.map(s -> s.trials().evaluated()).orElse(0);
    // the ways of a question have contexts of their own: a group is a question
    return List.of(
        Stage.grouped("threshold", sized, Group.ROWS, run -> each(run, this::threshold)),
        Stage.grouped("sizes", sized, Group.ROWS, run -> each(run, sizes(run))),
        Stage.grouped(
            "questions", trials.evaluated(), Group.ROWS, run -> each(run, questions(run))));
  }

  /** Answers one question. */
  interface Asking {
    RagLine line(Run<RagLine> run, int i);
  }

  static Stage.Work<RagLine> each(Run<RagLine> run, Asking asking) {
    return (from, to) ->
        IntStream.range(from, to).mapToObj(i -> Stage.Done.of(asking.line(run, i))).toList();
  }

  static List<RagRun> answered(Run<RagLine> run, Trial trial, List<DynamicRag> ways) {
    return DynamicRag.run(
            run.model(), List.of(new DynamicRag.Asked(trial.prompt(), ways)), run::watch)
        .get(0);
  }

  private RagLine threshold(Run<RagLine> run, int i) {
    Trial trial = sizing.orElseThrow().trials().trial(run.model().tokenizer(), i);
    DynamicRag watched = loop.withSelector(HeadSelector.watched());
    RagRun answer = answered(run, trial, List.of(watched)).get(0);
    return new RagLine.Watched(
        trial.facts(),
        answer.drafts().stream()
            .filter(d -> !d.words().isEmpty())
            .map(Draft::greatestRind)
            .toList(),
        answer.answer());
  }

  private Asking sizes(Run<RagLine> before) {
    HeadProbe trained = trained(before);
    RagSizing asked = sizing.orElseThrow();
    DynamicRag own =
        loop.withRind(
            loop.rind()
                .withThreshold(
                    RagSizing.threshold(RagResult.part(before.lines(), RagLine.Watched.class))));
    List<DynamicRag> ways =
        asked.candidates().stream()
            .map(
                c ->
                    own.withRetriever(c.retriever(own.retriever()))
                        .withSelector(HeadSelector.probe(trained, c.heads())))
            .toList();
    return (run, i) -> {
      Trial trial = asked.trials().trial(run.model().tokenizer(), i);
      List<RagRun> runs = answered(run, trial, ways);
      return new RagLine.Sized(
          trial.facts(),
          IntStream.range(0, runs.size())
              .mapToObj(r -> row(asked.candidates().get(r).title(), trial, runs.get(r)))
              .toList());
    };
  }

  private HeadProbe trained(Run<RagLine> run) {
    return run.kept(new KeptProbe(run.resultOf(training()), probe, trials.seed()));
  }

  /** What was chosen, or is asked for where nothing is chosen. */
  RagSizing.Chosen chosen(List<RagLine> lines) {
    if (sizing.isEmpty()) {
      InContextRetriever own = loop.retriever();
      return new RagSizing.Chosen(
          loop.rind().threshold(), new RagSizing.Sizes(own.k(), own.gap(), own.radius(), heads));
    }
    return new RagSizing.Chosen(
        RagSizing.threshold(RagResult.part(lines, RagLine.Watched.class)),
        sizing.get().sizes(RagResult.part(lines, RagLine.Sized.class)));
  }

  private Asking questions(Run<RagLine> before) {
    HeadProbe trained = trained(before);
    RagSizing.Chosen chosen = chosen(before.lines());
    DynamicRag own = chosen.loop(loop);
    int n = chosen.sizes().heads();
    HeadSet fixed = before.resultOf(training()).ranking().top(n);
    return (run, i) -> {
      Trial trial = trials.trial(run.model().tokenizer(), i);
      long seed = trial.seed();
      List<Finder> heads = new ArrayList<>();
      heads.add(HeadSelector.probe(trained, n));
      heads.add(HeadSelector.fixed("static", fixed));
      for (int draw = 0; draw < RANDOM.size(); draw++) {
        heads.add(HeadSelector.randomPerRetrieval(RANDOM.get(draw), n, Draws.at(seed, draw)));
      }
      heads.add(HeadSelector.randomPerRun(n, trials.seed()));
      List<DynamicRag> ways = ways(own, heads, seed);
      List<RagRun> runs = answered(run, trial, ways);
      return new RagLine.Asked(
          trial.facts(),
          IntStream.range(0, runs.size())
              .mapToObj(r -> row(ROWS.get(r), trial, runs.get(r)))
              .toList());
    };
  }

  /**
   * The same questions, asked the heads that recorded lines say were asked: what computes some of
   * them anew without the trials that trained the probe. The stages before are those of the lines.
   */
  public Experiment<RagLine, RagResult> replaying(List<RagLine> lines) {
    return new RagReplay(this, lines);
  }

  /**
   * The rows of Table 4.
   *
   * @param heads those of the probe first, then the rivals that ask heads
   * @param seed of windows at random places
   */
  static List<DynamicRag> ways(DynamicRag own, List<Finder> heads, long seed) {
    List<DynamicRag> ways = new ArrayList<>();
    ways.add(own.withSelector(HeadSelector.wholeContext()));
    ways.add(own.withSelector(PassageFinder.oracle()));
    ways.add(own.withSelector(heads.get(0)));
    List<Finder> rivals = new ArrayList<>(heads.subList(1, heads.size()));
    rivals.add(PassageFinder.bm25());
    rivals.add(PassageFinder.randomPlaces(seed));
    rivals.forEach(rival -> ways.add(own.withSelector(rival, DYNAMIC)));
    ways.add(own.withSelector(HeadSelector.none()));
    return ways;
  }

  static RagLine.Row row(String name, Trial trial, RagRun run) {
    return new RagLine.Row(
        name, trial.answeredBy(run.answer()), trial.metrics(run.answer()), run.description());
  }

  @Override
  public RagResult result(Run<RagLine> run) {
    return new RagResult(
        this,
        run.lines(),
        Optional.of(trained(run)),
        Optional.of(run.resultOf(training()).ranking()));
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
