// The page Arrange: what tree, list and map have in common. Pointing at a sound in one of them shows it in all three and
// plays it; the number of clusters colours all three at once.
syllabary.tree = (() => {
  const { element, get, make, tell, thousands, set, later } = syllabary;
  const PREVIEW_PX = 80, PREVIEW_ZOOM = 2, RESTED_MS = 90, NO_CATEGORY = "#c8ccd0";
  const audio = new Audio();
  const state = { ready: false, k: 1, clusters: new Int32Array(0), pointed: -1, chosen: -1 };
  let shown = null, rows = null, leafOf = null, ids = null, places = null, asked = 0;
  let columns = [];      // the names of the features beside the tree
  let category = { codes: null, classes: [], by: "" };

  // What is fetched of an arrangement; its fingerprint lets the browser keep it.
  const getOf = (data, path) => {
    const joined = path.includes("?") ? "&" : "?";
    return get(`${data.media}/arrangement/${path}${joined}name=${encodeURIComponent(data.name)}&f=${data.fingerprint}&v=${data.version}`);
  };

  const show = async (data) => {
    const page = element("ARRANGE_PAGE");
    if (!page) return 0;
    bind(page);
    page.dataset.empty = !data;
    if (!data) { shown = null; state.ready = false; page.dataset.side = "true"; return 0; }
    const turn = ++asked;
    try {
      const bytes = (answer) => answer.then((one) => one.arrayBuffer());
      const [leaves, gaps, heights, where] = await Promise.all([
        ...["leaves.bin", "gaps.bin", "heights.bin"].map((path) => bytes(getOf(data, path))), placesOf(data)]);
      if (turn !== asked || !element("ARRANGE_TREE")) return 0;
      shown = data;
      places = where;
      rows = new Int32Array(leaves);
      leafOf = new Int32Array(data.count).fill(-1);
      rows.forEach((row, leaf) => { leafOf[row] = leaf; });
      Object.assign(state, { pointed: -1, chosen: -1, ready: true });
      syllabary.treeDrawing.listen();
      syllabary.treeDrawing.open(new Int32Array(gaps), heights);
      cutInto(data.k);
      syllabary.treeMap.open(where.xy, data.view);
      syllabary.treeList.open(data.n);
      tellAll();
      await colourBy(element("ARRANGE_BY").value);
      columns = await getOf(data, "columns.json").then((answer) => answer.json(), () => []);      // the colours tell why
      element("ARRANGE_TREE").dataset.ready = data.fingerprint;
    } catch (error) {
      if (turn === asked) tell(error.message);
      return 0;
    }
    return Date.now();
  };

  // The map and the ids do not change from one arrangement to the next.
  const placesOf = async (data) => {
    const key = `${data.media} ${data.version}`;
    if (places && places.key === key) return places;
    const bytes = async (path) => (await get(`${data.media}/${path}?v=${data.version}`)).arrayBuffer();
    const [points, numbers] = await Promise.all([bytes("points.bin"), data.idsArePositions ? null : bytes("ids.bin")]);
    ids = numbers && new Int32Array(numbers);
    return { key, xy: new Float32Array(points) };
  };

  const bind = (page) => {
    if (page.dataset.listens) return;
    page.dataset.listens = "true";
    element("ARRANGE_K").addEventListener("input", (event) => {
      const k = Number(event.target.value);
      if (state.ready && Number.isInteger(k) && k >= 1 && k <= shown.n) cutInto(k, { typed: true });
    });
    element("ARRANGE_K").addEventListener("change", () => { if (state.ready) cutInto(state.k); });
    element("ARRANGE_BY").addEventListener("change", (event) => colourBy(event.target.value).catch((error) => tell(error.message)));
    element("ARRANGE_AGAIN").addEventListener("click", () => { page.dataset.side = page.dataset.side !== "true"; });
    element("ARRANGE_HOVER").addEventListener("click", ({ currentTarget: button }) =>
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") !== "true"));
    element("ARRANGE_CURATE").addEventListener("click", () => { if (shown) syllabary.remember("order", `leaf:${shown.name}`); });
    element("ARRANGE_FILES_OPEN").addEventListener("click", () => set("ARRANGE_FILES", { is_open: true }));
    document.addEventListener("click", (event) => { if (event.target.closest?.(`#${syllabary.id.ARRANGE_DOWNLOAD}`)) download(); });
    new MutationObserver(() => { if (state.ready) { syllabary.treeDrawing.redraw(); syllabary.treeMap.redraw(); } })
      .observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  };

  // ---- clusters and categories -------------------------------------------------------------------------------------

  const setClusters = (k) => { if (k !== state.k) cutInto(k); };

  const cutInto = (k, { typed = false } = {}) => {
    state.k = Math.max(1, Math.min(shown.n, Math.round(k)));
    state.clusters = syllabary.treeDrawing.cut(state.k);
    if (!typed) { element("ARRANGE_K").value = state.k; }
    sendLater(state.k);
    element("ARRANGE_K").max = shown.n;
    element("ARRANGE_LABELING").placeholder = `arranged-${state.k}`;
    element("ARRANGE_LEGEND").textContent = `coloured by the ${thousands(state.k)} cluster${state.k === 1 ? "" : "s"}`;
    syllabary.treeDrawing.redraw();
    syllabary.treeMap.recolour();
    syllabary.treeList.mark();
  };

  // What the server is told of the field, once it rests.
  const sendLater = later(150, (k) => { if (element("ARRANGE_K")) set("ARRANGE_K", { value: k }); });

  const colourOf = (number) => shown.colours[number % shown.colours.length];

  const colourBy = async (by) => {
    if (!by || !shown) return;
    const query = `by=${encodeURIComponent(by)}&v=${shown.version}`, own = shown;
    const [codes, about] = await Promise.all([
      get(`${shown.media}/colours.bin?${query}`).then((answer) => answer.arrayBuffer()),
      get(`${shown.media}/colours.json?${query}`).then((answer) => answer.json())]);
    if (own !== shown) return;
    category = { by, codes: new Uint8Array(codes), classes: about.classes, scale: about.scale };
    syllabary.treeDrawing.redraw();
    syllabary.treeList.mark();
  };

  const categoryOf = (leaf) => (category.codes ? category.codes[rows[leaf]] : -1);
  const categoryColour = (code) => category.classes[code]?.colour || NO_CATEGORY;
  const categoryTitle = (code) => category.classes[code]?.title || "";

  // ---- pointing and playing ----------------------------------------------------------------------------------------

  const idOf = (leaf) => (ids ? ids[rows[leaf]] : rows[leaf]);

  const point = (leaf, from, event) => {
    if (!state.ready) return;
    if (leaf !== state.pointed) {
      state.pointed = leaf;
      if (leaf >= 0 && from !== "list") syllabary.treeList.reveal(leaf);
      syllabary.treeList.point();
      syllabary.treeDrawing.redraw();
      syllabary.treeMap.redraw();
      hear(leaf);
    }
    preview(from === "tree" ? leaf : -1, event);
  };

  const hear = later(RESTED_MS, (leaf) => {
    if (leaf >= 0 && leaf === state.pointed && element("ARRANGE_HOVER")?.getAttribute("aria-pressed") === "true") play(leaf, true);
  });

  const choose = (leaf, from) => {
    if (!state.ready || leaf < 0) return;
    state.chosen = leaf;
    if (from === "keys") state.pointed = leaf;
    if (from !== "tree") syllabary.treeDrawing.reveal(leaf);
    if (from !== "list") syllabary.treeList.reveal(leaf);
    syllabary.treeList.mark();
    syllabary.treeDrawing.redraw();
    syllabary.treeMap.redraw();
    play(leaf, false);
  };

  // Browsers play nothing before the first click on a page: pointing is silent until then.
  const play = async (leaf, isHover) => {
    const url = `${shown.media}/sound/${idOf(leaf)}.wav?speed=auto&margin=0.02&v=${shown.version}`;
    if (!isHover) { syllabary.play(audio, url); return; }
    audio.src = url;
    audio.play().catch((reason) => { if (!["AbortError", "NotAllowedError"].includes(reason.name)) get(url).catch((error) => tell(error.message)); });
  };

  const picture = (segmentId, height, zoomed = 1) => {
    const px = Number((shown.pxPerMs * zoomed).toPrecision(6));
    return make("img", "map-grey", { alt: "", height, loading: "lazy", decoding: "async", draggable: false,
      src: `${shown.media}/tile/${segmentId}.png?h=${height}&px=${px}&map=grey&v=${shown.version}` });
  };

  const preview = (leaf, event) => {
    const box = element("ARRANGE_TIP");
    if (!box) return;
    box.hidden = leaf < 0 || !event;
    if (box.hidden) return;
    const column = columns[syllabary.treeDrawing.columnAt(event.currentTarget, event.offsetX)] || "";
    const name = syllabary.treeList.nameOf(leaf), key = `${leaf} ${column} ${name}`;
    if (box.dataset.key !== key) {
      box.dataset.key = key;
      const kind = categoryTitle(categoryOf(leaf)), cluster = `cluster ${state.clusters[leaf] + 1}`;
      box.replaceChildren(picture(idOf(leaf), PREVIEW_PX, PREVIEW_ZOOM), make("span", "", {
        textContent: [thousands(leaf + 1), name, kind, cluster, column].filter(Boolean).join(" · ") }));
    }
    const room = box.parentElement;
    box.style.left = `${Math.max(0, Math.min(event.offsetX + 16, room.clientWidth - box.offsetWidth - 4))}px`;
    const isLow = event.offsetY + 20 + box.offsetHeight > room.clientHeight;
    box.style.top = `${Math.max(0, isLow ? event.offsetY - box.offsetHeight - 12 : event.offsetY + 16)}px`;
  };

  const tellAll = () => {
    const rest = shown.rest ? [`${thousands(shown.rest)} sound${shown.rest === 1 ? " has" : "s have"} no place: later than the tree, or unreadable; arrange again to take them in.`] : [];
    element("ARRANGE_TOLD").textContent = [...rest, ...shown.notes, rest.length ? "" : "Wheel zooms, drag moves, the dashed line cuts; heights as square roots. Beside the tree: clusters, category, features."].filter(Boolean).join(" ");
    element("ARRANGE_TOLD").title = element("ARRANGE_TOLD").textContent;
  };

  // ---- files -------------------------------------------------------------------------------------------------------

  const download = async () => {
    const button = element("ARRANGE_DOWNLOAD"), path = `sorted.zip?copies=${element("ARRANGE_WHAT").value}&k=${state.k}`;
    if (!shown || button.disabled) return;
    button.disabled = true;
    try {
      await getOf(shown, `${path}&check=1`);
      const link = make("a", "", { href: `${shown.media}/arrangement/${path}&name=${encodeURIComponent(shown.name)}&v=${shown.version}`, download: "" });
      link.click();
      tell("The zip is being made; the download begins when it is ready.", "done");
    } catch (error) {
      tell(error.message);
    } finally {
      button.disabled = false;
    }
  };

  return {
    show, point, choose, setClusters, colourOf, categoryOf, categoryColour, categoryTitle, picture,
    get: (path) => getOf(shown, path), leafOfRow: (row) => (row < 0 || !leafOf ? -1 : leafOf[row]), rowOfLeaf: (leaf) => rows[leaf],
    get ready() { return state.ready; }, get k() { return state.k; }, get clusters() { return state.clusters; },
    get pointed() { return state.pointed; }, get chosen() { return state.chosen; },
  };
})();

window.dash_clientside = Object.assign({}, window.dash_clientside, { arrange: { show: (data) => syllabary.tree.show(data) } });
