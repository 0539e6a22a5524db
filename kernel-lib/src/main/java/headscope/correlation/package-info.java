/** What the hidden state knows of the heads: section 5, Figs. 4 and 8, Tables 2 and 3. */
package headscope.correlation;
