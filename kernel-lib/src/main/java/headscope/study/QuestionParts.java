package headscope.study;

import headscope.claim.DynamismClaims;
import headscope.claim.Finding;
import headscope.claim.StateClaims;
import headscope.correlation.ExchangeNull;
import headscope.correlation.OffsetCca;
import headscope.experiment.AblationExperiment;
import headscope.experiment.AblationResult;
import headscope.experiment.BrokenHops;
import headscope.experiment.DynamismExperiment;
import headscope.experiment.DynamismResult;
import headscope.experiment.Hops;
import headscope.experiment.MaskingClaims;
import headscope.experiment.MaskingResult;
import headscope.experiment.Protocol;
import headscope.experiment.QuestionTrials;
import headscope.experiment.QuestionsExperiment;
import headscope.experiment.QuestionsResult;
import headscope.experiment.RagClaims;
import headscope.experiment.RagExperiment;
import headscope.experiment.RagResult;
import headscope.experiment.ReadingsExperiment;
import headscope.experiment.ReadingsResult;
import headscope.pairs.ScoredGeneration;
import headscope.pairs.SplitBy;
import headscope.probe.Advantage;
import headscope.probe.CompetingPredictors;
import headscope.probe.HeadProbe;
import headscope.probe.ProbeReport;
import headscope.probe.Split;
import headscope.score.ReasoningScore;
import headscope.task.StepSpan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tech.tablesaw.api.Table;

/**
 * The parts of the study that ask questions over several paragraphs: whether they are answered,
 * which heads look at the supporting sentences, what is lost without them, what the hidden state
 * tells of them, and whether they can be used to search.
 */
final class QuestionParts {
  /** An answer is said in some forty tokens; masked runs that ramble are cut. */
  private static final int NEW_TOKENS = 60;

  /** Thresholds of Eq. 2 under which the claims are tested; DEFINITIONS.md, 37. */
  private static final List<Double> THRESHOLDS = List.of(.3, .5, .7);

  /** Those by which answers are read: the claims' and the one that the masks go by. */
  private static final List<Double> READ = List.of(.3, .4, .5, .7);

  private static final int CLAIMED = 1;
  private static final List<Integer> OTHERS = List.of(0, 2, 4, 8);
  private static final int FEW_DRAWS = 20;

  /** Generations that are correlated at most: 90 of 300 are held out. */
  private static final int CORRELATED = 300;

  /** Epochs without a lower validation loss before training ends. */
  private static final int PATIENT = 6;

  private QuestionParts() {}

  static List<Part<?, ?>> of(String subject, Sizes sizes, int positions) {
    QuestionGrid grid = QuestionGrid.of(sizes, positions);
    AnswersPart answers = answers(grid);
    List<Part<?, ?>> parts = new ArrayList<>();
    // in the order of what is missed most if the time runs out
    parts.add(asked("questions-few", grid.asking(grid.few()), QuestionsExperiment.SHOWN));
    parts.add(answers);
    parts.add(StatesPart.of("hops-world", answers, (r, model) -> hops(grid, r)));
    parts.add(correlation(answers, grid));
    parts.add(probe(answers, grid));
    parts.add(rag(grid));
    parts.add(masks(grid));
    parts.add(asked("questions-many", grid.asking(grid.manyAsked()), List.of("all", "none")));
    parts.add(asked("questions-others", grid.askingOthers(grid.few()), List.of("all", "none")));
    parts.add(readings(grid));
    return List.copyOf(parts);
  }

  private static LinesPart<?, ?> asked(String name, QuestionTrials trials, List<String> shown) {
    QuestionsExperiment experiment =
        QuestionsExperiment.of(trials, shown).withMaxNewTokens(NEW_TOKENS);
    return LinesPart.of(
            name, "answers", experiment, lines -> new QuestionsResult(experiment, lines))
        .withTables(result -> Map.of("questions", result.toTable()));
  }

  private static LinesPart<?, ?> readings(QuestionGrid grid) {
    ReadingsExperiment experiment = ReadingsExperiment.of(grid.choosing());
    return LinesPart.of(
            "readings-world", "Eq. 2", experiment, lines -> new ReadingsResult(experiment, lines))
        .withTables(result -> Map.of("readings", result.toTable()));
  }

  private static String setting(double threshold) {
    return String.format(Locale.ROOT, "threshold %.1f", threshold).replace("0.", ".");
  }

  private static AnswersPart answers(QuestionGrid grid) {
    AnswersPart part =
        AnswersPart.of(
            "dynamism-world",
            "Eq. 2",
            DynamismExperiment.of(
                grid.reading(), grid.protocol().withMaxNewTokens(NEW_TOKENS).withMargins()));
    for (double t : READ) {
      part = part.withReading(setting(t), trace -> new ReasoningScore(t).matrix(trace));
    }
    return part.withTables(QuestionParts::turnover)
        .withFindings(
            (read, model) ->
                THRESHOLDS.stream()
                    .flatMap(
                        t ->
                            DynamismClaims.ofQuestions(
                                read.by(setting(t)).turnover(StepSpan.ANSWER), model, setting(t))
                                .stream())
                    .toList());
  }

  private static Map<String, Table> turnover(Readings readings) {
    Map<String, Table> tables = new LinkedHashMap<>();
    for (double t : READ) {
      Readings by = readings.by(setting(t));
      String name = setting(t).replace("threshold .", "");
      tables.put("turnover-" + name, by.turnover(StepSpan.ANSWER).toTable());
      tables.put("table1-" + name, by.dynamism(StepSpan.ANSWER, 20).toTable());
      tables.put("lists-" + name, by.turnover(StepSpan.ANSWER).lists());
    }
    return tables;
  }

