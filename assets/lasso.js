// The hand on the map: click, double click, hover, and the lasso. Plotly keeps dragging and zooming.
syllabary.lasso = (() => {
  const { element, set } = syllabary, app = syllabary;   // other modules may load after this one
  const STILL_PX = 4, CLICK_REACH_PX = 22, HOVER_REACH_PX = 12, TWICE_MS = 350, HOVER_MS = 50, NEIGHBOURS = 300;
  let isOn = false, gesture = null, lastClick = { at: 0 }, hoverTimer = 0;

  const how = (event) => (event.shiftKey ? "add" : event.altKey ? "take" : "set");

  const place = (event) => {
    const box = element("MAP").getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const isOnMap = (event) => app.map.isOpen && event.target.closest && event.target.closest(".map-place");

  const down = (event) => {
    if (event.button !== 0 || !isOnMap(event)) return;
    const draws = isOn || event.shiftKey || event.altKey;
    gesture = { how: how(event), path: [place(event)], draws, moved: false };
    hidePreview();
    if (draws) event.preventDefault();
  };

  // While a path is drawn, plotly must not take the same gesture for a drag, nor the browser for marking text.
  const keepFromOthers = (event) => {
    if (gesture && gesture.draws && isOnMap(event)) { event.stopPropagation(); event.preventDefault(); }
  };

  const move = (event) => {
    if (!gesture) { hover(event); return; }
    const [x, y] = place(event), [x0, y0] = gesture.path[0];
    gesture.moved = gesture.moved || Math.hypot(x - x0, y - y0) > STILL_PX;
    if (gesture.draws) { gesture.path.push([x, y]); app.map.redraw(); }
  };

  const up = (event) => {
    if (!gesture) return;
    const done = gesture;
    gesture = null;
    app.map.redraw();
    if (!done.moved) click(event, done);
    else if (done.draws && done.path.length > 2) finish(done);
  };

  const finish = ({ path, how }) => {
    const most = app.selection.room(how);
    const corners = most < 8 ? path.slice(0, 8) : app.geometry.simplify(path, most);
    const onMap = corners.map(([x, y]) => app.map.toMap(x, y).map((value) => Number(value.toPrecision(6))));
    app.selection.choose({ how, path: onMap, ...app.modes.among() });
  };

  const click = async (event, { how, path: [[x, y]] }) => {
    const row = app.map.nearest(x, y, CLICK_REACH_PX), again = event.timeStamp - lastClick.at < TWICE_MS;
    const isTwice = again && Math.hypot(x - lastClick.x, y - lastClick.y) <= STILL_PX;
    lastClick = { at: event.timeStamp, x, y };
    if (!isTwice && await app.blobs.click(x, y, how)) return;
    if (row < 0) { if (how === "set") app.selection.clear(); return; }
    const segmentId = app.project.idAt(row);
    if (isTwice) { set("SOUND", { data: segmentId }); syllabary.player.play(segmentId); }
    else pick(row, how);
  };

  // Selects one sound everywhere; alone, it brings its neighbours into the viewer.
  const pick = (row, how) => {
    const segmentId = app.project.idAt(row);
    set("SOUND", { data: segmentId });
    const at = [app.project.now.xy[2 * row], app.project.now.xy[2 * row + 1]];
    const neighbours = { steps: [{ how: "set", nearest: { at, k: NEIGHBOURS } }], near: at, sound: segmentId };
    app.selection.choose({ how, ids: [segmentId] }, how === "set" ? neighbours : {});
  };

  const hover = (event) => {
    if (!isOnMap(event)) { hidePreview(); return; }
    if (hoverTimer) return;
    hoverTimer = setTimeout(() => { hoverTimer = 0; preview(event); }, HOVER_MS);
  };

  const preview = (event) => {
    if (gesture || !app.map.isOpen || !app.project.now) return;
    const [x, y] = place(event), row = app.map.nearest(x, y, HOVER_REACH_PX);
    app.map.setPointed(row);
    if (row < 0) { hidePreview(); return; }
    syllabary.tiles.preview(element("MAP_PREVIEW"), row, x, y);
  };

  const hidePreview = () => {
    const shown = element("MAP_PREVIEW");
    if (shown) shown.hidden = true;
    if (app.map.isOpen) app.map.setPointed(-1);
  };

  const draw = (pen, ink) => {
    if (!gesture || !gesture.draws || gesture.path.length < 2) return;
    pen.beginPath();
    gesture.path.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
    pen.globalAlpha = 0.12;
    pen.fillStyle = ink.accent;
    pen.fill("evenodd");
    pen.globalAlpha = 1;
    pen.setLineDash(gesture.how === "take" ? [5, 4] : []);
    pen.strokeStyle = ink.accent;
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.setLineDash([]);
  };

  const setOn = (on) => {
    isOn = on;
    element("MAP_PANEL").classList.toggle("lasso-on", on);
    element("LASSO").setAttribute("aria-pressed", on);
    element("PAN").setAttribute("aria-pressed", !on);
  };

  // Stops a path that is being drawn; false if there is none.
  const cancel = () => { const was = Boolean(gesture && gesture.draws); gesture = null; app.map.redraw(); return was; };

  document.addEventListener("pointerdown", down, true);
  document.addEventListener("mousedown", keepFromOthers, true);
  document.addEventListener("pointermove", move, true);
  document.addEventListener("pointerup", up, true);
  document.addEventListener("pointercancel", () => cancel(), true);

  return { draw, cancel, pick, setOn, toggle: () => setOn(!isOn) };
})();
