/**
 * The command line: {@code headscope generate}, {@code score}, {@code bench} and so on. Each
 * command reads its options, calls the library and prints; exit code 2 for wrong use, 1 for a
 * failure with one clear line.
 *
 * <pre>
 *   environment/headscope generate --model reference "What is the secret code?"
 * </pre>
 */
package headscope.cli;
