// The wheel turns pages: over the rows those of the clusters, over the viewer those of its sounds.
(() => {
  const { element } = syllabary;
  const STEP_PX = 100, LINE_PX = 33, REST_MS = 90;      // so far the wheel turns for one page, and no faster than this
  const PANELS = { GRID_PANEL: ["GRID_BACK", "GRID_NEXT"], VIEWER_PANEL: ["VIEWER_BACK", "VIEWER_NEXT"] };
  let turned = 0, panel = "", lastAt = 0;

  const under = (event) => Object.keys(PANELS).find((name) => element(name) && element(name).contains(event.target));

  const turn = (event) => {
    const over = event.ctrlKey ? undefined : under(event);      // with ctrl the browser zooms
    if (!over) return;
    if (over !== panel) { turned = 0; panel = over; }
    turned += event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PX : 1);
    if (Math.abs(turned) < STEP_PX || event.timeStamp - lastAt < REST_MS) return;
    const button = element(PANELS[over][turned > 0 ? 1 : 0]);
    turned = 0;
    lastAt = event.timeStamp;
    if (!button.disabled) button.click();
  };

  document.addEventListener("wheel", turn, { passive: true });
})();
