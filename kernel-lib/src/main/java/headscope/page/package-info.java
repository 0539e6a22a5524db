/**
 * Self-contained pages: what is written here opens from a file, without a network, and shows
 * foreign text as text.
 *
 * <pre>
 *   TraceExplorer.of(trace).save(Path.of("trace.html"));
 *   LinkedFigure.headHeatmap(scores.mostVariable(10).toTable(), trace).save(Path.of("fig1"));
 *   Report.of(Path.of("results")).save(Path.of("report.html"));
 * </pre>
 */
package headscope.page;
