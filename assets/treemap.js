// The map of the page Arrange: every sound in the colour of its cluster, those outside the tree pale.
syllabary.treeMap = (() => {
  const { element, make } = syllabary;
  const REACH_PX = 8, OUTSIDE = "#8a8f98", MOST_DISCS = 3000;
  const known = new Map();      // colour → its pixel
  let points = null, view = null, framed = false, base = null, drag = null;

  const open = (xy, first) => {
    if (!points || points.xy !== xy) points = { xy, grid: new syllabary.geometry.Grid(xy) };
    view = [...first];
    base = null;
    listen();
    redraw();
  };

  const listen = () => {
    const canvas = element("ARRANGE_MAP");
    if (canvas.dataset.listens) return;
    canvas.dataset.listens = "true";
    canvas.addEventListener("wheel", wheel, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      drag = { x: event.offsetX, y: event.offsetY, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", (event) => {
      const was = drag;
      drag = null;
      if (was && !was.moved) syllabary.tree.choose(syllabary.tree.leafOfRow(under(event)), "map");
    });
    canvas.addEventListener("pointercancel", () => { drag = null; });
    canvas.addEventListener("pointerleave", () => { if (!drag) syllabary.tree.point(-1, "map"); });
    new ResizeObserver(redraw).observe(canvas);
  };

  const recolour = () => { base = null; redraw(); };

  const redraw = () => {
    if (framed) return;
    framed = true;
    requestAnimationFrame(() => {
      framed = false;
      const canvas = element("ARRANGE_MAP");
      if (canvas && points && syllabary.tree.ready) draw(canvas);
    });
  };

  const scales = (canvas) => ({
    sx: canvas.clientWidth / (view[1] - view[0]), sy: -canvas.clientHeight / (view[3] - view[2]), left: view[0], top: view[3] });

  const draw = (canvas) => {
    const pen = syllabary.treeDrawing.penOf(canvas);
    if (!pen) return;
    const key = [canvas.width, canvas.height, view].join();
    if (!base || base.key !== key) base = { key, picture: allSounds(canvas, window.devicePixelRatio || 1) };
    pen.drawImage(base.picture, 0, 0, canvas.clientWidth, canvas.clientHeight);
    ring(pen, canvas);
  };

  const allSounds = (canvas, ratio) => {
    const picture = make("canvas", "", { width: canvas.width, height: canvas.height }), pen = picture.getContext("2d");
    const n = points.xy.length / 2, side = n < 1500 ? 7 : n < 6000 ? 5 : n < 30000 ? 3.2 : 2.4, { sx, sy, left, top } = scales(canvas);
    const put = n > MOST_DISCS ? squares(pen, picture, side * ratio) : discs(pen, side * ratio);
    for (let row = 0; row < n; row++) {
      put((points.xy[2 * row] - left) * sx * ratio, (points.xy[2 * row + 1] - top) * sy * ratio, colourOf(row));
    }
    put.done();
    return picture;
  };

  const colourOf = (row) => {
    const { leafOfRow, clusters, colourOf: paint } = syllabary.tree, leaf = leafOfRow(row);
    return leaf < 0 ? OUTSIDE : paint(clusters[leaf]);
  };

  const discs = (pen, side) => {
    pen.globalAlpha = 0.85;
    return Object.assign((x, y, colour) => {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(x, y, side / 2, 0, 7);
      pen.fill();
    }, { done: () => {} });
  };

  // A few pixels each, set one by one: a canvas takes seconds for so many shapes where no card helps it.
  const squares = (pen, { width, height }, side) => {
    const image = pen.createImageData(width, height), pixels = new Uint32Array(image.data.buffer), reach = Math.max(2, Math.round(side));
    const packed = (colour) => {
      if (!known.has(colour)) {
        const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
        known.set(colour, (255 << 24) | (blue << 16) | (green << 8) | red);
      }
      return known.get(colour);
    };
    return Object.assign((x, y, colour) => {
      const first = Math.round(x - reach / 2), line = Math.round(y - reach / 2), value = packed(colour);
      if (!(first >= 0 && line >= 0 && first + reach <= width && line + reach <= height)) return;
      for (let dy = 0; dy < reach; dy++) pixels.fill(value, (line + dy) * width + first, (line + dy) * width + first + reach);
    }, { done: () => pen.putImageData(image, 0, 0) });
  };

  const ring = (pen, canvas) => {
    const { pointed, chosen, rowOfLeaf } = syllabary.tree, at = scales(canvas), style = getComputedStyle(canvas);
    const drawn = [[chosen, "--ink", 1.5], [pointed, "--accent", 2.5]].filter(([leaf]) => leaf >= 0);
    for (const [leaf, name, width] of drawn) {
      const row = rowOfLeaf(leaf);
      pen.strokeStyle = style.getPropertyValue(name);
      pen.lineWidth = width;
      pen.beginPath();
      pen.arc((points.xy[2 * row] - at.left) * at.sx, (points.xy[2 * row + 1] - at.top) * at.sy, 8, 0, 7);
      pen.stroke();
    }
  };

  const under = (event) => {
    const { sx, sy, left, top } = scales(event.currentTarget);
    return points.grid.nearest(left + event.offsetX / sx, top + event.offsetY / sy, sx, sy, REACH_PX);
  };

  const move = (event) => {
    if (!points) return;
    if (!drag) { syllabary.tree.point(syllabary.tree.leafOfRow(under(event)), "map", event); return; }
    const { sx, sy } = scales(event.currentTarget), dx = event.offsetX - drag.x, dy = event.offsetY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    Object.assign(drag, { x: event.offsetX, y: event.offsetY, moved: true });
    view = [view[0] - dx / sx, view[1] - dx / sx, view[2] - dy / sy, view[3] - dy / sy];
    redraw();
  };

  const wheel = (event) => {
    if (!points) return;
    event.preventDefault();
    const canvas = event.currentTarget, factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004);
    const [left, right, low, high] = view, fx = event.offsetX / canvas.clientWidth, fy = event.offsetY / canvas.clientHeight;
    const x = left + fx * (right - left), y = high - fy * (high - low);
    view = [x + (left - x) * factor, x + (right - x) * factor, y + (low - y) * factor, y + (high - y) * factor];
    redraw();
  };

  return { open, redraw, recolour };
})();
