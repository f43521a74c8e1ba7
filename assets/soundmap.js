// The page Map: which of a project's maps is shown, what its sounds look like, which sound is chosen. It is drawn by
// soundmapview.js and handled by soundmaphands.js.
syllabary.soundMap = (() => {
  const { element, get, make, set, tell, thousands } = syllabary;
  const NOTHING = "Click on a sound to select and hear it.";
  let setup = null, maps = [], shown = null, turn = 0;         // where the media are; the maps there are; the name of the one shown
  let xy = null, seen = null, codes = null, colours = [];      // its places; of each row whether it is seen, its class; their colours
  let chosen = -1;

  const view = () => syllabary.soundMapView;

  const open = async (given) => {
    syllabary.map.close();                          // another page's map is gone by now, and its project with it
    [setup, shown, xy, chosen] = [given, null, null, -1];
    turn += 1;
    syllabary.soundMapEar.open(setup, say, syllabary.soundMapHands.showPlaying);
    syllabary.colouring.reset();
    view().open();
    syllabary.soundMapHands.listen();
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
      [shown, xy] = [name, places];
    } catch (error) {
      if (mine === turn) { say(error.message); element("SOUNDMAP_BUSY").textContent = error.message; }
      return 0;
    }
    element("SOUNDMAP_BUSY").hidden = true;
    history.replaceState(history.state, "", `${location.pathname}?map=${encodeURIComponent(name)}`);   // the address shows this map again
    syllabary.soundMapPath.clear();
    recolour();
    view().fit();
    syllabary.soundMapSheet.scores(maps.find((one) => one.name === shown) ?? null);
    element("SOUNDMAP_CANVAS").dataset.ready = name;
    return Date.now();
  };

  // What should be known of the map besides its picture.
  const remarks = () => {
    let nFar = 0, nNone = 0;
    for (let row = 0; xy && row < xy.length / 2; row++) {
      if (!(xy[2 * row] >= 0)) nNone += 1;
      else if (Math.min(xy[2 * row], xy[2 * row + 1], 1 - xy[2 * row], 1 - xy[2 * row + 1]) < setup.edge) nFar += 1;
    }
    const some = (n) => `${thousands(n)} ${n === 1 ? "sound" : "sounds"}`;
    return [nFar && `${some(nFar)} far from all others: arrows at the edge.`, nNone && `${some(nNone)} not on this map.`].filter(Boolean);
  };

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
    view().take({ xy, seen, codes, colours, edge: setup.edge });
    syllabary.soundMapClasses.draw({ xy, codes, classes, ...paints() });
    syllabary.soundMapPath.again();
    syllabary.soundMapSheet.recolour();
  };

  const paints = () => {
    const style = getComputedStyle(document.documentElement), paint = (name) => style.getPropertyValue(name).trim();
    return { paper: paint("--paper"), ghost: paint("--quiet"), ink: paint("--ink"), accent: paint("--accent") };
  };

  const idOf = (row) => syllabary.project.idAt(row);

  const titleOf = (row) => syllabary.colouring.known()[codes[row]].title || `sound ${thousands(idOf(row))}`;

  const picture = (sound, height, zoomed) => {
    const px = Number((setup.pxPerMs * zoomed).toPrecision(6));
    return make("img", "map-grey", { alt: "", height, loading: "lazy", decoding: "async", draggable: false,
      src: `${setup.media}/tile/${sound}.png?h=${height}&px=${px}&map=grey&v=${setup.version}` });
  };

  // Selects a sound and plays all of it; -1 selects none.
  const choose = (row) => {
    chosen = row;
    const sound = row < 0 ? null : idOf(row), link = element("SOUNDMAP_CURATE");
    set("SOUNDMAP_SOUND", { data: sound });
    if (sound === null) element("SOUNDMAP_TEXT").textContent = NOTHING;
    link.hidden = row < 0;
    link.href = `${setup.curate}?sound=${sound}`;
    element("SOUNDMAP_TILE").replaceChildren(...(row < 0 ? [] : [picture(sound, setup.tilePx, 1)]));
    view().mark("chosen", row);
    if (row < 0) return;
    view().reveal(row);
    syllabary.soundMapEar.playWhole(sound);
  };

  const say = (text) => { if (element("SOUNDMAP_TOLD")) element("SOUNDMAP_TOLD").textContent = text; };

  document.addEventListener("syllabary-coloured", recolour);
  new MutationObserver(recolour).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });

  return {
    open, list, show, choose, say, remarks, placesOf, picture, idOf, titleOf, paints,
    look: () => ({ setup, maps, shown, xy, codes, colours, seen, chosen }),
  };
})();

window.dash_clientside = Object.assign({}, window.dash_clientside, {
  soundmap: {
    open: (setup) => syllabary.soundMap.open(setup), list: (known) => syllabary.soundMap.list(known),
    show: (name) => syllabary.soundMap.show(name),
  },
});
