/**
 * What a generation is asked to record, {@link headscope.trace.Capture}, and what it leaves behind,
 * {@link headscope.trace.Trace}: a few numbers per head and step, the hidden state per step, the
 * tokens. Traces are saved, loaded and analysed without a model; the attention weights {@code
 * a[h,t,i]} of section 1 of the study exist nowhere else.
 *
 * <pre>
 *   Trace trace = model.generate(prompt, Capture.heads());
 *   trace.save(Path.of("a.trace.safetensors"));
 *   Step first = Trace.load(Path.of("a.trace.safetensors")).steps().get(0);
 * </pre>
 */
package headscope.trace;
