import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;

/** Draws a word, as figures do, and fails where Java has no font. Run by environment/doctor. */
class DrawText {
  public static void main(String[] arguments) {
    Graphics2D g = new BufferedImage(60, 20, BufferedImage.TYPE_INT_RGB).createGraphics();
    g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    g.drawString("L0-H0", 2, 15);
  }
}
