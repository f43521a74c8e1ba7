// The page Map's small pictures: each class by itself over all sounds; a click on one shows only this class.
syllabary.soundMapClasses = (() => {
  const { element, make, thousands } = syllabary;
  const WIDTH = 148, HEIGHT = 104, FIRST = 24, MOST = 240;
  const SCALE = "The colours are a scale from low to high. Colour by label or cluster to see each class by itself.";
  let isAll = false, last = null;

  const draw = (given) => {
    last = given;
    const place = element("SOUNDMAP_CLASSES");
    if (!place) return;
    if (syllabary.colouring.isScale) { place.replaceChildren(make("p", "hint", { textContent: SCALE })); return; }
    const { classes } = given, there = classes.map((one, i) => [one, i]).filter(([one]) => one.count);
    const shown = there.slice(0, isAll ? MOST : FIRST), rows = rowsOf(given), ratio = window.devicePixelRatio || 1;
    const ground = syllabary.soundMapDraw.ground(Math.round(WIDTH * ratio), Math.round(HEIGHT * ratio), given);
    const isAlone = there.filter(([one]) => !one.isHidden).length === 1 && there.length > 1;
    const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    place.replaceChildren(...shown.map(([one, i]) => small(one, rows(i), ground, given, isAlone)), ...rest(there.length - shown.length));
    if (focused) [...place.querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused)?.focus();
  };

  // The rows of each class, without looking through all sounds for each.
  const rowsOf = ({ codes, classes }) => {
    const starts = new Uint32Array(classes.length + 1), rows = new Uint32Array(codes.length);
    for (const code of codes) starts[code + 1]++;
    for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
    const next = starts.slice();
    for (let row = 0; row < codes.length; row++) rows[next[codes[row]]++] = row;
    return (i) => rows.subarray(starts[i], starts[i + 1]);
  };

  const small = (one, rows, ground, { xy }, isAlone) => {
    const ink = syllabary.soundMapDraw.rgb(one.colour), isOnly = isAlone && !one.isHidden;
    const canvas = syllabary.soundMapDraw.small(make("canvas", ""), ground, rows, { xy, colourOf: () => ink });
    const button = make("button", one.isHidden ? "soundmap-small off" : "soundmap-small", {
      type: "button", title: isOnly ? "Show all classes again" : `Show only ${one.title}`, onclick: () => syllabary.colouring.solo(one.key) });
    button.setAttribute("aria-pressed", isOnly);
    button.dataset.key = one.key;
    const line = make("span", "soundmap-small-line"), swatch = make("span", "swatch");
    swatch.style.setProperty("--cluster", one.colour);
    line.append(swatch, make("span", "title", { textContent: one.title }), make("span", "number", { textContent: thousands(one.count) }));
    button.append(canvas, line);
    return button;
  };

  const rest = (n) => {
    if (n > 0) return [make("button", "control", { type: "button", textContent: `${n} more`, onclick: () => { isAll = true; draw(last); } })];
    return [];
  };

  return { draw };
})();
