/**
 * Which heads retrieve, read off the hidden state (section 5 of the study): {@link
 * headscope.probe.HeadProbe} predicts whether each does (Table 2) or how strongly (Table 3), beside
 * {@link headscope.probe.Baseline}s and judged by {@link headscope.probe.ProbeReport} on
 * generations it has not seen.
 *
 * <pre>
 *   Split split = Split.of(generations, 1);
 *   HeadProbe probe = HeadProbe.train(split, HeadProbe.Options.classifier(), Progress.epochs());
 *   Table table2 = ProbeReport.of(probe, split).toTable();
 * </pre>
 */
package headscope.probe;
