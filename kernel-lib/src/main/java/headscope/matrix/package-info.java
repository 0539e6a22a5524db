/**
 * Matrices of doubles with the few operations that the analyses need, and tall ones that are read
 * row by row from where they lie. The only room that knows Smile's linear algebra.
 *
 * <pre>
 *   Dense x = Dense.of(new double[][] {{3, 0}, {0, 4}});
 *   double[] variances = x.svd().s();                     // 4, 3
 * </pre>
 */
package headscope.matrix;
