/**
 * Reads GGUF files: the form in which llama.cpp and its kin keep a model, its tokenizer and all
 * about it in one file or a split of several. A file is checked whole before a byte of it is used;
 * quantised blocks become float32 as they are read. Knows no other room but that of failures.
 *
 * <pre>
 *   try (Gguf file = Gguf.open(Path.of("model.gguf"))) {
 *     var names = file.tensors().keySet();
 *   }
 * </pre>
 */
package headscope.gguf;
