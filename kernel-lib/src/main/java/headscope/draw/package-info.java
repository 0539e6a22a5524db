/**
 * What is drawn: samples, orders, resamples, random heads. A seed gives the same draws on every
 * machine; every room that draws does it here.
 */
package headscope.draw;
