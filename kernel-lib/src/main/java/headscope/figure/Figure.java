package headscope.figure;

import headscope.failure.Section;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.FontRenderContext;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.jfree.svg.SVGGraphics2D;
import org.jfree.svg.SVGUtils;
import org.jfree.svg.ViewBox;

/**
 * One figure: a white card with a title, axes and a summary in words. It does not change; the
 * {@code with…} methods return another one. The same figure gives the same bytes on a machine with
 * the same fonts, whatever its locale.
 *
 * <pre>
 * Figure figure = Figures.headHeatmap(scores).withTitle("Which head copies which token");
 * figure.save(Path.of("out/figures/01-heads"));     // 01-heads.png and 01-heads.svg
 * </pre>
 */
public final class Figure {
  /** Pixels of {@link #png} and {@link #image} for one pixel of {@link #width} and height. */
  public static final int SCALE = 2;

  static final int DEFAULT_WIDTH = 840;
  private static final int SMALLEST = 120;
  private static final int LARGEST = 4000;

  private final Drawing drawing;
  private final Style style;
  private final int width;
  private final int height;

  Figure(Drawing drawing, Style style, int width, int height) {
    this.drawing = drawing;
    this.style = style;
    this.width = width;
    this.height = height;
  }

  /** The title; empty if there is none. */
  public String title() {
    return style.title();
  }

  /** Width at which it is shown, in px. */
  public int width() {
    return width;
  }

  /** Height at which it is shown, in px. */
  public int height() {
    return height;
  }

  /** The same figure under another title; an empty one takes no room. */
  public Figure withTitle(String title) {
    return new Figure(drawing, style.withTitle(title), width, height);
  }

  /**
   * The same figure in another size. A notebook column is about 840 px wide.
   *
   * @throws IllegalArgumentException if a side is not from 120 to 4000 px
   */
  public Figure withSize(int width, int height) {
    if (Math.min(width, height) < SMALLEST || Math.max(width, height) > LARGEST) {
      throw Section.FIGURES_AND_PAGES.wrong(
          String.format(
              Locale.ROOT,
              "each side of a figure is from %d to %d px, got %d x %d",
              SMALLEST,
              LARGEST,
              width,
              height));
    }
    return new Figure(drawing, style, width, height);
  }

  /** The same figure with other names of the axes; units belong into them. */
  public Figure withAxes(String x, String y) {
    return new Figure(drawing, style.withAxes(x, y), width, height);
  }

  /** The same figure with another name of the colour bar, or of the second vertical axis. */
  public Figure withValueName(String name) {
    return new Figure(drawing, style.withValue(name), width, height);
  }

  /**
   * The same figure with fixed ends of the colour bar, or of the first vertical axis; values beyond
   * them are drawn at the end.
   *
   * @throws IllegalArgumentException if {@code low < high} does not hold
   */
  public Figure withRange(double low, double high) {
    if (!(low < high) || Double.isInfinite(low) || Double.isInfinite(high)) {
      throw Section.FIGURES_AND_PAGES.wrong(
          "a range is two numbers low < high, got " + low + " and " + high);
    }
    return new Figure(drawing, style.withRange(low, high), width, height);
  }

  /**
   * The same figure with a caption: what is to be seen, in a sentence. Pages show it below the
   * figure; {@link #summary} begins with it.
   */
  public Figure withReading(String sentence) {
    return new Figure(drawing, style.withReading(sentence), width, height);
  }

  /** The caption; empty if there is none. */
  public String reading() {
    return style.reading();
  }

  /**
   * The same figure with a logarithmic horizontal axis, where it is lines.
   *
   * @throws IllegalArgumentException when it is drawn, if an x is not above 0
   */
  public Figure withLogAxis() {
    return new Figure(drawing, style.withLogX(), width, height);
  }

  /** The same figure with the number of samples in each cell, where it is a grid. */
  public Figure withCounts() {
    return new Figure(drawing, style.withCounts(), width, height);
  }

