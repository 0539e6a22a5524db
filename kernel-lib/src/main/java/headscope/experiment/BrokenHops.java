package headscope.experiment;

import headscope.failure.Section;
import headscope.score.Estimate;
import headscope.task.AnswerMetrics;
import headscope.task.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Which hop breaks where heads are masked: of bridge questions, whether the answer names the
 * bridge, what the first hop leads to ({@link Question#bridge}), and whether it is right.
 *
 * <pre>
 *   BrokenHops.of(result);
 * </pre>
 */
public final class BrokenHops {
  private BrokenHops() {}

  /**
   * One row a condition, {@code none} first, over the bridge questions; shares with 95 % bootstrap
   * intervals over questions.
   *
   * @return columns condition, n, bridge named, low, high (share of the answers), right of these
   *     (of the answers that name the bridge; missing where none does), right
   * @throws IllegalArgumentException if the trials are no questions, or none of them has a bridge
   */
  public static Table of(MaskingResult result) {
    if (!(result.experiment().trials() instanceof QuestionTrials trials)) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "hops are of questions, the trials are " + result.experiment().trials());
    }
    List<Optional<String>> bridges =
        trials.questions().subList(trials.ranking(), trials.questions().size()).stream()
            .map(Question::bridge)
            .toList();
    if (bridges.stream().noneMatch(Optional::isPresent)) {
      throw Section.EXPERIMENT_OPTIONS.wrong(
          "none of the " + bridges.size() + " questions has a bridge between two hops");
    }
    List<String> conditions = new ArrayList<>(List.of("none"));
    result.experiment().conditions().stream()
        .filter(c -> !c.equals("none"))
        .forEach(conditions::add);
    Table table =
        Table.create(
            "which hop breaks",
            StringColumn.create("condition"),
            IntColumn.create("n"),
            DoubleColumn.create("bridge named"),
            DoubleColumn.create("low"),
            DoubleColumn.create("high"),
            DoubleColumn.create("right of these"),
            DoubleColumn.create("right"));
    for (String condition : conditions) {
      List<MaskingResult.Answer> answers =
          result.under(condition).stream().filter(a -> bridges.get(a.trial()).isPresent()).toList();
      Predicate<MaskingResult.Answer> named =
          a -> AnswerMetrics.containsWords(a.text(), bridges.get(a.trial()).orElseThrow());
      Estimate share =
          Estimate.mean(
              answers.stream().mapToDouble(a -> named.test(a) ? 1 : 0).toArray(), trials.seed());
      table.stringColumn("condition").append(condition);
      table.intColumn("n").append(answers.size());
      table.doubleColumn("bridge named").append(share.value());
      table.doubleColumn("low").append(share.low());
      table.doubleColumn("high").append(share.high());
      table.doubleColumn("right of these").append(right(answers.stream().filter(named).toList()));
      table.doubleColumn("right").append(right(answers));
    }
    return table;
  }

  private static double right(List<MaskingResult.Answer> answers) {
    return answers.stream().mapToDouble(a -> a.correct() ? 1 : 0).average().orElse(Double.NaN);
  }
}
