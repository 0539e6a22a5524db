// The page: what is asked, what came of it, and how both are shown.
class Page {
  static #MOST = 100; // tokens of an answer
  static #LENGTHS = [100, 200, 300, 400];
  static #EXAMPLES = [
    ['a word', 'The magic word is abracadabra.', 'What is the magic word?'],
    ['a number', 'The secret code is 47112093.', 'What is the secret code?'],
    ['a phrase', 'The pass phrase is green lantern river.', 'What is the pass phrase?'],
    ['an identifier', 'The magic word is 3f9c1a22-77ab-4cde-9f01-8812aa0b91cd.', 'What is the magic word?'],
    ['a form it has not learned', 'The cat sleeps in the old piano.', 'Where does the cat sleep?'],
  ];

  constructor(data, asking) {
    this.data = data;
    this.asking = asking;
    this.perLayer = data.config.num_attention_heads;
    this.model = { layers: data.config.num_hidden_layers, heads: this.perLayer };
    this.tokenizer = new Tokenizer(data.tokenizer);
    this.haystack = new Haystack(data.essays, this.tokenizer);
    this.name = h => 'L' + Math.floor(h / this.perLayer) + '-H' + (h % this.perLayer);
    this.words = new Words(this.model.layers * this.perLayer, this.name);
    this.examples = [['a thing to do', data.needle, data.question], ...Page.#EXAMPLES];
    this.notice = '';
    this.start = { essay: data.essay, length: data.length, place: null, sentence: data.needle, question: data.question,
      policy: { kind: 'hand', heads: [] } };
    this.tries = new Tries(this.words, state => this.#take(state));
    this.address = new Address(Page.#LENGTHS, data.essays.length, Array.from({ length: this.model.layers * this.perLayer }, (_, h) => this.name(h)));
    this.edition = 0;
    this.step = -1;
    this.looking = -1;
    this.chosen = [];
    this.#build();
    this.#listen();
    this.#take(this.#fromHash());
  }

  // ---- what is asked

  /** Makes a state the one that is asked, and lets the model answer it with all heads on. */
  #take(state) {
    Object.assign(this, { ...this.start, ...state });
    this.chosen = this.policy.kind === 'hand' ? this.policy.heads : [];
    $('sentence').value = this.sentence;
    $('question').value = this.question;
    $('length').value = this.length;
    this.#showPolicy();
    this.#rewrite();
    return this.#find();
  }

  /** The prompt anew, after any change of what is in it. */
  #rewrite() {
    this.edition++;
    this.hay = this.haystack.cut(this.essay, this.length);
    const last = this.hay.places.length - 1;
    this.place = this.place === null ? Haystack.placeOfDepth(this.hay, .5) : Math.min(this.place, last);
    this.prompt = writePrompt(this.tokenizer, this.data.frame, this.hay, this.place, this.sentence, this.question);
    this.part = answerPart(this.sentence, this.question);
    this.clean = this.run = null;
    this.step = -1;
    $('place').max = last;
    $('place').value = this.place;
    const where = this.place ? 'behind sentence ' + this.place + ' of ' + last : 'at the very start';
    $('place-said').textContent = where;
    $('place').setAttribute('aria-valuetext', where);
    $('essay-said').textContent = 'text ' + (this.essay + 1) + ' of ' + this.data.essays.length;
    $('part').textContent = 'Right is an answer that holds ' + quoted(this.part) + '.';
    const example = this.examples.findIndex(e => e[1] === this.sentence && e[2] === this.question);
    $('example').value = example < 0 ? '' : example;
    this.text.show(this.prompt);
    this.#showRun();
  }

  /** After an edit: the page says that nothing has been answered yet, and lets the model read ahead. */
  #edited() {
    this.notice = '';
    this.#rewrite();
    this.#say(['Changed. Guess, and let it answer.']);
    this.#toHash();
    clearTimeout(this.reading);
    const { prompt } = this;
    this.reading = setTimeout(() => this.#fits() && this.asking.read(prompt.ids), 500);
  }

  /** Whether the model can answer; what keeps it from it is said. */
  #fits() {
    const longest = this.data.config.max_position_embeddings - Page.#MOST;
    const problem = !this.sentence ? 'Write a sentence to hide.'
      : !this.question ? 'Write a question.'
      : this.prompt.ids.length > longest
        ? 'All of it has ' + this.prompt.ids.length + ' tokens, the model takes ' + longest + ': shorten the sentence or the text.' : '';
    $('hint').textContent = problem || this.notice;
    return !problem;
  }

  /** One answer. */
  async #answer(policy, live) {
    const { prompt, part, edition, asking } = this;
    const run = { prompt, part, policy, steps: [] };
    const reading = await asking.read(prompt.ids);
    const saying = await asking.answer(prompt.ids, prompt.needle, policy, Page.#MOST, step => {
      run.steps.push(step);
      this.#spell(run);
      if (!live || run.drawing) return;
      run.drawing = true; // several tokens may come between two pictures
      requestAnimationFrame(() => {
        run.drawing = false;
        if (edition !== this.edition || run.counted) return;
        this.run = run;
        this.step = run.steps.length - 1;
        this.#showRun();
      });
    });
    run.text = this.tokenizer.decode(run.steps.map(s => s.token));
    run.right = run.text.includes(part);
    run.counted = run.steps.filter(s => !s.end);
    run.speed = { tokens: prompt.ids.length, reading, said: run.steps.length, saying };
    return run;
  }

  /** Texts of the tokens so far, and which of them are the answer's part. */
  #spell(run) {
    const end = this.data.config.eos_token_id;
    const texts = this.tokenizer.decodeEach(run.steps.map(s => s.token));
    const whole = texts.join(''), from = whole.indexOf(run.part);
    let at = 0;
    run.steps.forEach((s, i) => {
      s.end = s.token === end;
      s.text = s.end ? 'end' : texts[i];
      s.inPart = from >= 0 && at < from + run.part.length && at + texts[i].length > from;
      at += texts[i].length;
    });
  }

  /** Lets the model answer with all heads on, and says what is to be seen. */
  async #find() {
    if (!this.#fits()) return;
    const { edition } = this;
    this.#busy(true);
    this.#say(['The model reads ' + this.prompt.ids.length + ' tokens …']);
    const run = await this.#answer({ kind: 'hand', heads: [] }, true);
    this.#busy(false);
    if (edition !== this.edition) return;
    this.clean = run;
    this.#finished(run, this.words.finding(run));
  }

  /** What the button does. */
  async #tryIt() {
    const guess = $('form').elements.guess.value;
    if (!this.#fits()) return;
    if (!guess) {
      $('hint').textContent = 'Guess first: right, wrong, or “I cannot tell”.';
      $('form').elements.guess[0].focus();
      return;
    }
    const { edition, policy } = this, state = this.#state(), allOn = policy.kind === 'hand' && !policy.heads.length;
    this.#busy(true);
    this.#say(['The model reads and answers …']);
    const clean = this.clean ?? await this.#answer({ kind: 'hand', heads: [] }, allOn);
    if (edition === this.edition) this.clean = clean;
    const run = allOn ? clean : await this.#answer(policy, true);
    this.#busy(false);
    const said = this.words.guess(guess, run.right);
    this.tries.add({ state, guess, text: run.text, right: run.right, clean: clean.right });
    if (edition === this.edition) {
      this.#finished(run, allOn ? this.words.finding(run) : this.words.outcome(run, clean), said);
    }
    for (const radio of $('form').elements.guess) radio.checked = false;
    this.#toHash();
    $('finding').scrollIntoView({ block: 'start', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
  }

  #finished(run, sentences, guess) {
    this.run = run;
    const telling = run.steps.findIndex(s => s.inPart && s.retrieving.length);
    const apart = this.clean ? firstDifference(run.steps, this.clean.steps) : -1;
    this.step = Math.max(0, apart >= 0 && apart < run.steps.length ? apart : telling);
    this.#say(sentences, guess);
    const s = run.speed;
    $('speed').textContent = 'Read ' + s.tokens + ' tokens' + (s.reading > 20 ? ' in ' + oneDecimal(s.reading / 1000) + ' s' : ' before')
      + ', said ' + s.said + ' at ' + Math.round(1000 * s.said / s.saying) + ' a second' + (run.policy.kind === 'hand' ? '' : ', each computed twice') + '.';
    this.#showRun();
    this.#showIdeas();
  }

  /** Says that the model has stopped, and how to go on. */
  failed(problem) {
    this.#say(['The model has stopped: ' + problem + '. Load the page again; what is asked is in its address.']);
    document.body.setAttribute('aria-busy', 'false');
  }

  #busy(yes) {
    $('ask').disabled = $('reset').disabled = yes;
    document.querySelectorAll('#ideas button, #tries button').forEach(b => { b.disabled = yes; });
    document.body.setAttribute('aria-busy', String(yes));
  }

  #say(sentences, guess) {
    $('said').replaceChildren(...sentences.map((text, i) => element('p', i ? '' : 'first', text)));
    if (guess) $('said').append(element('p', 'guess', guess));
  }

  // ---- what is shown

  #showRun() {
    this.answer.show(this.run, this.clean);
    this.#showStep();
  }

  #showStep() {
    const run = this.run, now = run && run.steps[this.step];
    this.answer.choose(this.step);
    const counts = new Map(run ? tally(run.steps) : []);
    const total = run ? run.steps.filter(s => !s.end).length : 0;
    const before = now && this.clean && run !== this.clean && this.#sameUpTo(this.step) ? this.clean.steps[this.step].retrieving : null;
    const asked = this.policy.kind === 'hand' ? this.policy.heads : [];
    this.map.show(this.map.cells.map((_, h) => ({
      name: this.name(h),
      off: run && run !== this.clean && run.policy.kind !== 'hand' && this.policy === run.policy ? Boolean(now && now.off.includes(h)) : asked.includes(h),
      retrieves: Boolean(now && now.retrieving.includes(h)),
      share: total ? (counts.get(h) ?? 0) / total : 0,
      says: total ? 'at ' + (counts.get(h) ?? 0) + ' of ' + total + ' tokens' : '',
    })));
    let some = false;
    this.map.cells.forEach((cell, h) => {
      const stepped = Boolean(before && now.retrieving.includes(h) && !before.includes(h) && !now.off.includes(h));
      cell.classList.toggle('stepped', stepped);
      some ||= stepped;
    });
    $('stepped').hidden = !some;
    $('lit').disabled = !(now && now.retrieving.length);
    this.#look(this.looking);
  }

  /** Whether this answer and the one with all heads on said the same before a step. */
  #sameUpTo(step) {
    const apart = firstDifference(this.run.steps, this.clean.steps);
    return apart < 0 || step <= apart && step < this.clean.steps.length;
  }

  /** Where a head looks from the chosen token; without one, where those that retrieve do. */
  #look(h) {
    this.looking = h;
    const now = this.run && this.run.steps[this.step];
    const here = $('here');
    if (!now) {
      this.text.tint(null);
      here.textContent = h < 0 ? '' : this.name(h) + ': nothing has been answered yet.';
      return;
    }
    const P = this.prompt.ids.length, n = P + this.step;
    const textAt = i => i < P ? this.text.texts[i] : this.run.steps[i - P].text;
    const row = x => now.patterns.subarray(x * n, (x + 1) * n);
    if (h >= 0) {
      const w = row(h), at = now.index[h];
      this.text.tint(w, new Set([at]));
      this.answer.tint(i => w[P + i]);
      const where = at === 0 ? 'first' : at >= P ? 'answer' : at >= this.prompt.needle[0] && at < this.prompt.needle[1] ? 'needle' : 'text';
      here.textContent = this.words.looking(h, textAt(at), w[at], where, now);
      return;
    }
    const weights = new Float32Array(n), ringed = new Set();
    now.retrieving.forEach(x => {
      ringed.add(now.index[x]);
      weights[now.index[x]] = Math.max(weights[now.index[x]], row(x)[now.index[x]]);
    });
    this.text.tint(weights, ringed);
    this.answer.tint(() => 0);
    here.textContent = this.words.token(this.run.steps, this.step);
  }

  #showPolicy() {
    const p = this.policy;
    $('form').elements.off.value = p.kind !== 'hand' ? p.kind : p.heads.length ? 'hand' : 'none';
    $('hand').textContent = this.chosen.length ? listed(this.chosen.map(this.name)) : 'press heads in the map';
    if (p.kind === 'random') {
      $('seed').value = p.seed;
      $('layers').checked = p.layers;
    }
  }

  #setPolicy(policy) {
    this.policy = policy;
    this.notice = '';
    const answered = this.run && this.words.policy(policy) === this.words.policy(this.run.policy);
    $('hint').textContent = answered ? '' : 'Not answered yet: guess, and let it answer.';
    if (policy.kind === 'hand' && policy.heads.length) this.chosen = policy.heads;
    this.#showPolicy();
    this.#showStep();
    this.#toHash();
  }

  #showIdeas() {
    const most = this.clean ? tally(this.clean.steps).map(([h]) => h) : [];
    const ideas = [
      most.length > 0 && ['One head off: ' + this.name(most[0]) + ', which retrieves most often.', { kind: 'hand', heads: most.slice(0, 1) }],
      most.length > 1 && ['The two that retrieve most often off: ' + listed(most.slice(0, 2).map(this.name)) + '.', { kind: 'hand', heads: most.slice(0, 2).sort((a, b) => a - b) }],
      most.length > 0 && ['At each token, those that retrieve there.', { kind: 'retrieving' }],
      most.length > 0 && ['As many others in their place; then other draws.', { kind: 'random', seed: 1, layers: false }],
    ].filter(Boolean);
    $('ideas').replaceChildren(...ideas.map(([text, policy]) => this.#idea(text, this.tries.has(policy), 'Set up', () => {
      this.#setPolicy(policy);
      this.#toGuess();
    })), this.#idea('A sentence of your own, at another place, in another text.', this.tries.list.some(t => t.state.sentence !== this.data.needle), 'Write it', () => $('sentence').select()));
  }

  #idea(text, done, verb, act) {
    const item = element('li', done ? 'done' : ''), button = element('button', '', verb);
    button.type = 'button';
    button.onclick = act;
    button.setAttribute('aria-label', verb + ': ' + text);
    item.append(button, text);
    return item;
  }

  #toGuess() {
    $('hint').textContent = 'Set up. Now guess.';
    $('form').elements.guess[0].focus();
  }

  // ---- the address holds what is asked

  #state() {
    const { essay, length, place, sentence, question, policy } = this;
    return { essay, length, place, sentence, question, policy };
  }

  #toHash() {
    this.hash = this.address.write(this.#state());
    location.replace(this.hash);
  }

  #fromHash() {
    const { state, wrong } = this.address.read(location.hash);
    this.notice = wrong.length ? 'The address asks for ' + listed(wrong) + ', which this page cannot do; that is left out.' : '';
    return state;
  }

  // ---- wiring

  #build() {
    this.examples.forEach(([name], i) => $('example').append(new Option(name, i)));
    $('example').append(new Option('your own', ''));
    Page.#LENGTHS.forEach(n => $('length').append(new Option(n + ' tokens', n)));
    this.map = new HeadMap($('map'), this.model, h => this.#toggle(h), h => this.#look(h));
    this.answer = new AnswerText(this.name, step => this.#go(step));
    this.text = new PromptText($('text'), this.tokenizer, at => this.#moveTo(at));
  }

  #toggle(h) {
    const heads = this.policy.kind === 'hand' ? this.policy.heads : [];
    this.chosen = (heads.includes(h) ? heads.filter(x => x !== h) : [...heads, h]).sort((a, b) => a - b);
    this.#setPolicy({ kind: 'hand', heads: this.chosen });
  }

  /** The needle goes to the place nearest to a character of the prompt as it stands. */
  #moveTo(character) {
    const { start, sentence, context } = this.prompt;
    if (character >= start && character <= start + sentence.length) return;
    const at = character - context[0] - (character > start ? sentence.length + 1 : 0);
    const distance = p => Math.abs(this.hay.places[p] - at);
    this.place = this.hay.places.reduce((best, _, p) => distance(p) < distance(best) ? p : best, 0);
    this.#edited();
  }

  #go(to) {
    if (!this.run) return;
    this.step = Math.max(0, Math.min(this.run.steps.length - 1, to));
    this.#showStep();
  }

  #listen() {
    const edits = (id, change) => $(id).addEventListener('input', e => { change(e.target.value); this.#edited(); });
    edits('place', value => { this.place = Number(value); });
    edits('length', value => {
      const share = this.place / Math.max(1, this.hay.places.length - 1);
      this.length = Number(value);
      this.place = Math.round(share * (this.haystack.cut(this.essay, this.length).places.length - 1));
    });
    edits('sentence', value => {
      const question = text => { const m = /^(The .+?) is /.exec(text); return m && 'What is t' + m[1].slice(1) + '?'; };
      const own = this.question !== question(this.sentence);
      this.sentence = value.trim().replace(/\s+/g, ' ');
      if (!own && question(this.sentence)) $('question').value = this.question = question(this.sentence);
    });
    edits('question', value => { this.question = value.trim().replace(/\s+/g, ' '); });
    edits('example', value => {
      if (value === '') return;
      [, this.sentence, this.question] = this.examples[value];
      $('sentence').value = this.sentence;
      $('question').value = this.question;
    });
    $('essay').onclick = () => { this.essay = (this.essay + 1) % this.data.essays.length; this.place = null; this.#edited(); };
    const random = () => ({ kind: 'random', seed: Math.min(999, Math.max(1, Math.trunc(Number($('seed').value)) || 1)), layers: $('layers').checked });
    document.querySelectorAll('input[name="off"]').forEach(e => e.addEventListener('change', () => this.#setPolicy({
      none: { kind: 'hand', heads: [] }, hand: { kind: 'hand', heads: this.chosen }, retrieving: { kind: 'retrieving' }, random: random(),
    }[e.value])));
    $('seed').oninput = $('layers').onchange = () => this.#setPolicy(random());
    $('lit').onclick = () => this.#setPolicy({ kind: 'hand', heads: [...this.run.steps[this.step].retrieving] });
    $('form').onsubmit = e => { e.preventDefault(); this.#tryIt(); };
    $('reset').onclick = () => {
      this.tries.clear();
      this.notice = '';
      this.#take({}).then(() => this.#toHash());
    };
    window.addEventListener('hashchange', () => { if (location.hash !== this.hash) this.#take(this.#fromHash()); });
    $('theme').onclick = () => {
      const root = document.documentElement;
      const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
      root.dataset.theme = dark ? 'light' : 'dark';
    };
  }
}

const $ = id => document.getElementById(id);
function element(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}
