package headscope.notebook;

import headscope.experiment.AblationResult;
import headscope.experiment.CompensationResult;
import headscope.experiment.CorrelationResult;
import headscope.experiment.DynamismResult;
import headscope.experiment.Experiment;
import headscope.experiment.MaskingResult;
import headscope.experiment.ProbeResult;
import headscope.experiment.RagResult;
import headscope.figure.Numbers;
import headscope.html.Card;
import headscope.score.Estimate;
import headscope.task.Metric;
import java.util.List;
import tech.tablesaw.api.Table;

/** Cards of what experiments found: a summary, and every trial behind a fold. */
final class ResultCards {
  /** Of the static heads that are named beside a result. */
  private static final int STATIC = 20;

  private ResultCards() {}

  static void register() {
    Displays.card(DynamismResult.class, ResultCards::of);
    Displays.card(AblationResult.class, r -> masking(r, "by condition", r.byCondition()));
    Displays.card(CompensationResult.class, r -> masking(r, "by masked heads", r.byK()));
    Displays.card(CorrelationResult.class, ResultCards::of);
    Displays.card(ProbeResult.class, ResultCards::of);
    Displays.card(RagResult.class, ResultCards::of);
  }

  private static Card of(DynamismResult result) {
    Card card = answers(asked("DynamismResult", result.experiment()), result);
    if (!result.rankingSamples().isEmpty() && !result.evaluated().isEmpty()) {
      card =
          card.part(
              "Table 1, against the first " + STATIC + " heads of the ranking",
              Displays.part(result.dynamism(STATIC).toTable()));
    }
    return card.folded("every sample", Displays.part(result.toTable()));
  }

  /** What was asked, as far as it decides the numbers. */
  private static Card asked(String kind, Experiment<?, ?> experiment) {
    return Card.of(kind, experiment.name())
        .fact("task", experiment.trials().options().getOrDefault("task", ""))
        .fact(
            "trials",
            experiment.trials().evaluated()
                + " evaluated, "
                + experiment.trials().ranking()
                + " rank the heads; seed "
                + experiment.trials().seed())
        .fact(
            "score",
            experiment.protocol().score().name()
                + " above "
                + Numbers.text(experiment.protocol().score().threshold()));
  }

  private static Card answers(Card card, DynamismResult result) {
    if (result.evaluated().isEmpty()) {
      return card.note("No evaluated trial is answered yet.");
    }
    List<Metric> metrics = result.experiment().trials().metrics();
    Card with = card.fact("answered", percent(result.accuracy()));
    for (Metric metric : metrics) {
      with = with.fact(metric.title(), interval(result.mean(metric)));
    }
    return with;
  }

  private static String interval(Estimate e) {
    return Numbers.text(e.value())
        + "  ("
        + Numbers.text(e.low())
        + " to "
        + Numbers.text(e.high())
        + ", n = "
        + e.n()
        + ")";
  }

  private static String percent(double share) {
    return Numbers.text(100 * share) + " %";
  }

  private static Card masking(MaskingResult result, String heading, Table summary) {
    Card card = asked(Displays.name(result.getClass()), result.experiment());
    if (result.answers().isEmpty()) {
      return card.note("No trial is answered yet.");
    }
    return card.fact("answered without masks", percent(result.accuracy("none")))
        .part(heading, Displays.part(summary))
        .folded("every answer", Displays.part(result.toTable()));
  }

  private static Card of(CorrelationResult result) {
    return answers(asked("CorrelationResult", result.experiment()), result.answers())
        .note(".cca() computes the canonical correlations at every offset, which takes a while.")
        .folded("every sample", Displays.part(result.answers().toTable()));
  }

  private static Card of(ProbeResult result) {
    return answers(asked("ProbeResult", result.experiment()), result.answers())
        .note(".train(Progress.epochs()) trains the probe, .report(probe) says how good it is.")
        .folded("every sample", Displays.part(result.answers().toTable()));
  }

  private static Card of(RagResult result) {
    Card card = asked("RagResult", result.experiment());
    return result.questions().isEmpty()
        ? card.note("No question is answered yet.")
        : card.fact("questions answered", result.questions().size())
            .part("Table 4", Displays.part(result.toTable()))
            .folded("paired comparisons", Displays.part(result.comparisons()))
            .folded("every answer", Displays.part(result.answers()));
  }
}
