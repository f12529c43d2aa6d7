(() => {
  "use strict";
  const views = [];

  // A canvas knows no currentColor, so it gets the colour of the text around it.
  const ink = (node, colour) => {
    for (const [key, value] of Object.entries(node)) {
      if (key === "datasets") continue;
      if (value === "currentColor") node[key] = colour;
      else if (value && typeof value === "object") ink(value, colour);
    }
  };

  // What the controls are set to; a chart that is drawn late is filtered as it comes.
  let filters = null;
  const filter = (view) => {
    if (filters === null) return;
    const known = view.getState({ signals: (name) => name in filters }).signals;
    if (!("least_mass" in known)) return;
    for (const [name, value] of Object.entries(filters)) view.signal(name, value);
    view.runAsync();
  };

  const draw = async (figure) => {
    const live = figure.querySelector(".live");
    const text = figure.querySelector("script[type='application/json']").textContent;
    const spec = JSON.parse(text);
    const renderer = figure.dataset.renderer || "svg";
    if (renderer === "canvas") ink(spec, getComputedStyle(figure).color);
    figure.classList.add("is-live");
    try {
      const drawn = await vegaEmbed(live, spec, {
        renderer,
        actions: false,
        ast: true,
        defaultStyle: false,
        tooltip: { disableDefaultStyle: true, id: "tip" },
      });
      views.push(drawn.view);
      filter(drawn.view);
      figure.dataset.drawn = "yes";
    } catch (error) {
      figure.classList.remove("is-live");
      console.error(error);
    }
  };

  // The one computation of the page: how many pairs the filters leave, and who is ahead in them.
  const counted = (data, filters) => {
    const counts = new Map();
    for (const [family, modelFamily, massBase, massAligned, rBase, rAligned, wording] of data.rows) {
      if (!counts.has(family)) counts.set(family, { base: 0, aligned: 0, ties: 0, left: 0 });
      const passes =
        Math.min(massBase, massAligned) >= filters.least_mass - data.tiny &&
        Math.max(rBase, rAligned) >= filters.least_r - data.tiny &&
        (filters.formulation === "" || filters.formulation === wording) &&
        (filters.model_family === "" || filters.model_family === modelFamily);
      if (!passes) continue;
      const count = counts.get(family);
      count.left += 1;
      if (rBase > rAligned + data.tiny) count.base += 1;
      else if (rAligned > rBase + data.tiny) count.aligned += 1;
      else count.ties += 1;
    }
    return counts;
  };

  const explore = (form) => {
    const data = JSON.parse(document.getElementById("pairs-data").textContent);
    const rows = [...document.querySelectorAll("#counts [data-family]")];
    const control = (name) => document.getElementById(name);
    const write = (row, count) => {
      for (const cell of row.querySelectorAll("[data-count]")) {
        cell.textContent = String(count[cell.dataset.count]);
      }
    };
    const apply = () => {
      const mass = Number(control("least_mass").value);
      const r = Number(control("least_r").value);
      filters = {
        least_mass: mass,
        least_r: r < 0 ? -1 : r,
        model_family: control("model_family").value,
        formulation: control("formulation") ? control("formulation").value : "",
      };
      control("least_mass_shown").textContent = mass > 0 ? mass.toFixed(2) : "none";
      control("least_r_shown").textContent = r < 0 ? "none" : r.toFixed(2);
      const counts = counted(data, filters);
      const total = { base: 0, aligned: 0, ties: 0, left: 0 };
      for (const row of rows) {
        const count = counts.get(row.dataset.family);
        if (!count) continue;
        write(row, count);
        if (row.dataset.summed) for (const name of Object.keys(total)) total[name] += count[name];
      }
      write(document.querySelector("#counts tfoot tr"), total);
      views.forEach(filter);
    };
    form.addEventListener("input", apply);
    form.addEventListener("reset", () => setTimeout(apply));
    form.addEventListener("submit", (event) => event.preventDefault());
    apply();
  };

  // Sections keep their place in the address and are printed open.
  const unfold = (target) => {
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
  };
  const go = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const own = target.querySelector(":scope > details.chapter");
    if (own) own.open = true;
    unfold(target);
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", go);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) go();
  });
  for (const chapter of document.querySelectorAll("details.chapter")) {
    chapter.addEventListener("toggle", () => {
      if (chapter.open && chapter.parentElement.id && document.documentElement.dataset.ready) {
        history.replaceState(null, "", `#${chapter.parentElement.id}`);
      }
    });
  }
  let shut = [];
  window.addEventListener("beforeprint", () => {
    shut = [...document.querySelectorAll("details.chapter:not([open])")];
    for (const one of shut) one.open = true;
  });
  window.addEventListener("afterprint", () => { for (const one of shut) one.open = false; });

  // Tables: a click on a heading sorts the rows of each block.
  const value = (cell) => {
    const text = (cell ? cell.textContent : "").trim().replace(/\u2212/g, "-").replace(/,/g, "");
    const number = parseFloat(text.replace(/^</, ""));
    return Number.isNaN(number) ? text.toLowerCase() : number;
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.querySelectorAll("thead th")];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        for (const body of table.tBodies) {
          const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
          rows.sort((a, b) => {
            const x = value(a.cells[column]);
            const y = value(b.cells[column]);
            const sign = typeof x === typeof y ? (x < y ? -1 : x > y ? 1 : 0) : typeof x === "number" ? -1 : 1;
            return up ? sign : -sign;
          });
          body.append(...rows);
        }
      });
    });
  }

  // One search over all tables, decisions and cells of the card.
  const find = document.getElementById("find");
  if (find) {
    const rows = [...document.querySelectorAll("tr[data-find], details.decision")];
    const texts = rows.map((row) => `${row.dataset.find || ""} ${row.tagName === "TR" ? row.textContent : row.querySelector("summary").textContent}`.toLowerCase());
    find.addEventListener("input", () => {
      const wanted = find.value.trim().toLowerCase();
      let left = 0;
      rows.forEach((row, place) => {
        const there = wanted === "" || texts[place].includes(wanted);
        row.hidden = !there;
        left += there;
      });
      document.getElementById("found").textContent = wanted ? `${left} of ${rows.length} rows` : "";
      if (wanted) for (const one of document.querySelectorAll("#all-cards, #tables > details, #tables > details details")) one.open = true;
    });
  }

  // Each figure's data and specification, made when asked for.
  const save = (name, text, type) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const csv = (spec) => {
    const rows = Object.values(spec.datasets || {}).flat();
    const columns = [...new Set(rows.flatMap(Object.keys))];
    const cell = (text) => {
      let shown = text === null || text === undefined ? "" : String(text);
      if (typeof text === "string" && /^[=+@\t]/.test(shown)) shown = `'${shown}`;
      return /[",\n]/.test(shown) ? `"${shown.replace(/"/g, '""')}"` : shown;
    };
    return [columns, ...rows.map((row) => columns.map((name) => row[name]))].map((row) => row.map(cell).join(",")).join("\n") + "\n";
  };
  for (const button of document.querySelectorAll("[data-take]")) {
    button.addEventListener("click", () => {
      const figure = button.closest("figure");
      const text = figure.querySelector("script[type='application/json']").textContent;
      const name = figure.id.replace("figure-", "");
      if (button.dataset.take === "json") save(`${name}.vl.json`, text, "application/json");
      else save(`${name}.csv`, csv(JSON.parse(text)), "text/csv");
    });
  }

  // What a mark of a still picture stands for, beside the mouse.
  const tip = document.createElement("div");
  tip.id = "tip";
  document.body.append(tip);
  document.addEventListener("pointerover", (event) => {
    const mark = event.target.closest ? event.target.closest(".still [aria-label][role='graphics-symbol']") : null;
    const text = mark && mark.getAttribute("aria-label");
    if (!text || !text.includes(": ")) return tip.classList.remove("visible");
    tip.replaceChildren(...text.split("; ").map((line) => {
      const row = document.createElement("div");
      row.textContent = line;
      return row;
    }));
    tip.style.left = `${Math.min(event.clientX + 14, innerWidth - 300)}px`;
    tip.style.top = `${event.clientY + 14}px`;
    tip.classList.add("visible");
  });

  const charts = [...document.querySelectorAll("figure.can-live")];
  const painted = charts.filter((figure) => figure.dataset.renderer === "canvas");
  const built = charts.filter((figure) => figure.dataset.renderer !== "canvas");

  // Pictures with very many points wait, as stills, until they come near the window.
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "300px" });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const figure of painted) if (figure.dataset.drawn) draw(figure);
  });

  Promise.all(built.map(draw)).then(() => {
    const form = document.getElementById("filters");
    if (form) explore(form);
    for (const figure of painted) near.observe(figure);
    go();
    document.documentElement.dataset.ready = "yes";
  });
})();
