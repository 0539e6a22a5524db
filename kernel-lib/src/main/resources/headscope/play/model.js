// The model, top to bottom: a Llama decoder. Weights come in half precision; everything is stored as
// float32 and summed as the browser's numbers are, in float64.
//
// Shapes: T rows of this pass, n positions seen, D hidden size, H query heads, KV key/value heads,
// d head dimension, V vocabulary. A matrix [out, in] is stored row by row; out is a multiple of 4.

/** IEEE 754 half precision to numbers. */
function fromHalf(bits) {
  const table = new Float32Array(1 << 16);
  for (let i = 0; i < table.length; i++) {
    const exponent = (i >> 10) & 31, fraction = i & 1023;
    const size = exponent === 0 ? fraction * 2 ** -24
      : exponent === 31 ? (fraction ? NaN : Infinity) : (1 + fraction / 1024) * 2 ** (exponent - 15);
    table[i] = i >> 15 ? -size : size;
  }
  return Float32Array.from(bits, b => table[b]);
}

/** y [T, out] = x [T, in] · wᵀ, w [out, in]. Blocks of four rows and two outputs share what they read. */
function linear(x, T, w, y) {
  const n = x.length / T, m = y.length / T;
  let t = 0;
  for (; t + 4 <= T; t += 4) {
    const a = t * n, b = a + n, c = b + n, d = c + n;
    for (let o = 0; o < m; o += 2) {
      const u = o * n, v = u + n;
      let a0 = 0, b0 = 0, c0 = 0, d0 = 0, a1 = 0, b1 = 0, c1 = 0, d1 = 0;
      for (let i = 0; i < n; i++) {
        const p = w[u + i], q = w[v + i], e = x[a + i], f = x[b + i], g = x[c + i], h = x[d + i];
        a0 += e * p; b0 += f * p; c0 += g * p; d0 += h * p;
        a1 += e * q; b1 += f * q; c1 += g * q; d1 += h * q;
      }
      const k = t * m + o;
      y[k] = a0; y[k + m] = b0; y[k + 2 * m] = c0; y[k + 3 * m] = d0;
      y[k + 1] = a1; y[k + m + 1] = b1; y[k + 2 * m + 1] = c1; y[k + 3 * m + 1] = d1;
    }
  }
  for (; t < T; t++) {
    const a = t * n;
    for (let o = 0; o < m; o += 4) {
      const u = o * n, v = u + n, r = v + n, s = r + n;
      let y0 = 0, y1 = 0, y2 = 0, y3 = 0;
      for (let i = 0; i < n; i++) {
        const e = x[a + i];
        y0 += e * w[u + i]; y1 += e * w[v + i]; y2 += e * w[r + i]; y3 += e * w[s + i];
      }
      const k = t * m + o;
      y[k] = y0; y[k + 1] = y1; y[k + 2] = y2; y[k + 3] = y3;
    }
  }
}

/** x / rms(x) · weight, row by row: [T, D]. */
function rmsNorm(x, T, weight, epsilon, y) {
  const n = weight.length;
  for (let t = 0; t < T; t++) {
    let sum = 0;
    for (let i = t * n; i < (t + 1) * n; i++) sum += x[i] * x[i];
    const scale = 1 / Math.sqrt(sum / n + epsilon);
    for (let i = 0; i < n; i++) y[t * n + i] = x[t * n + i] * scale * weight[i];
  }
}

/** Scores of n keys to weights that sum to 1, in place. */
function softmax(scores, n) {
  let max = -Infinity, sum = 0;
  for (let j = 0; j < n; j++) if (scores[j] > max) max = scores[j];
  for (let j = 0; j < n; j++) sum += scores[j] = Math.exp(scores[j] - max);
  for (let j = 0; j < n; j++) scores[j] /= sum;
}

class Model {
  /**
   * @param config as config.json names it
   * @param names the tensors in the order in which their weights stand in halves
   * @param halves Uint16Array, half precision
   */
  constructor(config, names, halves) {
    this.layers = config.num_hidden_layers;
    this.heads = config.num_attention_heads;
    this.keyValueHeads = config.num_key_value_heads;
    this.headDim = config.head_dim;
    this.hidden = config.hidden_size;
    this.intermediate = config.intermediate_size;
    this.vocabulary = config.vocab_size;
    this.positions = config.max_position_embeddings;
    this.epsilon = config.rms_norm_eps;
    this.end = config.eos_token_id;
    const all = fromHalf(halves);
    let at = 0;
    this.weights = Object.fromEntries(names.map(({ name, size }) => [name, all.subarray(at, at += size)]));
    this.layer = Array.from({ length: this.layers }, (_, l) => {
      const w = part => this.weights['model.layers.' + l + '.' + part + '.weight'];
      return {
        attentionNorm: w('input_layernorm'), query: w('self_attn.q_proj'), key: w('self_attn.k_proj'),
        value: w('self_attn.v_proj'), attentionOutput: w('self_attn.o_proj'),
        mlpNorm: w('post_attention_layernorm'), gate: w('mlp.gate_proj'), up: w('mlp.up_proj'), down: w('mlp.down_proj'),
      };
    });
    this.#rotaryTable(config.rope_theta);
    this.forget();
  }

