/**
 * Files that are complete or not there: a killed run leaves no half of a figure, table, page or
 * trace. No section of the study stands behind this room; what every other writes goes through it.
 *
 * <pre>
 *   WholeFile.write(Path.of("table.csv"), part -> Files.writeString(part, "head,score"));
 * </pre>
 */
package headscope.file;
