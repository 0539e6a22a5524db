/**
 * Matrices of doubles with the few operations that the analyses need, and tall ones that are read
 * row by row from where they lie. The only room that knows Smile's linear algebra.
 */
package headscope.matrix;
