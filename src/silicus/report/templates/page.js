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

  const charts = [...document.querySelectorAll("figure.chart")];
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
    document.documentElement.dataset.ready = "yes";
  });
})();
