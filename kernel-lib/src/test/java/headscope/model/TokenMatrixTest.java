package headscope.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import headscope.bench.RandomCheckpoint;
import headscope.draw.Draws;
import headscope.safetensors.SafeTensors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tied matrix of three parts, the last of one row, of which more rows are asked for than kept.
 */
class TokenMatrixTest {
  private static final int VOCABULARY = 2 * 2048 + 1;
  private static final int HIDDEN = 1024;

  @TempDir Path folder;
  private float[] file;

  @BeforeEach
  void write() {
    new RandomCheckpoint(1, HIDDEN, 8, 2, 1024, VOCABULARY, 64).write(folder, 11);
    try (SafeTensors tensors = SafeTensors.open(folder.resolve("model.safetensors"))) {
      file = tensors.floats("model.embed_tokens.weight");
    }
  }

  @Test
  void rowsAreThoseOfTheFileToTheBit() {
    try (LanguageModel model = LanguageModel.load(folder);
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      TokenMatrix matrix = matrix(model);
      assertRows(matrix, 4096, 0, 7, 4096, 2047, 2048);
      assertRows(matrix, 7, 8); // one that is kept, one that is not
      assertRows(matrix, IntStream.range(0, VOCABULARY).toArray()); // more than are kept
      assertRows(matrix, Draws.permutation(VOCABULARY, 5));
    }
  }

  @Test
  void productsAreWithAllRowsInTheirOrder() {
    try (LanguageModel model = LanguageModel.load(folder);
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      Draws draws = new Draws(3);
      for (int rows : new int[] {1, 3, 40}) {
        float[] x = new float[rows * HIDDEN];
        for (int i = 0; i < x.length; i++) {
          x[i] = (float) (Draws.share(draws.next()) - .5);
        }
        NDArray y =
            matrix(model)
                .product(
                    model.network().manager().create(x, new Shape(rows, 1, HIDDEN)),
                    Kernels.FLOAT32);
        assertThat(y.getShape().getShape()).containsExactly(rows, 1, VOCABULARY);
        float[] logits = y.toFloatArray();
        for (int token = 0; token < VOCABULARY; token += 7) {
          double sum = 0;
          for (int i = 0; i < HIDDEN; i++) {
            sum += (double) x[(rows - 1) * HIDDEN + i] * file[token * HIDDEN + i];
          }
          assertThat((double) logits[(rows - 1) * VOCABULARY + token]).isCloseTo(sum, within(2e-6));
        }
      }
    }
  }

  private static TokenMatrix matrix(LanguageModel model) {
    assumeTrue(model.network().kernels().packs(Kernels.FLOAT32), "libtorch has no oneDNN");
    Weights weights = model.network().decoder().weights();
    assertThat(weights.output()).isSameAs(weights.embedding());
    return weights.embedding();
  }

  private void assertRows(TokenMatrix matrix, int... tokens) {
    float[] rows = matrix.rows(tokens).toFloatArray();
    for (int i = 0; i < tokens.length; i++) {
      assertThat(Arrays.copyOfRange(rows, i * HIDDEN, (i + 1) * HIDDEN))
          .isEqualTo(Arrays.copyOfRange(file, tokens[i] * HIDDEN, (tokens[i] + 1) * HIDDEN));
    }
  }
}
