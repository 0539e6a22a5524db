// The explorer: a view for each trace, and what holds them together.
const ROWS = 12;
const HEADS = /^(top|all|copy)(\d*)$/;

/** One trace on the page. Elements of the k-th one have ids that end in -k; `first` is the first view. */
function traceView(data, k, first, changed) {
  const el = id => byId(id + '-' + k), t = readTrace(data), texts = readTokens(t);
  const { n, P, steps } = t, spans = texts.spans;
  const retrieval = t.retrieving.findIndex(c => c > 0);
  const start = Math.max(0, retrieval);
  const named = name => t.measures.findIndex(m => m.name === name);
  const axis = (...names) => Math.max(0, ...names.map(named).filter(i => i >= 0).slice(0, 1));
  const strongest = (s, heads) => heads.reduce((a, b) => t.weight(s, b) > t.weight(s, a) ? b : a);
  const all = Array.from({ length: n }, (_, h) => h);
  const begin = () => {
    const there = steps ? all.filter(h => retrieval >= 0 && t.retrieves(start, h)) : [];
    return there.length ? strongest(start, there) : 0;
  };
  const initial = {
    step: start, less: false, kind: 'top', k: 10, list: '', far: true, colour: 0, rows: 'all', head: begin(), over: 'mean',
    x: axis('copy-paste score (Eq. 1)'), y: axis(...data.measures.filter(m => m.own).map(m => m.name), 'mass on needle'),
  };
  const view = {
    t, el, k, chosen: [], cursor: -1, state: { ...initial }, initial,
    timeHint: 'Click a step to go there, click a row to follow its head below.',
    scatterHint: 'One dot a head, lighter in higher layers. Click one to choose it.',
    colour: () => {
      const m = t.measures[view.state.colour] || t.measures[0];
      return view.state.less && comparable(m) ? less(m) : m;
    },
  };
  let lit = [], looked = [];

  // ---- a measure less the first trace's at the same step
  const sameHeads = other => other.t.layers === t.layers && other.t.headsPerLayer === t.headsPerLayer;
  const comparable = m => Boolean(first) && sameHeads(first) && Boolean(first.t.measure(m.name));
  const differences = new Map();
  function less(m) {
    if (!differences.has(m)) {
      const other = first.t.measure(m.name), at = (s, h) => s < first.t.steps ? m.at(s, h) - other.at(s, h) : NaN;
      let high = 0; // colours run as far as any difference does
      for (let s = 0; s < steps; s++) for (let h = 0; h < n; h++) high = Math.max(high, Math.abs(at(s, h)) || 0);
      high = high || 1;
      differences.set(m, { name: m.name + ' less that of the first', low: -high, high, signed: true, at });
    }
    return differences.get(m);
  }

  // ---- what does not change
  const prompt = el('prompt'), tokens = el('tokens');
  texts.fill(prompt);
  if (!data.tokens) tokens.classList.add('ids');
  for (let s = 0; s < steps; s++) {
    const e = texts.token(P + s);
    e.id = 's' + s + '-' + k;
    e.setAttribute('role', 'option');
    e.setAttribute('aria-selected', 'false');
    if (data.ended && s === steps - 1 && s === t.ids.length - 1) e.classList.add('end');
    tokens.append(e);
  }
  data.spans.forEach(s => {
    const b = make('button', texts.kind.get(s.name), s.name);
    b.type = 'button';
    b.title = t.inside.get(s.name).size + ' tokens; go there';
    b.onclick = () => s.ranges.length && reveal(s.ranges[0][0]);
    el('legend').append(b);
  });
  el('far-name').textContent = 'leave out the first ' + t.sink + ' and the last ' + t.local + ' positions';
  el('copying').hidden = !t.needle;
  ['retrieve-back', 'retrieve-on'].forEach(id => { el(id).hidden = retrieval < 0; });
  t.measures.forEach((m, i) => ['measure', 'x', 'y'].forEach(id => el(id).append(new Option(m.name, i))));
  ['needle', 'copies'].forEach(id => { el('key-' + id).hidden = !t.needle; });

  // ---- what is chosen
  function heads() {
    const { kind, k: count, far, step } = view.state;
    if (kind === 'list') return t.parse(view.state.list);
    if (kind === 'copy') return all.filter(h => t.copies(step, h));
    const some = far ? all.filter(h => t.isFar(step, t.at(step, h))) : all.slice();
    if (kind === 'all') return some;
    return some.sort((a, b) => t.weight(step, b) - t.weight(step, a) || a - b).slice(0, Math.max(1, count));
  }
  /** Takes on a state, shows it. */
  view.apply = change => {
    const before = view.state.step, s = view.state = { ...view.state, ...change };
    s.step = clamp(s.step, 0, Math.max(0, steps - 1));
    s.head = clamp(s.head, 0, n - 1);
    document.querySelector('input[name="heads-' + k + '"][value="' + s.kind + '"]').checked = true;
    if (document.activeElement !== el('k')) el('k').value = s.k;
    if (document.activeElement !== el('list')) el('list').value = s.list;
    el('far').checked = s.far;
    if (first) el('less').checked = s.less;
    el('far').disabled = s.kind === 'copy' || s.kind === 'list';
    [['measure', 'colour'], ['x', 'x'], ['y', 'y'], ['over', 'over'], ['rows', 'rows']].forEach(([id, key]) => { el(id).value = s[key]; });
    if (!steps) { el('said').textContent = 'Nothing was generated.'; return; }
    show(change === undefined || before !== s.step || 'kind' in change || 'list' in change || 'k' in change || 'far' in change);
  };
  view.change = change => { view.apply(change); changed(view, change); };

  function show(follow) {
    const { step } = view.state;
    const old = tokens.querySelector('[aria-selected="true"]'), now = spans[P + step];
    if (old) old.setAttribute('aria-selected', 'false');
    now.setAttribute('aria-selected', 'true');
    tokens.setAttribute('aria-activedescendant', now.id);
    keepIn(tokens, now, false);
    lit.forEach(i => { spans[i].classList.remove('lit'); spans[i].removeAttribute('title'); });
    view.chosen = heads();
    const at = new Map();
    view.chosen.forEach(h => {
      const i = t.at(step, h), w = t.weight(step, h), p = at.get(i) || { i, max: 0, heads: [] };
      p.max = Math.max(p.max, w);
      p.heads.push(h);
      at.set(i, p);
    });
    looked = [...at.values()].sort((a, b) => b.max - a.max || b.heads.length - a.heads.length || a.i - b.i);
    lit = looked.map(p => p.i).filter(i => spans[i]);
    looked.filter(p => spans[p.i]).forEach(p => {
      const e = spans[p.i];
      e.classList.add('lit');
      e.style.setProperty('--w', p.max.toFixed(3));
      e.title = 'position ' + p.i + ': ' + p.heads.slice(0, 8).map(h => t.name(h) + ' ' + short(t.weight(step, h))).join(', ')
        + (p.heads.length > 8 ? ', …' : '');
    });
    say();
    list();
    view.draw();
    if (view.cursor >= 0) view.point(view.cursor);
    if (follow && looked.length && looked[0].i < P) reveal(looked[0].i);
  }
  const quoted = i => make('b', 'mono', '“' + t.shown(i) + '”');
  function say() {
    const said = el('said'), { step } = view.state;
    said.textContent = '';
    said.append('Step ' + step + ' of 0–' + (steps - 1) + ': ', quoted(P + step));
    said.append(' (id ' + t.ids[step] + ', log-probability ' + data.logprob[step] + ', entropy ' + data.entropy[step] + ' nats). ');
    if (t.by && step < t.counted) said.append(t.retrieving[step] + ' of ' + n + ' heads ' + (t.retrieving[step] === 1 ? 'retrieves' : 'retrieve') + ' (' + t.by + '). ');
    const count = view.chosen.length + (view.chosen.length === 1 ? ' head' : ' heads');
    if (!looked.length) {
      said.append(count + ' chosen; nothing is lit.');
      return;
    }
    const p = looked[0];
    said.append(count + ' chosen, strongest at position ' + p.i + ' ', quoted(p.i),
      ' by ' + t.name(strongest(step, p.heads)) + ' with ' + short(p.max) + '.');
  }
  function list() {
    const body = el('looked').tBodies[0];
    body.textContent = '';
    looked.slice(0, ROWS).forEach(p => {
      const row = body.insertRow(), go = make('button', '', String(p.i));
      go.type = 'button';
      go.setAttribute('aria-label', 'go to position ' + p.i);
      go.onclick = () => reveal(p.i);
      row.insertCell().append(go);
      const cell = row.insertCell();
      cell.className = 'mono';
      cell.textContent = t.shown(p.i);
      cell.title = p.heads.map(t.name).join(', ');
      [p.heads.length, short(p.max)].forEach(text => {
        const c = row.insertCell();
        c.className = 'n';
        c.textContent = text;
      });
    });
    el('rest').textContent = looked.length > ROWS ? '… ' + (looked.length - ROWS) + ' more positions' : looked.length ? '' : 'none';
  }
  function reveal(i) {
    const e = spans[i];
    if (!e) return;
    const box = i < P ? prompt : tokens;
    keepIn(box, e, false);
    requestAnimationFrame(() => keepIn(box, e, false)); // what came into view now has its true height
  }

  // ---- the charts
  /** Says what a head does at a step. */
  view.read = (out, s, h) => {
    const m = view.colour(), i = t.at(s, h);
    out.textContent = '';
    out.append('step ' + s + ' ', quoted(P + s), ', ', make('b', '', t.name(h)), ' looks at position ' + i + ' ', quoted(i),
      ' with ' + short(t.weight(s, h)) + (t.masked(s).includes(h) ? ', masked' : '') + (m === t.measures[0] ? '' : '; ' + m.name + ' ' + short(m.at(s, h))));
  };
  view.point = h => {
    view.cursor = h;
    if (steps) map.draw();
    if (h < 0 || !steps) {
      el('here').textContent = 'Point at a cell to read it, click it to choose the head; Shift and click adds one.';
    } else {
      view.read(el('here'), view.state.step, h);
    }
  };
  view.pick = (h, add) => {
    const before = view.state.kind === 'list' ? t.parse(view.state.list) : [];
    const next = add ? (before.includes(h) ? before.filter(x => x !== h) : [...before, h]) : [h];
    view.change({ kind: 'list', list: next.map(t.name).join(', '), head: h });
  };
  const time = timeline(view), map = headMap(view), dots = scatter(view), whole = overview(view, () => looked, reveal);
  view.draw = () => { if (steps) [time, map, dots, whole].forEach(c => c.draw()); };

  // ---- controls
  tokens.onclick = e => {
    const token = e.target.closest('.t');
    if (token) view.change({ step: Number(token.dataset.i) - P });
  };
  const toRetrieval = by => {
    for (let s = view.state.step + by; s >= 0 && s < t.counted; s += by) if (t.retrieving[s]) return view.change({ step: s });
  };
  el('back').onclick = () => view.change({ step: view.state.step - 1 });
  el('on').onclick = () => view.change({ step: view.state.step + 1 });
  el('retrieve-back').onclick = () => toRetrieval(-1);
  el('retrieve-on').onclick = () => toRetrieval(1);
  document.querySelectorAll('input[name="heads-' + k + '"]').forEach(e => e.addEventListener('change', () => view.change({ kind: e.value })));
  el('k').oninput = () => view.change({ kind: 'top', k: Math.max(1, Math.floor(Number(el('k').value)) || 1) });
  el('list').oninput = () => view.change({ kind: 'list', list: el('list').value });
  el('far').onchange = () => view.change({ far: el('far').checked });
  [['measure', 'colour'], ['x', 'x'], ['y', 'y']].forEach(([id, key]) => { el(id).onchange = () => view.change({ [key]: Number(el(id).value) }); });
  ['over', 'rows'].forEach(id => { el(id).onchange = () => view.change({ [id]: el(id).value }); });
  if (first) {
    el('less-name').hidden = !sameHeads(first);
    el('less').onchange = () => view.change({ less: el('less').checked });
  }
  el('stretch').onchange = () => map.draw();
  view.key = e => {
    const { step } = view.state;
    const to = { ArrowRight: step + 1, ArrowLeft: step - 1 }[e.key];
    const more = e.target === tokens
      ? { ArrowDown: step + 10, ArrowUp: step - 10, PageDown: step + 50, PageUp: step - 50, Home: 0, End: steps - 1 }[e.key]
      : undefined;
    const wanted = to === undefined ? more : to;
    if (wanted === undefined) return;
    view.change({ step: wanted });
    e.preventDefault();
  };

  // ---- the state as words of a link, and back
  view.words = () => {
    const s = view.state, m = i => t.measures[i].name;
    const heads = s.kind === 'list' ? t.parse(s.list).map(t.name).join(',') : s.kind === 'top' ? 'top' + s.k : s.kind;
    const words = { step: s.step, head: t.name(s.head), heads, near: s.far ? '' : '1', less: s.less ? '1' : '', colour: m(s.colour), rows: s.rows, x: m(s.x), y: m(s.y), over: s.over };
    const usual = { step: initial.step, head: t.name(initial.head), heads: 'top10', near: '', less: '', colour: m(0), rows: 'all', x: m(initial.x), y: m(initial.y), over: 'mean' };
    return Object.entries(words).filter(([key, value]) => value !== usual[key]);
  };
  view.said = words => {
    const change = { ...initial }, word = key => words.get(key);
    if (/^\d+$/.test(word('step') || '')) change.step = Number(word('step'));
    const [head] = t.parse(word('head') || '');
    if (head !== undefined) change.head = head;
    const kind = HEADS.exec(word('heads') || '');
    if (kind) {
      change.kind = kind[1];
      if (kind[2]) change.k = Math.max(1, Number(kind[2]));
    } else if (word('heads')) {
      change.kind = 'list';
      change.list = t.parse(word('heads')).map(t.name).join(', ');
    }
    if (word('near')) change.far = false;
    if (word('less')) change.less = true;
    ['colour', 'x', 'y'].forEach(key => { const i = named(word(key)); if (i >= 0) change[key] = i; });
    if (['all', 'variable'].includes(word('rows'))) change.rows = word('rows');
    if (['mean', 'most', 'now'].includes(word('over'))) change.over = word('over');
    return change;
  };
  /** Another view's change in terms of this one's heads and measures. */
  view.follow = (other, change) => {
    const own = {}, same = sameHeads(other);
    Object.entries(change).forEach(([key, value]) => {
      if (['colour', 'x', 'y'].includes(key)) {
        const i = named(other.t.measures[value].name);
        if (i >= 0) own[key] = i;
      } else if (key !== 'less' && (same || ['step', 'rows', 'over', 'far', 'k'].includes(key) || (key === 'kind' && value !== 'list'))) {
        own[key] = key === 'step' ? other.state.step : value;
      }
    });
    if (!same && change.kind === 'list') return; // the other's heads are none of this model's
    view.apply(own);
  };
  view.point(-1);
  dots.here(-1);
  el('time-here').textContent = view.timeHint;
  return view;
}

