// A path dragged across the page Map: the sounds within reach of it, in the order in which it passes them, listed and
// played one after the other.
syllabary.soundMapPath = (() => {
  const { element, make, remember, remembered, thousands } = syllabary;
  const MOST_CORNERS = 60, MOST = 300, SAME_PX = 3;
  let isOn = false, drawn = [], path = [], found = [], nAll = 0, isPlaying = false, at = -1;

  const setOn = (on) => {
    isOn = on;
    element("SOUNDMAP_PATH").setAttribute("aria-pressed", on);
    element("SOUNDMAP_PLACE").classList.toggle("drawing", on);
  };

  const begin = (place) => { drawn = [place]; };
  const extend = (place) => { drawn.push(place); };
  const cancel = () => { drawn = []; };

  const reach = () => Number(element("SOUNDMAP_REACH").value);

  const end = () => {
    const { sx, sy } = syllabary.soundMapView.scales();
    path = syllabary.geometry.simplify(drawn.map(([x, y]) => [x * sx, y * sy]), MOST_CORNERS).map(([px, py]) => [px / sx, py / sy]);
    drawn = [];
    find();
    play();
  };

  // The rows on the path, in order along it; within reach is meant on the screen.
  const find = () => {
    stop();
    const { sx, sy } = syllabary.soundMapView.scales();
    const passed = path.length ? along(path.map(([x, y]) => [x * sx, y * sy]), syllabary.soundMap.look().xy, sx, sy) : [];
    nAll = passed.length;
    found = passed.slice(0, MOST);
    list();
  };

  // Other sounds are seen than before.
  const again = () => { if (path.length) find(); };

  const along = (corners, xy, sx, sy) => {
    const passed = [], lengths = [0], far = reach(), across = corners.map(([x]) => x);
    const left = Math.min(...across) - far, right = Math.max(...across) + far;
    for (let i = 1; i < corners.length; i++) {
      lengths.push(lengths[i - 1] + Math.hypot(corners[i][0] - corners[i - 1][0], corners[i][1] - corners[i - 1][1]));
    }
    for (const row of syllabary.soundMapView.rows()) {
      const x = xy[2 * row] * sx, y = xy[2 * row + 1] * sy;
      if (x < left || x > right) continue;
      const place = whereOn(corners, lengths, x, y, far);
      if (place !== null) passed.push([place, row]);
    }
    return passed.sort((a, b) => a[0] - b[0]).map(([, row]) => row);
  };

  // How far along the path it comes nearest to a place, in px; null if not within reach.
  const whereOn = (corners, lengths, x, y, far) => {
    let least = far, where = null;
    for (let i = 1; i < corners.length; i++) {
      const [ax, ay] = corners[i - 1], dx = corners[i][0] - ax, dy = corners[i][1] - ay, length = dx * dx + dy * dy;
      const share = length < SAME_PX ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
      const off = Math.hypot(ax + share * dx - x, ay + share * dy - y);
      if (off < least) { least = off; where = lengths[i - 1] + share * Math.sqrt(length); }
    }
    return where;
  };

  const list = () => {
    element("SOUNDMAP_ON_PATH").hidden = false;
    const n = thousands(nAll), said = nAll ? `${n} ${nAll === 1 ? "sound" : "sounds"} on the path` : "No sound lies on the path.";
    element("SOUNDMAP_PATH_TEXT").textContent = nAll > MOST ? `${said}, the first ${MOST} are listed` : said;
    element("SOUNDMAP_PATH_TILES").replaceChildren(...found.map(tile));
    element("SOUNDMAP_PATH_PLAY").disabled = !nAll;
    syllabary.soundMapView.redraw();
  };

  const tile = (row, i) => {
    const { setup, codes, colours } = syllabary.soundMap.look(), sound = syllabary.soundMap.idOf(row);
    const button = make("button", "soundmap-path-tile", {
      type: "button", title: `${i + 1}: sound ${thousands(sound)}`, onclick: () => syllabary.soundMap.choose(row) });
    button.dataset.sound = sound;
    button.style.setProperty("--cluster", colours[codes[row]]);
    button.append(syllabary.soundMap.picture(sound, setup.tilePx, 1));
    button.onpointerenter = () => syllabary.soundMapView.mark("playing", row);
    button.onpointerleave = () => syllabary.soundMapView.mark("playing", isPlaying ? at : -1);
    return button;
  };

  const play = () => {
    if (!found.length) return;
    const rows = found;
    isPlaying = true;
    show();
    syllabary.soundMapEar.playInOrder(rows.map(syllabary.soundMap.idOf), (_sound, i) => begun(rows, i), () => over(rows));
  };

  // The place on the page that shows what plays: while it is there, playing goes on.
  const begun = (rows, i) => {
    const tiles = element("SOUNDMAP_PATH_TILES");
    if (!tiles || rows !== found) return null;
    at = rows[i];
    tiles.querySelector(".playing")?.classList.remove("playing");
    tiles.children[i]?.classList.add("playing");
    tiles.children[i]?.scrollIntoView({ block: "nearest" });
    syllabary.soundMapView.mark("playing", at);
    return tiles;
  };

  const over = (rows) => {
    if (rows !== found || !element("SOUNDMAP_PATH_TILES")) return;
    [isPlaying, at] = [false, -1];
    element("SOUNDMAP_PATH_TILES").querySelector(".playing")?.classList.remove("playing");
    syllabary.soundMapView.mark("playing", -1);
    show();
  };

  const show = () => element("SOUNDMAP_PATH_PLAY").setAttribute("aria-pressed", isPlaying);

  // Whether it was playing.
  const stop = () => {
    if (!isPlaying) return false;
    syllabary.soundMapEar.stop();
    over(found);
    return true;
  };

  // Whether there was a path.
  const clear = () => {
    stop();
    const was = found.length > 0 || path.length > 0;
    [path, found, nAll, drawn] = [[], [], 0, []];
    if (element("SOUNDMAP_ON_PATH")) element("SOUNDMAP_ON_PATH").hidden = true;
    syllabary.soundMapView.redraw();
    return was;
  };

  const draw = (pen, { accent }, toScreen) => {
    const places = drawn.length ? drawn : path;
    if (places.length < 2) return;
    pen.lineJoin = pen.lineCap = "round";
    for (const [width, alpha] of [[2 * reach(), 0.18], [1.5, 1]]) {
      pen.globalAlpha = alpha;
      pen.strokeStyle = accent;
      pen.lineWidth = width;
      pen.beginPath();
      places.forEach(([x, y], i) => (i ? pen.lineTo(...toScreen(x, y)) : pen.moveTo(...toScreen(x, y))));
      pen.stroke();
    }
    pen.globalAlpha = 1;
  };

  const listen = () => {
    [isPlaying, found, path, drawn, nAll] = [false, [], [], [], 0];
    setOn(false);
    element("SOUNDMAP_PATH").addEventListener("click", () => setOn(!isOn));
    element("SOUNDMAP_PATH_PLAY").addEventListener("click", () => { if (!stop()) play(); });
    element("SOUNDMAP_PATH_CLOSE").addEventListener("click", clear);
    element("SOUNDMAP_REACH").value = remembered("map-reach", 10);
    element("SOUNDMAP_REACH").addEventListener("input", (event) => { remember("map-reach", event.target.value); find(); });
  };

  return { begin, extend, cancel, end, again, clear, stop, draw, listen, get isOn() { return isOn; }, get isPlaying() { return isPlaying; } };
})();
