// The charts of one trace. Each is drawn from the view's state and tells the view what was chosen.
const MARGIN = 58; // room for names left of a chart

/** The extent that a measure's colours run over. */
function extent(t, m, stretch, step) {
  if (!stretch) return m.signed ? [-m.high, m.high] : [m.low, m.high];
  let top = 0;
  for (let h = 0; h < t.n; h++) top = Math.max(top, Math.abs(m.at(step, h)) || 0);
  top = top || 1;
  return m.signed ? [-top, top] : [0, top];
}
const colourOf = (m, [low, high], middle) => v =>
  m.signed ? ramp(v / high, true, middle) : ramp((v - low) / (high - low || 1));

/** Moves by arrow keys over what `move` finds; Enter chooses, Escape leaves. */
function arrows(box, { move, choose, leave }) {
  box.onkeydown = e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const by = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key];
    if (by) move(...by); else if (e.key === 'Enter' || e.key === ' ') choose(e.shiftKey); else if (e.key === 'Escape') leave(); else return;
    e.preventDefault();
    e.stopPropagation();
  };
}

/** Heads over steps, below them one head's row: how strongly and where it looks. */
function timeline(view) {
  const { t, el } = view, box = el('timebox'), canvas = el('time');
  let rows = [], geometry = {}, image = {}, row = -1;
  const PLACES = { copies: '--lit-ink', needle: '--needle', sink: '--sink', local: '--soft', elsewhere: '--accent' };

  /** The map as an image of at most as many cells as there are pixels; the strongest of a cell counts. */
  function cells(m, width, height) {
    const key = [m.name, view.state.rows, width, height, style('--card')].join();
    if (image.key === key) return image.canvas;
    const w = Math.min(t.steps, width), h = Math.min(rows.length, height);
    const best = new Float32Array(w * h).fill(NaN);
    for (let s = 0; s < t.steps; s++) {
      const x = Math.floor(s * w / t.steps);
      for (let r = 0; r < rows.length; r++) {
        const v = m.at(s, rows[r]), c = Math.floor(r * h / rows.length) * w + x;
        if (!(Math.abs(best[c]) >= Math.abs(v))) best[c] = v;
      }
    }
    const out = document.createElement('canvas');
    out.width = w;
    out.height = h;
    const g = out.getContext('2d'), pixels = g.createImageData(w, h);
    const [low, high] = extent(t, m), colour = colourOf(m, [low, high], parsed(style('--card')));
    const table = Array.from({ length: 256 }, (_, i) => colour(low + (high - low) * i / 255));
    for (let c = 0; c < w * h; c++) {
      if (Number.isNaN(best[c])) continue;
      const [red, green, blue] = table[clamp(Math.round((best[c] - low) / (high - low) * 255), 0, 255)];
      pixels.data[4 * c] = red;
      pixels.data[4 * c + 1] = green;
      pixels.data[4 * c + 2] = blue;
      pixels.data[4 * c + 3] = 255;
    }
    g.putImageData(pixels, 0, 0);
    image = { key, canvas: out };
    return out;
  }

  function draw() {
    const m = view.colour(), variable = view.state.rows === 'variable';
    // layers upwards, as on the map; the picked ones as the figures have them, the first on top
    rows = variable ? t.mostVariable(m, 16) : Array.from({ length: t.n }, (_, i) => t.n - 1 - i);
    const width = box.clientWidth || 600, inner = width - MARGIN - 6, stepWidth = inner / t.steps;
    const strip = t.by ? 30 : 0, tall = variable ? rows.length * 14 : clamp(t.n * 3, 90, 220);
    const top = strip + 4, bars = top + tall + 10, path = bars + 40 + 8, foot = path + 58 + 4;
    const measuring = canvas.getContext('2d');
    const upright = stepWidth >= 12;
    measuring.font = '11px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
    const labels = upright ? Array.from({ length: t.steps }, (_, s) => fitted(measuring, t.shown(t.P + s).replace(/ /g, '␣'), 84)) : [];
    const below = upright ? Math.max(20, ...labels.map(x => measuring.measureText(x).width)) + 8 : 18;
    const g = sheet(canvas, width, foot + below);
    geometry = { left: MARGIN, inner, top, tall, foot };
    const x = s => MARGIN + s * stepWidth, soft = style('--soft'), text = style('--text');
    const name = (word, y, strong) => {
      g.fillStyle = strong ? text : soft;
      g.textAlign = 'right';
      g.fillText(word, MARGIN - 6, y);
    };
    // how many retrieve
    if (t.by) {
      const most = Math.max(1, ...t.retrieving);
      name('retrieve', strip - 8);
      name('' + most, 6);
      g.fillStyle = style('--lit-ink');
      t.retrieving.forEach((c, s) => {
        const high = c / most * (strip - 4);
        g.fillRect(x(s), strip - high, Math.max(1, stepWidth - (stepWidth > 4 ? 1 : 0)), high);
      });
      g.fillStyle = style('--line');
      g.fillRect(MARGIN, strip, inner, 1);
    }
    // the map
    const dense = window.devicePixelRatio || 1;
    g.imageSmoothingEnabled = false;
    g.drawImage(cells(m, Math.ceil(inner * dense), Math.ceil(tall * dense)), MARGIN, top, inner, tall);
    const rowHigh = tall / rows.length;
    if (variable) {
      rows.forEach((h, r) => name(t.name(h), top + (r + 0.5) * rowHigh, h === view.state.head));
    } else {
      const high = tall / t.layers, every = Math.ceil(13 / high);
      for (let l = 0; l < t.layers; l++) {
        const y = top + tall - (l + 0.5) * high;
        if (l % every === 0) name('layer ' + l, y);
        if (high >= 6 && l) {
          g.fillStyle = style('--card');
          g.fillRect(MARGIN, top + tall - l * high - 0.5, inner, 1);
        }
      }
    }
    // one head's row
    const head = view.state.head;
    g.fillStyle = style('--line');
    g.fillRect(MARGIN, bars + 40, inner, 1);
    g.fillRect(MARGIN, path + 58, inner, 1);
    name(t.name(head), bars + 14, true);
    name('weight', bars + 30);
    name('position', path + 22);
    name('of ' + (t.P + t.steps - 1), path + 38);
    const total = t.P + t.steps, y = i => path + 58 - (i + 0.5) / total * 58;
    g.fillStyle = style('--band');
    t.data.spans.filter(s => s.name === 'needle').forEach(s => s.ranges.forEach(([from, to]) =>
      g.fillRect(MARGIN, y(to - 0.5), inner, Math.max(2, y(from - 0.5) - y(to - 0.5)))));
    for (let s = 0; s < t.steps; s++) {
      const w = t.weight(s, head), wide = Math.max(1, stepWidth - (stepWidth > 4 ? 1 : 0));
      g.fillStyle = style(PLACES[t.place(s, head)]);
      g.fillRect(x(s), bars + 40 - w * 40, wide, w * 40);
      const size = clamp(1.5 + 3 * w, 1.5, stepWidth < 4 ? 2 : 4.5);
      g.fillRect(x(s) + stepWidth / 2 - size, y(t.at(s, head)) - size, 2 * size, 2 * size);
    }
    // steps
    g.fillStyle = soft;
    if (upright) {
      labels.forEach((label, s) => {
        g.save();
        g.translate(x(s) + stepWidth / 2, foot + 2);
        g.rotate(-Math.PI / 2);
        g.textAlign = 'right';
        g.fillStyle = s === view.state.step ? text : soft;
        g.fillText(label, 0, 0);
        g.restore();
      });
    } else {
      g.textAlign = 'center';
      ticks(0, t.steps - 1, inner / 60).filter(s => Number.isInteger(s)).forEach(s => g.fillText(s, x(s) + stepWidth / 2, foot + 9));
      name('step', foot + 9);
    }
    // where we are
    g.strokeStyle = style('--text');
    g.lineWidth = 1.5;
    g.strokeRect(x(view.state.step) - 0.75, 1, Math.max(3, stepWidth) + 1, foot - 2);
    if (row >= 0 && rows[row] !== undefined) {
      g.strokeStyle = style('--lit-ink');
      g.strokeRect(MARGIN, top + row * rowHigh, inner, Math.max(2, rowHigh));
    }
    canvas.setAttribute('aria-label', summary());
  }
  function summary() {
    const h = view.state.head;
    let copied = 0;
    for (let s = 0; s < t.counted; s++) copied += t.copies(s, h) ? 1 : 0;
    return t.name(h) + ' over ' + t.steps + ' steps' + (t.needle ? ': it copies at ' + copied + ' of them.' : '.');
  }
  const stepAt = e => {
    const r = canvas.getBoundingClientRect();
    return clamp(Math.floor((e.clientX - r.left - geometry.left) / geometry.inner * t.steps), 0, t.steps - 1);
  };
  const rowAt = e => {
    const y = e.clientY - canvas.getBoundingClientRect().top - geometry.top;
    return y < 0 || y >= geometry.tall ? -1 : clamp(Math.floor(y / geometry.tall * rows.length), 0, rows.length - 1);
  };
  const read = (s, h) => view.read(el('time-here'), s, h);
  canvas.onmousemove = e => { const r = rowAt(e); read(stepAt(e), r < 0 ? view.state.head : rows[r]); };
  canvas.onmouseleave = () => { el('time-here').textContent = view.timeHint; };
  canvas.onclick = e => {
    const r = rowAt(e);
    view.change(r < 0 ? { step: stepAt(e) } : { step: stepAt(e), head: rows[r] });
  };
  const at = () => row >= 0 ? row : Math.max(0, rows.indexOf(view.state.head));
  arrows(box, {
    move: (right, up) => {
      if (up) { row = clamp(at() - up, 0, rows.length - 1); draw(); }
      if (right) view.change({ step: view.state.step + right });
      read(view.state.step, rows[at()]);
    },
    choose: () => view.change({ head: rows[at()] }),
    leave: () => { row = -1; draw(); },
  });
  box.onblur = () => { row = -1; draw(); };
  return { draw };
}

