package headscope.figure;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.List;
import java.util.Locale;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisLocation;
import org.jfree.chart.axis.AxisSpace;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.axis.SymbolAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.text.TextUtils;
import org.jfree.chart.title.PaintScaleLegend;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.HorizontalAlignment;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;

/** Fonts, colours and the parts that all figures share. */
final class Look {
  static final String FAMILY = Font.SANS_SERIF;
  static final int TICKS = 12;
  static final Color INK = new Color(0x222222);
  static final Color FRAME = new Color(0x8A8A8A);
  static final Color GRID = new Color(0xE2E2E2);
  static final BasicStroke HAIR = new BasicStroke(1f);

  /** Px that the name of an axis takes, with its distance. */
  static final double NAME = 26;

  static final String NOTHING = "no values";

  private static final Font TITLE_FONT = new Font(FAMILY, Font.BOLD, 15);
  private static final Font LABEL_FONT = new Font(FAMILY, Font.PLAIN, 13);
  private static final Font TICK_FONT = new Font(FAMILY, Font.PLAIN, TICKS);

  /** Okabe and Ito's colours, without the yellow, which a white card swallows. */
  private static final List<Color> LINES =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0x000000),
          new Color(0x56B4E9),
          new Color(0xE69F00));

  static {
    // Otherwise upright labels become outlines in an SVG, which no search finds and no voice reads.
    TextUtils.setUseDrawRotatedStringWorkaround(false);
  }

  private Look() {}

  static Color line(int i) {
    return LINES.get(i % LINES.size());
  }

  static Font ticks() {
    return TICK_FONT;
  }

  static Font ticks(int size) {
    return TICK_FONT.deriveFont((float) size);
  }

  /** The white card with its title round a plot. */
  static JFreeChart card(Style style, Plot plot) {
    JFreeChart chart = new JFreeChart(null, TITLE_FONT, plot, false);
    if (!style.title().isEmpty()) {
      TextTitle title = new TextTitle(style.title(), TITLE_FONT);
      title.setPaint(INK);
      title.setMargin(2, 4, 6, 4);
      chart.setTitle(title);
    }
    chart.setBackgroundPaint(Color.WHITE);
    chart.setPadding(new RectangleInsets(8, 8, 8, 12));
    return chart;
  }

  /** A line of small print under the plot. */
  static TextTitle note(String text) {
    TextTitle note = new TextTitle(text, TICK_FONT);
    note.setPaint(INK);
    note.setPosition(RectangleEdge.BOTTOM);
    note.setHorizontalAlignment(HorizontalAlignment.CENTER);
    note.setMargin(4, 4, 0, 4);
    return note;
  }

  static NumberAxis numbers(String label) {
    NumberAxis axis = new NumberAxis();
    plain(axis, label);
    // The default units write numbers as the machine's locale does.
    axis.setStandardTickUnits(NumberAxis.createStandardTickUnits(Locale.ROOT));
    axis.setAutoRangeIncludesZero(false);
    return axis;
  }

  static NumberAxis integers(String label) {
    NumberAxis axis = numbers(label);
    axis.setStandardTickUnits(NumberAxis.createIntegerTickUnits(Locale.ROOT));
    return axis;
  }

  /** Gives an axis of one's own the look of all. */
  static <A extends ValueAxis> A looking(A axis, String label) {
    plain(axis, label);
    return axis;
  }

  /**
   * An axis of names, one a cell, of which every n-th is written if there is no room for all.
   *
   * @param room px along the axis for all of them
   * @param line px that one label needs along the axis
   */
  static SymbolAxis names(String label, List<String> names, double room, double line) {
    SymbolAxis axis = new SymbolAxis(null, names.toArray(String[]::new));
    plain(axis, label);
    axis.setGridBandsVisible(false);
    axis.setTickMarksVisible(false);
    axis.setMinorTickMarksVisible(false);
    axis.setRange(-0.5, Math.max(1, names.size()) - 0.5);
    axis.setTickUnit(new NumberTickUnit(Math.max(1, Math.ceil(line * names.size() / room))));
    return axis;
  }

  /**
   * The colour bar on the right.
   *
   * @param above px to leave free above it, so that it is as high as the cells
   * @param below px to leave free below it
   */
  static PaintScaleLegend bar(Viridis scale, String label, double above, double below) {
    NumberAxis axis;
    if (scale.isBinary()) {
      axis = names(label, List.of("0", "1"), 100, 1);
    } else {
      axis = numbers(label);
      axis.setRange(scale.getLowerBound(), scale.getUpperBound());
      axis.setTickUnit(tick((scale.getUpperBound() - scale.getLowerBound()) / 4));
    }
    PaintScaleLegend bar = new PaintScaleLegend(scale, axis);
    bar.setPosition(RectangleEdge.RIGHT);
    bar.setAxisLocation(AxisLocation.BOTTOM_OR_RIGHT);
    bar.setStripWidth(14);
    bar.setSubdivisionCount(scale.isBinary() ? 2 : 120);
    bar.setStripOutlineVisible(false);
    bar.setBackgroundPaint(Color.WHITE);
    bar.setMargin(above, 14, below, 4);
    return bar;
  }

  /** The round step 1, 2 or 5 times a power of ten that is nearest below or at a length. */
  private static NumberTickUnit tick(double length) {
    double power = Math.pow(10, Math.floor(Math.log10(length)));
    double first = length / power;
    double step = (first >= 5 ? 5 : first >= 2 ? 2 : 1) * power;
    String pattern = step >= 1e-4 && step < 1e6 ? "0.####" : "0.##E0";
    return new NumberTickUnit(
        step, new DecimalFormat(pattern, DecimalFormatSymbols.getInstance(Locale.ROOT)));
  }

  /** Px that the longest of some tick labels is wide. */
  static double width(List<String> labels) {
    FontRenderContext context = new FontRenderContext(null, true, true);
    return labels.stream()
        .mapToDouble(label -> TICK_FONT.getStringBounds(label, context).getWidth())
        .max()
        .orElse(0);
  }

  /** Fixes the room for the axis below and above the cells, so that the colour bar can match it. */
  static void fixRoom(XYPlot plot, double above, double below) {
    AxisSpace room = new AxisSpace();
    room.setTop(above);
    room.setBottom(below);
    plot.setFixedDomainAxisSpace(room);
  }

  static void frame(XYPlot plot) {
    plot.setBackgroundPaint(Color.WHITE);
    plot.setOutlinePaint(FRAME);
    plot.setOutlineStroke(HAIR);
    plot.setInsets(RectangleInsets.ZERO_INSETS);
    plot.setDomainGridlinesVisible(false);
    plot.setRangeGridlinesVisible(false);
    plot.setDomainZeroBaselineVisible(false);
    plot.setRangeZeroBaselineVisible(false);
    plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
    plot.setNoDataMessage(NOTHING);
    plot.setNoDataMessageFont(LABEL_FONT);
    plot.setNoDataMessagePaint(INK);
  }

  private static void plain(ValueAxis axis, String label) {
    axis.setLabel(label.isEmpty() ? null : label);
    axis.setLabelFont(LABEL_FONT);
    axis.setLabelPaint(INK);
    axis.setTickLabelFont(TICK_FONT);
    axis.setTickLabelPaint(INK);
    axis.setAxisLineVisible(false);
    axis.setTickMarkPaint(FRAME);
  }
}
