/**
 * The world that the reference model knows: {@link headscope.reference.World} invents persons,
 * towns, rivers, books and companies and asks questions that take one or two steps, in the form of
 * HotpotQA. They stand in for its questions in Figs. 5 to 8 and Tables 3 and 4.
 *
 * <pre>
 *   var questions = World.standard().questions(60, 1);
 * </pre>
 */
package headscope.reference;
