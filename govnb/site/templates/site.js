"use strict";
// Searches and sorts the one table of the page. The table is complete without it.
(() => {
  const table = document.getElementById("list"), body = table.tBodies[0], rows = [...body.rows];
  const form = document.getElementById("find"), count = document.getElementById("count");
  const query = document.getElementById("q"), year = document.getElementById("y"), state = document.getElementById("s");
  const heads = [...table.tHead.rows[0].cells], fold = (text) => text.normalize("NFKC").toLowerCase();
  const names = rows.map((row) => fold(row.cells[0].textContent + " " + row.dataset.q));

  function fits(row) {
    if (!state) return true;
    let any = !state.value && !year.value;
    heads.forEach((head, at) => {
      if (!head.dataset.year) return;
      const marks = row.cells[at].dataset.s;
      const hit = marks !== undefined && (!year.value || head.dataset.year === year.value)
        && (!state.value || marks.split(" ").includes(state.value));
      row.cells[at].classList.toggle("other", !hit && Boolean(state.value || year.value));
      any ||= hit;
    });
    return any;
  }
  function find() {
    const words = fold(query.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, at) => {
      const hit = fits(row) && words.every((word) => names[at].includes(word));
      row.hidden = !hit;
      shown += hit;
    });
    count.textContent = shown === rows.length ? `共${rows.length}个机关` : `${rows.length}个机关中有${shown}个符合`;
  }
  function sort(head, at) {
    const down = head.getAttribute("aria-sort") === "ascending", number = head.dataset.sort === "number";
    const key = (row) => {
      const cell = row.cells[at], text = cell.dataset.k ?? (cell.classList.contains("n") ? cell.textContent : "");
      if (!number) return cell.textContent;
      return text === "" || Number.isNaN(Number(text)) ? null : Number(text);
    };
    const keyed = rows.map((row, order) => ({ row, order, key: key(row) }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.order - b.order;
      const by = number ? a.key - b.key : a.key.localeCompare(b.key, "zh-Hans-CN");
      return (down ? -by : by) || a.order - b.order;
    });
    body.append(...keyed.map((one) => one.row));
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
  }
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, at));
    head.append(button);
  });
  form.hidden = false;
  form.addEventListener("input", find);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(find));
  find();
})();
