// The same script starts the worker and the page.
if (typeof document === 'undefined') {
  const engine = new Engine((message, transfer) => postMessage(message, transfer));
  onmessage = e => engine.handle(e.data);
} else {
  const script = document.currentScript.textContent;
  const data = JSON.parse($('data').textContent);
  const text = atob($('weights').textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const halves = new Uint16Array(bytes.buffer);
  const asking = new Asking(script, problem => page.failed(problem));
  asking.load(data.config, data.tensors, halves);
  const page = new Page(data, asking);

  // For the console, and for tests.
  window.headscope = {
    encode: text => page.tokenizer.encode(text),
    decode: ids => page.tokenizer.decode(ids),
    /** A prompt: essay from 0 on, length in tokens, depth from 0 to 1. */
    write(essay, length, depth, sentence, question) {
      const hay = page.haystack.cut(essay, length);
      return writePrompt(page.tokenizer, data.frame, hay, Haystack.placeOfDepth(hay, depth), sentence, question);
    },
    /** An answer: its steps, with token, index [heads], retrieving, off and, of two passes, first. */
    async answer(ids, needle, policy = { kind: 'hand', heads: [] }, most = 100) {
      const steps = [];
      await asking.answer(ids, needle, policy, most, ({ patterns, index, ...step }) => steps.push({ ...step, index: [...index] }));
      return steps;
    },
  };
}
