/**
 * What a user should know although nothing failed. One place for all rooms, so that the command
 * line and a notebook's cell show the same lines.
 *
 * <pre>
 *   try (Warnings.Listening listening = Warnings.to(System.err::println)) {
 *     Warnings.say("the essays have no end of a sentence");
 *   }
 * </pre>
 */
package headscope.warning;
