/**
 * Files that are complete or not there: a killed run leaves no half of a figure, table, page or
 * trace. No section of the study stands behind this room; what every other writes goes through it.
 */
package headscope.file;
