package headscope.study;

import headscope.claim.DynamismClaims;
import headscope.claim.Finding;
import headscope.experiment.AblationExperiment;
import headscope.experiment.AblationResult;
import headscope.experiment.Counts;
import headscope.experiment.DynamismExperiment;
import headscope.experiment.MaskingClaims;
import headscope.experiment.MaskingResult;
import headscope.experiment.NeedleTrials;
import headscope.experiment.Protocol;
import headscope.head.MaskMode;
import headscope.score.CopyPasteScore;
import headscope.score.Robustness;
import headscope.task.Needle;
import headscope.task.NeedleInHaystack;
import headscope.task.StepSpan;
import headscope.task.Stop;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The parts of the study that hide needles: how the set of heads turns over, what is lost without
 * it, who steps in, what the hidden state tells of it.
 */
final class NeedleParts {
  /** An answer is said in some forty tokens; masked runs that ramble are cut. */
  private static final int NEW_TOKENS = 60;

  /** The heads of a step: all of them, against as many others. */
  static final List<String> ALL = AblationExperiment.CONDITIONS;

  /** Lengths of static lists. */
  private static final List<Integer> LISTS = List.of(1, 2, 4, 6, 8, 12, 20, 32);

  /** Numbers of heads drawn at random, to be compared with lists. */
  private static final List<Integer> DRAWN = List.of(4, 8, 20, 32);

  private NeedleParts() {}

  static List<Part<?, ?>> of(String subject, Sizes sizes, int positions) {
    NeedleGrid grid = NeedleGrid.of(sizes, positions);
    NeedleInHaystack uuid = NeedleInHaystack.standard();
    NeedleInHaystack classic = NeedleInHaystack.classic();
    AnswersPart ofUuid = answers("dynamism-uuid", "UUID", uuid, grid);
    AnswersPart ofClassic =
        answers("dynamism-classic", "classic", classic, grid.withSamples(grid.samples() / 2));
    List<Part<?, ?>> parts = new ArrayList<>();
    // in the order of what is missed most if the time runs out
    parts.add(ofUuid);
    parts.add(
        masks("ablation-uuid-zero", "UUID, zero", uuid, MaskMode.ZERO, grid.conditions(), grid));
    parts.add(StateParts.correlation("correlation-uuid", ofUuid, grid.draws()));
    parts.add(ofClassic);
    parts.add(StateParts.correlation("correlation-classic", ofClassic, grid.draws()));
    parts.add(lists(grid));
    for (MaskMode mode : List.of(MaskMode.UNIFORM, MaskMode.MEAN)) {
      String key = mode.name().toLowerCase(Locale.ROOT);
      parts.add(masks("ablation-uuid-" + key, "UUID, " + key, uuid, mode, ALL, grid));
    }
    parts.add(masks("ablation-classic-zero", "classic, zero", classic, MaskMode.ZERO, k(), grid));
    parts.add(StateParts.probe("probe-uuid", ofUuid, grid.widths(), grid.epochs()));
    parts.add(StateParts.probe("probe-classic", ofClassic, grid.widths(), grid.epochs()));
    parts.add(form("form-no-system", uuid.withSystem(""), grid));
    parts.add(form("form-no-instruction", uuid.withInstruction(""), grid));
    parts.add(
        form(
            "form-number",
            uuid.withNeedle(
                "The magic number is " + Needle.NUMBER + ".",
                "What is the magic number?",
                Needle.NUMBER),
            grid));
    parts.add(byK(grid));
    parts.add(drawn(grid));
    if (grid.wide()) {
      parts.add(StateParts.wideProbe("probe-uuid-wide", ofUuid));
    }
    return List.copyOf(parts);
  }

  /** All heads against as many others, and k dynamic ones, which forced runs need for K1. */
  private static List<String> k() {
    List<String> conditions = new ArrayList<>(ALL);
    MaskingClaims.KS.forEach(k -> conditions.add("dynamic " + k));
    return conditions;
  }

  private static AnswersPart answers(
      String name, String setting, NeedleInHaystack task, NeedleGrid grid) {
    return AnswersPart.of(
            name,
            setting,
            DynamismExperiment.of(grid.reading(task), Protocol.copyPaste().withMargins()))
        .withReading("position match", CopyPasteScore::byPosition)
        .withReading("weight above .2", t -> CopyPasteScore.byWeight(t).withThreshold(.2))
        .withReading("weight above .5", t -> CopyPasteScore.byWeight(t).withThreshold(.5))
        .withTables(NeedleParts::turnover)
        .withFindings((r, model) -> DynamismClaims.of(r.turnover(StepSpan.ANSWER), model, setting));
  }

