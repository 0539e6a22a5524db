/**
 * Which heads retrieve, read off the hidden state (section 5 of the study): {@link
 * headscope.probe.HeadProbe} predicts whether each does (Table 2) or how strongly (Table 3), beside
 * {@link headscope.probe.Baseline}s and judged by {@link headscope.probe.ProbeReport} on
 * generations it has not seen.
 */
package headscope.probe;
