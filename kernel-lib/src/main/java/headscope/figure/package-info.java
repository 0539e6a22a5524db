/**
 * The figures of the study, drawn from Tablesaw tables: heads over steps (Figs. 1 and 5), lengths
 * over depths (Figs. 2 and 6), lines with bands (Figs. 3, 4, 7 and 8) and the map of static scores.
 * {@link headscope.figure.Figures} makes them, a {@link headscope.figure.Figure} is immutable and
 * comes out as PNG, as SVG and as a sentence for those who do not see it, all from one drawing
 * routine. This room knows tables and JFreeChart, no model, trace or score.
 *
 * <pre>
 *   Figure figure = Figures.headHeatmap(scores.mostVariable(8).toTable()).withTitle("Who copies?");
 *   figure.save(Path.of("copying"));                      // copying.png and copying.svg
 * </pre>
 */
package headscope.figure;
