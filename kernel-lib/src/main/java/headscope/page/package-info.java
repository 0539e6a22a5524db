/**
 * Self-contained pages: what is written here opens from a file, without a network, and shows
 * foreign text as text.
 *
 * <pre>
 *   TraceExplorer.of(trace).save(Path.of("trace.html"));
 *   Report.of(Path.of("results")).save(Path.of("report.html"));
 * </pre>
 */
package headscope.page;
