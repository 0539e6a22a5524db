/**
 * What the study claims, and whether it holds: tests between conditions on the same trials, their
 * correction, and a verdict on each {@link headscope.claim.Claim} from its statistic, interval and
 * rival; DEFINITIONS.md, 36 and 37.
 *
 * <pre>
 *   Turnover turnover = Turnover.of(result.scores(), result.ranking());
 *   double[] dynamic = {-4.1, -3.0, -5.2};        // the right response's log-probability a trial
 *   double[] random = {-.2, -.4, -.1};            // of the same trials
 *   Finding hurts = Claim.of("A2").found("smollm2", "UUID, zero", Paired.of(dynamic, random));
 *   Verdicts verdicts =
 *       Verdicts.of(DynamismClaims.of(turnover, "smollm2", "UUID"))
 *           .with(Verdicts.of(List.of(hurts)));
 *   verdicts.toTable();
 *   verdicts.save(Path.of("verdicts.json"));
 * </pre>
 */
package headscope.claim;
