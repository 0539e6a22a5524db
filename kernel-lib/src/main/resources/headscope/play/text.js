// The prompt as text: the needle marked, what heads look at tinted, a click in it moves the needle.
class PromptText {
  /** @param onPlace is given a character of the prompt that was clicked */
  constructor(box, tokenizer, onPlace) {
    this.box = box;
    this.tokenizer = tokenizer;
    box.addEventListener('click', e => {
      const t = e.target.closest('.t');
      if (t && t.classList.contains('context')) onPlace(this.prompt.from[Number(t.dataset.i)]);
    });
  }

  /** Shows a prompt, all of it. */
  show(prompt) {
    this.prompt = prompt;
    const texts = this.tokenizer.decodeEach(prompt.ids);
    const part = document.createDocumentFragment();
    this.spans = texts.map((text, i) => {
      const inContext = prompt.from[i] < prompt.context[1] && prompt.to[i] > prompt.context[0];
      const inNeedle = i >= prompt.needle[0] && i < prompt.needle[1];
      const e = tokenSpan(text, (inContext ? ' context' : ' frame') + (inNeedle ? ' needle' : ''));
      e.dataset.i = i;
      part.append(e);
      return e;
    });
    this.texts = texts;
    this.box.replaceChildren(part);
    this.reveal(prompt.needle[0]);
  }

  /** Tints tokens by weights, and rings some. */
  tint(weights, ringed = new Set()) {
    this.spans.forEach((e, i) => {
      tinted(e, weights ? weights[i] : 0);
      e.classList.toggle('ringed', ringed.has(i));
    });
  }

  /** Scrolls the box, never the page, so that a token is seen. */
  reveal(i) {
    const b = this.box.getBoundingClientRect(), r = this.spans[i].getBoundingClientRect();
    if (r.top < b.top + 8 || r.bottom > b.bottom - 8) this.box.scrollTop += r.top - b.top - b.height / 3;
  }
}

/** Tints a token by the attention that it gets, none or little not at all. */
function tinted(e, weight) {
  const seen = weight >= .01;
  e.classList.toggle('tinted', seen);
  e.style.setProperty('--w', seen ? weight.toFixed(3) : 0);
}

/** A token as an element; line ends are seen. */
function tokenSpan(text, classes) {
  const e = document.createElement('span');
  e.className = 't' + classes;
  text.split('\n').forEach((line, j) => {
    if (j) {
      const mark = document.createElement('span');
      mark.className = 'nl';
      mark.textContent = '⏎';
      e.append(mark, '\n');
    }
    e.append(line);
  });
  return e;
}
