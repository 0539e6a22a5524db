// The model on a thread of its own, so that the page stays live; in the page where there are no workers.

/** Answers messages { id, kind, … } by messages { id, step } and, at the end, { id, milliseconds }. */
class Engine {
  /** @param reply is given a message, and what of it may be handed over rather than copied */
  constructor(reply) {
    this.reply = reply;
  }

  handle({ id, kind, ...m }) {
    const start = performance.now();
    if (kind === 'load') {
      this.generation = new Generation(new Model(m.config, m.tensors, m.halves));
    } else if (kind === 'read') {
      this.generation.prompt(m.ids);
    } else {
      for (const step of this.generation.answer(m.ids, m.needle, m.policy, m.most)) {
        this.reply({ id, step }, [step.patterns.buffer]);
      }
    }
    this.reply({ id, milliseconds: performance.now() - start }, []);
  }
}

/** The page's end of the conversation. */
class Asking {
  #waiting = new Map();
  #next = 0;

  /** @param script the text of this page's script, which a worker runs as well */
  constructor(script) {
    const hear = m => this.#hear(m);
    const inPage = new Engine(hear);
    this.send = (message, transfer) => setTimeout(() => inPage.handle(message));
    try {
      const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
      worker.onmessage = e => hear(e.data);
      this.send = (message, transfer) => worker.postMessage(message, transfer);
    } catch (e) {
      console.warn('headscope: no worker here (' + e.message + '), the model runs in the page');
    }
  }

  #hear({ id, step, milliseconds }) {
    const asked = this.#waiting.get(id);
    if (step) {
      asked.onStep(step);
    } else {
      this.#waiting.delete(id);
      asked.resolve(milliseconds);
    }
  }

  #ask(message, transfer = [], onStep = () => {}) {
    const id = this.#next++;
    return new Promise(resolve => {
      this.#waiting.set(id, { resolve, onStep });
      this.send({ id, ...message }, transfer);
    });
  }

  /** Gives the model its weights; resolves to milliseconds, as the others do. */
  load(config, tensors, halves) {
    return this.#ask({ kind: 'load', config, tensors, halves }, [halves.buffer]);
  }

  /** Lets the model read a prompt ahead. */
  read(ids) {
    return this.#ask({ kind: 'read', ids });
  }

  /** Lets it answer; see Generation.answer. */
  answer(ids, needle, policy, most, onStep) {
    return this.#ask({ kind: 'answer', ids, needle, policy, most }, [], onStep);
  }
}
