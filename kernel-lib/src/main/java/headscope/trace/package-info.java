/**
 * What a generation is asked to record, {@link headscope.trace.Capture}, and what it leaves behind,
 * {@link headscope.trace.Trace}: a few numbers a head and step, the hidden state a step, the
 * tokens. Traces are saved, loaded and analysed without a model; the attention weights {@code
 * a[h,t,i]} of section 1 of the study exist nowhere else.
 */
package headscope.trace;
