// An answer as tokens to choose from, and Fig. 1 below it: which heads retrieve at which token.
class AnswerText {
  static #ROWS = 8;
  static #PACE = 450; // milliseconds a token when they are played

  /** @param onChoose is given a step, which may lie outside of the answer */
  constructor(name, onChoose) {
    this.name = name;
    this.onChoose = onChoose;
    this.spans = [];
    const choose = e => { const t = e.target.closest('[data-i]'); if (t) onChoose(Number(t.dataset.i)); };
    $('answer').onclick = choose;
    $('strip').onclick = choose;
    $('back').onclick = () => onChoose(this.step - 1);
    $('on').onclick = () => onChoose(this.step + 1);
    $('play').onclick = () => this.#play();
    $('answer').onkeydown = e => {
      const to = { ArrowRight: this.step + 1, ArrowLeft: this.step - 1, Home: 0, End: Infinity }[e.key];
      if (to === undefined) return;
      onChoose(to);
      e.preventDefault();
    };
  }

  /** Shows an answer, null for none, beside the one with all heads on. */
  show(run, clean) {
    const steps = run ? run.steps : [];
    const apart = run && clean && run !== clean ? firstDifference(steps, clean.steps) : -1;
    this.spans = steps.map((s, i) => {
      const e = tokenSpan(s.text, (s.inPart ? ' part' : '') + (s.end ? ' end' : '') + (apart >= 0 && i >= apart && !s.end ? ' differs' : ''));
      e.id = 's' + i;
      e.dataset.i = i;
      e.setAttribute('role', 'option');
      return e;
    });
    $('answer').replaceChildren(...this.spans);
    $('before').hidden = apart < 0;
    if (apart >= 0) $('before-text').textContent = clean.text;
    this.#strip(steps, run !== clean);
  }

  #strip(steps, someOff) {
    const counts = tally(steps), rows = counts.slice(0, AnswerText.#ROWS), more = counts.length - rows.length;
    $('strip').style.gridTemplateColumns = '3.6em repeat(' + steps.length + ', minmax(0, 1fr))';
    $('strip').replaceChildren(...rows.flatMap(([h]) => [element('b', '', this.name(h)), ...steps.map((s, i) => {
      const e = element('i', s.retrieving.includes(h) ? (s.off.includes(h) ? 'on silent' : 'on') : '');
      e.dataset.i = i;
      return e;
    })]));
    $('strip-note').textContent = !steps.length ? '' : !rows.length ? 'None, at no token.'
      : 'A row a head, a column a token' + (someOff ? '; hatched: it looks there, but is off' : '')
        + (more > 0 ? '; ' + count(more, 'more head') + ' retrieve less often' : '') + '.';
  }

  /** Marks a step as the chosen one. */
  choose(step) {
    this.step = step;
    this.spans.forEach((e, i) => e.setAttribute('aria-selected', String(i === step)));
    $('answer').setAttribute('aria-activedescendant', this.spans[step] ? 's' + step : '');
    $('strip').querySelectorAll('i').forEach(e => e.classList.toggle('now', Number(e.dataset.i) === step));
  }

  /** Tints tokens by the attention that they get: weight of a step. */
  tint(weight) {
    this.spans.forEach((e, i) => tinted(e, weight(i)));
  }

  #play() {
    const playing = Boolean(this.playing);
    clearInterval(this.playing);
    this.playing = null;
    const label = (sign, words) => { $('play').textContent = sign; $('play').setAttribute('aria-label', words); };
    label('▶', 'play the tokens');
    if (playing || !this.spans.length) return;
    if (this.step >= this.spans.length - 1) this.onChoose(0);
    label('⏸', 'stop');
    this.playing = setInterval(() => {
      if (this.step >= this.spans.length - 1) this.#play();
      else this.onChoose(this.step + 1);
    }, AnswerText.#PACE);
  }
}
