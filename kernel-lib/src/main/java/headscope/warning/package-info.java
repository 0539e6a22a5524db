/**
 * What a user should know although nothing failed. One place for all rooms, so that the command
 * line and a notebook's cell show the same lines.
 */
package headscope.warning;
