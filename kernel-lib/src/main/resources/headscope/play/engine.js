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

  /**
   * @param script the text of this page's script, which a worker runs as well
   * @param onFailure is given what went wrong, after which nothing is answered
   */
  constructor(script, onFailure) {
    let heard = false;
    const hear = m => { heard = true; this.#hear(m); };
    const inPage = new Engine(hear);
    const stay = () => {
      this.send = message => setTimeout(() => {
        try { inPage.handle(message); } catch (e) { onFailure(e.message); }
      });
      this.#waiting.forEach(({ message }) => this.send(message));
    };
    try {
      const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
      worker.onmessage = e => hear(e.data);
      // Some browsers say only now that this page may have no worker.
      worker.onerror = e => heard ? onFailure(e.message) : stay();
      this.send = message => worker.postMessage(message);
    } catch {
      stay();
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

  #ask(asked, onStep = () => {}) {
    const message = { id: this.#next++, ...asked };
    return new Promise(resolve => {
      this.#waiting.set(message.id, { message, resolve, onStep });
      this.send(message);
    });
  }

  /** Gives the model its weights; resolves to milliseconds, as the others do. */
  load(config, tensors, halves) {
    return this.#ask({ kind: 'load', config, tensors, halves });
  }

  /** Lets the model read a prompt ahead. */
  read(ids) {
    return this.#ask({ kind: 'read', ids });
  }

  /** Lets it answer; see Generation.answer. */
  answer(ids, needle, policy, most, onStep) {
    return this.#ask({ kind: 'answer', ids, needle, policy, most }, onStep);
  }
}
