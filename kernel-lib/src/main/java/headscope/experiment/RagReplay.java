package headscope.experiment;

import headscope.failure.Section;
import headscope.head.HeadSet;
import headscope.rag.DynamicRag;
import headscope.rag.Finder;
import headscope.rag.HeadSelector;
import headscope.rag.RagRun;
import headscope.rag.RunDescription.RetrievalDescription;
import headscope.task.Trial;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Questions of {@link RagExperiment}, answered again with the heads that recorded lines name.
 *
 * @param of what was recorded
 * @param recorded all of its lines
 */
record RagReplay(RagExperiment of, List<RagLine> recorded)
    implements Experiment<RagLine, RagResult> {
  /** The rows that ask heads, the probe's first. */
  private static final List<Integer> ASKING =
      IntStream.range(0, RagExperiment.ROWS.size())
          .filter(
              r ->
                  List.of("dynamic", "static", "fixed random").contains(RagExperiment.ROWS.get(r))
                      || RagExperiment.RANDOM.contains(RagExperiment.ROWS.get(r)))
          .boxed()
          .toList();

  @Override
  public String name() {
    return of.name();
  }

  @Override
  public Trials trials() {
    return of.trials();
  }

  @Override
  public Protocol protocol() {
    return of.protocol();
  }

  @Override
  public Class<RagLine> lineType() {
    return RagLine.class;
  }

  @Override
  public List<Stage<RagLine>> stages() {
    int sized = of.sizing().map(s -> s.trials().evaluated()).orElse(0);
    return List.of(
        Stage.grouped("threshold", sized, Group.ROWS, run -> RagExperiment.each(run, this::refuse)),
        Stage.grouped("sizes", sized, Group.ROWS, run -> RagExperiment.each(run, this::refuse)),
        Stage.grouped(
            "questions",
            of.trials().evaluated(),
            Group.ROWS,
            run -> RagExperiment.each(run, this::question)));
  }

  private RagLine refuse(Run<RagLine> run, int i) {
    throw Section.EXPERIMENT_OPTIONS.wrong(
        "what sizes were chosen on is not computed anew, only evaluated questions are");
  }

  private RagLine question(Run<RagLine> run, int i) {
    Trial trial = of.trials().trial(run.model().tokenizer(), i);
    RagLine.Asked was = RagResult.part(recorded, RagLine.Asked.class).get(i);
    DynamicRag own = of.chosen(recorded).loop(of.loop());
    List<Finder> heads = ASKING.stream().<Finder>map(r -> selector(was.rows().get(r))).toList();
    List<RagRun> runs =
        RagExperiment.answered(run, trial, RagExperiment.ways(own, heads, trial.seed()));
    return new RagLine.Asked(
        trial.facts(),
        IntStream.range(0, runs.size())
            .mapToObj(r -> RagExperiment.row(RagExperiment.ROWS.get(r), trial, runs.get(r)))
            .toList());
  }

  /** The heads that a row asked; of one that never asked any would do. */
  static HeadSelector selector(RagLine.Row row) {
    List<HeadSet> asked =
        row.run().drafts().stream()
            .flatMap(d -> d.retrieval().stream())
            .map(RetrievalDescription::heads)
            .map(HeadSet::parse)
            .toList();
    return HeadSelector.replayed(
        row.row(), asked.isEmpty() ? List.of(HeadSet.parse("L0-H0")) : asked);
  }

  @Override
  public RagResult result(Run<RagLine> run) {
    return new RagResult(of, run.lines());
  }
}