  /** What the figure shows, in words: its caption, then kind, axes, sizes, extremes. */
  public String summary() {
    return (style.title().isEmpty() ? "" : style.title() + ". ")
        + (style.reading().isEmpty() ? "" : style.reading() + " ")
        + drawing.describe(style);
  }

  /**
   * The figure as an opaque image of {@link #SCALE} times its size.
   *
   * @throws NoFontException if Java has no font
   */
  public BufferedImage image() {
    Fonts.require();
    BufferedImage image =
        new BufferedImage(width * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    try {
      g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      g.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      g.setRenderingHint(
          RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
      g.scale(SCALE, SCALE);
      paint(g);
    } finally {
      g.dispose();
    }
    return image;
  }

  /**
   * A complete PNG file of {@link #SCALE} times its size.
   *
   * @throws NoFontException if Java has no font
   */
  public byte[] png() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image(), "png", out)) {
        throw Section.FIGURES_AND_PAGES.failed(
            "this Java cannot write PNG; use a full JDK 17 or newer");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * An SVG element that stands alone as a file or inside a page; title and summary are part of it.
   *
   * @throws NoFontException if Java has no font
   */
  public String svg() {
    Fonts.require();
    String summary = summary();
    SVGGraphics2D g = new SVGGraphics2D(width, height);
    // The default prefix is the time; this one keeps figures apart that share a page.
    g.setDefsKeyPrefix("f" + Long.toHexString(checksum(summary)) + "-");
    paint(g);
    String element = g.getSVGElement(null, true, new ViewBox(0, 0, width, height), null, null);
    int open = element.indexOf('>') + 1;
    return element.substring(0, open - 1)
        + " role=\"img\"><title>"
        + SVGUtils.escapeForXML(style.title())
        + "</title><desc>"
        + SVGUtils.escapeForXML(summary)
        + "</desc>"
        + (style.reading().isEmpty()
            ? ""
            : "<metadata>" + SVGUtils.escapeForXML(style.reading()) + "</metadata>")
        + element.substring(open);
  }

  /**
   * Writes the figure to files; folders are made, files are replaced in one move.
   *
   * @param path ends in {@code .png} or {@code .svg} for that one, else both are added to it
   * @return the files written
   * @throws UncheckedIOException if that fails
   */
  public List<Path> save(Path path) {
    Objects.requireNonNull(path, "path");
    String name = path.getFileName().toString();
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".png")) {
      return List.of(write(path, png()));
    }
    if (lower.endsWith(".svg")) {
      return List.of(write(path, svgFile()));
    }
    return List.of(
        write(path.resolveSibling(name + ".png"), png()),
        write(path.resolveSibling(name + ".svg"), svgFile()));
  }

  /** The summary. */
  @Override
  public String toString() {
    return summary();
  }

  private void paint(Graphics2D g) {
    drawing.chart(style, width, height).draw(g, new Rectangle2D.Double(0, 0, width, height));
  }

  private byte[] svgFile() {
    return ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg() + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static long checksum(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }

  private static Path write(Path file, byte[] bytes) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      WholeFile.write(file, part -> Files.write(part, bytes));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the figure " + file + ": " + FileFault.of(e), e);
    }
    return file;
  }

  /**
   * Looks once whether text can be drawn: without a font Java fails deep inside, and differently.
   */
  private static final class Fonts {
    private static final Throwable MISSING = tried();

    static void require() {
      if (MISSING != null) {
        throw new NoFontException(MISSING);
      }
    }

    private static Throwable tried() {
      try {
        new Font(Look.FAMILY, Font.PLAIN, Look.TICKS)
            .getStringBounds("L0-H0", new FontRenderContext(null, true, true));
        return null;
      } catch (RuntimeException | LinkageError | InternalError e) {
        return e;
      }
    }
  }
}
