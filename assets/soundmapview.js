// The canvas of the page Map: which part of the map is seen, how it is drawn, and what lies where on the screen.
syllabary.soundMapView = (() => {
  const { element, later } = syllabary;
  const WHOLE = [-0.02, 1.02, -0.02, 1.02], MOST_ZOOM = 400, REACH_PX = 9, FIRST_PX = 20, FARTHEST_PX = 160;
  const MANY = 25000, REST_MS = 100;
  let map = null, grid = null;                     // what soundMap gave: places, classes, colours; what can be pointed at
  let view = [...WHOLE], base = null, framed = false, movedAt = 0;      // base: all sounds as drawn last
  let marked = { chosen: -1, pointed: -1, playing: -1 };

  const open = () => {
    [map, grid, base, view, marked] = [null, null, null, [...WHOLE], { chosen: -1, pointed: -1, playing: -1 }];
    new ResizeObserver(redraw).observe(element("SOUNDMAP_CANVAS"));
  };

  // Another map, or other colours. Only what is seen can be pointed at.
  const take = (given) => {
    const { xy, seen } = map = given, rows = [];
    for (let row = 0; row < seen.length; row++) if (seen[row] && xy[2 * row] >= 0) rows.push(row);
    const places = new Float32Array(2 * rows.length);
    rows.forEach((row, i) => { places[2 * i] = xy[2 * row]; places[2 * i + 1] = xy[2 * row + 1]; });
    grid = rows.length ? { cells: new syllabary.geometry.Grid(places), rows: Int32Array.from(rows) } : null;
    base = null;
    redraw();
  };

  // ---- drawing ------------------------------------------------------------------------------------------------------

  const redraw = () => {
    if (framed) return;
    framed = true;
    requestAnimationFrame(() => { framed = false; if (map && element("SOUNDMAP_CANVAS")) draw(element("SOUNDMAP_CANVAS")); });
  };

  const draw = (canvas) => {
    const ratio = window.devicePixelRatio || 1, [width, height] = [canvas.clientWidth, canvas.clientHeight].map((px) => Math.round(px * ratio));
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) { Object.assign(canvas, { width, height }); base = null; }
    const inks = syllabary.soundMap.paints(), { sx, sy } = syllabary.soundMapDraw.scales(view, width, height);
    refresh(canvas, ratio, inks);
    const pen = canvas.getContext("2d"), [left, right, low, high] = base.view;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = inks.paper;
    pen.fillRect(0, 0, width, height);
    pen.drawImage(base.picture, (left - view[0]) * sx, (high - view[3]) * sy, (right - left) * sx, (low - high) * sy);
    pen.scale(ratio, ratio);
    syllabary.soundMapPath.draw(pen, inks, toScreen);
    drawRing(pen, marked.chosen, inks);
    ["pointed", "playing"].forEach(showRing);
  };

  // All sounds, drawn again only when something of them is different. While very many move, the picture that is there is
  // moved; when they rest, they are drawn.
  const refresh = (canvas, ratio, inks) => {
    const key = [...view, inks.paper].join();
    if (base && base.key === key) return;
    const isMoving = base && base.paper === inks.paper && map.seen.length > MANY && Date.now() < movedAt + REST_MS;
    if (isMoving) { rest(); return; }
    base = { key, paper: inks.paper, view: [...view], picture: syllabary.soundMapDraw.all(canvas, { ...map, view, ratio, ...inks }) };
  };

  const rest = later(REST_MS + 20, () => redraw());
  const moved = () => { movedAt = Date.now(); redraw(); };

  const isPlaced = (row) => row >= 0 && map.xy[2 * row] >= 0;

  const drawRing = (pen, row, { ink, paper }) => {
    if (!isPlaced(row)) return;
    for (const [colour, width] of [[paper, 4], [ink, 2]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.beginPath();
      pen.arc(...placeOf(row), 9, 0, 7);
      pen.stroke();
    }
  };

  // A ring that moves much lies above the map, which then need not be drawn anew.
  const showRing = (which) => {
    const circle = element("SOUNDMAP_PLACE")?.querySelector(`.soundmap-ring.${which}`), row = marked[which];
    if (!circle || !map) return;
    circle.hidden = !isPlaced(row);
    if (!circle.hidden) circle.style.transform = `translate(${placeOf(row).map((at) => `${at.toFixed(1)}px`).join()})`;
  };

  // Puts a ring round a sound: the ``chosen``, ``pointed`` or ``playing`` one; -1 takes it away.
  const mark = (which, row) => {
    marked[which] = row;
    if (which === "chosen") redraw(); else showRing(which);
  };

  // ---- which part is seen -------------------------------------------------------------------------------------------

  const fit = () => { view = [...WHOLE]; redraw(); };

  const shift = (dx, dy) => {
    const { sx, sy } = scales();
    view = [view[0] - dx / sx, view[1] - dx / sx, view[2] - dy / sy, view[3] - dy / sy];
    moved();
  };

  // About the place at these shares of the width and height.
  const zoom = (factor, fx = 0.5, fy = 0.5) => {
    const [left, right, low, high] = view, width = (right - left) * factor;
    if (width > 4 || width < 1 / MOST_ZOOM) return;
    const x = left + fx * (right - left), y = high - fy * (high - low);
    view = [x + (left - x) * factor, x + (right - x) * factor, y + (low - y) * factor, y + (high - y) * factor];
    moved();
  };

  const reveal = (row) => {
    const x = map.xy[2 * row], y = map.xy[2 * row + 1];
    if (!isPlaced(row) || (x >= view[0] && x <= view[1] && y >= view[2] && y <= view[3])) return;
    const dx = x - (view[0] + view[1]) / 2, dy = y - (view[2] + view[3]) / 2;
    view = [view[0] + dx, view[1] + dx, view[2] + dy, view[3] + dy];
    redraw();
  };

  // ---- what lies where ----------------------------------------------------------------------------------------------

  const scales = () => {
    const canvas = element("SOUNDMAP_CANVAS");
    return syllabary.soundMapDraw.scales(view, canvas.clientWidth, canvas.clientHeight);
  };
  const toScreen = (x, y) => { const { sx, sy } = scales(); return [(x - view[0]) * sx, (y - view[3]) * sy]; };
  const toMap = (px, py) => { const { sx, sy } = scales(); return [view[0] + px / sx, view[3] + py / sy]; };
  const placeOf = (row) => toScreen(map.xy[2 * row], map.xy[2 * row + 1]);

  const nearest = (px, py, reach = REACH_PX) => {
    if (!grid) return -1;
    const [x, y] = toMap(px, py), { sx, sy } = scales(), at = grid.cells.nearest(x, y, sx, sy, reach);
    return at < 0 ? -1 : grid.rows[at];
  };

  // The rows nearest to a place on the screen, the nearest first: of those in a box that grows until it holds enough.
  const around = (px, py, most) => {
    const [x, y] = toMap(px, py), { sx, sy } = scales();
    let found = [];
    for (let reach = FIRST_PX; reach <= FARTHEST_PX && found.length < most && grid; reach *= 2) {
      found = grid.cells.inBox(x, y, reach / Math.abs(sx), reach / Math.abs(sy));
    }
    const far = (at) => Math.hypot((grid.cells.xy[2 * at] - x) * sx, (grid.cells.xy[2 * at + 1] - y) * sy);
    return found.map((at) => [far(at), grid.rows[at]]).sort((a, b) => a[0] - b[0]).slice(0, most).map(([, row]) => row);
  };

  // The nearest sound that lies more to one side than off it, or -1.
  const beside = (row, dx, dy) => {
    const { xy } = map, { sx, sy } = scales(), px = xy[2 * row] * sx, py = xy[2 * row + 1] * sy;
    let best = -1, least = Infinity;
    for (const other of grid ? grid.rows : []) {
      const right = xy[2 * other] * sx - px, down = xy[2 * other + 1] * sy - py, along = right * dx + down * dy;
      const off = Math.abs(right * dy) + Math.abs(down * dx), cost = along + 2 * off;
      if (other !== row && along > 0.5 && off <= along && cost < least) { least = cost; best = other; }
    }
    return best;
  };

  return {
    open, take, redraw, mark, fit, shift, zoom, reveal, scales, toMap, placeOf, nearest, around, beside,
    rows: () => (grid ? grid.rows : []), get marked() { return marked; },
  };
})();