/** Every position on one line: spans, what is lit, the step. */
function overview(view, looked, reveal) {
  const { t, el } = view, canvas = el('overview'), height = 34;
  function draw() {
    const width = canvas.clientWidth || 400, g = sheet(canvas, width, height);
    const total = t.P + t.steps, x = i => i / total * width;
    const fill = { needle: '--needle', question: '--question', context: '--line' };
    g.fillStyle = style('--ground');
    g.fillRect(0, 0, width, height);
    [...t.data.spans].sort((a, b) => t.inside.get(b.name).size - t.inside.get(a.name).size).forEach(s => s.ranges.forEach(([from, to]) => {
      g.fillStyle = style(fill[s.name] || '--other');
      g.fillRect(x(from), height - 8, Math.max(1.5, x(to) - x(from)), 6);
    }));
    g.fillStyle = style('--accent');
    g.fillRect(x(t.P + view.state.step), 0, Math.max(1.5, x(1)), height);
    g.fillStyle = style('--lit-ink');
    looked().forEach(p => {
      const tall = 4 + 18 * p.max;
      g.fillRect(x(p.i), 24 - tall, Math.max(2, x(1)), tall);
    });
  }
  canvas.onclick = e => {
    const r = canvas.getBoundingClientRect();
    reveal(Math.min(t.P + t.steps - 1, Math.floor((e.clientX - r.left) / r.width * (t.P + t.steps))));
  };
  return { draw };
}

