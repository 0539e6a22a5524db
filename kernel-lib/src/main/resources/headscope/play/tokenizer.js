// Byte-level BPE, as the reference model's tokenizer.json describes it.
class Tokenizer {
  // The pattern of tokenizer.json in JavaScript's words: its \s is White_Space, and (?i:'s) knows ſ.
  static #PIECES = new RegExp(
    "'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])"
      + '|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,2}| ?[^\\p{White_Space}\\p{L}\\p{N}]+[\\r\\n]*'
      + '|\\p{White_Space}*[\\r\\n]+|\\p{White_Space}+(?!\\P{White_Space})|\\p{White_Space}+', 'gu');

  // A token is written in 256 letters, one a byte: printable bytes as themselves, the rest from U+0100 on.
  static #LETTERS = (() => {
    const letters = [];
    let more = 256;
    for (let b = 0; b < 256; b++) {
      const printable = (b > 32 && b < 127) || (b > 160 && b < 173) || b > 173;
      letters.push(String.fromCharCode(printable ? b : more++));
    }
    return letters;
  })();

  /**
   * @param vocabulary the tokens in the order of their ids
   * @param merges pairs, the first to be merged first
   * @param special tokens that are recognised in any text
   */
  constructor({ vocabulary, merges, special }) {
    this.vocabulary = vocabulary;
    this.ids = new Map(vocabulary.map((token, id) => [token, id]));
    this.ranks = new Map(merges.map(([left, right], rank) => [left + ' ' + right, rank]));
    this.special = new Set(special);
    this.specials = new RegExp(special.map(s => s.replace(/[|\\{}()[\]^$+*?.]/g, '\\$&')).join('|'), 'gu');
    this.bytes = new Map(Tokenizer.#LETTERS.map((letter, b) => [letter, b]));
    this.known = new Map();
  }

  /** Token ids, and the characters [from, to) that each shares in; special tokens are recognised. */
  encode(text) {
    const out = { text, ids: [], from: [], to: [] };
    text = text.toWellFormed ? text.toWellFormed() : text;
    let at = 0;
    for (const found of text.matchAll(this.specials)) {
      this.#plain(text.slice(at, found.index), at, out);
      at = found.index + found[0].length;
      out.ids.push(this.ids.get(found[0]));
      out.from.push(found.index);
      out.to.push(at);
    }
    this.#plain(text.slice(at), at, out);
    return out;
  }

  #plain(text, start, out) {
    for (const found of text.matchAll(Tokenizer.#PIECES)) {
      const piece = found[0], first = start + found.index;
      const charOfByte = [];
      let letters = '';
      for (let i = 0; i < piece.length;) {
        const char = String.fromCodePoint(piece.codePointAt(i));
        for (const b of new TextEncoder().encode(char)) {
          letters += Tokenizer.#LETTERS[b];
          charOfByte.push([first + i, first + i + char.length]);
        }
        i += char.length;
      }
      let at = 0;
      for (const token of this.#merged(letters)) {
        out.ids.push(this.ids.get(token));
        out.from.push(charOfByte[at][0]);
        at += token.length;
        out.to.push(charOfByte[at - 1][1]);
      }
    }
  }

  /** Merges neighbours, the pair that was learned first before all others, the leftmost of equals. */
  #merged(letters) {
    if (this.known.has(letters)) return this.known.get(letters);
    let parts = [...letters];
    while (parts.length > 1) {
      let best = Infinity;
      for (let i = 0; i + 1 < parts.length; i++) {
        best = Math.min(best, this.ranks.get(parts[i] + ' ' + parts[i + 1]) ?? Infinity);
      }
      if (best === Infinity) break;
      const next = [];
      for (let i = 0; i < parts.length; i++) {
        const merge = i + 1 < parts.length && this.ranks.get(parts[i] + ' ' + parts[i + 1]) === best;
        next.push(merge ? parts[i] + parts[++i] : parts[i]);
      }
      parts = next;
    }
    this.known.set(letters, parts);
    return parts;
  }

  /** What each id adds to the text; a character of several tokens is added by its last one. */
  decodeEach(ids) {
    const decoder = new TextDecoder();
    const texts = ids.map(id => {
      const token = this.vocabulary[id];
      return this.special.has(token)
        ? decoder.decode() + token
        : decoder.decode(Uint8Array.from(token, letter => this.bytes.get(letter)), { stream: true });
    });
    const rest = decoder.decode();
    if (texts.length) texts[texts.length - 1] += rest;
    return texts;
  }

  /** The text of ids without special tokens. */
  decode(ids) {
    return this.decodeEach(ids.filter(id => !this.special.has(this.vocabulary[id]))).join('');
  }
}
