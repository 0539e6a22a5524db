/**
 * What makes the library feel at home in JupyterLab: {@link headscope.notebook.Notebook} shows
 * tables and figures, {@link headscope.notebook.Check} holds a cell's claim, {@link
 * headscope.notebook.Progress} tells how long a loop will take. The kernel is found at run time, so
 * nothing here is bound to one of them, and everything works, more plainly, without any. No section
 * of the study stands behind this room; every notebook does.
 *
 * <pre>
 *   Notebook.start();
 *   Notebook.save("copying", Figures.headHeatmap(scores.toTable()));
 *   Check.between("share of answers", result.accuracy(), .9, 1);
 * </pre>
 */
package headscope.notebook;
