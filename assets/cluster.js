// The page Cluster: the map coloured by a labeling, opacity by confidence, drawn on one canvas; below it the clusters with
// typical sounds. Pointing shows a sound, a click plays it, a click on a cluster shows it alone.
syllabary.clustering = (() => {
  const { element, get, make, tell, thousands, set } = syllabary;
  const NO_LABEL = 0xffff, NOISE_CODE = 0xfffe, LEVELS = 16, MOST_DISCS = 6000;
  const REACH_PX = 8, PREVIEW_PX = 80, PREVIEW_ZOOM = 2, STEP = 0.15;
  const COLUMNS = [["cluster", ""], ["sounds", "number"], ["silhouette", "number"], ["confidence", "number"],
                   ["typical sounds", ""], ["", ""]];
  const audio = new Audio();
  let shown = null, project = null, drawing = null;    // what the server sent; places and ids; how it is drawn
  let view = null, solo = null, pointed = -1, framed = false, drag = null, asked = 0;
  let base = null;     // all sounds as drawn last

  const show = async (data) => {
    const right = document.querySelector(".cluster-right");
    if (!right) return 0;
    right.dataset.empty = !data;
    if (!data) { shown = drawing = null; return 0; }
    const turn = ++asked;
    try {
      const fetched = await fetched_of(data);
      if (turn !== asked || !element("CLUSTER_MAP")) return 0;
      if (!project || project.key !== fetched.places.key) { project = fetched.places; view = [...data.view]; }
      if (!shown || shown.fingerprint !== data.fingerprint) solo = null;
      shown = data;
      drawing = arranged(fetched.codes, fetched.sure);
    } catch (error) {
      if (turn === asked) tell(error.message);
      return 0;
    }
    listen();
    fillTable();
    redraw();
    element("CLUSTER_MAP").dataset.ready = data.fingerprint;
    return Date.now();
  };

  const fetched_of = async (data) => {
    const query = `name=${encodeURIComponent(data.name)}&f=${data.fingerprint}&v=${data.version}`;
    const bytes = (path) => get(`${data.media}/${path}`).then((answer) => answer.arrayBuffer());
    const [places, codes, sure] = await Promise.all([
      placesOf(data, bytes), bytes(`labeling.bin?${query}`), bytes(`confidence.bin?${query}`)]);
    return { places, codes: new Uint16Array(codes), sure: new Uint8Array(sure) };
  };

  // The map does not change from one labeling to the next.
  const placesOf = async (data, bytes) => {
    const key = `${data.media} ${data.version}`;
    if (project && project.key === key) return project;
    const [points, numbers] = await Promise.all([
      bytes(`points.bin?v=${data.version}`), data.idsArePositions ? null : bytes(`ids.bin?v=${data.version}`)]);
    const xy = new Float32Array(points);
    return { key, xy, ids: numbers && new Int32Array(numbers), grid: new syllabary.geometry.Grid(xy) };
  };

  // The rows in the order they are drawn in, those of one colour and opacity together: noise first, the surest on top.
  const arranged = (codes, sure) => {
    const place = new Map(shownGroups().map(([number], i) => [number, i + 2]));
    const bucket = (row) => {
      const code = codes[row], group = code === NO_LABEL ? 0 : code === NOISE_CODE ? 1 : place.get(code) ?? 1;
      return group * LEVELS + (sure[row] >> 4);
    };
    const counts = new Uint32Array((place.size + 2) * LEVELS + 1), of = new Uint32Array(codes.length);
    for (let row = 0; row < codes.length; row++) counts[(of[row] = bucket(row)) + 1]++;
    for (let i = 1; i < counts.length; i++) counts[i] += counts[i - 1];
    const starts = counts.slice(), rows = new Uint32Array(codes.length);
    for (let row = 0; row < codes.length; row++) rows[counts[of[row]]++] = row;
    return { codes, sure, starts, rows };
  };

  const shownGroups = () => shown.groups.filter(([number]) => number >= 0);
  const noise = () => shown.groups.find(([number]) => number < 0);

  // Of each group of `arranged`: its number in the labeling and its colour.
  const painted = () => [[null, "#8a8f98"], [-1, noise()?.[5] ?? "#495057"],
                         ...shownGroups().map((group) => [group[0], group[5]])];

  const redraw = () => {
    if (framed) return;
    framed = true;
    requestAnimationFrame(() => { framed = false; if (drawing && element("CLUSTER_MAP")) draw(element("CLUSTER_MAP")); });
  };

  const scales = (canvas) => ({
    sx: canvas.clientWidth / (view[1] - view[0]), sy: -canvas.clientHeight / (view[3] - view[2]),
    left: view[0], top: view[3] });

  const draw = (canvas) => {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    if (!canvas.width || !canvas.height) return;
    const pen = canvas.getContext("2d"), key = [canvas.width, canvas.height, view, solo, ratio].join();
    if (!base || base.key !== key || base.drawing !== drawing) base = { key, drawing, picture: allSounds(canvas, ratio) };
    pen.drawImage(base.picture, 0, 0);
    pen.scale(ratio, ratio);
    drawRing(pen, canvas, scales(canvas));
  };

  // All sounds, drawn aside and again only when something of it is different: discs where they are few; where they are
  // many each is a few pixels, set one by one, since a canvas takes seconds for so many shapes where no card helps it.
  const allSounds = (canvas, ratio) => {
    const picture = make("canvas", "", { width: canvas.width, height: canvas.height }), pen = picture.getContext("2d");
    const n = project.xy.length / 2, side = markSize(n), { sx, sy, left, top } = scales(canvas);
    const image = n > MOST_DISCS ? pen.createImageData(picture.width, picture.height) : null;
    if (!image) pen.scale(ratio, ratio);
    painted().forEach(([number, colour], group) => {
      const aside = solo !== null && number !== solo;
      for (let level = 0; level < LEVELS; level++) {
        const alpha = aside ? 0.08 : number === null ? 0.12 : 0.2 + 0.8 * (level / (LEVELS - 1));
        const put = image ? pixels(image, colour, alpha, side, ratio) : disc(pen, colour, alpha, side);
        const bucket = group * LEVELS + level;
        for (let i = drawing.starts[bucket]; i < drawing.starts[bucket + 1]; i++) {
          const row = drawing.rows[i];
          put((project.xy[2 * row] - left) * sx, (project.xy[2 * row + 1] - top) * sy);
        }
      }
    });
    if (image) pen.putImageData(image, 0, 0);
    return picture;
  };

  const disc = (pen, colour, alpha, side) => {
    pen.fillStyle = colour;
    pen.globalAlpha = alpha;
    return (x, y) => { pen.beginPath(); pen.arc(x, y, side / 2, 0, 7); pen.fill(); };
  };

  const pixels = ({ data, width, height }, colour, alpha, side, ratio) => {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const reach = Math.max(2, Math.round(side * ratio));
    return (x, y) => {
      const first = Math.round(x * ratio - reach / 2), line = Math.round(y * ratio - reach / 2);
      if (!(first >= 0 && line >= 0 && first + reach <= width && line + reach <= height)) return;
      for (let dy = 0; dy < reach; dy++) {
        for (let at = 4 * ((line + dy) * width + first), end = at + 4 * reach; at < end; at += 4) {
          const below = (data[at + 3] / 255) * (1 - alpha), all = alpha + below;
          data[at] = (red * alpha + data[at] * below) / all;
          data[at + 1] = (green * alpha + data[at + 1] * below) / all;
          data[at + 2] = (blue * alpha + data[at + 2] * below) / all;
          data[at + 3] = 255 * all;
        }
      }
    };
  };

  const markSize = (n) => (n < 1500 ? 6 : n < 6000 ? 4.5 : n < 30000 ? 3.2 : 2.4);

  const drawRing = (pen, canvas, at) => {
    if (pointed < 0) return;
    pen.globalAlpha = 1;
    pen.strokeStyle = getComputedStyle(canvas).getPropertyValue("--ink");
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.arc((project.xy[2 * pointed] - at.left) * at.sx, (project.xy[2 * pointed + 1] - at.top) * at.sy, 7, 0, 7);
    pen.stroke();
  };

  // ---- hands --------------------------------------------------------------------------------------------------------

  const listen = () => {
    const canvas = element("CLUSTER_MAP");
    if (canvas.dataset.listens) return;
    canvas.dataset.listens = "true";
    canvas.addEventListener("wheel", wheel, { passive: false });
    canvas.addEventListener("pointerdown", down);
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", () => { drag = null; });
    canvas.addEventListener("pointerleave", () => point(-1));
    canvas.addEventListener("keydown", pressed);
    element("CLUSTER_FIT").addEventListener("click", fit);
    new ResizeObserver(redraw).observe(canvas);
  };

  const fit = () => { view = [...shown.view]; redraw(); };

  const zoom = (factor, fx, fy) => {
    const [left, right, low, high] = view, x = left + fx * (right - left), y = high - fy * (high - low);
    view = [x + (left - x) * factor, x + (right - x) * factor, y + (low - y) * factor, y + (high - y) * factor];
    redraw();
  };

  const shift = (dx, dy) => { view = [view[0] + dx, view[1] + dx, view[2] + dy, view[3] + dy]; redraw(); };

  const wheel = (event) => {
    event.preventDefault();
    const canvas = event.currentTarget;
    const factor = Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004);
    zoom(factor, event.offsetX / canvas.clientWidth, event.offsetY / canvas.clientHeight);
  };

  const down = (event) => {
    if (event.button !== 0 || !drawing) return;
    drag = { x: event.offsetX, y: event.offsetY, moved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };

  const move = (event) => {
    if (!drawing) return;
    if (!drag) { point(under(event), event); return; }
    const { sx, sy } = scales(event.currentTarget), dx = event.offsetX - drag.x, dy = event.offsetY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    Object.assign(drag, { x: event.offsetX, y: event.offsetY, moved: true });
    point(-1);
    shift(-dx / sx, -dy / sy);
  };

  const up = (event) => {
    const was = drag;
    drag = null;
    const row = was && !was.moved ? under(event) : -1;
    if (row >= 0) play(idOf(row));
  };

  const under = (event) => {
    const { sx, sy, left, top } = scales(event.currentTarget);
    return project.grid.nearest(left + event.offsetX / sx, top + event.offsetY / sy, sx, sy, REACH_PX);
  };

  const pressed = (event) => {
    const dx = (view[1] - view[0]) * STEP, dy = (view[3] - view[2]) * STEP;
    const act = { ArrowLeft: () => shift(-dx, 0), ArrowRight: () => shift(dx, 0), ArrowUp: () => shift(0, dy),
                  ArrowDown: () => shift(0, -dy), "+": () => zoom(0.8, 0.5, 0.5), "-": () => zoom(1.25, 0.5, 0.5), 0: fit,
                  Escape: () => choose(null) }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };

  const idOf = (row) => (project.ids ? project.ids[row] : row);

  const point = (row, event) => {
    const box = element("CLUSTER_PREVIEW");
    if (row < 0) { box.hidden = true; if (pointed >= 0) { pointed = -1; redraw(); } return; }
    if (row !== pointed) {
      pointed = row;
      box.replaceChildren(picture(idOf(row), PREVIEW_PX, PREVIEW_ZOOM), make("span", "", { textContent: said(row) }));
      redraw();
    }
    box.hidden = false;
    const room = event.currentTarget.parentElement;
    box.style.left = `${Math.min(event.offsetX + 14, Math.max(0, room.clientWidth - box.offsetWidth - 4))}px`;
    box.style.top = `${Math.min(event.offsetY + 14, Math.max(0, room.clientHeight - box.offsetHeight - 4))}px`;
  };

  const said = (row) => {
    const code = drawing.codes[row], sure = Math.round(drawing.sure[row] / 2.55);
    const where = code === NO_LABEL ? "not clustered" : code === NOISE_CODE ? "noise" : `cluster ${code}, ${sure} %`;
    return `sound ${thousands(idOf(row))} · ${where}`;
  };

  const picture = (segmentId, height, zoomed) => {
    const px = Number((shown.pxPerMs * zoomed).toPrecision(6));
    return make("img", "map-grey", { alt: "", height, loading: "lazy", decoding: "async", draggable: false,
      src: `${shown.media}/tile/${segmentId}.png?h=${height}&px=${px}&map=grey&v=${shown.version}` });
  };

  const play = async (segmentId) => {
    const url = `${shown.media}/sound/${segmentId}.wav?speed=auto&margin=0.02&v=${shown.version}`;
    audio.src = url;
    try {
      await audio.play();
    } catch (reason) {
      if (reason.name === "AbortError") return;
      await get(url).then(() => tell(`The browser could not play this sound (${reason.name}).`), (error) => tell(error.message));
    }
  };

  // ---- the table of clusters ----------------------------------------------------------------------------------------

  const fillTable = () => {
    const table = make("table", "cluster-rows"), head = make("tr", "");
    head.append(...COLUMNS.map(([text, kind]) => make("th", kind, { textContent: text, scope: "col" })));
    table.append(make("thead", ""), make("tbody", ""));
    table.tHead.append(head);
    table.tBodies[0].append(...shown.groups.map(rowOf));
    element("CLUSTER_TABLE").replaceChildren(table);
    mark();
  };

  const rowOf = ([number, n, silhouette, confidence, sounds, colour]) => {
    const row = make("tr", ""), name = number < 0 ? "noise" : `cluster ${number}`;
    row.dataset.number = number;
    const entry = make("button", "cluster-entry", {
      type: "button", title: `Show only ${name}; again: show all`, onclick: () => choose(number) });
    const swatch = make("span", "swatch");
    swatch.style.setProperty("--cluster", colour);
    entry.append(swatch, make("span", "", { textContent: number < 0 ? "noise" : number }));
    const again = make("button", "control", {
      type: "button", textContent: "Re-cluster", title: `Fill the form so that only ${name} is clustered`,
      onclick: () => clusterAgain(number) });
    const tiles = make("div", "cluster-tiles");
    tiles.append(...sounds.map((segmentId) => tile(segmentId)));
    const cells = [[entry, ""], [thousands(n), "number"], [silhouette === null ? "–" : silhouette.toFixed(2), "number"],
                   [confidence === null ? "–" : `${Math.round(100 * confidence)} %`, "number"], [tiles, "wide"],
                   [element("CLUSTER_START") ? again : "", ""]];
    row.append(...cells.map(([content, kind]) => { const cell = make("td", kind); cell.append(content); return cell; }));
    return row;
  };

  const tile = (segmentId) => {
    const button = make("button", "cluster-tile", {
      type: "button", title: `Play sound ${segmentId}`, onclick: () => play(segmentId) });
    button.dataset.sound = segmentId;
    button.append(picture(segmentId, shown.tilePx, 1));
    return button;
  };

  const choose = (number) => { solo = number === solo ? null : number; mark(); redraw(); };

  const mark = () => {
    element("CLUSTER_TABLE").querySelectorAll("tbody tr").forEach((row) =>
      row.querySelector(".cluster-entry").setAttribute("aria-pressed", Number(row.dataset.number) === solo));
    element("CLUSTER_MAP_TOLD").textContent = solo === null ? "Opacity is confidence. Point at a sound to see it, click to hear it."
      : `${solo < 0 ? "Noise" : `Cluster ${solo}`} alone; click its row again to show all.`;
  };

  const clusterAgain = (number) => {
    set("CLUSTER_AGAIN", { data: { name: shown.name, number, at: Date.now() } });
    element("CLUSTER_SOUNDS").scrollIntoView({ block: "center" });
    element("CLUSTER_SOUNDS").focus({ preventScroll: true });
  };

  return { show };
})();

window.dash_clientside = Object.assign({}, window.dash_clientside, {
  cluster: { show: (data) => syllabary.clustering.show(data), chart: (data) => syllabary.clusterCharts.show(data) } });
