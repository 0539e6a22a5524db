package headscope.matrix;

import static org.assertj.core.api.Assertions.assertThat;

import headscope.draw.Draws;
import org.junit.jupiter.api.Test;

class SumsTest {
  @Test
  void sumsInAFileAreThoseInMemoryToTheLastBit() {
    int width = 3;
    int groups = 1_000;
    Sums memory = Sums.zeros(groups, width);
    Sums file = Sums.inFile(groups, width);
    double[][] expected = new double[groups][width];
    Draws draws = new Draws(1);
    for (int i = 0; i < 5_000; i++) {
      double[] row = {draws.share(), -draws.share(), 1e-9 * draws.share()};
      int group = draws.below(groups);
      memory.add(group, row);
      file.add(group, row);
      for (int c = 0; c < width; c++) {
        expected[group][c] += row[c];
      }
    }
    for (int g = 0; g < groups; g++) {
      double[] ofMemory = new double[width];
      double[] ofFile = new double[width];
      memory.addTo(ofMemory, g);
      file.addTo(ofFile, g);
      assertThat(ofMemory).containsExactly(expected[g]);
      assertThat(ofFile).containsExactly(expected[g]);
    }
    assertThat(memory).hasToString("Sums[1000 x 3]");
  }
}
