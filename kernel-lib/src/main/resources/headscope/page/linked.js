// A figure of heads whose cells light what the head attends to in the prompt beside it.
const data = JSON.parse(byId('data').textContent);
const texts = readTexts(data), { P, ids } = texts, tokens = readTokens(texts);
const { heads, columns, map } = data; // numbers of heads; of a heatmap the steps of its columns
const places = new Map(heads.map((h, i) => [h, i]));
const index = numbers(data.index, data.indexWidth), weights = numbers(data.weight, 2); // [steps, heads]
const steps = ids.length;
const lookedAt = (s, h) => index[s * heads.length + places.get(h)];
const weightOf = (s, h) => weights[s * heads.length + places.get(h)] / 65535;

// whole rows: how many weights each has, then their positions and values; 255: the row was not kept
const NOT_KEPT = 255;
const counts = numbers(data.rowCounts, 1), rowPositions = numbers(data.rowPositions, data.indexWidth), rowWeights = numbers(data.rowWeights, 2);
const starts = new Uint32Array(counts.length + 1);
counts.forEach((c, i) => { starts[i + 1] = starts[i] + (c === NOT_KEPT ? 0 : c); });
/** The attention row of a head at a step, [position, weight] each; null if it was not kept. */
function rowOf(s, h) {
  const i = s * heads.length + places.get(h);
  if (counts[i] === NOT_KEPT) return null;
  return Array.from({ length: counts[i] }, (_, j) => [rowPositions[starts[i] + j], rowWeights[starts[i] + j] / 65535]);
}

let chosen = null, step = map ? data.step : 0, lit = [];

// ---- prompt and tokens
const prompt = byId('prompt');
tokens.fill(prompt);
const said = make('div', 'generated');
for (let s = 0; s < steps; s++) said.append(tokens.token(P + s));
prompt.append(said);
data.spans.forEach(s => {
  const b = make('button', tokens.kind.get(s.name), s.name);
  b.type = 'button';
  b.title = texts.inside.get(s.name).size + ' tokens; go there';
  b.onclick = () => s.ranges.length && reveal(s.ranges[0][0]);
  byId('legend').append(b);
});
function reveal(i) {
  keepIn(prompt, tokens.spans[i], false);
  requestAnimationFrame(() => keepIn(prompt, tokens.spans[i], false));
}

// ---- the grid
const grid = byId('grid'), cells = [];
const written = v => data.binary ? String(v) : short(v);
const scale = v => (v - data.low) / (data.high - data.low || 1);
function cell(row, h, s, value, words) {
  const td = row.insertCell();
  td.setAttribute('role', 'gridcell');
  if (value === null) {
    td.className = 'none';
    return;
  }
  const c = { td, h, s, value, row: grid.rows.length - 1, column: td.cellIndex };
  td.tabIndex = cells.length ? -1 : 0;
  td.style.background = rgb(ramp(scale(value)));
  td.setAttribute('aria-label', words + ', ' + data.value + ' ' + written(value));
  cells.push(c);
  td.onmouseenter = () => read(c);
  td.onmouseleave = () => read(chosen);
  td.onfocus = () => read(c);
  td.onclick = () => choose(c);
}
const heading = (row, text) => {
  const th = make('th', '', text);
  th.scope = 'row';
  row.append(th);
  return th;
};
function foot(what, labels) {
  const row = grid.insertRow();
  row.className = 'foot';
  row.append(make('th', '', what));
  labels.forEach(([text, title]) => {
    const th = make('th'), span = make('span', '', text);
    th.scope = 'col';
    th.title = title;
    th.append(span);
    row.append(th);
  });
}
if (map) {
  grid.classList.add('map');
  grid.style.setProperty('--high', (data.layers > 20 ? 12 : 24) + 'px');
  const every = Math.ceil(data.headsPerLayer / 24);
  for (let l = data.layers - 1; l >= 0; l--) {
    const row = grid.insertRow();
    heading(row, data.layers > 20 && l % 2 ? '' : 'layer ' + l);
    for (let i = 0; i < data.headsPerLayer; i++) {
      const h = l * data.headsPerLayer + i;
      cell(row, h, null, places.has(h) ? data.values[places.get(h)] : null, texts.name(h));
    }
  }
  foot('head', Array.from({ length: data.headsPerLayer }, (_, i) => [i % every ? '' : String(i), 'head ' + i]));
} else {
  grid.style.setProperty('--high', (heads.length > 16 ? 14 : 22) + 'px');
  heads.forEach((h, r) => {
    const row = grid.insertRow();
    heading(row, texts.name(h));
    columns.forEach((s, c) => cell(row, h, s, data.values[r * columns.length + c], texts.name(h) + ', step ' + s + ' “' + texts.shown(P + s) + '”'));
  });
  foot('token', columns.map(s => [texts.shown(P + s).replace(/ /g, '␣'), 'step ' + s + ' “' + texts.shown(P + s) + '”']));
}
const width = 60 + (map ? data.headsPerLayer : columns.length) * 10;
grid.style.minWidth = width + 'px';
const names = grid.querySelectorAll('th[scope="row"]');
const group = make('colgroup'), first = make('col');
first.style.width = '58px';
group.append(first);
grid.prepend(group);

