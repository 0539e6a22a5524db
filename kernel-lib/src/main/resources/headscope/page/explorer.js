'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const $ = id => document.getElementById(id);
  const make = (tag, className, text) => {
    const e = document.createElement(tag);
    if (className) e.className = className;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const bytes = base64 => {
    const text = atob(base64);
    const out = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
    return out.buffer;
  };
  const numbers = (base64, width) =>
    width === 4 ? new Uint32Array(bytes(base64)) : width === 2 ? new Uint16Array(bytes(base64)) : new Uint8Array(bytes(base64));

  const { layers, headsPerLayer, sink, local, steps } = data;
  const n = layers * headsPerLayer;
  const promptIds = numbers(data.promptIds, 4), ids = numbers(data.ids, 4);
  const P = promptIds.length;
  const index = numbers(data.index, data.indexWidth); // [steps, heads]
  const measures = data.measures.map(m => {
    const values = numbers(m.data, m.width);
    const unit = m.width === 2 ? 65535 : 255;
    return { name: m.name, at: (s, h) => values[s * n + h] / unit };
  });
  const weight = measures[0].at;
  const inside = new Map(data.spans.map(s => [s.name, new Set()]));
  data.spans.forEach(s => s.ranges.forEach(([from, to]) => {
    for (let i = from; i < to; i++) inside.get(s.name).add(i);
  }));
  const needle = inside.get('needle');
  const idAt = i => i < P ? promptIds[i] : ids[i - P];
  const copies = (s, h) => needle.has(index[s * n + h]) && idAt(index[s * n + h]) === ids[s];
  if (needle) measures.push({ name: 'copy-paste score (Eq. 1)', at: (s, h) => copies(s, h) ? 1 : 0 });

  const name = h => 'L' + Math.floor(h / headsPerLayer) + '-H' + h % headsPerLayer;
  const raw = i => i < P ? (data.promptTokens ? data.promptTokens[i] : String(promptIds[i]))
    : (data.tokens ? data.tokens[i - P] : String(ids[i - P]));
  const shown = i => {
    const text = raw(i).replace(/\n/g, '⏎').replace(/\t/g, '⇥');
    return text === '' ? '∅' : text;
  };
  const short = v => v >= 0.9995 ? '1.00' : v.toFixed(v < 0.0995 ? 3 : 2).replace(/^0/, '');

  // ---- tokens
  const spans = [];
  const styleOf = new Map();
  let others = 0;
  data.spans.forEach(s => styleOf.set(s.name,
    s.name === 'needle' ? 'span0' : s.name === 'question' ? 'span1' : s.name === 'context' ? 'span2' : 'span3'));
  const smallest = [...data.spans].sort((a, b) => inside.get(a.name).size - inside.get(b.name).size);
  const mark = i => {
    const s = smallest.find(x => inside.get(x.name).has(i));
    return s ? ' ' + styleOf.get(s.name) : '';
  };
  const token = i => {
    const e = make('span', 't' + mark(i));
    const text = raw(i);
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
  };
  const prompt = $('prompt'), tokens = $('tokens');
  const CHUNK = 200;
  prompt.classList.toggle('long', P > 4 * CHUNK);
  if (!data.promptTokens) prompt.classList.add('ids');
  if (!data.tokens) tokens.classList.add('ids');
  for (let from = 0; from < P; from += CHUNK) {
    const part = make('div');
    for (let i = from; i < Math.min(P, from + CHUNK); i++) part.append(token(i));
    prompt.append(part);
  }
  for (let s = 0; s < steps; s++) {
    const e = token(P + s);
    e.id = 's' + s;
    e.setAttribute('role', 'option');
    e.setAttribute('aria-selected', 'false');
    if (data.ended && s === ids.length - 1) e.classList.add('end');
    tokens.append(e);
  }

  // ---- legend
  data.spans.forEach(s => {
    const b = make('button', styleOf.get(s.name), s.name);
    b.type = 'button';
    b.title = inside.get(s.name).size + ' tokens; go there';
    b.onclick = () => s.ranges.length && reveal(s.ranges[0][0]);
    $('legend').append(b);
  });
  $('far-name').textContent = 'leave out the first ' + sink + ' and the last ' + local + ' positions';
  $('copying').hidden = !needle;
  $('axis-end').textContent = headsPerLayer + ' heads, ' + layers + ' layers upwards';
  measures.forEach((m, i) => $('measure').append(new Option(m.name, i)));

  // ---- state
  let step = 0, cursor = -1, lit = [], chosen = [], looked = [];
  const mode = () => document.querySelector('input[name="heads"]:checked').value;
  const choose = value => {
    document.querySelector('input[name="heads"][value="' + value + '"]').checked = true;
  };
  const listed = () => [...$('list').value.matchAll(/L(\d+)-H(\d+)/gi)]
    .map(m => [Number(m[1]), Number(m[2])])
    .filter(([l, h]) => l < layers && h < headsPerLayer)
    .map(([l, h]) => l * headsPerLayer + h);
  const isFar = i => i >= sink && i < P + step - local;

  function heads() {
    const kind = mode();
    if (kind === 'list') return [...new Set(listed())];
    let all = Array.from({ length: n }, (_, h) => h);
    if (kind === 'copy') return all.filter(h => copies(step, h));
    if ($('far').checked) all = all.filter(h => isFar(index[step * n + h]));
    if (kind === 'all') return all;
    const k = Math.max(1, Math.floor(Number($('k').value)) || 1);
    return all.sort((a, b) => weight(step, b) - weight(step, a) || a - b).slice(0, k);
  }

  function show() {
    const old = tokens.querySelector('[aria-selected="true"]');
    if (old) old.setAttribute('aria-selected', 'false');
    const now = spans[P + step];
    now.setAttribute('aria-selected', 'true');
    tokens.setAttribute('aria-activedescendant', now.id);
    keepIn(tokens, now, false);
    update(true);
  }

  function update(follow) {
    lit.forEach(i => { spans[i].classList.remove('lit'); spans[i].removeAttribute('title'); });
    $('far').disabled = mode() === 'copy' || mode() === 'list';
    chosen = heads();
    const at = new Map();
    chosen.forEach(h => {
      const i = index[step * n + h], w = weight(step, h);
      const p = at.get(i) || { i, max: 0, heads: [] };
      p.max = Math.max(p.max, w);
      p.heads.push(h);
      at.set(i, p);
    });
    looked = [...at.values()].sort((a, b) => b.max - a.max || b.heads.length - a.heads.length || a.i - b.i);
    lit = looked.map(p => p.i).filter(i => spans[i]);
    looked.forEach(p => {
      const e = spans[p.i];
      if (!e) return;
      e.classList.add('lit');
      e.style.setProperty('--w', p.max.toFixed(3));
      e.title = 'position ' + p.i + ': ' + p.heads.slice(0, 8).map(h => name(h) + ' ' + short(weight(step, h))).join(', ')
        + (p.heads.length > 8 ? ', …' : '');
    });
    say();
    list();
    drawMap();
    drawOverview();
    if (follow && looked.length && looked[0].i < P) reveal(looked[0].i);
  }

  function say() {
    const said = $('said');
    said.textContent = '';
    said.append('Step ' + (step + 1) + ' of ' + steps + ': ', make('b', 'mono', '“' + shown(P + step) + '”'));
    said.append(' (id ' + ids[step] + ', log-probability ' + data.logprob[step] + ', entropy ' + data.entropy[step] + ' nats). ');
    const count = chosen.length + (chosen.length === 1 ? ' head' : ' heads');
    if (!looked.length) {
      said.append(count + ' chosen; nothing is lit.');
      return;
    }
    const p = looked[0];
    said.append(count + ', strongest at position ' + p.i + ' ', make('b', 'mono', '“' + shown(p.i) + '”'),
      ' by ' + name(p.heads.reduce((a, b) => weight(step, b) > weight(step, a) ? b : a)) + ' with ' + short(p.max) + '.');
  }

  const ROWS = 12;
  function list() {
    const body = $('looked').tBodies[0];
    body.textContent = '';
    looked.slice(0, ROWS).forEach(p => {
      const row = body.insertRow();
      const go = make('button', '', String(p.i));
      go.type = 'button';
      go.setAttribute('aria-label', 'go to position ' + p.i);
      go.onclick = () => reveal(p.i);
      row.insertCell().append(go);
      const cell = row.insertCell();
      cell.className = 'mono';
      cell.textContent = shown(p.i);
      cell.title = p.heads.map(name).join(', ');
      const count = row.insertCell(), w = row.insertCell();
      count.className = w.className = 'n';
      count.textContent = p.heads.length;
      w.textContent = short(p.max);
    });
    $('rest').textContent = looked.length > ROWS ? '… ' + (looked.length - ROWS) + ' more positions' : looked.length ? '' : 'none';
  }

  // ---- scrolling inside a box, never the page
  function keepIn(box, e, centre) {
    const b = box.getBoundingClientRect(), r = e.getBoundingClientRect();
    if (centre || r.top < b.top || r.bottom > b.bottom) {
      box.scrollTop += r.top - b.top - (b.height - r.height) / 2;
    }
  }
  function reveal(i) {
    const e = spans[i];
    if (!e) return;
    const box = i < P ? prompt : tokens;
    keepIn(box, e, false);
    requestAnimationFrame(() => keepIn(box, e, false)); // what came into view now has its true height
  }

  // ---- the map: one cell a head, layer 0 at the bottom
  const RAMP = [[68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 145, 140],
    [40, 174, 128], [94, 201, 98], [173, 220, 48], [253, 231, 37]];
  const colour = v => {
    const p = Math.max(0, Math.min(1, v)) * 8, i = Math.min(7, Math.floor(p)), r = p - i;
    return 'rgb(' + RAMP[i].map((c, j) => Math.round(c + (RAMP[i + 1][j] - c) * r)).join(',') + ')';
  };
  const map = $('map'), mapbox = $('mapbox');
  const soft = () => getComputedStyle(document.body).getPropertyValue('--soft');
  function drawMap() {
    const m = measures[$('measure').value].at;
    const scale = window.devicePixelRatio || 1;
    const width = mapbox.clientWidth || 400;
    const cell = width / headsPerLayer;
    const high = Math.max(4, Math.min(cell, 26));
    map.width = Math.round(width * scale);
    map.height = Math.round(high * layers * scale);
    const g = map.getContext('2d');
    g.scale(scale, scale);
    let top = 1;
    if ($('stretch').checked) {
      top = 0;
      for (let h = 0; h < n; h++) top = Math.max(top, m(step, h));
      top = top || 1;
    }
    $('top').textContent = short(top);
    const gap = high > 7 ? 1 : 0;
    for (let h = 0; h < n; h++) {
      const x = (h % headsPerLayer) * cell, y = (layers - 1 - Math.floor(h / headsPerLayer)) * high;
      g.fillStyle = colour(m(step, h) / top);
      g.fillRect(x, y, cell - gap, high - gap);
    }
    const ring = (h, style, w) => {
      const x = (h % headsPerLayer) * cell, y = (layers - 1 - Math.floor(h / headsPerLayer)) * high;
      g.strokeStyle = style;
      g.lineWidth = w;
      g.strokeRect(x + 1, y + 1, Math.max(1, cell - gap - 2), Math.max(1, high - gap - 2));
    };
    if (chosen.length < n) chosen.forEach(h => { ring(h, '#000', 3); ring(h, '#ffb000', 1.5); });
    if (cursor >= 0) { ring(cursor, '#000', 4); ring(cursor, '#fff', 2); }
  }
  const headAt = event => {
    const r = map.getBoundingClientRect();
    const x = Math.floor((event.clientX - r.left) / r.width * headsPerLayer);
    const y = layers - 1 - Math.floor((event.clientY - r.top) / r.height * layers);
    return x < 0 || x >= headsPerLayer || y < 0 || y >= layers ? -1 : y * headsPerLayer + x;
  };
  const HINT = 'Point at a cell to read it, click it to choose the head; Shift and click adds one.';
  function point(h) {
    cursor = h;
    drawMap();
    if (h < 0) { $('here').textContent = HINT; return; }
    const i = index[step * n + h];
    const m = measures[$('measure').value];
    $('here').textContent = '';
    $('here').append(make('b', '', name(h)), ': looks at position ' + i + ' ', make('span', 'mono', '“' + shown(i) + '”'),
      ' with ' + short(weight(step, h)) + ($('measure').value === '0' ? '' : '; ' + m.name + ' ' + short(m.at(step, h))));
  }
  function pick(h, add) {
    const before = mode() === 'list' ? listed() : [];
    const next = add ? (before.includes(h) ? before.filter(x => x !== h) : [...before, h]) : [h];
    $('list').value = next.map(name).join(', ');
    choose('list');
    update(true);
  }
  map.onmousemove = e => point(headAt(e));
  map.onmouseleave = () => { if (document.activeElement !== mapbox) point(-1); };
  map.onclick = e => { const h = headAt(e); if (h >= 0) { point(h); pick(h, e.shiftKey || e.ctrlKey || e.metaKey); } };
  mapbox.onfocus = () => { if (cursor < 0 && mapbox.matches(':focus-visible')) point(chosen.length ? chosen[0] : 0); };
  mapbox.onkeydown = e => {
    const move = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: headsPerLayer, ArrowDown: -headsPerLayer }[e.key];
    if (move) {
      const to = Math.max(0, cursor) + move;
      const sameRow = Math.floor(to / headsPerLayer) === Math.floor(Math.max(0, cursor) / headsPerLayer);
      if (to >= 0 && to < n && (Math.abs(move) > 1 || headsPerLayer === 1 || sameRow)) point(to);
    } else if ((e.key === 'Enter' || e.key === ' ') && cursor >= 0) {
      pick(cursor, e.shiftKey);
    } else if (e.key === 'Escape') {
      choose('top');
      update(true);
    } else {
      return;
    }
    e.preventDefault();
    e.stopPropagation();
  };

  // ---- the overview: every position on one line
  const overview = $('overview');
  function drawOverview() {
    const scale = window.devicePixelRatio || 1, width = overview.clientWidth || 400, height = 34;
    overview.width = Math.round(width * scale);
    overview.height = height * scale;
    const g = overview.getContext('2d');
    g.scale(scale, scale);
    const total = P + steps, x = i => i / total * width, css = getComputedStyle(document.body);
    const fill = { span0: '--needle', span1: '--question', span2: '--line', span3: '--other' };
    g.fillStyle = css.getPropertyValue('--ground');
    g.fillRect(0, 0, width, height);
    [...smallest].reverse().forEach(s => s.ranges.forEach(([from, to]) => {
      g.fillStyle = css.getPropertyValue(fill[styleOf.get(s.name)]);
      g.fillRect(x(from), height - 8, Math.max(1.5, x(to) - x(from)), 6);
    }));
    g.fillStyle = css.getPropertyValue('--accent');
    g.fillRect(x(P + step), 0, Math.max(1.5, x(1)), height);
    looked.forEach(p => {
      g.fillStyle = 'rgb(' + css.getPropertyValue('--lit') + ')';
      const tall = 4 + 18 * p.max;
      g.fillRect(x(p.i), 24 - tall, Math.max(2, x(1)), tall);
    });
  }
  overview.onclick = e => {
    const r = overview.getBoundingClientRect();
    reveal(Math.min(P + steps - 1, Math.floor((e.clientX - r.left) / r.width * (P + steps))));
  };

  // ---- controls
  const go = to => { step = Math.max(0, Math.min(steps - 1, to)); show(); if (cursor >= 0) point(cursor); };
  tokens.onclick = e => {
    const t = e.target.closest('.t');
    if (t) go(Number(t.dataset.i) - P);
  };
  $('back').onclick = () => go(step - 1);
  $('on').onclick = () => go(step + 1);
  document.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
    const to = { ArrowRight: step + 1, ArrowLeft: step - 1 }[e.key];
    const more = e.target === tokens
      ? { ArrowDown: step + 10, ArrowUp: step - 10, PageDown: step + 50, PageUp: step - 50, Home: 0, End: steps - 1 }[e.key]
      : undefined;
    const wanted = to === undefined ? more : to;
    if (wanted === undefined) return;
    go(wanted);
    e.preventDefault();
  });
  document.querySelectorAll('input[name="heads"]').forEach(e => e.addEventListener('change', () => update(true)));
  $('k').oninput = () => { choose('top'); update(true); };
  $('list').oninput = () => { choose('list'); update(true); };
  $('far').onchange = () => update(true);
  $('measure').onchange = () => { drawMap(); if (cursor >= 0) point(cursor); };
  $('stretch').onchange = drawMap;
  $('theme').onclick = () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    drawOverview();
  };
  window.addEventListener('resize', () => { drawMap(); drawOverview(); });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawOverview);
  point(-1);
  if (steps > 0) show(); else $('said').textContent = 'Nothing was generated.';
})();
