/**
 * Names of attention heads and sets of them: {@link headscope.head.HeadId}, {@link
 * headscope.head.HeadSet}, and what may be done to a head: {@link headscope.head.HeadMask}. Heads
 * are <em>query</em> heads, layers and heads are counted from 0, as in section 1 of the study. This
 * room knows only how heads are drawn.
 *
 * <pre>
 *   HeadSet heads = HeadSet.parse("L3-H0,L3-H1");
 *   HeadMask mask = HeadMask.zero(heads.minus(HeadSet.of(new HeadId(3, 1))));
 * </pre>
 */
package headscope.head;
