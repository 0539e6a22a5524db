// Tokens as elements: the prompt in chunks, which a browser lays out when they come into view.
const CHUNK = 200;

function readTokens(trace) {
  const { data, P, inside } = trace;
  const kind = new Map(data.spans.map(s => [s.name,
    s.name === 'needle' ? 'span0' : s.name === 'question' ? 'span1' : s.name === 'context' ? 'span2' : 'span3']));
  const smallest = [...data.spans].sort((a, b) => inside.get(a.name).size - inside.get(b.name).size);
  const spans = [];
  function token(i) {
    const s = smallest.find(x => inside.get(x.name).has(i));
    const e = make('span', 't' + (s ? ' ' + kind.get(s.name) : ''));
    const text = trace.raw(i);
    if (text === '') {
      e.append(make('span', 'nl', '∅'));
    } else if (/\n/.test(text)) {
      text.split('\n').forEach((part, j, all) => {
        if (part) e.append(part);
        if (j < all.length - 1) e.append(make('span', 'nl', '⏎'), '\n');
      });
    } else {
      e.textContent = text;
    }
    e.dataset.i = i;
    spans[i] = e;
    return e;
  }
  function fill(box) {
    box.classList.toggle('long', P > 4 * CHUNK);
    if (!data.promptTokens) box.classList.add('ids');
    for (let from = 0; from < P; from += CHUNK) {
      const part = make('div');
      for (let i = from; i < Math.min(P, from + CHUNK); i++) part.append(token(i));
      box.append(part);
    }
  }
  return { spans, kind, smallest, token, fill };
}
