/**
 * What is drawn: samples, orders, resamples, random heads. A seed gives the same draws on every
 * machine; every room that draws does it here.
 *
 * <pre>
 *   Draws draws = new Draws(7);
 *   int[] order = Draws.permutation(10, draws.next());
 * </pre>
 */
package headscope.draw;
