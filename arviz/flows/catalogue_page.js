"use strict";
(() => {
  const rows = [...document.querySelectorAll("tbody tr")];
  const body = rows.length ? rows[0].parentNode : null;
  const filters = [...document.querySelectorAll("select[data-filter]")];
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const words = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  function show() {
    const state = document.querySelector("input[name=state]:checked").value;
    const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const fits = (state === "" || row.dataset.state === state)
        && filters.every((filter) => filter.value === "" || row.dataset[filter.dataset.filter].split(" ").includes(filter.value))
        && asked.every((word) => words.get(row).includes(word));
      row.hidden = !fits;
      count += fits;
    }
    shown.value = count;
  }

  function sort(heading) {
    const falling = heading.getAttribute("aria-sort") === "ascending";
    const key = heading.dataset.sort;
    const numbers = heading.dataset.kind === "number";
    const order = (a, b) => numbers ? a.dataset[key] - b.dataset[key] : a.dataset[key].localeCompare(b.dataset[key]);
    rows.sort((a, b) => (falling ? order(b, a) : order(a, b)) || a.dataset.line - b.dataset.line);
    for (const other of document.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    body.append(...rows);
  }

  for (const heading of document.querySelectorAll("th[data-sort]")) {
    heading.querySelector("button").addEventListener("click", () => sort(heading));
  }
  for (const chosen of document.querySelectorAll("button[data-code]")) {
    chosen.addEventListener("click", () => {
      document.querySelector("select[data-filter=codes]").value = chosen.dataset.code;
      show();
    });
  }
  document.addEventListener("input", show);
  show();
  window.ready = true;
})();
