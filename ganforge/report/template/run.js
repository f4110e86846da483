// A run's page: pairs, grids over time and charts.
(() => {
  // Pairs: the sample in its order, or failures first; by class; a few at a time.
  const list = one("#pair-list");
  if (list) {
    const PAGE = 24;
    const pairs = all(".pair", list);
    const failures = one("#failures"), chosen = one("#class"), more = one("#more"), count = one("#pair-count");
    let room = PAGE;
    const show = () => {
      const first = Boolean(failures?.checked);
      const fits = pairs.filter((pair) =>
        (first || !("extra" in pair.dataset)) && (!chosen?.value || pair.dataset.label === chosen.value));
      if (first) fits.sort((a, b) => b.dataset.misread - a.dataset.misread);
      const visible = fits.slice(0, room);
      for (const pair of pairs) pair.hidden = true;
      for (const pair of visible) { pair.hidden = false; list.append(pair); }
      more.parentElement.hidden = visible.length === fits.length;
      count.textContent = `${visible.length} of ${fits.length} shown`;
    };
    for (const control of [failures, chosen]) control?.addEventListener("change", () => { room = PAGE; show(); });
    more.addEventListener("click", () => {
      const before = room;
      room += 2 * PAGE;
      show();
      const next = all(".pair:not([hidden])", list)[before];
      if (next) { next.tabIndex = -1; next.focus({ preventScroll: true }); }
    });
    show();
  }

  // Grids: one moment at a time.
  const moment = one("#moment");
  if (moment) {
    const figures = all("figure.grid");
    const label = one("#moment-step");
    const show = () => {
      figures.forEach((figure, index) => { figure.hidden = index !== Number(moment.value); });
      const { step, kept } = figures[moment.value].dataset;
      label.textContent = kept === undefined ? step : `${step} (kept)`;
      moment.setAttribute("aria-valuetext", `step ${label.textContent}`);
    };
    const kept = figures.findIndex((figure) => "kept" in figure.dataset);
    if (kept >= 0) moment.value = kept;
    moment.addEventListener("input", show);
    show();
  }

  // Charts.
  const source = one("#charts");
  const data = source ? JSON.parse(source.textContent) : { charts: [], warnings: [] };
  const MARGIN = { top: 10, right: 12, bottom: 24, left: 50 };
  const short = (value) => {
    const size = Math.abs(value);
    if (value === 0) return "0";
    return size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(4)));
  };
  const percent = (value) => `${Number((100 * value).toFixed(2))}\u00a0%`;

  const ticks = (low, high, wanted) => {
    const raw = (high - low) / wanted || 1;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((width) => width >= raw);
    const found = [];
    for (let at = Math.ceil(low / step); at * step <= high + step / 1e6; at += 1) found.push(at * step);
    return found;
  };
  const powers = (low, high) => {
    const found = [];
    const wide = high - low > 3;
    for (let power = Math.floor(low); power <= Math.ceil(high); power += 1) {
      for (const factor of wide ? [1] : [1, 2, 5]) {
        const at = Math.log10(factor * 10 ** power);
        if (at >= low && at <= high) found.push(at);
      }
    }
    return found;
  };

  const draw = (figure, chart) => {
    const svg = one("svg", figure), legend = one(".legend", figure), readout = one(".readout", figure);
    const log = one(".log", figure);
    const format = chart.shares ? percent : short;
    const steps = [...new Set(chart.curves.flatMap((curve) => curve.steps))].sort((a, b) => a - b);
    const off = new Set();
    let cursor = null;
    const make = (name, attributes, parent = svg) => {
      const element = document.createElementNS(svg.namespaceURI, name);
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      parent.append(element);
      return element;
    };
    const style = (index) => `c${index % 8} d${Math.floor(index / 8) % 4}`;

    const buttons = chart.curves.map((curve, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      const swatch = make("svg", { viewBox: "0 0 26 10", "aria-hidden": "true" }, button);
      make("path", { d: "M0 5H26", class: style(index) }, swatch);
      for (const kind of ["name", "value"]) {
        const part = document.createElement("span");
        part.className = kind;
        button.append(part);
      }
      button.children[1].textContent = button.title = curve.name;
      button.addEventListener("click", () => {
        if (!off.delete(index)) off.add(index);
        button.setAttribute("aria-pressed", String(!off.has(index)));
        render();
      });
      legend.append(button);
      return button;
    });

    let layout = null;
    const render = () => {
      const width = Math.max(svg.clientWidth, 200), height = Math.max(svg.clientHeight, 120);
      const logarithmic = Boolean(log?.checked);
      const scaled = (value) => {
        if (value === null) return null;
        if (!logarithmic) return value;
        return value > 0 ? Math.log10(value) : null;
      };
      const seen = chart.curves.flatMap((curve, index) => (off.has(index) ? [] : curve.values.map(scaled)))
        .filter((value) => value !== null);
      let low = seen.reduce((a, b) => Math.min(a, b), Infinity), high = seen.reduce((a, b) => Math.max(a, b), -Infinity);
      if (!seen.length) [low, high] = [0, 1];
      if (!logarithmic && !chart.shares && low > 0 && low < 0.5 * high) low = 0;
      const pad = (high - low || Math.abs(high) || 1) * 0.05;
      if (low !== 0) low -= pad;
      high += pad;
      if (chart.shares) { low = Math.max(0, low); high = Math.min(1, high); if (high <= low) low = high - 0.1; }
      const first = Math.min(0, steps[0]), last = steps[steps.length - 1];
      const x = (step) => MARGIN.left + ((step - first) / (last - first || 1)) * (width - MARGIN.left - MARGIN.right);
      const y = (value) => height - MARGIN.bottom - ((value - low) / (high - low)) * (height - MARGIN.top - MARGIN.bottom);
      svg.replaceChildren();
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      for (const at of logarithmic ? powers(low, high) : ticks(low, high, height / 42)) {
        make("line", { class: "axis", x1: MARGIN.left, x2: width - MARGIN.right, y1: y(at), y2: y(at) });
        const text = make("text", { x: MARGIN.left - 8, y: y(at) + 4, "text-anchor": "end" });
        text.textContent = logarithmic ? short(10 ** at) : format(Number(at.toPrecision(12)));
      }
      for (const at of ticks(first, last, width / 110)) {
        const text = make("text", { x: x(at), y: height - 6, "text-anchor": at === first ? "start" : x(at) > width - 40 ? "end" : "middle" });
        text.textContent = at.toLocaleString("en");
      }
      if (data.kept !== null && data.kept >= first && data.kept <= last) {
        make("line", { class: "kept", x1: x(data.kept), x2: x(data.kept), y1: MARGIN.top, y2: height - MARGIN.bottom });
      }
      for (const { step } of data.warnings) {
        if (step < first || step > last) continue;
        make("line", { class: "warned", x1: x(step), x2: x(step), y1: MARGIN.top, y2: height - MARGIN.bottom });
      }
      chart.curves.forEach((curve, index) => {
        if (off.has(index)) return;
        let pen = "M", path = "";
        curve.values.forEach((raw, place) => {
          const value = scaled(raw);
          if (value === null) { pen = "M"; return; }
          path += `${pen}${x(curve.steps[place]).toFixed(1)} ${y(value).toFixed(1)}`;
          pen = "L";
        });
        make("path", { d: path || "M0 0", class: style(index) });
        if (curve.values.length === 1 && scaled(curve.values[0]) !== null) {
          make("circle", { cx: x(curve.steps[0]), cy: y(scaled(curve.values[0])), r: 3, class: style(index) });
        }
      });
      layout = { x, y, scaled, height, width, first, last, marks: make("g", {}) };
      point();
    };

    const nearest = (curve, step) => {
      let best = 0;
      curve.steps.forEach((at, place) => { if (Math.abs(at - step) < Math.abs(curve.steps[best] - step)) best = place; });
      return best;
    };
    // A warning belongs to the step of the chart that is next to it.
    const warnedAt = (step) => (cursor === null ? [] : data.warnings)
      .filter((warning) => steps[nearest({ steps }, warning.step)] === step);
    const point = () => {
      const { x, y, scaled, height, marks } = layout;
      marks.replaceChildren();
      const step = cursor === null ? steps[steps.length - 1] : steps[cursor];
      if (cursor !== null) make("line", { class: "cursor", x1: x(step), x2: x(step), y1: MARGIN.top, y2: height - MARGIN.bottom }, marks);
      chart.curves.forEach((curve, index) => {
        const place = nearest(curve, step);
        const value = curve.values[place];
        buttons[index].children[2].textContent = value === null ? "not finite" : format(value);
        if (cursor === null || off.has(index) || scaled(value) === null) return;
        make("circle", { cx: x(curve.steps[place]), cy: y(scaled(value)), r: 3.5, class: `c${index % 8}` }, marks);
      });
      const width = Math.max(...chart.curves.map((curve) => curve.mean_of));
      readout.textContent = `${cursor === null ? "Last: step" : "Step"} ${step.toLocaleString("en")}`
        + (width > 1 ? `; each point is the mean of ${width} records` : "")
        + warnedAt(step).map(({ name }) => `; warning: ${name}`).join("");
    };
    const follow = (event) => {
      const box = svg.getBoundingClientRect();
      const span = layout.width - MARGIN.left - MARGIN.right;
      const step = layout.first + ((event.clientX - box.left - MARGIN.left) / span) * (layout.last - layout.first);
      cursor = nearest({ steps }, step);
      point();
    };
    svg.addEventListener("pointermove", follow);
    svg.addEventListener("pointerdown", follow);
    svg.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") { cursor = null; point(); } });
    svg.addEventListener("keydown", (event) => {
      const end = steps.length - 1;
      const from = cursor ?? end;
      const moves = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from - 10, PageDown: from + 10, Home: 0, End: end };
      if (event.key === "Escape") cursor = null;
      else if (event.key in moves) cursor = Math.min(end, Math.max(0, moves[event.key]));
      else return;
      event.preventDefault();
      point();
    });
    log?.addEventListener("change", render);
    new ResizeObserver(render).observe(svg);
    render();
  };
  for (const chart of data.charts) draw(one(`[data-chart="${chart.id}"]`), chart);

  // On paper the run's own recipe is open.
  const recipe = one("details");
  let open = false;
  addEventListener("beforeprint", () => { if (recipe) { open = recipe.open; recipe.open = true; } });
  addEventListener("afterprint", () => { if (recipe) recipe.open = open; });
})();
