// The sounds of the page Arrange in their order: a list of any length, of which only what is in view is there.
syllabary.treeList = (() => {
  const { element, make, thousands } = syllabary;
  const LINE_PX = 46, TILE_PX = 40, SPARE = 6, TAIL = 12, CHUNK = 100, MOST_CHUNKS = 60;
  let n = 0, chunks = new Map(), lines = new Map(), asked = new Map();

  const open = (count) => {
    n = count;
    chunks = new Map(); asked = new Map(); lines = new Map();
    const box = element("ARRANGE_LIST");
    box.firstElementChild.replaceChildren();
    box.firstElementChild.style.height = `${n * LINE_PX}px`;
    box.scrollTop = 0;
    element("ARRANGE_COUNT").textContent = `${thousands(n)} sounds`;
    if (!box.dataset.listens) listen(box);
    draw();
  };

  const listen = (box) => {
    box.dataset.listens = "true";
    box.addEventListener("scroll", () => { draw(); syllabary.treeDrawing.redraw(); }, { passive: true });
    box.addEventListener("pointermove", (event) => syllabary.tree.point(leafOf(event), "list"));
    box.addEventListener("pointerleave", () => syllabary.tree.point(-1, "list"));
    box.addEventListener("click", (event) => syllabary.tree.choose(leafOf(event), "list"));
    box.addEventListener("keydown", pressed);
    new ResizeObserver(draw).observe(box);
  };

  const leafOf = (event) => { const line = event.target.closest(".arrange-line"); return line ? Number(line.dataset.leaf) : -1; };

  // The leaves that are seen: from, up to.
  const range = () => {
    const box = element("ARRANGE_LIST");
    return box ? [box.scrollTop / LINE_PX, Math.min(n, (box.scrollTop + box.clientHeight) / LINE_PX)] : [0, 0];
  };

  const draw = () => {
    const box = element("ARRANGE_LIST");
    if (!box || !n) return;
    const [from, to] = range(), first = Math.max(0, Math.floor(from) - SPARE), last = Math.min(n, Math.ceil(to) + SPARE);
    for (const [leaf, line] of lines) if (leaf < first || leaf >= last) { line.remove(); lines.delete(leaf); }
    for (let leaf = first; leaf < last; leaf++) {
      const entry = entryOf(leaf);
      if (!lines.has(leaf)) { const line = lineOf(leaf); lines.set(leaf, line); box.firstElementChild.append(line); }
      if (entry) fill(lines.get(leaf), leaf, entry);
    }
    mark();
  };

  const entryOf = (leaf) => {
    const number = Math.floor(leaf / CHUNK), chunk = chunks.get(number);
    if (chunk) return chunk[leaf - number * CHUNK];
    ask(number);
    return null;
  };

  const ask = async (number) => {
    if (asked.has(number)) return;
    const own = asked;
    own.set(number, true);
    try {
      const answer = await syllabary.tree.get(`entries.json?first=${number * CHUNK}&count=${CHUNK}`), found = await answer.json();
      if (own !== asked) return;
      chunks.set(number, found);
      if (chunks.size > MOST_CHUNKS) { const oldest = chunks.keys().next().value; chunks.delete(oldest); asked.delete(oldest); }
      draw();
    } catch (error) {
      own.delete(number);
      if (own === asked) syllabary.tell(error.message);
    }
  };

  const lineOf = (leaf) => {
    const line = make("div", "arrange-line");
    line.dataset.leaf = leaf;
    line.style.top = `${leaf * LINE_PX}px`;
    line.setAttribute("role", "option");
    line.append(make("span", "number", { textContent: thousands(leaf + 1) }), make("span", "picture"), make("span", "words"));
    return line;
  };

  const fill = (line, leaf, [segmentId, name, onset_s, duration]) => {
    if (line.dataset.sound) return;
    line.dataset.sound = segmentId;
    const [, picture, words] = line.children;
    picture.append(syllabary.tree.picture(segmentId, TILE_PX));
    const about = make("span", "about"), swatch = make("span", "swatch");
    about.append(swatch, make("span", "category"), make("span", "", { textContent: `${onset_s ? `${onset_s.toFixed(2)} s · ` : ""}${duration}` }));
    words.append(titleOf(name), about);
    colour(line, leaf);
  };

  // Names of samples often begin alike: the end stays, whatever the room.
  const titleOf = (name) => {
    const title = make("span", "title", { title: name }), cut = Math.max(0, name.length - TAIL);
    title.append(make("span", "head", { textContent: name.slice(0, cut) }), make("span", "tail", { textContent: name.slice(cut) }));
    return title;
  };

  const colour = (line, leaf) => {
    const { clusters, colourOf, categoryOf, categoryColour, categoryTitle } = syllabary.tree;
    line.style.setProperty("--cluster", colourOf(clusters[leaf]));
    line.classList.toggle("begins", leaf > 0 && clusters[leaf] !== clusters[leaf - 1]);
    const swatch = line.querySelector(".about .swatch");
    if (!swatch) return;
    swatch.style.setProperty("--cluster", categoryColour(categoryOf(leaf)));
    line.querySelector(".category").textContent = categoryTitle(categoryOf(leaf));
  };

  // Colours and marks, without making anything anew.
  const mark = () => {
    const { pointed, chosen } = syllabary.tree;
    for (const [leaf, line] of lines) {
      colour(line, leaf);
      line.classList.toggle("pointed", leaf === pointed);
      line.classList.toggle("chosen", leaf === chosen);
      line.setAttribute("aria-selected", leaf === chosen);
    }
  };

  const point = () => { for (const [leaf, line] of lines) line.classList.toggle("pointed", leaf === syllabary.tree.pointed); };

  const reveal = (leaf) => {
    const box = element("ARRANGE_LIST"), [from, to] = range();
    if (leaf < 0 || (leaf >= from && leaf + 1 <= to)) return;
    box.scrollTop = leaf * LINE_PX - (box.clientHeight - LINE_PX) / 2;
    draw();
  };

  const pressed = (event) => {
    const { chosen, choose } = syllabary.tree, page = Math.max(1, Math.floor(event.currentTarget.clientHeight / LINE_PX) - 1);
    const to = { ArrowUp: chosen - 1, ArrowDown: chosen + 1, PageUp: chosen - page, PageDown: chosen + page, Home: 0,
                 End: n - 1, " ": chosen, Enter: chosen }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    choose(Math.max(0, Math.min(n - 1, to)), "keys");
  };

  const nameOf = (leaf) => { const chunk = chunks.get(Math.floor(leaf / CHUNK)); return chunk ? chunk[leaf % CHUNK]?.[1] || "" : ""; };

  return { open, range, mark, point, reveal, nameOf, redraw: draw };
})();