// ---- what is said and lit
const at = c => c.s === null ? step : c.s;
const quoted = i => make('b', 'mono', '“' + texts.shown(i) + '”');
function read(c) {
  const out = byId('here');
  out.textContent = '';
  if (!c) return;
  out.append(make('b', '', texts.name(c.h)));
  if (c.s === null) out.append(': ' + data.value + ' ' + written(c.value) + '; ');
  else out.append(', ');
  out.append('step ' + at(c) + ' ', quoted(P + at(c)), ': looks at position ' + lookedAt(at(c), c.h) + ' ', quoted(lookedAt(at(c), c.h)),
    ' with ' + short(weightOf(at(c), c.h)));
  if (c.s !== null) out.append('; ' + data.value + ' ' + written(c.value));
}
function light() {
  lit.forEach(i => { tokens.spans[i].classList.remove('lit'); tokens.spans[i].removeAttribute('title'); });
  lit = [];
  cells.forEach(c => { c.td.classList.toggle('on', c === chosen); if (chosen) c.td.tabIndex = c === chosen ? 0 : -1; });
  names.forEach((th, r) => th.classList.toggle('on', Boolean(chosen) && r === chosen.row));
  const title = byId('row');
  if (!chosen) {
    title.textContent = 'Prompt and generated tokens';
    return;
  }
  const s = at(chosen), h = chosen.h, row = rowOf(s, h);
  (row || [[lookedAt(s, h), weightOf(s, h)]]).forEach(([i, w]) => {
    const e = tokens.spans[i];
    e.classList.add('lit');
    e.style.setProperty('--w', w.toFixed(3));
    e.title = 'position ' + i + ': ' + short(w);
    lit.push(i);
  });
  const sum = row ? row.reduce((a, [, w]) => a + w, 0) : 0;
  title.textContent = row
    ? 'Attention row of ' + texts.name(h) + ' at step ' + s + ': weights from .01, together ' + short(sum)
    : 'The greatest weight of ' + texts.name(h) + ' at step ' + s + '; its whole row was not kept';
  reveal(lookedAt(s, h));
}
function mark(position) {
  cells.forEach(c => c.td.classList.toggle('source', position !== null && lookedAt(at(c), c.h) === position));
}
function choose(c) {
  chosen = c;
  mark(null);
  light();
  read(c);
}
prompt.onclick = e => {
  const t = e.target.closest('.t');
  if (!t) return;
  const i = Number(t.dataset.i);
  mark(i);
  const n = cells.filter(c => lookedAt(at(c), c.h) === i).length;
  byId('here').textContent = '';
  byId('here').append('position ' + i + ' ', quoted(i), ': ' + (n ? n + (n === 1 ? ' cell looks' : ' cells look') + ' here most' : 'no cell looks here most'));
};
grid.onkeydown = e => {
  const c = cells.find(x => x.td === document.activeElement);
  const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[e.key];
  if (e.ctrlKey || e.metaKey || e.altKey || !c) return;
  if (by) {
    const to = cells.find(x => x.row === c.row + by[0] && x.column === c.column + by[1]);
    if (to) {
      c.td.tabIndex = -1;
      to.td.tabIndex = 0;
      to.td.focus();
    }
  } else if (e.key === 'Enter' || e.key === ' ') {
    choose(c);
  } else if (e.key === 'Escape') {
    choose(null);
  } else {
    return;
  }
  e.preventDefault();
};

// ---- of a map: the step
if (map) {
  const list = byId('tokens');
  for (let s = 0; s < steps; s++) {
    const e = make('span', 't', texts.raw(P + s));
    e.id = 's' + s;
    e.setAttribute('role', 'option');
    e.onclick = () => go(s);
    list.append(e);
  }
  const go = to => {
    step = clamp(to, 0, steps - 1);
    [...list.children].forEach((e, s) => e.setAttribute('aria-selected', String(s === step)));
    list.setAttribute('aria-activedescendant', 's' + step);
    keepIn(list, list.children[step], false);
    light();
    read(chosen);
  };
  list.onkeydown = e => {
    const to = { ArrowRight: step + 1, ArrowLeft: step - 1, Home: 0, End: steps - 1 }[e.key];
    if (to === undefined) return;
    go(to);
    e.preventDefault();
  };
  go(step);
}

function legend() {
  byId('ramp').style.background = data.binary ? 'linear-gradient(90deg,' + rgb(ramp(0)) + ' 50%,' + rgb(ramp(1)) + ' 50%)'
    : 'linear-gradient(90deg,' + Array.from({ length: 17 }, (_, i) => rgb(ramp(i / 16))).join(',') + ')';
  byId('low').textContent = short(data.low);
  byId('high').textContent = data.high === 1 ? '1' : short(data.high);
}
themes(legend);
legend();
choose(cells.find(c => c.h === data.first[0] && (map || c.s === data.first[1])) || null);
