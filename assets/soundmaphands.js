// Hands on the page Map: pointing plays and shows, a click chooses, dragging moves the map or draws a path, keys and
// buttons do the rest.
syllabary.soundMapHands = (() => {
  const { element, later, make, remember, remembered } = syllabary;
  const AHEAD = 96, STEP = 1.3, STILL_PX = 4, PREVIEW_PX = 80, ZOOM = 2, PICTURE_MS = 60;
  const SOON_MS = 150, MOST_SOON_PX = 90, PAUSE_MS = 200;
  const ASLEEP = "Click once on the map: browsers play nothing before.", SILENT = "There is no sound.";
  const STEPS = { LEFT: [-1, 0], RIGHT: [1, 0], UP: [0, -1], DOWN: [0, 1] };
  let heard = -1, drag = null, last = { px: 0, py: 0, at: 0 };      // last: where the pointer was, and when

  const map = () => syllabary.soundMap, view = () => syllabary.soundMapView, ear = () => syllabary.soundMapEar;
  const isOpen = () => Boolean(map().look().xy);
  const isSilent = () => map().look().setup.silent.startsWith("None");
  const isHoverOn = () => element("SOUNDMAP_HOVER").getAttribute("aria-pressed") === "true";

  // ---- pointing -----------------------------------------------------------------------------------------------------

  // Plays what is pointed at; told of every movement at once where the browser can, not with the next frame.
  const hear = (event) => {
    if (!isOpen() || drag || !isHoverOn() || syllabary.soundMapPath.isPlaying) return;
    const row = view().nearest(event.offsetX, event.offsetY);
    if (row === heard) return;
    heard = row;
    if (row < 0) ear().point(null);
    else ear().point(map().idOf(row), event.timeStamp);
  };

  const point = ({ offsetX, offsetY, timeStamp }) => {
    const row = view().nearest(offsetX, offsetY);
    if (row !== view().marked.pointed) {
      view().mark("pointed", row);
      if (row >= 0) fillPreview(row);
    }
    placePreview(row, offsetX, offsetY);
    fetchAhead(...soon(offsetX, offsetY, timeStamp));
  };

  const leave = () => {
    heard = -1;
    placePreview(-1);
    view().mark("pointed", -1);
    ear().point(null);
  };

  // Where the pointer will be in a moment if it goes on as it does.
  const soon = (px, py, at) => {
    const before = last, ms = at - before.at;
    last = { px, py, at };
    if (ms <= 0 || ms > PAUSE_MS) return [px, py];
    const [dx, dy] = [px - before.px, py - before.py].map((way) => way * SOON_MS / ms), over = Math.max(1, Math.hypot(dx, dy) / MOST_SOON_PX);
    return [px + dx / over, py + dy / over];
  };

  const fetchAhead = (px, py) => { if (isHoverOn() && !isSilent()) ear().ahead(view().around(px, py, AHEAD).map(map().idOf)); };

  const fillPreview = (row) => {
    const { colours, codes } = map().look(), swatch = make("span", "swatch"), line = make("span", "soundmap-class");
    swatch.style.setProperty("--cluster", colours[codes[row]]);
    line.append(swatch, make("span", "", { textContent: map().titleOf(row) }));
    element("SOUNDMAP_PREVIEW").replaceChildren(line);
    fillPicture(row);
  };

  // The sound comes first, and its picture only where the pointer rests.
  const fillPicture = later(PICTURE_MS, (row) => {
    if (row === view().marked.pointed) element("SOUNDMAP_PREVIEW")?.prepend(map().picture(map().idOf(row), PREVIEW_PX, ZOOM));
  });

  const placePreview = (row, px, py) => {
    const box = element("SOUNDMAP_PREVIEW"), room = box.parentElement;
    box.hidden = row < 0;
    if (row < 0) return;
    const isLow = py + 18 + box.offsetHeight > room.clientHeight;
    box.style.left = `${Math.min(px + 16, Math.max(0, room.clientWidth - box.offsetWidth - 4))}px`;
    box.style.top = `${isLow ? Math.max(0, py - box.offsetHeight - 12) : py + 18}px`;
  };

  // ---- dragging -----------------------------------------------------------------------------------------------------

  const down = (event) => {
    if (event.button !== 0 || !isOpen()) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag = { x: event.offsetX, y: event.offsetY, moved: false, draws: event.shiftKey || syllabary.soundMapPath.isOn };
    if (drag.draws) syllabary.soundMapPath.begin(view().toMap(event.offsetX, event.offsetY));
  };

  const move = (event) => {
    if (!isOpen()) return;
    if (!drag) { point(event); return; }
    const dx = event.offsetX - drag.x, dy = event.offsetY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < STILL_PX) return;
    Object.assign(drag, { x: event.offsetX, y: event.offsetY, moved: true });
    leave();
    if (drag.draws) { syllabary.soundMapPath.extend(view().toMap(event.offsetX, event.offsetY)); view().redraw(); }
    else view().shift(dx, dy);
  };

  const up = (event) => {
    const was = drag;
    drag = null;
    if (was && was.draws && was.moved) { syllabary.soundMapPath.end(); return; }
    syllabary.soundMapPath.cancel();
    if (was && !was.moved) map().choose(view().nearest(event.offsetX, event.offsetY));
  };

  const wheel = (event) => {
    event.preventDefault();
    const { clientWidth, clientHeight } = event.currentTarget;
    view().zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004), event.offsetX / clientWidth, event.offsetY / clientHeight);
  };

  // ---- buttons and keys ---------------------------------------------------------------------------------------------

  const step = (dx, dy) => {
    const { chosen, seen } = map().look(), { clientWidth, clientHeight } = element("SOUNDMAP_CANVAS");
    if (!isOpen()) return;
    const row = chosen >= 0 && seen[chosen] ? view().beside(chosen, dx, dy) : view().nearest(clientWidth / 2, clientHeight / 2, 1e5);
    if (row < 0) return;
    map().choose(row);
    fetchAhead(...view().placeOf(row));
  };

  const togglePlaying = () => {
    const { chosen } = map().look();
    if (ear().isPlayingWhole) ear().stop();
    else if (chosen >= 0) ear().playWhole(map().idOf(chosen));
    else map().say("Select a sound first: click on one.");
  };

  // Esc: one thing after the other.
  const stop = () => {
    const { soundMapPath, soundMapSheet } = syllabary;
    if (soundMapPath.stop() || ear().stop() || soundMapSheet.close() || soundMapPath.clear()) return;
    map().choose(-1);
  };

  const showPlaying = () => {
    element("SOUNDMAP_PLAY")?.classList.toggle("playing", ear().isPlayingWhole);
    if (ear().isAwake && element("SOUNDMAP_TOLD")?.textContent === ASLEEP) map().say("");
  };

  const setHover = (on) => {
    element("SOUNDMAP_HOVER").setAttribute("aria-pressed", on);
    remember("map-hover", on ? "on" : "off");
    if (!on) ear().stop();
    map().say(map().look().setup.silent ? SILENT : on && !ear().isAwake ? ASLEEP : "");
  };

  const listen = () => {
    [heard, drag] = [-1, null];
    const canvas = element("SOUNDMAP_CANVAS"), instant = "onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove";
    const does = { wheel, pointerdown: down, pointermove: move, pointerup: up,
                   pointercancel: () => { drag = null; syllabary.soundMapPath.cancel(); }, pointerleave: () => { if (!drag) leave(); } };
    Object.entries(does).forEach(([kind, act]) => canvas.addEventListener(kind, act, { passive: kind !== "wheel" }));
    canvas.addEventListener(instant, hear);
    const presses = {
      SOUNDMAP_FIT: view().fit, SOUNDMAP_IN: () => view().zoom(1 / STEP), SOUNDMAP_OUT: () => view().zoom(STEP), SOUNDMAP_PLAY: togglePlaying,
      SOUNDMAP_STOP: stop, SOUNDMAP_HOVER: () => setHover(!isHoverOn()), LEGEND_OPEN: syllabary.colouring.toggle,
      ...Object.fromEntries(Object.entries(STEPS).map(([name, way]) => [`SOUNDMAP_${name}`, () => step(...way)])),
    };
    Object.entries(presses).forEach(([name, act]) => element(name).addEventListener("click", () => act()));
    element("COLOUR_BY").addEventListener("change", (event) => syllabary.colouring.choose(event.target.value));
    element("SOUNDMAP_VOLUME").value = ear().volume;
    element("SOUNDMAP_VOLUME").addEventListener("input", (event) => ear().setVolume(event.target.value));
    element("SOUNDMAP_PAGE").addEventListener("change", giveBack);
    setHover(remembered("map-hover", "on") === "on");
    syllabary.soundMapPath.listen();
    syllabary.soundMapSheet.listen();
  };

  // A menu or slider that was used gives the keys back.
  const giveBack = (event) => { if (event.target.matches("select, input[type=range]")) event.target.blur(); };

  // Sound may begin with the first click or key anywhere on the page.
  const wake = () => { if (element("SOUNDMAP_CANVAS")) ear().wake(); };
  ["pointerdown", "keydown"].forEach((kind) => document.addEventListener(kind, wake, true));

  return { listen, showPlaying };
})();
