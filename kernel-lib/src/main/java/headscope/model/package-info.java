/**
 * From a checkpoint folder or a GGUF file to generated tokens: configuration, weights, the
 * decoder's forward pass, the key/value cache, tokenizer and chat template, and the session that
 * steps through a generation, masks heads and records what each of them looked at (sections 1, 5
 * and 7 of the study). {@link headscope.model.Decoder} is the model, top to bottom. Only this room
 * imports the tensor engine.
 */
package headscope.model;
