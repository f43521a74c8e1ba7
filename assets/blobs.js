// Blobs over the map: asked for as the radius and threshold change, drawn, clicked. See pipeline/blobs.py.
syllabary.blobs = (() => {
  const { element, get, remember, remembered, set, tell, thousands } = syllabary;
  const REACH_PX = 22, HALF_STEP = 0.5;
  let start = null, wanted = null, found = null, asking = false, pointed = 0;
  const rowsOf = new Map();   // the sounds of each blob that was chosen, by its step

  const open = (setup) => {
    start = setup.blobs;
    wanted = { radius: start.radius, threshold: start.threshold, ...JSON.parse(remembered(memory(setup), "{}")) };
    found = null;
    asking = false;
    rowsOf.clear();
    const steps = { RADIUS_LESS: [-HALF_STEP, 0], RADIUS_MORE: [HALF_STEP, 0], THRESHOLD_LESS: [0, -1], THRESHOLD_MORE: [0, 1] };
    Object.entries(steps).forEach(([name, [px, times]]) => element(name).addEventListener("click", () => step(px, times)));
    element("BLOB_NEXT").addEventListener("click", () => next(1));
    element("BLOB_BACK").addEventListener("click", () => next(-1));
    element("RADIUS").addEventListener("input", (event) => change({ radius: Number(event.target.value) }));
    element("THRESHOLD").addEventListener("input", (event) => change({ threshold: power(Number(event.target.value)) }));
    showNumbers();
  };

  const memory = (setup) => `blobs-${setup.version}`;
  const keep = () => remember(memory(syllabary.setup), JSON.stringify(wanted));
  const power = (n) => Number((start.threshold * start.step ** n).toPrecision(6));

  const step = (px, times) => {
    const radius = Number(element("RADIUS").max);
    change({ radius: Math.min(radius, Math.max(1, wanted.radius + px)),
             threshold: Number((wanted.threshold * start.step ** times).toPrecision(6)) });
  };

  const change = (numbers) => { wanted = { ...wanted, ...numbers }; showNumbers(); keep(); ask(); };

  const showNumbers = () => {
    element("RADIUS").value = wanted.radius;
    element("THRESHOLD").value = Math.round(Math.log(wanted.threshold / start.threshold) / Math.log(start.step));
    element("RADIUS_TEXT").textContent = wanted.radius.toFixed(1);
    element("THRESHOLD_TEXT").textContent = Number(wanted.threshold.toPrecision(3));
  };

  const query = ({ revision, radius, threshold, version }) => `rev=${revision}&r=${radius}&t=${threshold}&v=${version}`;

  // One request at a time; what was changed meanwhile is asked for next, so that every answer drawn is in order.
  const ask = async () => {
    const project = syllabary.project.now;
    if (asking) return;
    if (!project || !syllabary.modes.isBlobbing) { showText(); return; }
    const asked = { ...wanted, revision: project.revision, version: project.setup.version };
    if (found && query(found) === query(asked)) { showText(); return; }
    asking = true;
    showText(true);
    try {
      const answer = await (await get(`${project.setup.media}/blobs.json?${query(asked)}`)).json();
      if (project !== syllabary.project.now) return;
      found = { ...asked, blobs: answer.blobs, left: answer.left, members: null };
    } catch (error) {
      tell(error.message);
      return;
    } finally {
      asking = false;
    }
    syllabary.map.redraw();
    ask();
  };

  const showText = (busy = false) => {
    const text = syllabary.modes.isBlobbing && found
      ? `${found.blobs.length} blob${found.blobs.length === 1 ? "" : "s"} · ${thousands(found.left)} left` : "";
    if (!element("BLOB_TEXT")) return;
    element("BLOB_TEXT").textContent = text;
    element("BLOB_TEXT").ariaBusy = busy;
  };

  // The blob of each sound, fetched once for one picture, when a blob is first chosen in it.
  const members = (picture) => {
    const { media } = syllabary.project.now.setup;
    picture.members ||= get(`${media}/blobs.bin?${query(picture)}`)
      .then((answer) => answer.arrayBuffer()).then((bytes) => new Uint8Array(bytes));
    return picture.members;
  };

  const at = (x, y) => (found ? found.blobs.find((blob) => isIn(blob, x, y)) : undefined);

  const isIn = (blob, x, y) => {
    let odd = false;
    for (const ring of blob.rings) {
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        const [xi, yi, xj, yj] = [ring[i], ring[i + 1], ring[j], ring[j + 1]];
        if ((yi > y) !== (yj > y) && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
      }
    }
    return odd;
  };

  // Takes the blob under the pointer, or that of the nearest sound; false if there is neither.
  const click = async (px, py, how) => {
    if (!syllabary.modes.isBlobbing || !found || !found.blobs.length) return false;
    const picture = found, place = syllabary.map.toMap(px, py), row = syllabary.map.nearest(px, py, REACH_PX);
    const blobOf = await members(picture);
    const blob = at(...place) || picture.blobs.find(({ number }) => row >= 0 && number === blobOf[row]);
    if (!blob) return false;
    if (row >= 0 && blobOf[row] === blob.number) set("SOUND", { data: syllabary.project.idAt(row) });
    choose(picture, blob, blobOf, how, how === "set" ? { near: place } : {});
    return true;
  };

  const choose = (picture, blob, blobOf, how, view) => {
    const taken = { radius: picture.radius, threshold: picture.threshold, at: blob.at };
    const rows = [];
    blobOf.forEach((number, row) => { if (number === blob.number) rows.push(row); });
    rowsOf.set(JSON.stringify(taken), rows);
    syllabary.selection.choose({ how, blob: taken }, view);
  };

  // Marks the sounds of a chosen blob that are not taken yet, for selection.js.
  const mark = (taken, mask) => {
    const { labels } = syllabary.project.now;
    (rowsOf.get(JSON.stringify(taken)) || []).forEach((row) => { if (labels[row] === 0) mask[row] = 1; });
  };

  const next = async (by) => {
    if (!found || !found.blobs.length) { tell("There is no blob here: lower the threshold (-) or draw round sounds (l)."); return; }
    const picture = found, n = picture.blobs.length, now = picture.blobs.findIndex((blob) => isChosen(blob));
    const blob = picture.blobs[now < 0 ? (by > 0 ? 0 : n - 1) : (now + by + n) % n];
    choose(picture, blob, await members(picture), "set", { near: blob.at });
  };

  const isChosen = (blob) => (syllabary.selection.steps || []).some(({ how, blob: taken }) =>
    taken && how !== "take" && taken.radius === found.radius && taken.threshold === found.threshold && taken.at.join() === blob.at.join());

  const draw = (pen, ink, { x, y, size }) => {
    if (!syllabary.modes.isBlobbing || !found) return;
    const toScreen = (mx, my) => [x.d2p(mx) + size.l, y.d2p(my) + size.t];
    pen.lineJoin = "round";
    found.blobs.forEach((blob) => outline(pen, ink, blob, toScreen));
    pen.font = "600 12px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    found.blobs.forEach((blob) => count(pen, ink, blob, toScreen));
  };

  const outline = (pen, ink, blob, toScreen) => {
    const chosen = isChosen(blob);
    pen.beginPath();
    blob.rings.forEach((ring) => {
      for (let i = 0; i < ring.length; i += 2) pen[i ? "lineTo" : "moveTo"](...toScreen(ring[i], ring[i + 1]));
      pen.closePath();
    });
    pen.fillStyle = pen.strokeStyle = ink.accent;
    pen.globalAlpha = chosen ? 0.32 : blob.number === pointed ? 0.2 : 0.1;
    pen.fill("evenodd");
    pen.globalAlpha = 1;
    pen.lineWidth = chosen ? 2.5 : 1.25;
    pen.stroke();
  };

  const count = (pen, ink, blob, toScreen) => {
    const [px, py] = toScreen(...blob.at), text = thousands(blob.count);
    pen.lineWidth = 4;
    pen.strokeStyle = ink.paper;
    pen.fillStyle = ink.strong;
    pen.strokeText(text, px, py);
    pen.fillText(text, px, py);
  };

  const point = (event) => {
    if (!syllabary.modes.isBlobbing || !syllabary.map.isOpen || !found) return;
    const place = event.target.closest && event.target.closest(".map-place"), box = place && place.getBoundingClientRect();
    const blob = box && at(...syllabary.map.toMap(event.clientX - box.left, event.clientY - box.top));
    const number = blob ? blob.number : 0;
    if (number !== pointed) { pointed = number; syllabary.map.redraw(); }
  };

  document.addEventListener("pointermove", point);

  return { open, ask, click, draw, mark };
})();
