/**
 * Dynamic retrieval-augmented generation from the model's own heads: section 6, Algorithms 1 and 2,
 * the rows of Table 4. {@link headscope.rag.Rind} decides when a drafted sentence needs the
 * context, {@link headscope.rag.HeadSelector} which heads are asked, {@link
 * headscope.rag.InContextRetriever} which windows of the context they point to, and {@link
 * headscope.rag.DynamicRag} is the loop of it all. What it did is left behind as {@link
 * headscope.rag.RagRun}, so that a person can follow it.
 *
 * <pre>
 *   DynamicRag loop = DynamicRag.of(HeadSelector.fixed("copying", HeadSet.parse("L3-H0,L3-H1")));
 *   RagRun run = loop.run(model, prompt);
 *   Table drafts = run.toTable();
 * </pre>
 */
package headscope.rag;
