// What is asked as the fragment of an address, so that it can be kept and passed on.
class Address {
  /**
   * @param lengths of texts that can be asked for
   * @param essays how many there are
   * @param names of all heads
   */
  constructor(lengths, essays, names) {
    this.lengths = lengths;
    this.essays = essays;
    this.names = names;
  }

  /** A fragment from { essay, length, place, sentence, question, policy }. */
  write({ essay, length, place, sentence, question, policy }) {
    const off = policy.kind === 'hand' ? policy.heads.map(h => this.names[h]).join(',')
      : policy.kind === 'retrieving' ? 'retrieving' : 'random' + (policy.layers ? '-layers' : '') + ':' + policy.seed;
    return '#' + new URLSearchParams({ sentence, question, text: essay + 1, length, place, off });
  }

  /** What a fragment asks for, and the parts of it that mean nothing. */
  read(fragment) {
    const given = new URLSearchParams(fragment.slice(1)), state = {}, wrong = [];
    const take = (key, name, read) => {
      if (!given.has(key)) return;
      const value = read(given.get(key));
      if (value === undefined) wrong.push(key + '=' + given.get(key));
      else state[name] = value;
    };
    const words = text => text.trim() && text.length <= 160 ? text.trim() : undefined;
    take('sentence', 'sentence', words);
    take('question', 'question', words);
    take('text', 'essay', text => Address.#whole(text, 1, this.essays, n => n - 1));
    take('length', 'length', text => this.lengths.find(n => String(n) === text));
    take('place', 'place', text => Address.#whole(text, 0, 999, n => n));
    take('off', 'policy', text => this.#policy(text));
    return { state, wrong };
  }

  static #whole(text, low, high, value) {
    const n = Number(text);
    return /^\d{1,4}$/.test(text) && n >= low && n <= high ? value(n) : undefined;
  }

  #policy(text) {
    if (text === 'retrieving') return { kind: 'retrieving' };
    const random = /^random(-layers)?:(\d+)$/.exec(text);
    if (random) return Address.#whole(random[2], 1, 999, seed => ({ kind: 'random', seed, layers: Boolean(random[1]) }));
    const heads = text ? text.split(',').map(name => this.names.indexOf(name)) : [];
    return heads.includes(-1) ? undefined : { kind: 'hand', heads: [...new Set(heads)].sort((a, b) => a - b) };
  }
}
