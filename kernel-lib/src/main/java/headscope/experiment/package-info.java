/**
 * Experiments over many trials (sections 5 and 6 of the study), run in memory or into a folder,
 * where a killed run is taken up:
 *
 * <pre>{@code
 * Trials + Protocol --> Experiment --> Result
 *                       stages of independent groups, a line per trial
 * }</pre>
 *
 * <p>{@link headscope.experiment.Trials} say what is asked, a {@link headscope.experiment.Protocol}
 * how it is answered and read; an {@link headscope.experiment.Experiment} plans what is computed of
 * them, the {@link headscope.experiment.Runner} computes what is missing, and a result reads tables
 * off the lines.
 *
 * <pre>
 *   LanguageModel model = LanguageModel.reference();
 *   Trials trials = NeedleTrials.standard().withSamples(8, 8);
 *   Protocol protocol = Protocol.copyPaste();
 *   DynamismResult result =
 *       DynamismExperiment.of(trials, protocol).run(model, TrialListener.NONE);
 *   Table table1 = result.dynamism(20).toTable();
 * </pre>
 */
package headscope.experiment;
