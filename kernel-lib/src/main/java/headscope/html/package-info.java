/**
 * Pieces of HTML that every display and page of ours is made of: a card of facts, tokens in a row,
 * a small heat map. Text is escaped by the templates that print it. Styles stand in the elements
 * and colours are tints of what lies below, so that a piece shows in any notebook, light or dark,
 * also where a notebook that is not trusted leaves out scripts and style sheets.
 *
 * <pre>
 *   HeatGrid heads = HeatGrid.ofHeads(2, 2, new double[] {0, .5, 1, Double.NaN}, Numbers::text);
 *   Card.of("HeadScores", "Llama").fact("samples", 10).part(heads.html()).html().text();
 * </pre>
 */
package headscope.html;
