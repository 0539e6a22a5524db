/**
 * The study of a model, recorded: named parts, each an experiment with what is kept of its result.
 *
 * <pre>{@code
 * Study --run--> DIR/PART (lines, traces) --record--> recorded/SUBJECT/PART --> Recorded --> notebook
 *       parts: AnswersPart  sets of heads a step, answer spans, margins   -> Readings
 *              LinesPart    lines that say everything (masks, retrieval)  -> the experiment's result
 *              StatesPart   tables from the traces of an AnswersPart (correlation, probe)
 * }</pre>
 *
 * <p>{@code NeedleParts} and {@code QuestionParts} have the parts. A notebook draws live and
 * recorded results in one way:
 *
 * <pre>
 *   LanguageModel model = LanguageModel.reference();
 *   Recorded recorded = Recorded.of(model);               // empty where nothing was recorded of it
 *   DynamismResult live = DynamismExperiment.standard().run(model, TrialListener.NONE);
 *   Readings most = recorded.answers("dynamism-uuid").orElse(Readings.of(live));
 *   Turnover turnover = most.turnover(StepSpan.ANSWER);
 *   var masks = recorded.masking("ablation-uuid-zero");       // an Optional, as those above and below
 *   var curve = recorded.table("correlation-uuid", "curve");
 *   Table claims = recorded.verdicts("dynamism-uuid").toTable();
 *   String above = recorded.says("dynamism-uuid");        // what is drawn, of which run
 *   Redone again = recorded.redo("dynamism-uuid", model, 2);
 * </pre>
 */
package headscope.study;
