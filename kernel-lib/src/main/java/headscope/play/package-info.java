/**
 * A page in which the reference model is alive: who opens it hides a sentence in a text, asks for
 * it, watches which heads retrieve (Eq. 1, Fig. 1 of the study) and switches heads off (section 5,
 * Fig. 2). The model, its tokenizer and the masks are written once more, in JavaScript, beside this
 * package's templates; a test holds their tokens against those of {@link headscope.model}.
 *
 * <pre>
 *   PlayPage page = PlayPage.standard();
 *   page.save(Path.of("play.html"));
 *   page.saveCheckpoint(Path.of("play-weights"));         // the same weights, for the Java engine
 * </pre>
 */
package headscope.play;
