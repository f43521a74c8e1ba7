// The tree of the page Arrange on one canvas: root at the left, leaves at the right from top to bottom, then clusters,
// categories and features as colours. Heights are drawn as their square roots: the uppermost joins of a large tree are
// so high that nothing else could be seen beside them. A branch narrower than a pixel or two is one line, so that a tree of a hundred
// thousand leaves takes no longer than its picture is high.
syllabary.treeDrawing = (() => {
  const { element, later } = syllabary;
  const FOLDED_PX = 1.6, BAR_PX = 8, GAP_PX = 4, EDGE_PX = 14, TOP_PX = 22, MOST_HEAT_SHARE = 0.36, HEAT_COLUMN_PX = 3;
  const ROOM = 1.05, GRIP_PX = 6, STEP = 0.2;
  const BLUE = [33, 102, 172], WHITE = [247, 247, 247], RED = [178, 24, 43];
  let tree = null, view = null, framed = false, heat = null, wanted = "", drag = null;

  // ---- the tree from its gaps --------------------------------------------------------------------------------------

  // Of each join: both sides (a leaf, or n + join), first and last leaf, where it is drawn; of each node its parent.
  const built = (gaps, heights) => {
    const n = gaps.length + 1, gapOf = new Int32Array(n - 1), height = new Float32Array(heights);
    gaps.forEach((join, gap) => { gapOf[join] = gap; });
    const left = new Int32Array(n - 1), right = new Int32Array(n - 1), lo = new Int32Array(n - 1), hi = new Int32Array(n - 1);
    const place = new Float64Array(n - 1), parent = new Int32Array(2 * n - 1).fill(-1);
    const startsAt = Int32Array.from({ length: n }, (_, i) => i), endsAt = startsAt.slice();
    for (let join = 0; join < n - 1; join++) {
      const a = endsAt[gapOf[join]], b = startsAt[gapOf[join] + 1];
      left[join] = a; right[join] = b;
      parent[a] = parent[b] = join;
      lo[join] = a < n ? a : lo[a - n]; hi[join] = b < n ? b : hi[b - n];
      place[join] = ((a < n ? a : place[a - n]) + (b < n ? b : place[b - n])) / 2;
      startsAt[lo[join]] = endsAt[hi[join]] = n + join;
    }
    return { n, gaps, height, left, right, lo, hi, place, parent, sorted: height.slice().sort() };
  };

  const open = (gaps, heights) => { tree = built(gaps, heights); heat = null; wanted = ""; fit(); };

  const tallest = () => (tree.n > 1 ? tree.sorted[tree.n - 2] : 0) || 1;

  const fit = () => {
    if (!tree) return;
    view = { first: 0, last: tree.n, high: tallest() * ROOM };
    changed();
  };

  // ---- the cut -----------------------------------------------------------------------------------------------------

  // The cluster of each leaf, from 0 along the order, when the last k − 1 joins are undone.
  const cut = (k) => {
    const found = new Int32Array(tree.n);
    for (let i = 1, number = 0; i < tree.n; i++) found[i] = (number += tree.gaps[i - 1] >= tree.n - k ? 1 : 0);
    return found;
  };

  const cutHeight = (k) => {
    const above = k > 1 ? tree.sorted[tree.n - k] : tallest() * (2 * ROOM - 1), below = k < tree.n ? tree.sorted[tree.n - 1 - k] : 0;
    return k > 1 ? (above + below) / 2 : tallest() * (1 + ROOM) / 2;
  };

  // How many clusters there are when every join above a height is undone.
  const clustersAt = (height) => {
    let low = 0, high = tree.n - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tree.sorted[middle] > height) high = middle; else low = middle + 1;
    }
    return Math.max(1, tree.n - low);
  };

  // ---- drawing -----------------------------------------------------------------------------------------------------

  const redraw = () => {
    if (framed) return;
    framed = true;
    requestAnimationFrame(() => {
      framed = false;
      const canvas = element("ARRANGE_TREE");
      if (canvas && tree && syllabary.tree.ready) draw(canvas);
    });
  };

  const changed = () => { redraw(); fetchHeat(); };

  const scales = (canvas) => {
    const width = canvas.clientWidth, height = canvas.clientHeight;
    const columns = heat ? heat.columns : 0, heatPx = Math.min(columns * HEAT_COLUMN_PX, MOST_HEAT_SHARE * width);
    const heatX = width - heatPx - EDGE_PX / 2, categoryX = heatX - GAP_PX - BAR_PX, clusterX = categoryX - BAR_PX;
    const right = clusterX - GAP_PX, left = EDGE_PX, perLeaf = (height - TOP_PX - 4) / (view.last - view.first);
    return { width, height, heatX, heatPx, categoryX, clusterX, left, right, perLeaf,
             y: (leaf) => TOP_PX + (leaf + 0.5 - view.first) * perLeaf,
             x: (high) => right - Math.sqrt(high / view.high) * (right - left),
             heightAt: (x) => (Math.max(0, right - x) / (right - left)) ** 2 * view.high };
  };

  // An empty canvas as large as it is shown, in units of the page; nothing if it is not shown.
  const penOf = (canvas) => {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
    if (!width || !height) return null;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    return pen;
  };

  const draw = (canvas) => {
    const pen = penOf(canvas);
    if (!pen) return;
    const at = scales(canvas), style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    pen.save();
    pen.beginPath();
    pen.rect(0, TOP_PX - 4, at.width, at.height - TOP_PX + 4);
    pen.clip();
    drawBranches(pen, at, colour("--quiet"), colour("--line"));
    drawBars(pen, at);
    drawHeat(pen, at);
    drawPointed(pen, at, colour("--accent"));
    pen.restore();
    drawShownInList(pen, at, colour("--accent"));
    drawCut(pen, at, colour("--accent"), colour("--paper"));
    canvas.dataset.drawn = Number(canvas.dataset.drawn || 0) + 1;
  };

  const drawBranches = (pen, at, above, folded) => {
    const { n, left, right, lo, hi, height } = tree, { k, clusters, colourOf } = syllabary.tree, lines = new Map();
    const pathOf = (key) => { if (!lines.has(key)) lines.set(key, new Path2D()); return lines.get(key); };
    const placeOf = (node) => (node < n ? node : tree.place[node - n]);
    const highOf = (node) => (node < n ? 0 : height[node - n]);
    const paintOf = (node) => (node < n || node - n < n - k ? colourOf(clusters[node < n ? node : lo[node - n]]) : above);
    const waiting = n > 1 ? [n - 2] : [];
    while (waiting.length) {
      const join = waiting.pop();
      if (hi[join] < view.first - 1 || lo[join] > view.last) continue;
      const x = at.x(height[join]), ends = [left[join], right[join]], ys = ends.map((node) => at.y(placeOf(node)));
      const own = pathOf(paintOf(n + join));
      own.moveTo(x, Math.max(-5, ys[0]));
      own.lineTo(x, Math.min(at.height + 5, ys[1]));
      ends.forEach((node, side) => {
        const path = pathOf(paintOf(node)), low = at.x(highOf(node));
        path.moveTo(x, ys[side]);
        path.lineTo(low, ys[side]);
        if (node < n) return;
        if ((hi[node - n] - lo[node - n] + 1) * at.perLeaf >= FOLDED_PX) { waiting.push(node - n); return; }
        const pale = pathOf(folded);
        pale.moveTo(low, ys[side]);
        pale.lineTo(at.right, ys[side]);
      });
    }
    pen.lineWidth = 1;
    for (const [paint, path] of [...lines].sort(([a]) => (a === folded ? -1 : 0))) { pen.strokeStyle = paint; pen.stroke(path); }
  };

  // One or more leaves a pixel: the colour that most of them have.
  const drawBars = (pen, at) => {
    const { clusters, colourOf, categoryOf, categoryColour } = syllabary.tree;
    const step = Math.max(1, at.perLeaf), count = Math.ceil((at.height - TOP_PX) / step);
    for (let line = 0; line < count; line++) {
      const y = TOP_PX + line * step, first = Math.floor(view.first + (line * step) / at.perLeaf + 1e-6);
      const last = Math.min(tree.n, Math.max(first + 1, Math.floor(view.first + ((line + 1) * step) / at.perLeaf)));
      if (first < 0 || first >= tree.n) continue;
      pen.fillStyle = colourOf(clusters[(first + last - 1) >> 1]);
      pen.fillRect(at.clusterX, y, BAR_PX - 2, step + 0.3);
      pen.fillStyle = categoryColour(mostOf(categoryOf, first, last));
      pen.fillRect(at.categoryX, y, BAR_PX, step + 0.3);
    }
  };

  const mostOf = (codeOf, first, last) => {
    if (last - first === 1) return codeOf(first);
    const counts = new Map();
    let best = codeOf(first), most = 0;
    for (let leaf = first; leaf < last; leaf++) {
      const code = codeOf(leaf), n = (counts.get(code) || 0) + 1;
      counts.set(code, n);
      if (n > most) { most = n; best = code; }
    }
    return best;
  };

  const drawPointed = (pen, at, accent) => {
    const leaf = syllabary.tree.pointed;
    if (leaf < 0) return;
    const y = at.y(leaf), { n, parent, height, place } = tree;
    pen.globalAlpha = 0.22;
    pen.fillStyle = accent;
    pen.fillRect(0, y - Math.max(1.5, at.perLeaf / 2), at.width, Math.max(3, at.perLeaf));
    pen.globalAlpha = 1;
    pen.strokeStyle = accent;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(at.right, y);
    for (let join = parent[leaf], up = y; join >= 0; join = parent[n + join]) {
      const x = at.x(height[join]);
      pen.lineTo(x, up);
      up = at.y(place[join]);
      pen.lineTo(x, up);
    }
    pen.stroke();
  };

  const drawShownInList = (pen, at, accent) => {
    const [first, last] = syllabary.treeList.range();
    const top = Math.max(TOP_PX, at.y(first - 0.5)), bottom = Math.min(at.height, at.y(last - 0.5));
    if (bottom <= top) return;
    pen.fillStyle = accent;
    pen.fillRect(at.width - 3, top, 3, Math.max(3, bottom - top));
  };

  const drawCut = (pen, at, accent, paper) => {
    const x = at.x(cutHeight(syllabary.tree.k)), k = syllabary.tree.k, text = `${syllabary.thousands(k)} cluster${k === 1 ? "" : "s"}`;
    const shown = Math.max(at.left - 8, x);
    pen.strokeStyle = accent;
    pen.lineWidth = 1.5;
    pen.setLineDash([5, 4]);
    pen.beginPath();
    pen.moveTo(shown, TOP_PX - 4);
    pen.lineTo(shown, at.height);
    pen.stroke();
    pen.setLineDash([]);
    pen.font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const wide = pen.measureText(text).width + 14, from = Math.max(2, Math.min(at.width - wide - 2, shown - wide / 2));
    pen.fillStyle = accent;
    pen.beginPath();
    pen.roundRect(from, 1, wide, 17, 4);
    pen.fill();
    pen.fillStyle = paper;
    pen.textBaseline = "middle";
    pen.fillText(text, from + 7, 10);
  };

  // ---- features as colours -----------------------------------------------------------------------------------------

  const drawHeat = (pen, at) => {
    if (!heat) return;
    pen.imageSmoothingEnabled = false;
    for (const part of [heat.whole, heat.part]) {
      if (!part) continue;
      const top = at.y(part.first - 0.5), high = (part.last - part.first) * at.perLeaf;
      pen.drawImage(part.picture, at.heatX, top, at.heatPx, high);
    }
  };

  // All leaves coarsely, then those in view as finely as they can be seen.
  const fetchHeat = () => { if (!heat) fetchPart(0, tree.n, "whole"); else fetchLater(); };

  const fetchLater = later(180, () => {
    if (!tree || !heat || (view.last - view.first) * 1.5 > tree.n) { if (heat) heat.part = null; return; }
    const first = Math.max(0, Math.floor(view.first)), last = Math.min(tree.n, Math.ceil(view.last));
    if (last > first) fetchPart(first, last, "part");
  });

  const fetchPart = async (first, last, which) => {
    const key = `${first}-${last}`, own = tree;
    if (wanted === key) return;
    wanted = key;
    try {
      const answer = await syllabary.tree.get(`heat.bin?first=${first}&last=${last}`);
      const lines = Number(answer.headers.get("X-Lines")), values = new Int8Array(await answer.arrayBuffer());
      if (own !== tree || wanted !== key || !lines || !values.length) return;
      const part = { first, last, picture: pictureOf(values, lines) };
      heat = which === "whole" ? { columns: values.length / lines, whole: part, part: null } : { ...heat, part };
      redraw();
    } catch (error) {
      if (own === tree) syllabary.tell(error.message);
    }
  };

  const pictureOf = (values, lines) => {
    const columns = values.length / lines, picture = syllabary.make("canvas", "", { width: columns, height: lines });
    const pen = picture.getContext("2d"), image = pen.createImageData(columns, lines);
    values.forEach((value, i) => {
      const share = Math.abs(value) / 120, end = value > 0 ? RED : BLUE;
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = WHITE[c] + share * (end[c] - WHITE[c]);
      image.data[4 * i + 3] = 255;
    });
    pen.putImageData(image, 0, 0);
    return picture;
  };

  // ---- hands -------------------------------------------------------------------------------------------------------

  const listen = () => {
    const canvas = element("ARRANGE_TREE");
    if (canvas.dataset.listens) return;
    canvas.dataset.listens = "true";
    canvas.addEventListener("wheel", wheel, { passive: false });
    canvas.addEventListener("pointerdown", down);
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", () => { drag = null; });
    canvas.addEventListener("pointerleave", () => { if (!drag) syllabary.tree.point(-1, "tree"); });
    canvas.addEventListener("keydown", pressed);
    element("ARRANGE_FIT").addEventListener("click", fit);
    new ResizeObserver(redraw).observe(canvas);
  };

  const leafAt = (canvas, y) => {
    const leaf = Math.floor(view.first + (y - TOP_PX) / scales(canvas).perLeaf);
    return y < TOP_PX || leaf < 0 || leaf >= tree.n ? -1 : leaf;
  };

  // The column of features that the pointer is on, or -1.
  const columnAt = (canvas, x) => {
    const at = scales(canvas), column = heat ? Math.floor(((x - at.heatX) / at.heatPx) * heat.columns) : -1;
    return heat && column < heat.columns ? Math.max(-1, column) : -1;
  };

  const isOnCut = (canvas, x, y) => {
    const at = scales(canvas), line = Math.max(at.left - 8, at.x(cutHeight(syllabary.tree.k)));
    return Math.abs(x - line) < GRIP_PX || (y < TOP_PX - 3 && Math.abs(x - line) < 50);
  };

  const down = (event) => {
    if (event.button !== 0 || !tree) return;
    const canvas = event.currentTarget;
    drag = { x: event.offsetX, y: event.offsetY, cuts: isOnCut(canvas, event.offsetX, event.offsetY), moved: false };
    canvas.setPointerCapture(event.pointerId);
  };

  const move = (event) => {
    if (!tree) return;
    const canvas = event.currentTarget;
    if (!drag) {
      const cuts = isOnCut(canvas, event.offsetX, event.offsetY);
      canvas.style.cursor = cuts ? "ew-resize" : "crosshair";
      syllabary.tree.point(cuts ? -1 : leafAt(canvas, event.offsetY), "tree", event);
      return;
    }
    if (!drag.moved && Math.hypot(event.offsetX - drag.x, event.offsetY - drag.y) < 4) return;
    drag.moved = true;
    if (drag.cuts) syllabary.tree.setClusters(clustersAt(scales(canvas).heightAt(event.offsetX)));
    else shift(-(event.offsetY - drag.y) / scales(canvas).perLeaf);
    drag.y = event.offsetY;
  };

  const up = (event) => {
    const was = drag;
    drag = null;
    if (was && !was.moved && !was.cuts) syllabary.tree.choose(leafAt(event.currentTarget, event.offsetY), "tree");
  };

  const wheel = (event) => {
    if (!tree) return;
    event.preventDefault();
    const canvas = event.currentTarget, factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY || event.deltaX)) * 0.005);
    if (event.shiftKey) { view.high = Math.max(tallest() * 1e-3, Math.min(tallest() * ROOM, view.high * factor)); changed(); return; }
    zoom(factor, Math.max(0, Math.min(1, (event.offsetY - TOP_PX) / (canvas.clientHeight - TOP_PX))));
    syllabary.tree.point(leafAt(canvas, event.offsetY), "tree", event);
  };

  const zoom = (factor, share) => {
    const span = Math.max(Math.min(4, tree.n), Math.min(tree.n, (view.last - view.first) * factor));
    const middle = view.first + share * (view.last - view.first), first = middle - share * span;
    show(first, span);
  };

  const shift = (leaves) => show(view.first + leaves, view.last - view.first);

  const show = (first, span) => {
    view.first = Math.max(0, Math.min(tree.n - span, first));
    view.last = view.first + span;
    changed();
  };

  // Bring a leaf into view, if it is not.
  const reveal = (leaf) => {
    if (!tree || leaf < 0 || (leaf >= view.first && leaf + 1 <= view.last)) return;
    show(leaf - (view.last - view.first) / 2, view.last - view.first);
  };

  const pressed = (event) => {
    if (!tree || event.ctrlKey || event.metaKey || event.altKey) return;
    const { chosen, choose, k, setClusters } = syllabary.tree, span = view.last - view.first;
    const act = {
      ArrowUp: () => choose(Math.max(0, chosen < 0 ? 0 : chosen - 1), "keys"),
      ArrowDown: () => choose(Math.min(tree.n - 1, chosen + 1), "keys"),
      ArrowLeft: () => setClusters(k - 1), ArrowRight: () => setClusters(k + 1),
      PageUp: () => shift(-span * STEP * 4), PageDown: () => shift(span * STEP * 4),
      "+": () => zoom(0.7, 0.5), "-": () => zoom(1.4, 0.5), 0: fit, " ": () => choose(chosen, "keys"),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  return { open, listen, penOf, columnAt, redraw, cut, reveal, fit, get size() { return tree ? tree.n : 0; }, get view() { return view; } };
})();