  /** Cosines and sines of every position: [positions, d / 2], float32 as transformers has them. */
  #rotaryTable(theta) {
    const half = this.headDim / 2;
    this.cos = new Float32Array(this.positions * half);
    this.sin = new Float32Array(this.positions * half);
    for (let i = 0; i < half; i++) {
      const frequency = Math.fround(1 / Math.fround(theta ** ((2 * i) / this.headDim)));
      for (let p = 0; p < this.positions; p++) {
        this.cos[p * half + i] = Math.cos(Math.fround(p * frequency));
        this.sin[p * half + i] = Math.sin(Math.fround(p * frequency));
      }
    }
  }

  /** Empties the cache of keys and values, [KV, positions, d] a layer. */
  forget() {
    const size = this.keyValueHeads * this.positions * this.headDim;
    this.cache = this.layer.map(() => ({ keys: new Float32Array(size), values: new Float32Array(size) }));
  }

  /**
   * Computes some positions behind those that are cached, and caches their keys and values.
   *
   * @param ids of the tokens at these positions
   * @param first the first of these positions
   * @param off heads that are switched off, a Set of layer · H + head: their z is 0
   * @param wanted whether logits and patterns are, of a single position: a prompt's keys and values need neither
   * @return logits [V] and patterns [layers · H, n], the attention of each head, whether off or not
   */
  forward(ids, first, off, wanted) {
    const T = ids.length, D = this.hidden, qs = this.heads * this.headDim, kvs = this.keyValueHeads * this.headDim;
    const n = first + T;
    const x = new Float32Array(T * D), normed = new Float32Array(T * D), added = new Float32Array(T * D);
    const q = new Float32Array(T * qs), k = new Float32Array(T * kvs), v = new Float32Array(T * kvs);
    const z = new Float32Array(T * qs);
    const gate = new Float32Array(T * this.intermediate), up = new Float32Array(T * this.intermediate);
    const patterns = wanted ? new Float32Array(this.layers * this.heads * n) : null;
    const embedding = this.weights['model.embed_tokens.weight'];
    ids.forEach((id, t) => x.set(embedding.subarray(id * D, (id + 1) * D), t * D));
    for (let l = 0; l < this.layers; l++) {
      const w = this.layer[l];
      rmsNorm(x, T, w.attentionNorm, this.epsilon, normed);
      linear(normed, T, w.key, k); // [T, KV · d]
      linear(normed, T, w.value, v); // [T, KV · d]
      this.#rotate(k, T, first, this.keyValueHeads);
      this.#keep(l, k, v, T, first);
      if (!wanted && l === this.layers - 1) break; // nothing reads what is behind
      linear(normed, T, w.query, q); // [T, H · d]
      this.#rotate(q, T, first, this.heads);
      this.#attend(l, q, T, first, z, patterns); // [T, H · d]
      this.#switchOff(l, z, T, off);
      linear(z, T, w.attentionOutput, added); // [T, D]
      for (let i = 0; i < x.length; i++) x[i] += added[i];
      rmsNorm(x, T, w.mlpNorm, this.epsilon, normed);
      linear(normed, T, w.gate, gate);
      linear(normed, T, w.up, up);
      for (let i = 0; i < gate.length; i++) gate[i] = (gate[i] / (1 + Math.exp(-gate[i]))) * up[i]; // SwiGLU
      linear(gate, T, w.down, added);
      for (let i = 0; i < x.length; i++) x[i] += added[i];
    }
    if (!wanted) return null;
    rmsNorm(x, T, this.weights['model.norm.weight'], this.epsilon, normed);
    const logits = new Float32Array(this.vocabulary);
    linear(normed, 1, embedding, logits); // tied: the embedding is the output matrix
    return { logits, patterns };
  }

  /** Turns the first half of each head with the second by the angle of its position. */
  #rotate(x, T, first, heads) {
    const d = this.headDim, half = d / 2;
    for (let t = 0; t < T; t++) {
      for (let h = 0; h < heads; h++) {
        const at = (t * heads + h) * d;
        for (let i = 0; i < half; i++) {
          const cos = this.cos[(first + t) * half + i], sin = this.sin[(first + t) * half + i];
          const a = x[at + i], b = x[at + half + i];
          x[at + i] = a * cos - b * sin;
          x[at + half + i] = b * cos + a * sin;
        }
      }
    }
  }

  #keep(l, k, v, T, first) {
    const d = this.headDim, { keys, values } = this.cache[l];
    for (let t = 0; t < T; t++) {
      for (let g = 0; g < this.keyValueHeads; g++) {
        const from = (t * this.keyValueHeads + g) * d, to = (g * this.positions + first + t) * d;
        keys.set(k.subarray(from, from + d), to);
        values.set(v.subarray(from, from + d), to);
      }
    }
  }

  /** What each head takes from the values that its query sees: z [T, H · d]. */
  #attend(l, q, T, first, z, patterns) {
    const d = this.headDim, H = this.heads, group = H / this.keyValueHeads;
    const { keys, values } = this.cache[l];
    const scale = 1 / Math.sqrt(d);
    const weights = new Float32Array(first + T), sum = new Float64Array(d);
    for (let h = 0; h < H; h++) {
      const base = Math.floor(h / group) * this.positions * d;
      for (let t = 0; t < T; t++) {
        const n = first + t + 1, at = (t * H + h) * d;
        for (let j = 0; j < n; j++) {
          const key = base + j * d;
          let s = 0;
          for (let i = 0; i < d; i++) s += q[at + i] * keys[key + i];
          weights[j] = s * scale;
        }
        softmax(weights, n);
        sum.fill(0);
        for (let j = 0; j < n; j++) {
          const p = weights[j], value = base + j * d;
          for (let i = 0; i < d; i++) sum[i] += p * values[value + i];
        }
        z.set(sum, at);
        if (patterns) patterns.set(weights, (l * H + h) * n);
      }
    }
  }

  #switchOff(l, z, T, off) {
    const d = this.headDim, H = this.heads;
    for (let h = 0; h < H; h++) {
      if (!off.has(l * H + h)) continue;
      for (let t = 0; t < T; t++) z.fill(0, (t * H + h) * d, (t * H + h + 1) * d);
    }
  }
}