/** Layers × heads at one step; layer 0 at the bottom. */
function headMap(view) {
  const { t, el } = view, canvas = el('map'), box = el('mapbox');
  const left = 30, top = 16;
  let cell = 10, high = 10;
  const corner = h => [left + (h % t.headsPerLayer) * cell, top + (t.layers - 1 - Math.floor(h / t.headsPerLayer)) * high];
  function draw() {
    const m = view.colour(), width = box.clientWidth || 400;
    cell = (width - left - 2) / t.headsPerLayer;
    high = clamp(Math.min(cell, 480 / t.layers), 4, 26);
    const g = sheet(canvas, width, top + high * t.layers + 18);
    const [low, most] = extent(t, m, el('stretch').checked, view.state.step);
    const colour = colourOf(m, [low, most], parsed(style('--card')));
    const gap = Math.min(cell, high) > 6 ? 1 : 0;
    for (let h = 0; h < t.n; h++) {
      const v = m.at(view.state.step, h);
      if (Number.isNaN(v)) continue;
      const [x, y] = corner(h);
      g.fillStyle = rgb(colour(v));
      g.fillRect(x, y, cell - gap, high - gap);
    }
    g.fillStyle = style('--soft');
    g.textAlign = 'left';
    g.fillText('layer', 0, 7);
    g.textAlign = 'right';
    for (let l = 0, every = Math.ceil(12 / high); l < t.layers; l += every) g.fillText(l, left - 6, top + (t.layers - l - 0.5) * high);
    g.textAlign = 'center';
    const foot = top + t.layers * high + 9, wide = g.measureText('' + (t.headsPerLayer - 1)).width + 6;
    for (let h = 0, every = Math.ceil(wide / cell); h < t.headsPerLayer; h += every) g.fillText(h, left + (h + 0.5) * cell, foot);
    g.textAlign = 'left';
    g.fillText('head', 0, foot);
    const ring = (h, colourName, w) => {
      const [x, y] = corner(h);
      g.strokeStyle = colourName;
      g.lineWidth = w;
      g.strokeRect(x + 1, y + 1, Math.max(1, cell - gap - 2), Math.max(1, high - gap - 2));
    };
    t.masked(view.state.step).forEach(h => cross(g, ...corner(h), cell - gap, high - gap));
    if (view.chosen.length < t.n) view.chosen.forEach(h => { ring(h, '#000', 3); ring(h, '#ffb000', 1.5); });
    if (view.cursor >= 0) { ring(view.cursor, '#000', 4); ring(view.cursor, '#fff', 2); }
    bar(el('ramp'), m);
    el('bottom').textContent = short(low);
    el('top').textContent = short(most);
  }
  /** A masked head. */
  function cross(g, x, y, w, h) {
    const r = Math.max(2, Math.min(w, h) / 2 - 3);
    x += w / 2;
    y += h / 2;
    [['#000', 3.5], ['#fff', 1.75]].forEach(([colour, width]) => {
      g.strokeStyle = colour;
      g.lineWidth = width;
      g.beginPath();
      g.moveTo(x - r, y - r);
      g.lineTo(x + r, y + r);
      g.moveTo(x + r, y - r);
      g.lineTo(x - r, y + r);
      g.stroke();
    });
  }
  /** The colour bar, which runs as the cells do. */
  function bar(element, m) {
    const middle = parsed(style('--card')), stops = [];
    for (let i = 0; i <= 16; i++) stops.push(rgb(m.signed ? ramp(i / 8 - 1, true, middle) : ramp(i / 16)));
    element.style.background = 'linear-gradient(90deg,' + stops.join(',') + ')';
  }
  const headAt = e => {
    const r = canvas.getBoundingClientRect();
    const x = Math.floor((e.clientX - r.left - left) / cell), y = t.layers - 1 - Math.floor((e.clientY - r.top - top) / high);
    return x < 0 || x >= t.headsPerLayer || y < 0 || y >= t.layers ? -1 : y * t.headsPerLayer + x;
  };
  canvas.onmousemove = e => view.point(headAt(e));
  canvas.onmouseleave = () => { if (document.activeElement !== box) view.point(-1); };
  canvas.onclick = e => { const h = headAt(e); if (h >= 0) { view.point(h); view.pick(h, e.shiftKey || e.ctrlKey || e.metaKey); } };
  box.onfocus = () => { if (view.cursor < 0 && box.matches(':focus-visible')) view.point(view.chosen.length ? view.chosen[0] : 0); };
  arrows(box, {
    move: (right, up) => {
      const from = Math.max(0, view.cursor), to = from + right + up * t.headsPerLayer;
      const sameRow = Math.floor(to / t.headsPerLayer) === Math.floor(from / t.headsPerLayer);
      if (to >= 0 && to < t.n && (up || sameRow)) view.point(to);
    },
    choose: add => { if (view.cursor >= 0) view.pick(view.cursor, add); },
    leave: () => view.change({ kind: 'top' }),
  });
  return { draw };
}