  private static Map<String, Table> turnover(Readings readings) {
    Map<String, Table> tables = new LinkedHashMap<>();
    for (StepSpan span : StepSpan.values()) {
      tables.put("turnover-" + span.key(), readings.turnover(span).toTable());
      tables.put("table1-" + span.key(), readings.dynamism(span, 20).toTable());
    }
    tables.put("lists", readings.turnover(StepSpan.ANSWER).lists());
    tables.put("rarefaction", readings.rarefaction(StepSpan.ANSWER).toTable());
    tables.put("robustness", readings.robustness(StepSpan.ANSWER));
    return tables;
  }

  /** Another form of the prompt, read alike: one row of the figure of robustness. */
  private static AnswersPart form(String name, NeedleInHaystack task, NeedleGrid grid) {
    NeedleTrials trials =
        NeedleTrials.standard()
            .withTask(task)
            .withLengths(grid.read().subList(0, Math.min(2, grid.read().size())))
            .withSamples(grid.few(), Math.max(6, grid.few() / 3));
    String form = name.replace("form-", "").replace('-', ' ');
    return AnswersPart.of(
            name,
            form,
            DynamismExperiment.of(trials, Protocol.copyPaste().withStop(Stop.ANSWER).withMargins()))
        .withTables(
            r -> Map.of("robustness", Robustness.of(List.of(r.reading(form, StepSpan.ANSWER)))));
  }

  private static LinesPart<?, ?> masks(
      String name,
      String setting,
      NeedleInHaystack task,
      MaskMode mode,
      List<String> conditions,
      NeedleGrid grid) {
    AblationExperiment experiment =
        AblationExperiment.of(
                grid.masking(task),
                Protocol.copyPaste()
                    .withMaxNewTokens(NEW_TOKENS)
                    .withStop(Stop.SENTENCE)
                    .withMargins())
            .withConditions(conditions)
            .withMode(mode)
            .withForcedRuns();
    return LinesPart.of(name, setting, experiment, lines -> new AblationResult(experiment, lines))
        .withTables(NeedleParts::masked)
        .withFindings((result, model) -> onMasks(result, model, setting));
  }

  private static Map<String, Table> masked(MaskingResult result) {
    Map<String, Table> tables = new LinkedHashMap<>();
    tables.put("outcomes", result.byCondition());
    tables.put("accuracy", ofAll(result.grid("accuracy")));
    tables.put("forced", result.compensationInForcedRuns());
    return tables;
  }

  /** The panels of the four conditions that mask all heads of a step, or as many others. */
  private static Table ofAll(Table grid) {
    StringColumn panel = grid.stringColumn("panel");
    return grid.where(panel.isIn(ALL));
  }

  private static List<Finding> onMasks(MaskingResult result, String model, String setting) {
    List<Finding> findings = new ArrayList<>(MaskingClaims.ofAblation(result, model, setting));
    if (result.experiment().conditions().containsAll(k())) {
      findings.add(MaskingClaims.ofCompensation(result, model, setting));
    }
    return findings;
  }

  /** Accuracy by the number of masked heads, free runs alone. */
  private static LinesPart<?, ?> byK(NeedleGrid grid) {
    return free("ablation-uuid-k", "UUID, zero, by k", grid.byK(), Counts.YOKED, grid);
  }

  /** Accuracy over the length of a static list. */
  private static LinesPart<?, ?> lists(NeedleGrid grid) {
    return free(
        "static-length",
        "UUID, static lists",
        LISTS.stream().map(n -> "static " + n).toList(),
        Counts.GIVEN,
        grid);
  }

  /** As many heads drawn at random: what a list of that length costs by its length alone. */
  private static LinesPart<?, ?> drawn(NeedleGrid grid) {
    return free(
        "random-length",
        "UUID, random heads",
        DRAWN.stream().map(n -> "random " + n).toList(),
        Counts.GIVEN,
        grid);
  }

  private static LinesPart<?, ?> free(
      String name, String setting, List<String> conditions, Counts counts, NeedleGrid grid) {
    AblationExperiment experiment =
        AblationExperiment.of(
                grid.masking(NeedleInHaystack.standard()),
                Protocol.copyPaste()
                    .withMaxNewTokens(NEW_TOKENS)
                    .withStop(Stop.SENTENCE)
                    .withMargins())
            .withConditions(conditions)
            .withCounts(counts);
    return LinesPart.of(name, setting, experiment, lines -> new AblationResult(experiment, lines))
        .withTables(result -> Map.of("outcomes", result.byCondition()));
  }
}
