package headscope.figure;

import headscope.html.Visible;

/**
 * What a figure is called and labelled with.
 *
 * @param title the title; empty for none
 * @param x name of the horizontal axis, with its unit
 * @param y name of the vertical axis, with its unit
 * @param value name of what colours stand for, or of the second vertical axis
 * @param low lower end of the values drawn, NaN to take it from the data
 * @param high upper end, NaN to take it from the data
 * @param reading what is to be seen, in a sentence; empty for none
 * @param logX whether the horizontal axis is logarithmic, where a kind of figure has that
 * @param counts whether the numbers of samples are written into the cells
 */
record Style(
    String title,
    String x,
    String y,
    String value,
    double low,
    double high,
    String reading,
    boolean logX,
    boolean counts) {
  Style {
    title = Visible.line(title);
    x = Visible.line(x);
    y = Visible.line(y);
    value = Visible.line(value);
    reading = Visible.line(reading);
  }

  static Style of(String title, String x, String y, String value) {
    return new Style(title, x, y, value, Double.NaN, Double.NaN, "", false, false);
  }

  Style withTitle(String text) {
    return new Style(text, x, y, value, low, high, reading, logX, counts);
  }

  Style withAxes(String newX, String newY) {
    return new Style(title, newX, newY, value, low, high, reading, logX, counts);
  }

  Style withValue(String text) {
    return new Style(title, x, y, text, low, high, reading, logX, counts);
  }

  Style withRange(double newLow, double newHigh) {
    return new Style(title, x, y, value, newLow, newHigh, reading, logX, counts);
  }

  Style withReading(String text) {
    return new Style(title, x, y, value, low, high, text, logX, counts);
  }

  Style withLogX() {
    return new Style(title, x, y, value, low, high, reading, true, counts);
  }

  Style withCounts() {
    return new Style(title, x, y, value, low, high, reading, logX, true);
  }
}
