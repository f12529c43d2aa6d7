(() => {
  "use strict";
  const draw = async (figure) => {
    const live = figure.querySelector(".live");
    const spec = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    figure.classList.add("is-live");
    try {
      await vegaEmbed(live, spec, {
        renderer: "svg",
        actions: false,
        ast: true,
        defaultStyle: false,
        tooltip: { disableDefaultStyle: true, id: "tip" },
      });
      figure.dataset.drawn = "yes";
    } catch (error) {
      figure.classList.remove("is-live");
      console.error(error);
    }
  };
  document.querySelectorAll("figure.chart").forEach(draw);
})();
