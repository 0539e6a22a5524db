import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import smile.math.matrix.Matrix;

/** Uses both native libraries once, which unpacks them. Run while the container image is built. */
class UnpackNatives {
  public static void main(String[] arguments) {
    try (NDManager manager = NDManager.newBaseManager()) {
      double sum = manager.ones(new Shape(2)).sum().getFloat();
      double norm = Matrix.eye(2).svd().norm();
      System.out.println("libtorch and OpenBLAS are unpacked (" + sum + ", " + norm + ")");
    }
  }
}
