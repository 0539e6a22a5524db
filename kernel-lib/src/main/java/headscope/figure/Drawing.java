package headscope.figure;

import org.jfree.chart.JFreeChart;

/** The data of a figure and how it becomes a chart; it does not change. */
interface Drawing {
  /** A new chart. Charts remember what was drawn, so each one is drawn once. */
  JFreeChart chart(Style style, int width, int height);

  /** What the figure shows, in words: axes, sizes, extremes. */
  String describe(Style style);
}
