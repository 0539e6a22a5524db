// What is drawn, drawn as the Java library draws it: SplitMix64, see headscope.draw.Draws.
class Draws {
  static MASK = (1n << 64n) - 1n;
  static GOLDEN = 0x9e3779b97f4a7c15n;

  constructor(seed, gamma = Draws.GOLDEN) {
    this.seed = BigInt.asUintN(64, BigInt(seed));
    this.gamma = gamma;
  }

  #nextSeed() {
    this.seed = (this.seed + this.gamma) & Draws.MASK;
    return this.seed;
  }

  static #mixed(z, first, factor, second, other, third) {
    z = ((z ^ (z >> first)) * factor) & Draws.MASK;
    z = ((z ^ (z >> second)) * other) & Draws.MASK;
    return z ^ (z >> third);
  }

  static #mix64(z) {
    return Draws.#mixed(z, 30n, 0xbf58476d1ce4e5b9n, 27n, 0x94d049bb133111ebn, 31n);
  }

  static #mixGamma(z) {
    const odd = Draws.#mixed(z, 33n, 0xff51afd7ed558ccdn, 33n, 0xc4ceb9fe1a85ec53n, 33n) | 1n;
    const flips = (odd ^ (odd >> 1n)).toString(2).replace(/0/g, '').length;
    return flips < 24 ? odd ^ 0xaaaaaaaaaaaaaaaan : odd;
  }

  /** The next number, signed, of 64 bits. */
  next() {
    return BigInt.asIntN(64, Draws.#mix64(this.#nextSeed()));
  }

  /** From 0 to below n. */
  below(n) {
    const m = BigInt(n);
    return Number(((this.next() % m) + m) % m);
  }

  /** A stream of its own. */
  split() {
    const seed = BigInt.asUintN(64, this.next());
    return new Draws(seed, Draws.#mixGamma(this.#nextSeed()));
  }

  /** Some of a list, drawn without putting back; all where there are no more. */
  some(list, count) {
    const left = [...list], drawn = [];
    while (drawn.length < count && left.length) {
      drawn.push(...left.splice(this.below(left.length), 1));
    }
    return drawn;
  }
}
