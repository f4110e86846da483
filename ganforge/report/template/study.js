// A study's page: one chart at a time, a table that is sorted and whose rows open.
(() => {
  const button = (around) => {
    const made = document.createElement("button");
    made.type = "button";
    made.append(...around.childNodes);
    around.append(made);
    return made;
  };

  for (const select of all("[data-choice]")) {
    const show = () => {
      for (const part of all(`[data-of="${select.dataset.choice}"]`)) part.hidden = part.dataset.value !== select.value;
    };
    select.addEventListener("change", show);
    show();
  }

  const zoom = one("#zoom");
  zoom?.addEventListener("change", () => {
    for (const chart of all(".dots")) chart.classList.toggle("zoom", zoom.checked);
  });

  const table = one("table.study");
  for (const title of all(".opens", table)) {
    const more = document.getElementById(title.dataset.opens);
    const opener = button(title);
    const show = (open) => {
      opener.setAttribute("aria-expanded", String(open));
      more.hidden = !open;
    };
    opener.setAttribute("aria-controls", more.id);
    opener.addEventListener("click", () => show(more.hidden));
    show(false);
  }

  // By a number the largest comes first; what has none comes last either way.
  const heads = [...table.tHead.rows[0].cells];
  const key = (body, column) => {
    if (column === 0) return Number(body.dataset.order);
    const { key: given } = body.rows[0].cells[column].dataset;
    return given === undefined ? null : Number(given);
  };
  heads.forEach((head, column) => {
    button(one(".sort", head)).addEventListener("click", () => {
      const first = column === 0 ? "ascending" : "descending";
      const second = column === 0 ? "descending" : "ascending";
      const order = head.getAttribute("aria-sort") === first ? second : first;
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const bodies = [...table.tBodies].map((body) => ({ body, value: key(body, column), place: Number(body.dataset.order) }));
      bodies.sort((a, b) => (a.value === null) - (b.value === null) || sign * (a.value - b.value) || a.place - b.place);
      table.append(...bodies.map(({ body }) => body));
    });
  });
})();
