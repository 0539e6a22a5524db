/**
 * What is thrown says which section of ERRORS.md explains it. An exception of ours is made by its
 * {@link headscope.failure.Section}, or is {@link headscope.failure.Sectioned} by its kind.
 *
 * <pre>
 *   throw Section.HEADS.wrong("head L9-H3 is outside the model, it has layers 0 to 5");
 * </pre>
 */
package headscope.failure;
