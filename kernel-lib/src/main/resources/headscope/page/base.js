// What every page's script builds on: elements, numbers, colours, canvases.
const byId = id => document.getElementById(id);

function make(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined) e.textContent = text;
  return e;
}

/** Whole numbers of 1, 2 or 4 bytes, little-endian, from base64. */
function numbers(base64, width) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return width === 4 ? new Uint32Array(bytes.buffer) : width === 2 ? new Uint16Array(bytes.buffer) : bytes;
}

const clamp = (v, low, high) => Math.max(low, Math.min(high, v));

/** A number in few characters: .97, .004, 12.3. */
function short(v) {
  if (Number.isNaN(v)) return '–';
  const size = Math.abs(v);
  const digits = size === 0 ? 0 : size >= 99.5 ? 0 : size >= 9.95 ? 1 : size >= 0.0995 ? 2 : size >= 0.00095 ? 3 : -1;
  if (digits < 0) return v.toExponential(1);
  return v.toFixed(digits).replace(/^(-?)0\./, '$1.').replace('-', '−');
}

/** Round places of an axis, about as many as wanted. */
function ticks(low, high, wanted) {
  const raw = (high - low) / Math.max(1, wanted), power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= raw * 0.999);
  const out = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) out.push(i * step);
  return out;
}

// ---- colours
const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const VIRIDIS = [[68, 1, 84], [71, 45, 123], [59, 82, 139], [44, 114, 142], [33, 145, 140],
  [40, 174, 128], [94, 201, 98], [173, 220, 48], [253, 231, 37]];
const BELOW = [33, 102, 200], ABOVE = [214, 96, 20];
const mix = (a, b, r) => a.map((c, i) => Math.round(c + (b[i] - c) * r));

/** [r, g, b] of a value from 0 to 1; of a signed one from −1 to 1, where 0 is the card's colour. */
function ramp(v, signed, middle) {
  if (signed) return mix(middle, v < 0 ? BELOW : ABOVE, clamp(Math.abs(v), 0, 1) ** 0.7);
  const p = clamp(v, 0, 1) * 8, i = Math.min(7, Math.floor(p));
  return mix(VIRIDIS[i], VIRIDIS[i + 1], p - i);
}
const rgb = c => 'rgb(' + c.join(',') + ')';
const parsed = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));

/** The context of a canvas of this size in px, sharp on any screen. */
function sheet(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.style.height = height + 'px';
  const g = canvas.getContext('2d');
  g.scale(scale, scale);
  g.font = '11px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';
  g.textBaseline = 'middle';
  return g;
}

/** Text cut with an ellipsis to a width. */
function fitted(g, text, width) {
  if (g.measureText(text).width <= width) return text;
  const letters = [...text];
  while (letters.length && g.measureText(letters.join('') + '…').width > width) letters.pop();
  return letters.join('') + '…';
}

/** Scrolls inside a box, never the page. */
function keepIn(box, e, centre) {
  const b = box.getBoundingClientRect(), r = e.getBoundingClientRect();
  if (centre || r.top < b.top || r.bottom > b.bottom) box.scrollTop += r.top - b.top - (b.height - r.height) / 2;
}

/** The button between light and dark, and what is drawn anew when the colours change. */
function themes(redraw) {
  byId('theme').onclick = () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    redraw();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  window.addEventListener('resize', redraw);
}
