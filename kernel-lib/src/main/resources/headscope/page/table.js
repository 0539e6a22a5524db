(() => {
  const box = document.currentScript && document.currentScript.previousElementSibling;
  const table = box && box.querySelector("table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const number = (cell) => {
    const text = (cell.title || cell.textContent).trim();
    return text === "∞" ? Infinity : text === "-∞" ? -Infinity : text === "" ? NaN : Number(text);
  };
  const heads = Array.from(table.tHead.rows[0].cells);
  const compare = (column) => {
    const asNumbers = heads[column].style.textAlign === "right";
    return (a, b) => {
      const x = a.cells[column], y = b.cells[column];
      if (!asNumbers) return x.textContent.localeCompare(y.textContent, "en", { numeric: true });
      const p = number(x), q = number(y);
      if (Number.isNaN(p) || Number.isNaN(q)) return 0;
      return p - q;
    };
  };
  const missing = (row, column) =>
    heads[column].style.textAlign === "right" && Number.isNaN(number(row.cells[column]));
  let sorted = -1, up = true;
  const sort = (column) => {
    up = sorted === column ? !up : heads[column].style.textAlign !== "right";
    sorted = column;
    const by = compare(column);
    const known = rows.filter((r) => !missing(r, column)).sort((a, b) => (up ? by(a, b) : by(b, a)));
    body.append(...known, ...rows.filter((r) => missing(r, column)));
    heads.forEach((h, i) => {
      h.lastChild.textContent = i === column ? (up ? " ▲" : " ▼") : "";
      h.setAttribute("aria-sort", i !== column ? "none" : up ? "ascending" : "descending");
    });
  };
  heads.forEach((head, column) => {
    head.append(document.createElement("span"));
    head.tabIndex = 0;
    head.style.cursor = "pointer";
    head.title = "sort by this column";
    head.addEventListener("click", () => sort(column));
    head.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" && e.key !== " ") return;
      e.preventDefault();
      e.stopPropagation();
      sort(column);
    });
  });
  const field = document.createElement("input");
  field.type = "search";
  field.placeholder = "filter rows";
  field.setAttribute("aria-label", "filter rows");
  field.style.cssText =
    "font:inherit;color:inherit;background:transparent;border:1px solid rgba(128,128,128,.6);" +
    "border-radius:3px;padding:1px 6px;margin:0 8px 4px 0;width:14em";
  const count = document.createElement("span");
  count.style.cssText = "opacity:.7;font-size:.9em";
  count.setAttribute("role", "status");
  const filter = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter((w) => w);
    let left = 0;
    for (const row of rows) {
      const text = Array.from(row.cells, (c) => c.textContent).join(" ").toLowerCase();
      row.hidden = !words.every((w) => text.includes(w));
      left += row.hidden ? 0 : 1;
    }
    count.textContent = (left === rows.length ? "" : left + " of ") + rows.length + " rows";
  };
  field.addEventListener("input", filter);
  field.addEventListener("keydown", (e) => e.stopPropagation());
  box.before(field, count);
  filter();
})();