/** Every head at two of its scores. */
function scatter(view) {
  const { t, el } = view, canvas = el('scatter'), box = el('scatterbox');
  const left = 44, top = 20, right = 14, foot = 34, height = 270;
  let places = [], cursor = -1;
  const axes = () => ['x', 'y'].map(a => t.measures[view.state[a]] || t.measures[0]);
  function draw() {
    const width = box.clientWidth || 400, g = sheet(canvas, width, height);
    const [mx, my] = axes(), values = [mx, my].map(m => t.perHead(m, view.state.over, view.state.step));
    const ranges = values.map(v => {
      let low = Math.min(0, ...v.filter(x => !Number.isNaN(x))), high = Math.max(0, ...v.filter(x => !Number.isNaN(x)));
      if (low === high) high = low + 1;
      return [low - (low < 0 ? (high - low) * 0.04 : 0), high + (high - low) * 0.06];
    });
    const w = width - left - right, tall = height - top - foot;
    const px = v => left + (v - ranges[0][0]) / (ranges[0][1] - ranges[0][0]) * w;
    const py = v => top + tall - (v - ranges[1][0]) / (ranges[1][1] - ranges[1][0]) * tall;
    const soft = style('--soft'), line = style('--line');
    g.fillStyle = line;
    g.strokeStyle = line;
    ticks(...ranges[0], w / 70).forEach(v => {
      g.fillStyle = line;
      g.fillRect(px(v), top, 1, tall);
      g.fillStyle = soft;
      g.textAlign = 'center';
      g.fillText(short(v), px(v), top + tall + 10);
    });
    ticks(...ranges[1], tall / 45).forEach(v => {
      g.fillStyle = line;
      g.fillRect(left, py(v), w, 1);
      g.fillStyle = soft;
      g.textAlign = 'right';
      g.fillText(short(v), left - 6, py(v));
    });
    g.fillStyle = style('--text');
    g.textAlign = 'left';
    g.fillText('↑ ' + my.name, 4, 8);
    g.textAlign = 'right';
    g.fillText(fitted(g, mx.name + ' →', w), width - 4, height - 8);
    places = Array.from({ length: t.n }, (_, h) => ({ h, x: px(values[0][h]), y: py(values[1][h]), vx: values[0][h], vy: values[1][h] }))
      .filter(p => !Number.isNaN(p.x + p.y));
    places.forEach(p => dot(g, p, 3.5, rgb(ramp(t.layers < 2 ? 0.5 : Math.floor(p.h / t.headsPerLayer) / (t.layers - 1)))));
    const marked = new Set(view.chosen.length <= 40 ? view.chosen : []);
    places.filter(p => marked.has(p.h)).forEach(p => circle(g, p, 5, style('--lit-ink'), 2));
    places.filter(p => p.h === (cursor >= 0 ? cursor : view.state.head)).forEach(p => circle(g, p, 7, style('--text'), 2));
    label(g, width);
    canvas.setAttribute('aria-label', 'Scatter of ' + places.length + ' heads: ' + mx.name + ' to the right, ' + my.name + ' upwards');
  }
  function dot(g, p, r, colour) {
    g.beginPath();
    g.arc(p.x, p.y, r, 0, 7);
    g.fillStyle = colour;
    g.fill();
    g.strokeStyle = style('--card');
    g.lineWidth = 0.75;
    g.stroke();
  }
  function circle(g, p, r, colour, w) {
    g.beginPath();
    g.arc(p.x, p.y, r, 0, 7);
    g.strokeStyle = colour;
    g.lineWidth = w;
    g.stroke();
  }
  /** Names of the heads that stand out, where they cover neither each other nor the axes. */
  function label(g, width) {
    const used = [], far = p => Math.hypot((p.x - left) / (width - left), (top + height - foot - p.y) / height);
    const first = p => p.h === view.state.head ? 2 : 0;
    [...places].sort((a, b) => first(b) + far(b) - first(a) - far(a)).slice(0, 14).forEach(p => {
      const name = t.name(p.h), w = g.measureText(name).width;
      const spot = [[p.x + 8, p.y], [p.x - 8 - w, p.y], [p.x - w / 2, p.y - 13], [p.x - w / 2, p.y + 13]].find(([x, y]) =>
        x >= left && x + w <= width && y >= top + 6 && y <= height - foot - 6
        && used.every(u => x > u.x + u.w + 3 || x + w + 3 < u.x || Math.abs(y - u.y) > 12));
      if (!spot || used.length >= 8) return;
      used.push({ x: spot[0], y: spot[1], w });
      g.fillStyle = style('--text');
      g.textAlign = 'left';
      g.fillText(name, spot[0], spot[1]);
    });
  }
  function here(h) {
    cursor = h;
    const out = el('scatter-here'), p = places.find(q => q.h === h);
    out.textContent = '';
    if (p) {
      const [mx, my] = axes();
      out.append(make('b', '', t.name(h)), ': ' + mx.name + ' ' + short(p.vx) + ', ' + my.name + ' ' + short(p.vy));
    } else {
      out.textContent = view.scatterHint;
    }
    draw();
  }
  const nearest = e => {
    const r = canvas.getBoundingClientRect(), x = e.clientX - r.left, y = e.clientY - r.top;
    let best = -1, least = 18;
    places.forEach(p => { const d = Math.hypot(p.x - x, p.y - y); if (d < least) { least = d; best = p.h; } });
    return best;
  };
  canvas.onmousemove = e => { const h = nearest(e); if (h !== cursor) here(h); };
  canvas.onmouseleave = () => here(-1);
  canvas.onclick = e => { const h = nearest(e); if (h >= 0) view.pick(h, e.shiftKey || e.ctrlKey || e.metaKey); };
  box.onblur = () => here(-1);
  arrows(box, {
    move: (dx, dy) => { // to the next head in that direction
      const key = dx ? 'vx' : 'vy', by = dx || dy;
      const order = [...places].sort((a, b) => a[key] - b[key] || a.h - b.h);
      const i = order.findIndex(p => p.h === (cursor >= 0 ? cursor : view.state.head));
      here(order[clamp(i + by, 0, order.length - 1)].h);
    },
    choose: add => { if (cursor >= 0) view.pick(cursor, add); },
    leave: () => here(-1),
  });
  return { draw, here };
}
