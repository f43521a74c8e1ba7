// All maps of the page Map as small pictures, features in rows and reducers in columns, or sorted by a score; and the
// scores of the map that is shown.
syllabary.soundMapSheet = (() => {
  const { element, make, set } = syllabary;
  const WIDTH = 168, HEIGHT = 118, MOST_POINTS = 2500, GRID = "grid";
  let pictures = new Map();      // a map's name → { every, xy }

  const isOpen = () => Boolean(element("SOUNDMAP_SHEET")) && !element("SOUNDMAP_SHEET").hidden;

  const toggle = (on) => {
    element("SOUNDMAP_SHEET").hidden = !on;
    element("SOUNDMAP_SHEET_OPEN").setAttribute("aria-pressed", on);
    if (on) fill();
  };

  // Whether it was open.
  const close = () => { const was = isOpen(); if (was) toggle(false); return was; };

  // Other maps than before, or made anew.
  const update = () => {
    pictures = new Map();
    if (!element("SOUNDMAP_SHEET_SORT")) return;
    if (isOpen()) fill();
    const { maps, shown } = syllabary.soundMap.look();
    scores(maps.find((one) => one.name === shown) ?? null);
  };

  const value = (one, name) => (Number.isFinite(one.scores[name]) ? one.scores[name] : -Infinity);
  const text = (number) => (Number.isFinite(number) ? number.toFixed(3) : "–");

  const fill = () => {
    const { maps, setup } = syllabary.soundMap.look(), by = element("SOUNDMAP_SHEET_SORT").value;
    if (!setup) return;
    fillMenu(setup.scores.filter(([name]) => maps.some((one) => Number.isFinite(one.scores[name]))));
    const parts = by === GRID ? blocks(maps) : [row("", [...maps].sort((a, b) => value(b, by) - value(a, by)), by, true)];
    element("SOUNDMAP_SHEET_LIST").replaceChildren(...parts, ...(maps.some((one) => Object.keys(one.scores).length) ? [] : [make("p", "hint", {
      textContent: "No map here has scores: they need labels or clusters at the time a map is computed." })]));
  };

  const fillMenu = (known) => {
    const menu = element("SOUNDMAP_SHEET_SORT"), scores = known.map(([name, title]) => ({ value: name, label: title }));
    const options = [{ value: GRID, label: "features × reducers" }, ...scores];
    if (menu.options.length !== options.length) set("SOUNDMAP_SHEET_SORT", { options });
  };

  // A line for each set of features; in it the reducers side by side.
  const blocks = (maps) => {
    const lines = new Map();
    for (const one of maps) {
      const key = one.features || "unknown features";
      lines.set(key, [...(lines.get(key) ?? []), one]);
    }
    return [...lines].map(([features, ones]) => row(features, [...ones].sort((a, b) => a.reducer.localeCompare(b.reducer)), "sum"));
  };

  const row = (title, maps, by, isMixed = false) => {
    const line = make("section", "soundmap-sheet-row"), cards = make("div", "soundmap-cards");
    cards.append(...maps.map((one) => card(one, by, isMixed)));
    line.append(...(title ? [make("h3", "", { textContent: title })] : []), cards);
    return line;
  };

  const card = (one, by, isMixed) => {
    const { shown, setup } = syllabary.soundMap.look(), canvas = make("canvas", "", { width: WIDTH, height: HEIGHT });
    const all = setup.scores.filter(([name]) => Number.isFinite(one.scores[name])).map(([name, title]) => `${title} ${text(one.scores[name])}`);
    const button = make("button", "soundmap-card", { type: "button", title: [one.title, ...all].join("\n"), onclick: () => pick(one.name) });
    button.dataset.map = one.name;
    button.setAttribute("aria-pressed", one.name === shown);
    const [, called] = setup.scores.find(([name]) => name === by) ?? ["", by], score = one.scores[by];
    const words = make("span", "soundmap-card-words");
    words.append(make("span", "title", { textContent: isMixed ? `${one.features} ${one.called}` : one.called }),
                 make("span", "number", { textContent: Number.isFinite(score) ? `${called} ${text(score)}` : "" }));
    button.append(canvas, words, make("span", "soundmap-card-about", { textContent: one.parameters }));
    paint(canvas, one.name);
    return button;
  };

  // A picture of a map from some of its sounds, evenly spread over the project.
  const paint = async (canvas, name) => {
    const { setup } = syllabary.soundMap.look(), every = Math.max(1, Math.ceil(setup.count / MOST_POINTS));
    if (!pictures.has(name)) pictures.set(name, syllabary.soundMap.placesOf(name, every));
    try {
      const xy = await pictures.get(name), { codes, colours, seen } = syllabary.soundMap.look(), paints = syllabary.soundMap.paints();
      if (!codes) return;
      const inks = colours.map(syllabary.soundMapDraw.rgb), rows = [];
      for (let i = 0; i < xy.length / 2; i++) if (seen[i * every]) rows.push(i);
      const ground = syllabary.soundMapDraw.ground(canvas.width, canvas.height, { xy, ...paints });
      syllabary.soundMapDraw.small(canvas, ground, rows, { xy, colourOf: (i) => inks[codes[i * every]] });
    } catch (error) {
      pictures.delete(name);
      canvas.title = error.message;
    }
  };

  const pick = (name) => { set("SOUNDMAP_CHOSEN", { value: name }); toggle(false); };

  // The scores of one map, in words that can be pointed at.
  const scores = (one) => {
    const place = element("SOUNDMAP_SCORES"), { setup } = syllabary.soundMap.look();
    if (!place || !setup) return;
    const known = one ? setup.scores.filter(([name]) => Number.isFinite(one.scores[name])) : [];
    const rest = one ? Object.keys(one.scores).filter((name) => !setup.scores.some(([known]) => known === name)) : [];
    const lines = one ? [one.parameters, ...syllabary.soundMap.remarks()] : [];
    if (!known.length && !rest.length) {
      place.replaceChildren(...(one ? [why(setup), ...lines] : []).filter(Boolean).map(hint));
      return;
    }
    const numbers = make("dl", "soundmap-numbers");
    numbers.append(...[...known, ...rest.map((name) => [name, name, ""])].map(([name, title, about]) => {
      const pair = make("div", "", { title: about });
      pair.append(make("dt", "", { textContent: title }), make("dd", "", { textContent: text(one.scores[name]) }));
      return pair;
    }));
    place.replaceChildren(numbers, ...[one.by ? `Held against the ${one.by}.` : "", ...lines].filter(Boolean).map(hint));
  };

  const hint = (words) => make("p", "hint", { textContent: words });

  const why = (setup) => (setup.hasLabels ? "No scores yet: they are worked out when maps are computed."
    : "No scores: the sounds have no true labels to hold the map against. Clusters will do, for maps that are computed then.");

  const listen = () => {
    element("SOUNDMAP_SHEET_OPEN").addEventListener("click", () => toggle(!isOpen()));
    element("SOUNDMAP_SHEET_SORT").addEventListener("change", () => requestAnimationFrame(fill));
  };

  return { listen, update, close, scores, recolour: () => { if (isOpen()) fill(); } };
})();
