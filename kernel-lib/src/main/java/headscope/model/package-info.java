/**
 * From a checkpoint ({@link headscope.model.Checkpoint}: a folder, a GGUF file, what is bundled,
 * with LoRA adapters or without) to generated tokens: configuration, weights, the decoder's forward
 * pass, the key/value cache, tokenizer and chat template, and the session that steps through a
 * generation, masks heads and records what each of them looked at (sections 1, 5 and 7 of the
 * study). {@link headscope.model.Decoder} is the model, top to bottom; {@link
 * headscope.model.Generation} the loop of every generation, {@link headscope.model.Choice} the
 * place where the next token is decided. Only this room imports the tensor engine.
 *
 * <pre>
 *   try (LanguageModel model = LanguageModel.reference()) {
 *     Prompt prompt = model.tokenizer().chat("Answer briefly.", "What is the secret code?");
 *     Trace trace = model.generate(prompt, Capture.heads());
 *   }
 * </pre>
 */
package headscope.model;
