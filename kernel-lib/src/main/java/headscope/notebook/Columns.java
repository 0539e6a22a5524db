package headscope.notebook;

import headscope.failure.Section;
import headscope.figure.Figure;
import headscope.file.FileFault;
import headscope.file.WholeFile;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;

/**
 * Figures side by side, such as one model's beside another's.
 *
 * <pre>
 * Notebook.save("fig9", Columns.of(ofSmolLm2.withTitle("SmolLM2"), ofReference.withTitle("reference")))
 * </pre>
 *
 * @param figures from left to right
 */
public record Columns(List<Figure> figures) {
  /** Px of a notebook's column. */
  private static final int WIDTH = 840;

  private static final int GAP = 8;

  public Columns {
    figures = List.copyOf(figures);
    if (figures.isEmpty()) {
      throw Section.FIGURES_AND_PAGES.wrong("at least one figure stands in a column, got none");
    }
  }

  /** Figures side by side, each as wide as its share of a notebook's column. */
  public static Columns of(Figure... figures) {
    int each = (WIDTH - GAP * (figures.length - 1)) / Math.max(1, figures.length);
    int height = List.of(figures).stream().mapToInt(Figure::height).max().orElse(1);
    return new Columns(
        List.of(figures).stream().map(f -> f.withSize(each, Math.max(height, 300))).toList());
  }

  int width() {
    return figures.stream().mapToInt(Figure::width).sum() + GAP * (figures.size() - 1);
  }

  int height() {
    return figures.stream().mapToInt(Figure::height).max().orElse(1);
  }

  /** What the figures show, in words. */
  String summary() {
    return figures.stream().map(Figure::summary).collect(Collectors.joining(" | "));
  }

  byte[] png() {
    int scale = Figure.SCALE;
    BufferedImage image =
        new BufferedImage(width() * scale, height() * scale, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, image.getWidth(), image.getHeight());
    int x = 0;
    for (Figure f : figures) {
      g.drawImage(f.image(), x * scale, 0, null);
      x += f.width() + GAP;
    }
    g.dispose();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private String svg() {
    StringBuilder all = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    all.append(
        String.format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d"
                + " %d\">",
            width(), height(), width(), height()));
    int x = 0;
    for (Figure f : figures) {
      all.append("<g transform=\"translate(").append(x).append(" 0)\">");
      all.append(f.svg()).append("</g>\n");
      x += f.width() + GAP;
    }
    return all.append("</svg>\n").toString();
  }

  /** Writes {@code PATH.png} and {@code PATH.svg}; gives the files. */
  List<Path> save(Path path) {
    Path png = path.resolveSibling(path.getFileName() + ".png");
    Path svg = path.resolveSibling(path.getFileName() + ".svg");
    try {
      Files.createDirectories(png.toAbsolutePath().getParent());
      WholeFile.write(png, part -> Files.write(part, png()));
      WholeFile.write(svg, part -> Files.write(part, svg().getBytes(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw Section.FILES.io("cannot write " + path + ": " + FileFault.of(e), e);
    }
    return List.of(png, svg);
  }

  @Override
  public String toString() {
    return summary();
  }
}
