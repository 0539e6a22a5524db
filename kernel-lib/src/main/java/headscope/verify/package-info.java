/**
 * Holds a checkpoint against Hugging Face transformers: the same prompts are computed here and
 * there, and what is found is compared layer by layer and head by head. The other side is a Python
 * that has transformers; whoever has none can do everything else.
 *
 * <pre>
 *   Transformers there = Transformers.find(Optional.empty());
 *   Verification asked = Verification.of(Checkpoint.parse("reference"));
 *   VerifyReport report = asked.against(there);
 *   System.out.println(report.finding());                  // empty where all is within
 *   report.save(Path.of("results/run1"));                  // verify.json, verify.html
 * </pre>
 */
package headscope.verify;
