// The page Map: one of a project's maps, drawn on one canvas; pointing plays, a click selects and plays all of a sound,
// dragging moves the map or draws a path across it.
syllabary.soundMap = (() => {
  const { element, get, later, make, remember, remembered, set, tell, thousands } = syllabary;
  const WHOLE = [-0.02, 1.02, -0.02, 1.02], REACH_PX = 9, AHEAD_PX = 160, AHEAD = 96, STEP = 1.3, MOST_ZOOM = 400;
  const PREVIEW_PX = 80, ZOOM = 2, STILL_PX = 4, PICTURE_MS = 60, SOON_MS = 150, MOST_SOON_PX = 90, MANY = 25000, REST_MS = 100;
  let setup = null, maps = [], shown = null;      // where the media are; the maps there are; the one that is shown
  let xy = null, grid = null, seen = null, codes = null, colours = [];     // its places; what each row looks like
  let view = [...WHOLE], base = null, framed = false, pointed = -1, heard = -1, chosen = -1, ring = -1, drag = null, turn = 0;
  let movedAt = 0;                                // when the view was changed last
  let last = { px: 0, py: 0, at: 0 };              // where the pointer was, and when

  // ---- what is shown ------------------------------------------------------------------------------------------------

  const open = async (given) => {
    syllabary.map.close();                          // another page's map is gone by now, and its project with it
    [setup, shown, xy, grid, base] = [given, null, null, null, null];
    [view, pointed, heard, chosen, ring] = [[...WHOLE], -1, -1, -1, -1];
    turn += 1;
    syllabary.soundMapEar.open(setup, say, showPlaying);
    syllabary.colouring.reset();
    listen();
    say(setup.silent ? "There is no sound." : "");
    try {
      await syllabary.project.open(setup);
      if (setup === given && setup.hasLabels) { element("COLOUR_BY").value = "label"; await syllabary.colouring.choose("label"); }
    } catch (error) {
      if (setup === given) tell(error.message);
      return 0;
    }
    await show(element("SOUNDMAP_CHOSEN")?.value);
    return Date.now();
  };

  const list = (known) => {
    maps = known ? known.maps : [];
    const page = document.querySelector(".soundmap");
    if (known) follow(known.revision);
    if (page) page.dataset.empty = !maps.length;
    syllabary.soundMapSheet.update();
    return maps.length;
  };

  // The labels as they are now: somebody may have changed them in Curate.
  const follow = async (revision) => {
    const isOther = await syllabary.project.refresh(revision).catch((error) => { tell(error.message); return false; });
    if (isOther && syllabary.colouring.followsLabels) { syllabary.colouring.show(); recolour(); }
  };

  const placesOf = async (name, every = 1) => {
    const answer = await get(`${setup.media}/soundmap.bin?name=${encodeURIComponent(name)}&every=${every}&v=${setup.version}`);
    return new Float32Array(await answer.arrayBuffer());
  };

  const show = async (name) => {
    if (!setup || !syllabary.project.now || !name) return 0;
    const mine = ++turn;
    try {
      const places = await placesOf(name);
      if (mine !== turn || !element("SOUNDMAP_CANVAS")) return 0;
      [shown, xy, view, base] = [name, places, [...WHOLE], null];
    } catch (error) {
      if (mine === turn) { say(error.message); element("SOUNDMAP_BUSY").textContent = error.message; }
      return 0;
    }
    element("SOUNDMAP_BUSY").hidden = true;
    history.replaceState(history.state, "", `${location.pathname}?map=${encodeURIComponent(name)}`);   // the address shows this map again
    syllabary.soundMapPath.clear();
    recolour();
    syllabary.soundMapSheet.scores(about());
    element("SOUNDMAP_CANVAS").dataset.ready = name;
    return Date.now();
  };

  // What should be known of the map besides its picture.
  const remarks = () => {
    let nFar = 0, nNone = 0;
    for (let row = 0; xy && row < xy.length / 2; row++) {
      if (!(xy[2 * row] >= 0)) nNone += 1;
      else if ([xy[2 * row], xy[2 * row + 1]].some((share) => share < setup.edge || share > 1 - setup.edge)) nFar += 1;
    }
    const some = (n) => `${thousands(n)} ${n === 1 ? "sound" : "sounds"}`;
    return [nFar && `${some(nFar)} far from all others: arrows at the edge.`, nNone && `${some(nNone)} not on this map.`].filter(Boolean);
  };

  const about = () => maps.find((one) => one.name === shown) ?? null;

  // What each row looks like, after a change of map, colours, or what is hidden.
  const recolour = () => {
    if (!xy || !syllabary.project.now || !element("SOUNDMAP_CANVAS")) return;
    const classes = syllabary.colouring.known(), place = new Map(classes.map((one, i) => [one.key, i]));
    const keys = syllabary.colouring.keys(), n = xy.length / 2;
    [colours, codes, seen] = [classes.map((one) => one.colour), new Int16Array(n), new Uint8Array(n)];
    for (let row = 0; row < n; row++) {
      codes[row] = place.get(keys[row]) ?? 0;
      seen[row] = classes[codes[row]].isHidden ? 0 : 1;
    }
    regrid();
    base = null;
    redraw();
    syllabary.soundMapClasses.draw({ xy, codes, classes, ...paints() });
    syllabary.soundMapSheet.recolour();
  };

  // Only what is seen can be pointed at.
  const regrid = () => {
    const rows = [];
    for (let row = 0; row < seen.length; row++) if (seen[row] && xy[2 * row] >= 0) rows.push(row);
    const places = new Float32Array(2 * rows.length);
    rows.forEach((row, i) => { places[2 * i] = xy[2 * row]; places[2 * i + 1] = xy[2 * row + 1]; });
    grid = rows.length ? { cells: new syllabary.geometry.Grid(places), rows: Int32Array.from(rows) } : null;
  };

  const paints = () => {
    const style = getComputedStyle(document.documentElement);
    return { paper: style.getPropertyValue("--paper").trim(), ghost: style.getPropertyValue("--quiet").trim(), ink: style.getPropertyValue("--ink").trim(),
             accent: style.getPropertyValue("--accent").trim() };
  };

  // ---- drawing ------------------------------------------------------------------------------------------------------

  const redraw = () => {
    if (framed) return;
    framed = true;
    requestAnimationFrame(() => { framed = false; if (xy && element("SOUNDMAP_CANVAS")) draw(element("SOUNDMAP_CANVAS")); });
  };

  const draw = (canvas) => {
    const ratio = window.devicePixelRatio || 1, width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
    if (!width || !height) return;
    if (canvas.width !== width || canvas.height !== height) { Object.assign(canvas, { width, height }); base = null; }
    const inks = paints(), key = [...view, inks.paper].join();
    const isMoving = base && base.key !== key && base.paper === inks.paper && seen.length > MANY && Date.now() < movedAt + REST_MS;
    if (isMoving) rest();
    else if (!base || base.key !== key) base = { key, paper: inks.paper, view: [...view], picture: syllabary.soundMapDraw.all(canvas, { xy, seen, codes, colours, view, ratio, edge: setup.edge, ...inks }) };
    const pen = canvas.getContext("2d"), { sx, sy } = syllabary.soundMapDraw.scales(view, width, height), [left, right, low, high] = base.view;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.fillStyle = inks.paper;
    pen.fillRect(0, 0, width, height);
    pen.drawImage(base.picture, (left - view[0]) * sx, (high - view[3]) * sy, (right - left) * sx, (low - high) * sy);
    pen.scale(ratio, ratio);
    syllabary.soundMapPath.draw(pen, inks, toScreen);
    drawRing(pen, chosen, 9, inks.ink, inks.paper);
    showRing("pointed", pointed);
    showRing("playing", ring);
  };

  // While very many sounds move, the picture that was there is moved; when they rest, they are drawn.
  const rest = later(120, () => redraw());
  const moved = () => { movedAt = Date.now(); redraw(); };

  const drawRing = (pen, row, radius, colour, paper) => {
    if (row < 0 || !(xy[2 * row] >= 0)) return;
    const [px, py] = toScreen(xy[2 * row], xy[2 * row + 1]);
    for (const [ink, width] of [[paper, 4], [colour, 2]]) {
      pen.strokeStyle = ink;
      pen.lineWidth = width;
      pen.beginPath();
      pen.arc(px, py, radius, 0, 7);
      pen.stroke();
    }
  };

  // A ring that moves much lies above the map, which then need not be drawn anew.
  const showRing = (which, row) => {
    const circle = element("SOUNDMAP_PLACE")?.querySelector(`.soundmap-ring.${which}`);
    if (!circle) return;
    circle.hidden = row < 0 || !(xy[2 * row] >= 0);
    if (!circle.hidden) circle.style.transform = `translate(${toScreen(xy[2 * row], xy[2 * row + 1]).map((at) => `${at.toFixed(1)}px`).join()})`;
  };

  const scales = () => {
    const canvas = element("SOUNDMAP_CANVAS");
    return syllabary.soundMapDraw.scales(view, canvas.clientWidth, canvas.clientHeight);
  };
  const toScreen = (x, y) => { const { sx, sy } = scales(); return [(x - view[0]) * sx, (y - view[3]) * sy]; };
  const toMap = (px, py) => { const { sx, sy } = scales(); return [view[0] + px / sx, view[3] + py / sy]; };

  // ---- where is what ------------------------------------------------------------------------------------------------

  const nearest = (px, py, reach = REACH_PX) => {
    if (!grid) return -1;
    const [x, y] = toMap(px, py), { sx, sy } = scales(), at = grid.cells.nearest(x, y, sx, sy, reach);
    return at < 0 ? -1 : grid.rows[at];
  };

  // The rows nearest to a place on the screen, the nearest first: of those within a box that grows until it holds enough.
  const around = (px, py, most = AHEAD) => {
    const [x, y] = toMap(px, py), { sx, sy } = scales();
    let found = [];
    for (let reach = 20; reach <= AHEAD_PX && found.length < most && grid; reach *= 2) found = grid.cells.inBox(x, y, reach / Math.abs(sx), reach / Math.abs(sy));
    const far = (at) => Math.hypot((grid.cells.xy[2 * at] - x) * sx, (grid.cells.xy[2 * at + 1] - y) * sy);
    return found.map((at) => [far(at), grid.rows[at]]).sort((a, b) => a[0] - b[0]).slice(0, most).map(([, row]) => row);
  };

  // The nearest sound that lies more to one side than off it.
  const beside = (row, dx, dy) => {
    const { sx, sy } = scales(), px = xy[2 * row] * sx, py = xy[2 * row + 1] * sy;
    let best = -1, least = Infinity;
    for (const other of grid ? grid.rows : []) {
      const right = xy[2 * other] * sx - px, down = xy[2 * other + 1] * sy - py, along = right * dx + down * dy;
      const off = Math.abs(right * dy) + Math.abs(down * dx), cost = along + 2 * off;
      if (other !== row && along > 0.5 && off <= along && cost < least) { least = cost; best = other; }
    }
    return best;
  };

  const idOf = (row) => syllabary.project.idAt(row);

  // ---- what is pointed at, what is chosen ---------------------------------------------------------------------------

  const isHoverOn = () => element("SOUNDMAP_HOVER").getAttribute("aria-pressed") === "true";

  const point = (px, py, at) => {
    const row = nearest(px, py);
    if (row !== pointed) {
      pointed = row;
      if (row >= 0) fillPreview(row);
      showRing("pointed", row);
    }
    placePreview(row, px, py);
    fetchAhead(...soon(px, py, at));
  };

  // Plays what is pointed at; told of every movement at once where the browser can, not with the next frame.
  const hear = (event) => {
    if (!xy || drag || !isHoverOn() || syllabary.soundMapPath.isPlaying) return;
    const row = nearest(event.offsetX, event.offsetY);
    if (row === heard) return;
    heard = row;
    if (row < 0) syllabary.soundMapEar.point(null);
    else syllabary.soundMapEar.point(idOf(row), around(event.offsetX, event.offsetY, 3).map(idOf), event.timeStamp);
  };

  // Where the pointer will be in a moment if it goes on as it does.
  const soon = (px, py, at) => {
    const before = last, ms = at - before.at;
    last = { px, py, at };
    if (ms <= 0 || ms > 200) return [px, py];
    const [dx, dy] = [px - before.px, py - before.py].map((way) => way * SOON_MS / ms), far = Math.max(1, Math.hypot(dx, dy) / MOST_SOON_PX);
    return [px + dx / far, py + dy / far];
  };

  const fetchAhead = (px, py) => { if (isHoverOn() && !setup.silent.startsWith("None")) syllabary.soundMapEar.ahead(around(px, py).map(idOf)); };

  const fillPreview = (row) => {
    const classes = syllabary.colouring.known()[codes[row]], swatch = make("span", "swatch"), line = make("span", "soundmap-class");
    swatch.style.setProperty("--cluster", colours[codes[row]]);
    line.append(swatch, make("span", "", { textContent: classes.title || `sound ${thousands(idOf(row))}` }));
    element("SOUNDMAP_PREVIEW").replaceChildren(line);
    fillPicture(row);
  };

  // The sound comes first, and its picture only where the pointer rests.
  const fillPicture = later(PICTURE_MS, (row) => {
    if (row === pointed) element("SOUNDMAP_PREVIEW")?.prepend(picture(idOf(row), PREVIEW_PX, ZOOM));
  });

  const placePreview = (row, px, py) => {
    const box = element("SOUNDMAP_PREVIEW"), room = box.parentElement;
    box.hidden = row < 0;
    if (row < 0) return;
    box.style.left = `${Math.min(px + 16, Math.max(0, room.clientWidth - box.offsetWidth - 4))}px`;
    box.style.top = `${py + 18 + box.offsetHeight > room.clientHeight ? Math.max(0, py - box.offsetHeight - 12) : py + 18}px`;
  };

  const picture = (sound, height, zoomed) => {
    const px = Number((setup.pxPerMs * zoomed).toPrecision(6));
    return make("img", "map-grey", { alt: "", height, loading: "lazy", decoding: "async", draggable: false,
      src: `${setup.media}/tile/${sound}.png?h=${height}&px=${px}&map=grey&v=${setup.version}` });
  };

  const choose = (row, { plays = true } = {}) => {
    chosen = row;
    const sound = row < 0 ? null : idOf(row), link = element("SOUNDMAP_CURATE");
    set("SOUNDMAP_SOUND", { data: sound });
    if (sound === null) element("SOUNDMAP_TEXT").textContent = NOTHING;
    link.hidden = row < 0;
    link.href = `${setup.curate}?sound=${sound}`;
    element("SOUNDMAP_TILE").replaceChildren(...(row < 0 ? [] : [picture(sound, setup.tilePx, 1)]));
    if (row >= 0) reveal(row);
    if (row >= 0 && plays) syllabary.soundMapEar.playWhole(sound);
    redraw();
  };

  const reveal = (row) => {
    const x = xy[2 * row], y = xy[2 * row + 1];
    if (!(x >= 0) || (x >= view[0] && x <= view[1] && y >= view[2] && y <= view[3])) return;
    const dx = x - (view[0] + view[1]) / 2, dy = y - (view[2] + view[3]) / 2;
    view = [view[0] + dx, view[1] + dx, view[2] + dy, view[3] + dy];
  };

  const step = (dx, dy) => {
    if (!xy) return;
    const canvas = element("SOUNDMAP_CANVAS"), from = chosen >= 0 && seen[chosen] ? chosen : -1;
    const row = from < 0 ? nearest(canvas.clientWidth / 2, canvas.clientHeight / 2, 1e5) : beside(from, dx, dy);
    if (row < 0) return;
    choose(row);
    fetchAhead(...toScreen(xy[2 * row], xy[2 * row + 1]));
  };

  const toggle = () => {
    if (syllabary.soundMapEar.isPlayingWhole) syllabary.soundMapEar.stop();
    else if (chosen >= 0) syllabary.soundMapEar.playWhole(idOf(chosen));
    else say("Select a sound first: click on one.");
  };

  const showPlaying = () => {
    element("SOUNDMAP_PLAY")?.classList.toggle("playing", syllabary.soundMapEar.isPlayingWhole);
    if (syllabary.soundMapEar.isAwake && element("SOUNDMAP_TOLD")?.textContent === ASLEEP) say("");
  };

  // Esc: one thing after the other.
  const stop = () => {
    if (syllabary.soundMapPath.stop() || syllabary.soundMapEar.stop() || syllabary.soundMapSheet.close() || syllabary.soundMapPath.clear()) return;
    choose(-1);
  };

  const NOTHING = "Click on a sound to select and hear it.";
  const ASLEEP = "Click once on the map: browsers play nothing before.";
  const say = (text) => { if (element("SOUNDMAP_TOLD")) element("SOUNDMAP_TOLD").textContent = text; };

  // ---- hands --------------------------------------------------------------------------------------------------------

  const listen = () => {
    const canvas = element("SOUNDMAP_CANVAS");
    const on = (name, act) => element(name).addEventListener("click", act);
    canvas.addEventListener("wheel", wheel, { passive: false });
    canvas.addEventListener("pointerdown", down);
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", () => { drag = null; syllabary.soundMapPath.cancel(); });
    canvas.addEventListener("onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove", hear);
    canvas.addEventListener("pointerleave", () => { if (!drag) leave(); });
    canvas.addEventListener("dblclick", (event) => event.preventDefault());
    on("SOUNDMAP_FIT", () => { view = [...WHOLE]; redraw(); });
    on("SOUNDMAP_IN", () => zoom(1 / STEP, 0.5, 0.5));
    on("SOUNDMAP_OUT", () => zoom(STEP, 0.5, 0.5));
    Object.entries({ LEFT: [-1, 0], RIGHT: [1, 0], UP: [0, -1], DOWN: [0, 1] }).forEach(([name, [dx, dy]]) => on(`SOUNDMAP_${name}`, () => step(dx, dy)));
    on("SOUNDMAP_PLAY", toggle);
    on("SOUNDMAP_STOP", stop);
    on("SOUNDMAP_HOVER", () => setHover(!isHoverOn()));
    on("LEGEND_OPEN", syllabary.colouring.toggle);
    element("COLOUR_BY").addEventListener("change", (event) => syllabary.colouring.choose(event.target.value));
    element("SOUNDMAP_VOLUME").addEventListener("input", (event) => syllabary.soundMapEar.setVolume(event.target.value));
    element("SOUNDMAP_PAGE").addEventListener("change", (event) => { if (event.target.matches("select, input[type=range]")) event.target.blur(); });
    element("SOUNDMAP_VOLUME").value = syllabary.soundMapEar.volume;
    setHover(remembered("map-hover", "on") === "on");
    syllabary.soundMapPath.listen();
    syllabary.soundMapSheet.listen();
    new ResizeObserver(redraw).observe(canvas);
  };

  const setHover = (on) => {
    element("SOUNDMAP_HOVER").setAttribute("aria-pressed", on);
    remember("map-hover", on ? "on" : "off");
    if (!on) syllabary.soundMapEar.stop();
    const isSilent = Boolean(setup.silent);
    if (!isSilent) say(on && !syllabary.soundMapEar.isAwake ? ASLEEP : "");
  };

  const zoom = (factor, fx, fy) => {
    const [left, right, low, high] = view, width = (right - left) * factor;
    if (width > 4 || width < 1 / MOST_ZOOM) return;
    const x = left + fx * (right - left), y = high - fy * (high - low);
    view = [x + (left - x) * factor, x + (right - x) * factor, y + (low - y) * factor, y + (high - y) * factor];
    moved();
  };

  const wheel = (event) => {
    event.preventDefault();
    const canvas = event.currentTarget;
    zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004), event.offsetX / canvas.clientWidth, event.offsetY / canvas.clientHeight);
  };

  const down = (event) => {
    if (event.button !== 0 || !xy) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag = { x: event.offsetX, y: event.offsetY, moved: false, draws: event.shiftKey || syllabary.soundMapPath.isOn };
    if (drag.draws) syllabary.soundMapPath.begin(toMap(event.offsetX, event.offsetY));
  };

  const leave = () => {
    [pointed, heard] = [-1, -1];
    placePreview(-1);
    showRing("pointed", -1);
    syllabary.soundMapEar.point(null);
  };

  const move = (event) => {
    if (!xy) return;
    if (!drag) { point(event.offsetX, event.offsetY, event.timeStamp); return; }
    const dx = event.offsetX - drag.x, dy = event.offsetY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < STILL_PX) return;
    Object.assign(drag, { x: event.offsetX, y: event.offsetY, moved: true });
    leave();
    if (drag.draws) { syllabary.soundMapPath.extend(toMap(event.offsetX, event.offsetY)); redraw(); return; }
    const { sx, sy } = scales();
    view = [view[0] - dx / sx, view[1] - dx / sx, view[2] - dy / sy, view[3] - dy / sy];
    moved();
  };

  const up = (event) => {
    const was = drag;
    drag = null;
    if (!was) return;
    if (was.draws && was.moved) { syllabary.soundMapPath.end(scales()); return; }
    syllabary.soundMapPath.cancel();
    if (!was.moved) choose(nearest(event.offsetX, event.offsetY));
  };

  // Sound may begin with the first click or key anywhere on the page.
  ["pointerdown", "keydown"].forEach((kind) => document.addEventListener(kind, () => { if (element("SOUNDMAP_CANVAS")) syllabary.soundMapEar.wake(); }, true));
  document.addEventListener("syllabary-coloured", recolour);
  new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });

  return {
    open, list, show, redraw, choose, say, remarks, placesOf, picture, idOf, paints,
    setRing: (row) => { ring = row; showRing("playing", row); },
    look: () => ({ setup, maps, shown, xy, codes, colours, seen, rows: grid ? grid.rows : [], scales: element("SOUNDMAP_CANVAS") ? scales() : null }),
    placeOf: (row) => (xy ? toScreen(xy[2 * row], xy[2 * row + 1]) : null),
  };
})();

window.dash_clientside = Object.assign({}, window.dash_clientside, {
  soundmap: {
    open: (setup) => syllabary.soundMap.open(setup), list: (maps) => syllabary.soundMap.list(maps),
    show: (name) => syllabary.soundMap.show(name),
  },
});
