// Search by example: a view of the viewer whose one step says what is searched for (pipeline/searching.py), in the order
// of the distances. All that selects, plays and edits works on it as on any view.
syllabary.search = (() => {
  const { id, element, get, later, make, remember, remembered, set, tell, thousands } = syllabary;
  const nothing = () => window.dash_clientside.no_update;
  const MOST_EXAMPLES = 50, EXAMPLE_PX = 40, MOST_PIECE_PX = 72, RESTED_MS = 140, BY = "search";
  const FIELDS = { on: "SEARCH_ON", metric: "SEARCH_METRIC", combine: "SEARCH_COMBINE", n: "SEARCH_N" };
  const FLAGS = { unassigned: "SEARCH_UNASSIGNED", elsewhere: "SEARCH_ELSEWHERE" };
  const rowsOf = new Map();     // the rows of each step that was chosen
  const audio = new Audio();    // for pieces of files
  let like = null, page = null; // what is searched for and shown; null while the viewer shows something else

  const isOn = (name) => element(name).getAttribute("aria-pressed") === "true";
  const press = (name, on) => element(name).setAttribute("aria-pressed", on);

  // ---- asking ----------------------------------------------------------------------------------------------------

  const viewOf = (asked) => ({ steps: [{ how: "set", like: asked }], by: BY, near: null, page: 0 });

  const options = () => {
    const asked = {};
    Object.entries(FIELDS).forEach(([name, field]) => { asked[name === "on" ? "vectors" : name] = element(field).value; });
    Object.entries(FLAGS).forEach(([name, flag]) => { asked[name] = isOn(flag); });
    return { ...asked, n: Number(asked.n) };
  };

  // The selected sounds are the examples, if they are few; else the one that was clicked last.
  const begin = (_clicks, _view, sound) => {
    const { project, selection } = syllabary, several = selection.count > 1 && selection.count <= MOST_EXAMPLES;
    if (!several && (sound === null || sound === undefined)) {
      tell("Select a sound first: the others are sorted by their distance to it.");
      return nothing();
    }
    const sounds = several ? [] : [sound];
    if (several) selection.mask.forEach((one, row) => { if (one) sounds.push(project.idAt(row)); });
    settle();
    return viewOf({ sounds, ...options() });
  };

  const change = (..._values_then_view) => {
    const pressed = window.dash_clientside.callback_context.triggered_id;
    const flag = Object.values(FLAGS).find((name) => id[name] === pressed);
    if (flag) press(flag, !isOn(flag));
    if (flag === FLAGS.unassigned) remember("search-unassigned", isOn(flag));
    return like ? viewOf({ ...like, ...options() }) : nothing();
  };

  const close = () => { syllabary.searchFiles.close(); return null; };

  const byFile = (file, pieces) => { settle(); set("VIEW", { data: viewOf({ file, pieces, ...options() }) }); };

  // How a search begins: among all or among the unassigned, as the last one; while blobs are taken, among those left.
  const settle = () => {
    if (!like) press("SEARCH_UNASSIGNED", syllabary.modes.isBlobbing || remembered("search-unassigned", "") === "true");
  };

  // ---- what is shown ---------------------------------------------------------------------------------------------

  const draw = (shown, colours, view) => {
    like = shown?.search && view?.by === BY ? view.steps[0].like : null;
    page = like ? shown : null;
    showBar();
    if (like) {
      element("SEARCH_COMBINE").disabled = (like.sounds || like.pieces).length < 2;
      element("SEARCH_SPAN").hidden = !like.file;
      element("SEARCH_ELSEWHERE").disabled = Boolean(like.file);
      drawExamples(shown.search, colours);
    }
    return like;
  };

  // The bar is there while something was found, and while a file is on its way.
  const showBar = () => {
    const bar = element("SEARCH_BAR");
    if (!bar) return;                             // the page was left
    bar.classList.toggle("found", Boolean(like));
    element("VIEWER_PANEL").classList.toggle("searching", Boolean(like));
    bar.hidden = !like && !bar.classList.contains("busy");
  };

  const drawExamples = (about, colours) => {
    const { setup } = syllabary, place = element("SEARCH_EXAMPLES");
    const style = (px) => `h=${EXAMPLE_PX}&px=${Number(px.toPrecision(6))}&map=${colours}&v=${setup.version}`;
    const sounds = (about.sounds || []).map((sound) => example(`#${thousands(sound)}`, colours,
      `${setup.media}/tile/${sound}.png?${style(setup.pxPerMs)}`, () => { set("SOUND", { data: sound }); syllabary.player.play(sound); }));
    const pieces = (about.pieces || []).map((piece, number) => {
      const px = Math.min(setup.pxPerMs, MOST_PIECE_PX / (1000 * (piece.offset_s - piece.onset_s)));
      return pieceOf(about, piece, number, example(nameOf(piece, number), colours,
        `${setup.media}/examples/${about.file}/${number}.png?${style(px)}`, () => {}));
    });
    const scrolled = place.dataset.file === (about.file || "") ? place.scrollLeft : -1;
    place.replaceChildren(...sounds, ...pieces);
    place.dataset.file = about.file || "";
    const used = place.querySelector('[aria-pressed="true"]');
    place.scrollLeft = scrolled >= 0 ? scrolled : used ? used.offsetLeft + used.offsetWidth - place.clientWidth : 0;
  };

  const nameOf = (piece, number) => (piece.kind === "whole" ? "whole" : piece.kind === "sound" ? `${number}`
    : `${piece.onset_s.toFixed(2)}–${piece.offset_s.toFixed(2)}`);

  const example = (name, colours, url, act) => {
    const one = make("button", "example", { type: "button", title: `Play the example ${name}`, onclick: act });
    one.append(make("img", `map-${colours}`, { alt: "", height: EXAMPLE_PX, src: url }), make("span", "", { textContent: name }));
    return one;
  };

  // A piece of a file: a click plays it and searches by it, with ctrl, cmd or shift by it as well, or no more.
  const pieceOf = (about, { onset_s, offset_s }, number, one) => {
    const used = like.pieces.includes(number), kind = about.pieces[number].kind;
    const from = kind === "whole" ? "all of it" : `${onset_s.toFixed(3)}–${offset_s.toFixed(3)} s`;
    one.title = `${about.name}, ${from}: play and search by this; with ctrl by several`;
    one.setAttribute("aria-pressed", used);
    one.onclick = (event) => {
      const several = event.ctrlKey || event.metaKey || event.shiftKey, rest = like.pieces.filter((piece) => piece !== number);
      syllabary.searchFiles.listen(audio, about.file, number);
      if (several && used && !rest.length) return;
      if (several || !used || like.pieces.length > 1) {
        set("VIEW", { data: viewOf({ ...like, pieces: several ? (used ? rest : [...rest, number]) : [number] }) });
      }
    };
    return one;
  };

  // The distance, on the tile of a sound.
  const label = (tile, distance) => {
    const text = !distance ? "0" : distance < 1000 && distance >= 0.001 ? distance.toPrecision(3) : distance.toExponential(1);
    tile.append(make("span", "far", { textContent: text }));
    tile.title = `distance ${text}`;
    tile.setAttribute("aria-label", `${tile.getAttribute("aria-label")}, distance ${text}`);
  };

  // ---- selecting -------------------------------------------------------------------------------------------------

  const choose = async (ends) => {
    const step = { how: "set", like, ...ends }, { project } = syllabary;
    const key = `v=${project.now.setup.version}&rev=${project.now.revision}&like=${encodeURIComponent(JSON.stringify(like))}`;
    try {
      const ids = new Int32Array(await (await get(`${project.now.setup.media}/found.bin?${key}`)).arrayBuffer());
      const [begin, end] = [ends.first ?? ids[0], ends.last].map((sound) => ids.indexOf(sound));
      if (begin < 0 || end < 0) { tell("Click a sound that the search has found, then select all up to it."); return; }
      rowsOf.clear();
      rowsOf.set(JSON.stringify([like, ends]), Array.from(ids.subarray(begin, end + 1), project.rowOf));
      syllabary.selection.choose(step, null);
    } catch (error) { tell(error.message); }
  };

  const shownIds = () => (page ? page.rows.flatMap((line) => line.ids) : []);

  const upTo = () => {
    const last = syllabary.player.current;
    if (!like) tell("Search first: select a sound and press n.");
    else if (last === null) tell("Click the last sound that is to be taken, then select all up to it.");
    else choose({ last });
  };

  const takePage = () => {
    const ids = shownIds();
    if (!like || !ids.length) tell("Search first: select a sound and press n.");
    else choose({ first: ids[0], last: ids[ids.length - 1] });
  };

  const mark = (step, part) => {
    (rowsOf.get(JSON.stringify([step.like, endsOf(step)])) || []).forEach((row) => { part[row] = 1; });
  };
  const endsOf = ({ first, last }) => (first === undefined ? { last } : { first, last });

  // ---- listening -------------------------------------------------------------------------------------------------

  const hear = later(RESTED_MS, (tile) => {
    if (document.contains(tile) && tile.matches(":hover")) syllabary.player.play(Number(tile.dataset.sound));
  });

  const rested = (event) => {
    const tile = like && event.target.closest?.(`#${id.VIEWER} .tile`);
    if (tile && isOn("SEARCH_HOVER")) hear(tile);
  };

  const clicked = (event) => {
    const button = event.target.closest?.("button"), name = button?.id;
    if (name === id.SEARCH_UP_TO) upTo();
    else if (name === id.SEARCH_PAGE) takePage();
    else if (name === id.SEARCH_HOVER) press("SEARCH_HOVER", !isOn("SEARCH_HOVER"));
  };

  document.addEventListener("click", clicked);
  document.addEventListener("pointerover", rested);

  window.dash_clientside = Object.assign({}, window.dash_clientside, { search: { begin, change, close, draw } });

  return { mark, label, byFile, showBar, get asked() { return like; } };
})();
