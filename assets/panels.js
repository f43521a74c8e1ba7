// Panels: borders that can be dragged and are remembered, and how much room there is for tiles.
syllabary.panels = (() => {
  const { element, later, remember, remembered, set } = syllabary;
  // HEAD_PX: what theme.css gives the head of a grid row, with its gap
  const STEP_PX = 24, ROUND_PX = 16, HEAD_PX = 208, ROW_GAP_PX = 4;
  const LIMITS = { MAP_SPLIT: ["--map-width", 240, 0.7], VIEWER_SPLIT: ["--viewer-height", 96, 0.75] };
  let room = null;

  const open = () => {
    Object.keys(LIMITS).forEach((name) => {
      const value = Number(remembered(name, 0));
      if (value) resize(name, value);
      const border = element(name);
      border.addEventListener("pointerdown", (event) => drag(event, name, border));
      border.addEventListener("keydown", (event) => nudge(event, name));
    });
    const watcher = new ResizeObserver(later(100, measure));
    watcher.observe(element("VIEWER"));
    watcher.observe(element("GRID"));
    room = null;
    measure();
  };

  const whole = (name) => {
    const box = element("CURATE").getBoundingClientRect();
    return name === "MAP_SPLIT" ? box.width : box.height;
  };

  const resize = (name, px) => {
    const [variable, least, share] = LIMITS[name];
    const value = Math.max(least, Math.min(share * whole(name), px));
    element("CURATE").style.setProperty(variable, `${value}px`);
    remember(name, Math.round(value));
  };

  const size = (name) => {
    const panel = element(name === "MAP_SPLIT" ? "MAP_PANEL" : "VIEWER_PANEL").getBoundingClientRect();
    return name === "MAP_SPLIT" ? panel.width : panel.height;
  };

  const drag = (event, name, border) => {
    const along = (moved) => (name === "MAP_SPLIT" ? moved.clientX : moved.clientY), start = along(event) - size(name);
    border.setPointerCapture(event.pointerId);
    const move = (moved) => resize(name, along(moved) - start);
    border.addEventListener("pointermove", move);
    border.addEventListener("lostpointercapture", () => border.removeEventListener("pointermove", move), { once: true });
  };

  const nudge = (event, name) => {
    const less = ["ArrowLeft", "ArrowUp"].includes(event.key), more = ["ArrowRight", "ArrowDown"].includes(event.key);
    if (less || more) { event.preventDefault(); resize(name, size(name) + (more ? STEP_PX : -STEP_PX)); }
  };

  // Tells the server how many tiles fit; rounded, so that a few pixels do not make it lay out anew.
  const measure = () => {
    const viewer = element("VIEWER"), grid = element("GRID"), setup = syllabary.setup;
    if (!viewer || !grid || !setup) return;
    const rounded = (px) => Math.max(64, Math.floor(px / ROUND_PX) * ROUND_PX);
    const lines = (px, row) => Math.max(1, Math.floor((px + ROW_GAP_PX) / (row + ROW_GAP_PX)));
    const next = {
      viewer_px: rounded(viewer.clientWidth - 16), viewer_rows: lines(viewer.clientHeight - 12, setup.viewerPx),
      grid_px: rounded(grid.clientWidth - HEAD_PX - 16), grid_rows: lines(grid.clientHeight - 8, setup.rowPx),
    };
    if (JSON.stringify(next) !== JSON.stringify(room)) { room = next; set("SPACE", { data: next }); }
  };

  return { open };
})();
