// The prompt: a sentence, the needle, hidden in an essay, and the question that it answers.

/** The essays, and where a needle can go in: at the very start, or behind a sentence. */
class Haystack {
  static #SENTENCE_END = /[.!?]["'\p{Pf}\p{Pi}\p{Pe}]*(?=\p{White_Space}|$)/gu;
  static #MARGIN = 64; // what follows the cut may change how its last word is split

  /** @param essays each on one line */
  constructor(essays, tokenizer) {
    this.essays = essays;
    this.tokenizer = tokenizer;
  }

  /**
   * The first tokens from an essay on, and the places in it.
   *
   * @return text, from: the first character of each token, places: characters before which a needle goes in
   */
  cut(essay, tokens) {
    for (let characters = 5 * tokens; ; characters *= 2) {
      let text = '';
      for (let i = essay; text.length < characters; i = (i + 1) % this.essays.length) {
        text += (text ? ' ' : '') + this.essays[i];
      }
      const e = this.tokenizer.encode(text);
      if (e.ids.length < tokens + Haystack.#MARGIN) continue;
      const cut = text.slice(0, e.to[tokens - 1]);
      const ends = [...cut.matchAll(Haystack.#SENTENCE_END)].map(m => m.index + m[0].length);
      return { text: cut, from: e.from.slice(0, tokens), places: [0, ...ends] };
    }
  }

  /** The last place at or before a token: depth 0 is the start, 1 the last sentence end. */
  static placeOfDepth(hay, depth) {
    const token = Math.trunc(depth * hay.from.length);
    const point = token < hay.from.length ? hay.from[token] : hay.text.length;
    return hay.places.filter(p => p <= point).length - 1;
  }

  /** The share of the haystack's tokens before a place. */
  static depthOfPlace(hay, place) {
    return hay.from.filter(f => f < hay.places[place]).length / hay.from.length;
  }
}

/**
 * Writes a prompt.
 *
 * @param frame what stands before the context, between context and question, and after it
 * @return ids, from and to of each token; needle: the positions [from, to) of the needle's tokens;
 *     context: the characters [from, to) of the context; start: the needle's first character
 */
function writePrompt(tokenizer, frame, hay, place, sentence, question) {
  const at = hay.places[place];
  const context = hay.text.slice(0, at) + (at > 0 ? ' ' : '') + sentence + (at > 0 ? '' : ' ') + hay.text.slice(at);
  const first = frame.before.length;
  const start = first + at + (at > 0 ? 1 : 0), end = start + sentence.length;
  const encoding = tokenizer.encode(frame.before + context + frame.between + question + frame.after);
  const inside = encoding.ids.map((_, i) => i).filter(i => encoding.from[i] < end && encoding.to[i] > start);
  return {
    ...encoding,
    needle: inside.length ? [inside[0], inside.at(-1) + 1] : [0, 0], // none of an empty sentence
    context: [first, first + context.length],
    start,
    sentence,
  };
}

/**
 * What a right answer contains: the sentence from its first to its last word that the question does
 * not have; all of it where the question has every word.
 */
function answerPart(sentence, question) {
  const asked = new Set((question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []));
  const own = [...sentence.matchAll(/[\p{L}\p{N}]+/gu)];
  const is = ['is', 'are', 'was', 'were', 'to']; // the question may turn these round
  const isNew = m => !asked.has(m[0].toLowerCase());
  let first = own.findIndex(isNew);
  while (first >= 0 && first < own.length - 1 && is.includes(own[first][0].toLowerCase())) {
    first = own.findIndex((m, i) => i > first && isNew(m));
  }
  const last = own.findLastIndex(isNew);
  return first < 0 ? sentence : sentence.slice(own[first].index, own[last].index + own[last][0].length);
}
