// An answer, token by token, and who is switched off at each.

/** The first of the greatest. */
function argmax(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * Who is switched off. A policy is one of
 *
 *   { kind: 'hand', heads: [...] }                    these, at every token
 *   { kind: 'retrieving' }                            at each token those that retrieve there
 *   { kind: 'random', seed, layers: true | false }    at each token as many others, drawn;
 *                                                     with layers as many in every layer
 */
function headsOff(policy, step, retrieving, model) {
  if (policy.kind === 'hand') return policy.heads;
  if (policy.kind === 'retrieving') return retrieving;
  let draws = new Draws(policy.seed);
  for (let s = 0; s < step; s++) draws = draws.split(); // a stream of its own for every step
  const free = Array.from({ length: model.layers * model.heads }, (_, h) => h).filter(h => !retrieving.includes(h));
  if (!policy.layers) return draws.some(free, retrieving.length);
  const layerOf = h => Math.floor(h / model.heads);
  const count = new Map();
  retrieving.forEach(h => count.set(layerOf(h), (count.get(layerOf(h)) ?? 0) + 1));
  return [...count].flatMap(([layer, n]) => draws.some(free.filter(h => layerOf(h) === layer), n));
}

class Generation {
  constructor(model) {
    this.model = model;
    this.read = []; // the ids whose keys and values are cached
  }

  /** Computes a prompt but for its last token; what it shares with the one before is kept. */
  prompt(ids) {
    const last = ids.length - 1;
    let same = 0;
    while (same < Math.min(last, this.read.length) && ids[same] === this.read[same]) same++;
    if (same < last) this.model.forward(ids.slice(same, last), same, new Set(), false);
    this.read = ids.slice(0, last);
  }

  /**
   * Answers a prompt greedily. Where the policy asks who retrieves, a step is first computed with all
   * heads on and thrown away; the second pass overwrites its keys and values.
   *
   * @param needle positions [from, to)
   * @param policy see headsOff
   * @param most tokens at most
   */
  *answer(ids, needle, policy, most) {
    this.prompt(ids);
    const all = [...ids];
    for (let step = 0; step < most && all.length < this.model.positions; step++) {
      const looked = policy.kind === 'hand' ? null : this.#pass(all, new Set(), needle);
      const off = headsOff(policy, step, looked ? looked.retrieving : [], this.model);
      const kept = this.#pass(all, new Set(off), needle);
      yield { ...kept, off, first: looked && { token: looked.token, retrieving: looked.retrieving } };
      if (kept.token === this.model.end) return;
      all.push(kept.token);
    }
  }

  /** One row: its token, what each head looked at most, and who retrieves, by Eq. 1. */
  #pass(all, off, needle) {
    const n = all.length, heads = this.model.layers * this.model.heads;
    const { logits, patterns } = this.model.forward([all[n - 1]], n - 1, off, true);
    const token = argmax(logits);
    const index = new Uint16Array(heads);
    const retrieving = [];
    for (let h = 0; h < heads; h++) {
      index[h] = argmax(patterns.subarray(h * n, (h + 1) * n));
      if (index[h] >= needle[0] && index[h] < needle[1] && all[index[h]] === token) retrieving.push(h);
    }
    return { token, index, retrieving, patterns };
  }
}
