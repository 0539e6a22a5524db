// What was tried, guessed and answered so far.
class Tries {
  static #KINDS = [
    ['all heads on', p => p.kind === 'hand' && !p.heads.length],
    ['heads off by hand', p => p.kind === 'hand' && p.heads.length],
    ['those that retrieve off', p => p.kind === 'retrieving'],
    ['as many others off', p => p.kind === 'random'],
  ];

  /** @param onAgain is given the state of a try that shall be set up again */
  constructor(words, onAgain) {
    this.words = words;
    this.onAgain = onAgain;
    this.clear();
  }

  clear() {
    this.list = [];
    $('tally').textContent = 'None so far.';
    $('tries').tBodies[0].replaceChildren();
    document.querySelector('#past .scroll').hidden = true;
  }

  /** Adds { state, guess, text, right, clean }; clean: whether the answer with all heads on was right. */
  add(one) {
    this.list.push(one);
    $('tally').textContent = this.#tally();
    document.querySelector('#past .scroll').hidden = false;
    $('tries').tBodies[0].prepend(this.#row(one));
  }

  /** Whether this was tried: heads off, whatever the sentence. */
  has(policy) {
    return this.list.some(t => this.words.policy(t.state.policy) === this.words.policy(policy));
  }

  #tally() {
    const kinds = Tries.#KINDS
      .map(([name, is]) => [name, this.list.filter(t => is(t.state.policy))])
      .filter(([, list]) => list.length)
      .map(([name, list]) => name + ': right in ' + list.filter(t => t.right).length + ' of ' + list.length)
      .join('; ');
    const guessed = this.list.filter(t => t.guess !== 'skip');
    const good = guessed.filter(t => (t.guess === 'right') === t.right).length;
    return kinds[0].toUpperCase() + kinds.slice(1) + '.'
      + (guessed.length ? ' Your guess was good in ' + good + ' of ' + guessed.length + '.' : '');
  }

  #row({ state, guess, text, right, clean }) {
    const row = element('tr'), off = this.words.policy(state.policy);
    [off, state.sentence, String(state.place), guess === 'skip' ? 'none' : guess, text]
      .forEach(cell => row.append(element('td', '', cell)));
    row.append(element('td', right ? 'right' : 'wrong', (right ? '✓ right' : '✗ wrong') + (clean ? '' : ', wrong with all on')));
    const again = element('button', '', 'again');
    again.type = 'button';
    again.setAttribute('aria-label', 'set up again: ' + off);
    again.onclick = () => this.onAgain(state);
    row.insertCell().append(again);
    return row;
  }
}
