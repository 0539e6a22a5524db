import headscope.model.LanguageModel;
import smile.math.matrix.Matrix;

/** Uses every native library once, which unpacks them. Run while an image or a class is prepared. */
class UnpackNatives {
  public static void main(String[] arguments) {
    try (LanguageModel model = LanguageModel.reference()) {
      int tokens = model.tokenizer().encode("Where are they?").length();
      double norm = Matrix.eye(2).svd().norm();
      System.out.printf(
          "libtorch, tokenizers and OpenBLAS are unpacked (%d, %.1f)%n", tokens, norm);
    }
  }
}
