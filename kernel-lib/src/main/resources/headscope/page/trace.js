// A trace as the page reads it.
const HEAD = /L(\d+)-H(\d+)/gi;

/** Tokens and spans; positions count through prompt and generation. */
function readTexts(data) {
  const promptIds = numbers(data.promptIds, 4), ids = numbers(data.ids, 4);
  const P = promptIds.length;
  const inside = new Map(data.spans.map(s => [s.name, new Set()]));
  data.spans.forEach(s => s.ranges.forEach(([from, to]) => {
    for (let i = from; i < to; i++) inside.get(s.name).add(i);
  }));
  const raw = i => i < P ? (data.promptTokens ? data.promptTokens[i] : String(promptIds[i]))
    : (data.tokens ? data.tokens[i - P] : String(ids[i - P]));
  const shown = i => {
    const text = raw(i).replace(/\n/g, '⏎').replace(/\t/g, '⇥');
    return text === '' ? '∅' : text;
  };
  const name = h => 'L' + Math.floor(h / data.headsPerLayer) + '-H' + h % data.headsPerLayer;
  return { data, P, promptIds, ids, inside, raw, shown, name };
}

function readTrace(data) {
  const { layers, headsPerLayer, sink, local, steps } = data;
  const texts = readTexts(data), { P, promptIds, ids, inside } = texts;
  const n = layers * headsPerLayer;
  const counted = data.ended ? steps - 1 : steps; // the end token takes no part in any score
  const index = numbers(data.index, data.indexWidth); // [steps, heads]
  const needle = inside.get('needle');
  const inNeedle = new Uint8Array(P + steps); // asked for each head and step
  if (needle) needle.forEach(i => { inNeedle[i] = 1; });
  const idAt = i => i < P ? promptIds[i] : ids[i - P];
  const at = (s, h) => index[s * n + h];
  const copies = (s, h) => inNeedle[at(s, h)] === 1 && idAt(at(s, h)) === ids[s];

  // decoded when first asked for: most are never looked at
  const measures = data.measures.map(m => {
    let values;
    const missing = m.width === 2 ? 65535 : 255, unit = (m.high - m.low) / (missing - 1);
    return {
      name: m.name, low: m.low, high: m.high, signed: m.low < 0,
      at: (s, h) => {
        values = values || numbers(m.data, m.width);
        const v = values[s * n + h];
        return v === missing ? NaN : m.low + v * unit;
      },
    };
  });
  const weight = measures[0].at;
  if (needle) measures.push({ name: 'copy-paste score (Eq. 1)', low: 0, high: 1, signed: false, at: (s, h) => copies(s, h) ? 1 : 0 });
  const measure = name => measures.find(m => m.name === name);

  // who retrieves: by Eq. 1, and where no head ever copies by Eq. 2
  const reasoning = measure('reasoning score (Eq. 2)');
  const counts = test => Uint16Array.from({ length: counted }, (_, s) => {
    let c = 0;
    for (let h = 0; h < n; h++) c += test(s, h) ? 1 : 0;
    return c;
  });
  let retrieves = copies, by = needle ? 'Eq. 1' : '', retrieving = counts(copies);
  if (reasoning && !retrieving.some(c => c)) {
    retrieves = (s, h) => reasoning.at(s, h) > 0.1;
    by = 'Eq. 2 above .1';
    retrieving = counts(retrieves);
  }

  const cache = new Map();
  const once = (key, make) => {
    if (!cache.has(key)) cache.set(key, make());
    return cache.get(key);
  };
  /** One number a head: of a step, or the mean or the greatest over the counted steps. */
  function perHead(m, over, step) {
    if (over === 'now') return Float64Array.from({ length: n }, (_, h) => m.at(step, h));
    return once(over + m.name, () => {
      const out = new Float64Array(n).fill(over === 'most' ? NaN : 0), seen = new Uint32Array(n);
      for (let s = 0; s < counted; s++) {
        for (let h = 0; h < n; h++) {
          const v = m.at(s, h);
          if (Number.isNaN(v)) continue;
          seen[h]++;
          if (over === 'mean') out[h] += v; else if (!(out[h] >= v)) out[h] = v;
        }
      }
      return over === 'mean' ? out.map((v, h) => seen[h] ? v / seen[h] : NaN) : out;
    });
  }
  /** The heads of greatest variance over the counted steps, in layer, head order, as in Fig. 1. */
  const mostVariable = (m, count) => once('variable' + count + m.name, () => {
    const mean = perHead(m, 'mean'), square = new Float64Array(n);
    for (let s = 0; s < counted; s++) for (let h = 0; h < n; h++) square[h] += ((m.at(s, h) - mean[h]) || 0) ** 2;
    return [...square.keys()].sort((a, b) => square[b] - square[a] || a - b).slice(0, count).sort((a, b) => a - b);
  });

  const parse = text => [...new Set([...text.matchAll(HEAD)]
    .map(m => [Number(m[1]), Number(m[2])])
    .filter(([l, h]) => l < layers && h < headsPerLayer)
    .map(([l, h]) => l * headsPerLayer + h))];
  const isFar = (s, i) => i >= sink && i < P + s - local;
  /** Where a head looks, in a word. */
  const place = (s, h) => {
    const i = at(s, h);
    return copies(s, h) ? 'copies' : inNeedle[i] ? 'needle' : i < sink ? 'sink'
      : i >= P + s - local ? 'local' : 'elsewhere';
  };
  const masked = s => data.masked[s] || [];
  return { ...texts, masked, layers, headsPerLayer, n, steps, counted, sink, local, at, idAt, needle, copies, measures,
    measure, weight, retrieves, retrieving, by, perHead, mostVariable, parse, isFar, place };
}
