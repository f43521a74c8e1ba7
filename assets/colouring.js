// What the map's colours mean: clusters or something else of the sounds, with a legend that shows one kind only or
// hides some. What is hidden stays as a trace, so that nobody selects what cannot be seen.
syllabary.colouring = (() => {
  const { element, get, make, tell, thousands } = syllabary;
  const HIDDEN = "rgba(128, 128, 128, 0.07)", CLUSTERS = "clusters";
  let by = CLUSTERS, other = null;      // other: { codes, classes, scale } for all but clusters
  let hidden = new Set(), version = 0, isOpen = false;

  // The classes as they are now: for clusters they follow the labels.
  const classes = (project) => other ? other.classes.map((one, i) => ({ ...one, key: i }))
    : [...project.clusters.values()].map((c) => ({ key: c.cluster, title: c.title, colour: c.colour, count: c.count }));

  const shade = (one) => (hidden.has(one.key) ? HIDDEN : one.colour);

  // Each sound's class as a whole number, and a scale in which each number is one colour.
  const marker = (project) => {
    const all = classes(project), last = Math.max(1, all.length - 1), n = project.labels.length;
    const place = new Map(all.map((one, i) => [one.key, i])), color = new Int16Array(n), keys = other ? other.codes : project.labels;
    for (let row = 0; row < n; row++) color[row] = place.get(keys[row]) ?? 0;
    const colorscale = all.map((one, i) => [i / last, shade(one)]);
    if (all.length === 1) colorscale.push([1, colorscale[0][1]]);
    return { color, colorscale, cmin: 0, cmax: last, showscale: false };
  };

  const of = (row) => {
    const { labels, clusters } = syllabary.project.now;
    if (other) return hidden.has(other.codes[row]) ? HIDDEN : other.classes[other.codes[row]].colour;
    return hidden.has(labels[row]) ? HIDDEN : clusters.get(labels[row])?.colour ?? "grey";
  };

  const choose = async (wanted) => {
    const project = syllabary.project.now;
    if (!project) return;
    try {
      const found = wanted === CLUSTERS ? null : await fetchClasses(project.setup, wanted);
      if (project !== syllabary.project.now) return;
      [by, other, hidden] = [wanted, found, new Set()];
      await changed();
    } catch (error) {
      element("COLOUR_BY").value = by;
      tell(error.message);
    }
  };

  const fetchClasses = async (setup, wanted) => {
    const query = `by=${encodeURIComponent(wanted)}&v=${setup.version}`;
    const [codes, about] = await Promise.all([
      get(`${setup.media}/colours.bin?${query}`).then((answer) => answer.arrayBuffer()),
      get(`${setup.media}/colours.json?${query}`).then((answer) => answer.json())]);
    return { codes: new Uint8Array(codes), ...about };
  };

  const changed = async () => {
    version += 1;
    show();
    document.dispatchEvent(new Event("syllabary-coloured"));   // for the page Map, which draws by itself
    await syllabary.map.restyle();
    syllabary.map.redraw();
  };

  const isSolo = (key, all) => !hidden.has(key) && hidden.size === all.length - 1 && all.length > 1;

  const solo = (key) => {
    const all = classes(syllabary.project.now);
    hidden = isSolo(key, all) ? new Set() : new Set(all.map((one) => one.key).filter((one) => one !== key));
    changed();
  };

  const hide = (key, on) => { if (on) hidden.add(key); else hidden.delete(key); changed(); };

  // Fills the legend; the focus stays where it was.
  const show = () => {
    const list = element("LEGEND_LIST");
    if (!list || !isOpen || !syllabary.project.now) return;
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.name : null, top = list.scrollTop;
    const all = classes(syllabary.project.now), isScale = Boolean(other && other.scale.length);
    list.replaceChildren(...(isScale ? scale(all) : all.filter((one) => one.count).map((one) => row(one, all))));
    list.scrollTop = top;
    if (focused) [...list.querySelectorAll("[data-name]")].find((one) => one.dataset.name === focused)?.focus();
  };

  const row = (one, all) => {
    const line = make("div", hidden.has(one.key) ? "legend-row off" : "legend-row");
    const box = make("input", "form-check-input", { type: "checkbox", checked: !hidden.has(one.key), title: `Show ${one.title}` });
    const entry = make("button", "entry", { type: "button", title: `Show only ${one.title}; again: show all` });
    const swatch = make("span", "swatch");
    swatch.style.setProperty("--cluster", one.colour);
    box.setAttribute("aria-label", box.title);
    [box.dataset.name, entry.dataset.name] = [`box ${one.key}`, `entry ${one.key}`];
    entry.setAttribute("aria-pressed", isSolo(one.key, all));
    entry.append(swatch, make("span", "title", { textContent: one.title }),
                 make("span", "number", { textContent: thousands(one.count) }));
    box.onchange = () => hide(one.key, !box.checked);
    entry.onclick = () => solo(one.key);
    line.append(box, entry);
    return line;
  };

  const scale = (all) => {
    const bar = make("div", "scale"), ends = make("div", "scale-ends"), missing = all[all.length - 1];
    bar.append(...all.slice(0, -1).map((one) => {
      const step = make("i", "");
      step.style.setProperty("--cluster", one.colour);
      return step;
    }));
    ends.append(...other.scale.map((text) => make("span", "", { textContent: text })));
    return missing.count ? [bar, ends, row(missing, all)] : [bar, ends];
  };

  const toggle = () => {
    isOpen = element("LEGEND").hidden;
    element("LEGEND").hidden = !isOpen;
    element("LEGEND_OPEN").setAttribute("aria-expanded", isOpen);
    show();
    if (isOpen) element("COLOUR_BY").focus();
  };

  const reset = () => { [by, other, hidden, isOpen] = [CLUSTERS, null, new Set(), false]; version += 1; };

  const pressed = (event) => {
    if (event.key !== "Escape" || !isOpen || !element("LEGEND")?.contains(document.activeElement)) return;
    event.preventDefault();
    event.stopPropagation();
    document.activeElement.blur();   // the keys act on the page again
    toggle();
  };
  document.addEventListener("keydown", pressed, true);

  // The classes as they are, with whether they are to be seen; and the key of each sound's class, in row order.
  const known = () => classes(syllabary.project.now).map((one) => ({ ...one, isHidden: hidden.has(one.key) }));
  const keys = () => (other ? other.codes : syllabary.project.now.labels);

  return {
    marker, of, choose, show, toggle, reset, known, keys, solo, get version() { return version; },
    get followsLabels() { return !other; }, get isScale() { return Boolean(other && other.scale.length); },
  };
})();
