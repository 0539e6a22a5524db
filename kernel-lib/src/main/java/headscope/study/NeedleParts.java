package headscope.study;

import headscope.claim.DynamismClaims;
import headscope.experiment.AblationExperiment;
import headscope.experiment.AblationResult;
import headscope.experiment.DynamismExperiment;
import headscope.experiment.MaskingClaims;
import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import headscope.score.CopyPasteScore;
import headscope.task.StepSpan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tech.tablesaw.api.Table;

/** The parts of the study that hide needles. */
final class NeedleParts {
  /** Needle and template come on top of the haystack, the answer behind: about so many tokens. */
  private static final int AROUND = 300;

  private NeedleParts() {}

  static List<Part<?, ?>> of(String subject, Sizes sizes, int positions) {
    Grid grid = Grid.of(subject, sizes, positions);
    return List.of(dynamismUuid(grid), ablationUuidZero(grid));
  }

  /**
   * How long and how many.
   *
   * @param lengths of haystacks, in tokens
   * @param depths of needles in masked runs, 0 to 1
   * @param runs of each length and depth
   * @param samples generations whose heads are read
   * @param ranking generations that rank the heads
   */
  record Grid(List<Integer> lengths, List<Double> depths, int runs, int samples, int ranking) {
    static Grid of(String subject, Sizes sizes, int positions) {
      boolean small = subject.equals("reference");
      return switch (sizes) {
        case LIVE ->
            new Grid(
                clipped(small ? List.of(128, 256, 384) : List.of(256), positions),
                List.of(0.0, .5, 1.0),
                small ? 3 : 2,
                small ? 24 : 6,
                small ? 24 : 6);
        case MIDDLE ->
            new Grid(
                clipped(small ? List.of(128, 256, 384) : List.of(256, 512, 1_024), positions),
                List.of(0.0, .25, .5, .75, 1.0),
                3,
                48,
                24);
        case PAPER ->
            new Grid(
                clipped(IntStream.rangeClosed(1, 10).mapToObj(i -> 5_000 * i).toList(), positions),
                IntStream.rangeClosed(0, 10).mapToObj(i -> i / 10.0).toList(),
                5,
                100,
                100);
      };
    }

    /** Those that the model has positions for; its longest where it has for none. */
    static List<Integer> clipped(List<Integer> lengths, int positions) {
      int most = Math.max(1, positions - AROUND);
      return lengths.stream().map(n -> Math.min(n, most)).distinct().toList();
    }
  }

  private static AnswersPart dynamismUuid(Grid grid) {
    NeedleTrials trials =
        NeedleTrials.standard()
            .withLengths(grid.lengths())
            .withSamples(grid.samples(), grid.ranking());
    return AnswersPart.of(
            "dynamism-uuid",
            "UUID",
            DynamismExperiment.of(trials, Protocol.copyPaste().withMargins()))
        .withReading("position match", CopyPasteScore::byPosition)
        .withReading("weight above .5", CopyPasteScore::byWeight)
        .withTables(NeedleParts::turnover)
        .withFindings((r, model) -> DynamismClaims.of(r.turnover(StepSpan.ANSWER), model, "UUID"));
  }

  private static Map<String, Table> turnover(Readings readings) {
    Map<String, Table> tables = new LinkedHashMap<>();
    for (StepSpan span : StepSpan.values()) {
      tables.put("turnover-" + span.key(), readings.turnover(span).toTable());
      tables.put("table1-" + span.key(), readings.dynamism(span, 20).toTable());
    }
    tables.put("lists", readings.turnover(StepSpan.ANSWER).lists());
    tables.put("rarefaction", readings.rarefaction(StepSpan.ANSWER).toTable());
    return tables;
  }

  private static LinesPart<?, ?> ablationUuidZero(Grid grid) {
    AblationExperiment experiment =
        AblationExperiment.of(
                NeedleTrials.standard()
                    .withRanking(grid.ranking())
                    .withGrid(grid.lengths(), grid.depths(), grid.runs()),
                Protocol.copyPaste().withMaxNewTokens(60).withMargins())
            .withForcedRuns();
    return LinesPart.of(
            "ablation-uuid-zero",
            "UUID, zero",
            experiment,
            lines -> new AblationResult(experiment, lines))
        .withTables(
            result -> {
              Map<String, Table> tables = new LinkedHashMap<>();
              tables.put("outcomes", result.byCondition());
              tables.put("accuracy", result.grid("accuracy"));
              tables.put("forced", result.compensationInForcedRuns());
              return tables;
            })
        .withFindings((result, model) -> MaskingClaims.ofAblation(result, model, "UUID, zero"));
  }
}