const samePrompt = (a, b) => a.P === b.P && a.promptIds.every((id, i) => id === b.promptIds[i]);

(() => {
  const { traces } = JSON.parse(byId('data').textContent);
  const several = traces.length > 1, together = byId('together');
  let active = 0, waiting = 0;

  function changed(view, change) {
    if (several && together.checked) views.filter(v => v !== view).forEach(v => v.follow(view, change));
    clearTimeout(waiting);
    waiting = setTimeout(link, 150);
  }
  const views = [];
  traces.forEach((data, k) => views.push(traceView(data, k, views[0], changed)));

  // ---- the address holds the state: keys of the second trace end in .2, and so on
  const key = (name, k) => k ? name + '.' + (k + 1) : name;
  function link() {
    const words = new URLSearchParams();
    if (several && !together.checked) words.set('apart', '1');
    views.forEach(v => v.words().forEach(([name, value]) => words.set(key(name, v.k), value)));
    const text = words.toString();
    try {
      history.replaceState(null, '', text ? '#' + text : location.pathname + location.search);
    } catch (e) {
      // a frame in a notebook has no address of its own
    }
  }
  function linked() {
    const words = new URLSearchParams(location.hash.slice(1));
    if (several) together.checked = !words.has('apart');
    views.forEach(v => v.apply(v.said(new Map([...words].filter(([name]) => name.endsWith('.' + (v.k + 1)) || (!v.k && !name.includes('.')))
      .map(([name, value]) => [name.split('.')[0], value])))));
  }
  window.addEventListener('hashchange', linked);

  // ---- several traces: side by side, or one at a time where there is no room
  function activate(k, focus) {
    active = k;
    document.querySelectorAll('#which [role="tab"]').forEach((tab, i) => {
      tab.setAttribute('aria-selected', String(i === k));
      tab.tabIndex = i === k ? 0 : -1;
      if (i === k && focus) tab.focus();
    });
    document.querySelectorAll('article').forEach((a, i) => a.classList.toggle('hidden', i !== k));
    views[k].draw();
  }
  if (several) {
    together.onchange = () => { if (together.checked) changed(views[active], views[active].state); else link(); };
    document.querySelectorAll('#which [role="tab"]').forEach((tab, i) => {
      tab.onclick = () => activate(i);
      tab.onkeydown = e => {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
        if (!by) return;
        activate((i + by + views.length) % views.length, true);
        e.preventDefault();
        e.stopPropagation();
      };
    });
    document.querySelectorAll('article').forEach((a, i) => {
      ['pointerdown', 'focusin'].forEach(type => a.addEventListener(type, () => { active = i; }));
    });
    // tokens that are not those of the first trace
    views.slice(1).filter(v => samePrompt(v.t, views[0].t)).forEach(v => {
      for (let s = 0; s < v.t.steps; s++) {
        if (s < views[0].t.steps && v.t.ids[s] === views[0].t.ids[s]) continue;
        v.el('tokens').children[s].classList.add('differs');
        v.el('differing').hidden = false;
      }
    });
    activate(0);
  }
  document.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
    views[active].key(e);
  });
  themes(() => views.forEach(v => v.draw()));
  linked();
})();