  private static StatesPart.Kept hops(QuestionGrid grid, DynamismResult result) {
    Hops hops =
        Hops.of(
            result.evaluated().stream().map(DynamismResult.Sample::trace).toList(),
            grid.protocol().score().threshold());
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put("by-sentence", hops.bySentence());
    tables.put("heads", hops.heads());
    return new StatesPart.Kept(tables, List.of());
  }

  /** Fig. 8: in-sample beside shuffled over all steps, held-out beside exchanged over answers. */
  private static StatesPart correlation(AnswersPart of, QuestionGrid grid) {
    return StatesPart.of(
        "correlation-world",
        of,
        (result, model) -> {
          OffsetCca cca = OffsetCca.standard().withSeed(result.experiment().trials().seed());
          List<ScoredGeneration> answers = first(result.generations(StepSpan.ANSWER));
          Map<String, Table> tables = new LinkedHashMap<>();
          tables.put("curve", cca.of(first(result.generations(StepSpan.ALL))).toTable());
          ExchangeNull exchange =
              ExchangeNull.standard()
                  .withCca(cca.withOffsets(List.of(CLAIMED)))
                  .withDraws(grid.draws());
          ExchangeNull.Result claimed = exchange.of(answers);
          ExchangeNull.Result others =
              exchange.withOffsets(OTHERS).withDraws(Math.min(grid.draws(), FEW_DRAWS)).of(answers);
          Table both = claimed.toTable().append(others.toTable());
          tables.put("exchange", both.sortAscendingOn("offset"));
          return new StatesPart.Kept(tables, StateClaims.ofQuestions(claimed, model, of.setting()));
        });
  }

  private static List<ScoredGeneration> first(List<ScoredGeneration> generations) {
    return generations.subList(0, Math.min(CORRELATED, generations.size()));
  }

  /** Table 3 at offset 0 over all steps; HP1 at offset 1 over answers, beside its rivals. */
  private static StatesPart probe(AnswersPart of, QuestionGrid grid) {
    return StatesPart.of(
        "probe-world",
        of,
        (result, model) -> {
          long seed = result.experiment().trials().seed();
          HeadProbe.Options options =
              HeadProbe.Options.regressor()
                  .withEpochs(grid.epochs())
                  .withEarlyStop(PATIENT)
                  .withSeed(seed);
          Map<String, Table> tables = new LinkedHashMap<>();
          Split same = Split.of(result.generations(StepSpan.ALL), seed);
          HeadProbe now = HeadProbe.train(same, options, HeadProbe.Listener.NONE);
          tables.put("table3", ProbeReport.of(now, same).toTable());
          Split next =
              Split.of(result.generations(StepSpan.ANSWER), CLAIMED, SplitBy.GENERATION, seed);
          HeadProbe probe = HeadProbe.train(next, options, HeadProbe.Listener.NONE);
          CompetingPredictors rivals = CompetingPredictors.of(next, probe.kind());
          Advantage advantage = Advantage.of(probe, rivals);
          tables.put("next", ProbeReport.of(probe, next, rivals.predictors()).toTable());
          tables.put("rivals", rivals.toTable());
          tables.put("advantage", advantage.toTable());
          return new StatesPart.Kept(
              tables, List.of(StateClaims.ofQuestions(advantage, model, of.setting())));
        });
  }

  private static LinesPart<?, ?> masks(QuestionGrid grid) {
    Protocol read = grid.protocol().withMaxNewTokens(NEW_TOKENS).withMargins();
    List<String> conditions = new ArrayList<>(AblationExperiment.CONDITIONS);
    QuestionGrid.ks().forEach(k -> conditions.add("dynamic " + k));
    AblationExperiment experiment =
        AblationExperiment.of(grid.masking(), read).withConditions(conditions).withForcedRuns();
    String setting = setting(read.score().threshold()) + ", zero";
    return LinesPart.of(
            "ablation-world", setting, experiment, lines -> new AblationResult(experiment, lines))
        .withTables(QuestionParts::masked)
        .withFindings(
            (result, model) -> {
              List<Finding> findings =
                  new ArrayList<>(MaskingClaims.ofAblation(result, model, setting));
              findings.add(MaskingClaims.ofCompensation(result, model, setting));
              return findings;
            });
  }

  private static Map<String, Table> masked(MaskingResult result) {
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put("outcomes", result.byCondition());
    Table grid = result.grid("F1");
    tables.put("f1", grid.where(grid.stringColumn("panel").isIn(AblationExperiment.CONDITIONS)));
    tables.put("forced", result.compensationInForcedRuns());
    tables.put("hops", BrokenHops.of(result));
    return tables;
  }

  private static LinesPart<?, ?> rag(QuestionGrid grid) {
    RagExperiment experiment = grid.rag();
    String setting = 2 * grid.longest() / 3 + " to " + grid.longest() + " paragraphs";
    return LinesPart.of("rag-world", setting, experiment, l -> new RagResult(experiment, l))
        .withReplay(experiment::replaying)
        .withTables(
            result -> {
              Map<String, Table> tables = new LinkedHashMap<>();
              tables.put("table4", result.toTable());
              tables.put("finders", result.finders());
              tables.put("comparisons", result.comparisons());
              tables.put("sizes", result.sizes());
              return tables;
            })
        .withFindings((result, model) -> RagClaims.of(result, model, setting));
  }
}
