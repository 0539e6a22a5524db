package headscope.study;

import headscope.claim.Finding;
import headscope.claim.StateClaims;
import headscope.correlation.ExchangeNull;
import headscope.correlation.OffsetCca;
import headscope.experiment.DynamismResult;
import headscope.pairs.ScoredGeneration;
import headscope.pairs.SplitBy;
import headscope.probe.Advantage;
import headscope.probe.CompetingPredictors;
import headscope.probe.HeadProbe;
import headscope.probe.ProbeReport;
import headscope.probe.Split;
import headscope.task.StepSpan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tech.tablesaw.api.Table;

/** The parts that read hidden states: correlations with later scores, and probes. */
final class StateParts {
  /** The offset of C1 and C2, whose exchange null has all its draws. */
  private static final int CLAIMED = 1;

  /** Offsets beside whose correlations an exchange null of fewer draws stands. */
  private static final List<Integer> OTHERS = List.of(0, 3, 8);

  private static final int FEW_DRAWS = 20;

  /** Generations that are correlated at most: 36 of 120 are held out. */
  private static final int CORRELATED = 120;

  /** Epochs without a lower validation loss before training ends. */
  private static final int PATIENT = 6;

  /** The same of the paper's widths, of which an epoch takes a minute. */
  private static final int HASTY = 2;

  private static final int WIDE_EPOCHS = 8;

  private StateParts() {}

  /**
   * Fig. 4: in-sample beside shuffled over all steps, held-out beside exchanged over answers. Of
   * the first {@value #CORRELATED} generations, and away from offset 1 with fewer draws: a draw is
   * a fit.
   */
  static StatesPart correlation(String name, AnswersPart of, int draws) {
    return StatesPart.of(
        name,
        of,
        (result, model) -> {
          long seed = result.experiment().trials().seed();
          OffsetCca cca = OffsetCca.standard().withSeed(seed);
          List<ScoredGeneration> answers = first(result.generations(StepSpan.ANSWER));
          Map<String, Table> tables = new LinkedHashMap<>();
          tables.put("curve", cca.of(first(result.generations(StepSpan.ALL))).toTable());
          ExchangeNull exchange =
              ExchangeNull.standard().withCca(cca.withOffsets(List.of(CLAIMED))).withDraws(draws);
          ExchangeNull.Result claimed = exchange.of(answers);
          ExchangeNull.Result others =
              exchange.withOffsets(OTHERS).withDraws(Math.min(draws, FEW_DRAWS)).of(answers);
          Table both = claimed.toTable().append(others.toTable());
          tables.put("exchange", both.sortAscendingOn("offset"));
          return new StatesPart.Kept(tables, StateClaims.of(claimed, model, of.setting()));
        });
  }

  private static List<ScoredGeneration> first(List<ScoredGeneration> generations) {
    return generations.subList(0, Math.min(CORRELATED, generations.size()));
  }

  /**
   * A probe of the paper's widths at offset 1 over answers, beside the same rivals: tables alone,
   * P1 is on the small one, which is trained to its end.
   */
  static StatesPart wideProbe(String name, AnswersPart of) {
    return StatesPart.of(
        name,
        of,
        (result, model) -> {
          long seed = result.experiment().trials().seed();
          HeadProbe.Options options =
              HeadProbe.Options.classifier()
                  .withWidths(HeadProbe.PAPER_WIDTHS)
                  .withEpochs(WIDE_EPOCHS)
                  .withEarlyStop(HASTY)
                  .withSeed(seed);
          Split next = next(result, seed);
          HeadProbe probe = HeadProbe.train(next, options, HeadProbe.Listener.NONE);
          CompetingPredictors rivals = CompetingPredictors.of(next, probe.kind());
          Map<String, Table> tables = new LinkedHashMap<>();
          tables.put("next", ProbeReport.of(probe, next, rivals.predictors()).toTable());
          tables.put("advantage", Advantage.of(probe, rivals).toTable());
          return new StatesPart.Kept(tables, List.of());
        });
  }

  /** Table 2 at offset 0 over all steps; P1 at offset 1 over answers, beside its rivals. */
  static StatesPart probe(String name, AnswersPart of, List<Integer> widths, int epochs) {
    return StatesPart.of(
        name,
        of,
        (result, model) -> {
          long seed = result.experiment().trials().seed();
          HeadProbe.Options options =
              HeadProbe.Options.classifier()
                  .withWidths(widths)
                  .withEpochs(epochs)
                  .withEarlyStop(PATIENT)
                  .withSeed(seed);
          Map<String, Table> tables = new LinkedHashMap<>();
          Split same = Split.of(result.generations(StepSpan.ALL), seed);
          HeadProbe now = HeadProbe.train(same, options, HeadProbe.Listener.NONE);
          tables.put("table2", ProbeReport.of(now, same).toTable());
          Split next = next(result, seed);
          HeadProbe probe = HeadProbe.train(next, options, HeadProbe.Listener.NONE);
          CompetingPredictors rivals = CompetingPredictors.of(next, probe.kind());
          Advantage advantage = Advantage.of(probe, rivals);
          tables.put("next", ProbeReport.of(probe, next, rivals.predictors()).toTable());
          tables.put("rivals", rivals.toTable());
          tables.put("advantage", advantage.toTable());
          List<Finding> findings = List.of(StateClaims.of(advantage, model, of.setting()));
          return new StatesPart.Kept(tables, findings);
        });
  }

  private static Split next(DynamismResult result, long seed) {
    return Split.of(result.generations(StepSpan.ANSWER), 1, SplitBy.GENERATION, seed);
  }
}
