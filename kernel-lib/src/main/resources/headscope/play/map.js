// The map of heads: one button a head, the first layer at the bottom. Arrow keys go from head to head.
class HeadMap {
  /**
   * @param model { layers, heads }
   * @param onToggle is given a head that was pressed
   * @param onLook is given a head that is pointed at or has the focus, -1 where none is
   */
  constructor(box, { layers, heads }, onToggle, onLook) {
    this.layers = layers;
    this.heads = heads;
    this.cells = [];
    box.style.setProperty('--heads', heads);
    const label = (text, title) => {
      const e = document.createElement('span');
      e.className = 'axis';
      e.textContent = text;
      e.title = title;
      e.setAttribute('aria-hidden', 'true');
      return e;
    };
    for (let l = layers - 1; l >= 0; l--) {
      box.append(label('L' + l, 'layer ' + l));
      for (let h = 0; h < heads; h++) {
        const cell = document.createElement('button');
        cell.type = 'button';
        cell.className = 'head';
        cell.tabIndex = -1;
        cell.dataset.h = l * heads + h;
        this.cells[l * heads + h] = cell;
        box.append(cell);
      }
    }
    box.append(label('', ''));
    for (let h = 0; h < heads; h++) box.append(label('H' + h, 'head ' + h));
    const headOf = e => e.target.classList.contains('head') ? Number(e.target.dataset.h) : -1;
    box.addEventListener('click', e => headOf(e) >= 0 && onToggle(headOf(e)));
    box.addEventListener('mouseover', e => onLook(headOf(e)));
    box.addEventListener('mouseleave', () => onLook(box.contains(document.activeElement) ? this.at : -1));
    box.addEventListener('focusin', e => { this.#stop(headOf(e)); onLook(headOf(e)); });
    box.addEventListener('focusout', () => onLook(-1));
    box.addEventListener('keydown', e => this.#move(e));
    this.#stop(0);
  }

  /** The one cell that the Tab key stops at. */
  #stop(h) {
    if (this.at !== undefined) this.cells[this.at].tabIndex = -1;
    this.at = h;
    this.cells[h].tabIndex = 0;
  }

  #move(e) {
    const column = this.at % this.heads, row = Math.floor(this.at / this.heads);
    const to = {
      ArrowRight: column + 1 < this.heads ? this.at + 1 : this.at,
      ArrowLeft: column > 0 ? this.at - 1 : this.at,
      ArrowUp: row + 1 < this.layers ? this.at + this.heads : this.at,
      ArrowDown: row > 0 ? this.at - this.heads : this.at,
      Home: row * this.heads,
      End: (row + 1) * this.heads - 1,
    }[e.key];
    if (to === undefined) return;
    this.cells[to].focus();
    e.preventDefault();
    e.stopPropagation();
  }

  /**
   * Shows each head as it is: { name, off, retrieves, share, says }: off or on, whether it retrieves at the chosen token,
   * the share of tokens at which it does, and the rest of what is said of it.
   */
  show(states) {
    states.forEach((s, h) => {
      const cell = this.cells[h];
      cell.classList.toggle('off', s.off);
      cell.classList.toggle('retrieves', s.retrieves);
      cell.style.setProperty('--share', s.share.toFixed(3));
      cell.setAttribute('aria-pressed', String(s.off));
      const label = s.name + (s.off ? ', off' : ', on') + (s.retrieves ? ', retrieves now' : '') + (s.says ? ', ' + s.says : '');
      cell.setAttribute('aria-label', label);
      cell.title = label;
    });
  }
}
