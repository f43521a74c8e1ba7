// Picking sounds by their tiles: a click takes one, ctrl or cmd one more or one less, shift all from the last one on.
syllabary.picking = (() => {
  const { element, set, thousands } = syllabary;
  const LIST = "#curate-viewer, .grid-row .strip";
  let anchor = null;   // where a range begins: the sound that was picked last

  const idOf = (tile) => Number(tile.dataset.sound);
  const tilesOf = (list) => [...list.querySelectorAll(".tile")];

  const pick = (tile, event) => {
    const segmentId = idOf(tile), { project, selection } = syllabary;
    const list = tile.closest(LIST), from = event.shiftKey ? tilesOf(list).find((one) => idOf(one) === anchor) : null;
    set("SOUND", { data: segmentId });
    syllabary.player.setCurrent(segmentId);
    if (from) { selection.choose({ how: "add", ids: between(tilesOf(list), from, tile) }, null); return; }
    const toggles = event.ctrlKey || event.metaKey, has = selection.has(project.rowOf(segmentId));
    const how = event.altKey || (toggles && has) ? "take" : toggles || event.shiftKey ? "add" : "set";
    anchor = segmentId;
    selection.choose({ how, ids: [segmentId] }, null);
  };

  const between = (tiles, from, to) => {
    const [first, last] = [tiles.indexOf(from), tiles.indexOf(to)].sort((a, b) => a - b);
    return tiles.slice(first, last + 1).map(idOf);
  };

  // Opens a group in the viewer; what is selected stays selected.
  const show = (cluster) =>
    set("VIEW", { data: { steps: [{ how: "set", cluster }], near: null, page: 0 } });

  const selectAll = (cluster, on) => syllabary.selection.choose({ how: on ? "add" : "take", cluster }, null);

  const clicked = (event) => {
    const tile = event.target.closest(".tile"), head = event.target.closest(".row-head");
    if (tile) pick(tile, event);
    else if (head) show(Number(head.dataset.cluster));
  };

  const changed = (event) => {
    if (event.target.matches(".row-all")) selectAll(Number(event.target.dataset.cluster), event.target.checked);
  };

  const clickedTwice = (event) => {
    const tile = event.target.closest(".tile"), head = event.target.closest(".row-head");
    if (tile) syllabary.player.play(idOf(tile));
    else if (head) selectAll(Number(head.dataset.cluster), true);
  };

  // With the keyboard: Tab to a list, arrows from tile to tile, Enter is a click, with shift and ctrl as with the mouse.
  const pressed = (event) => {
    const tile = event.target.closest && event.target.closest(".tile"), list = tile && tile.closest(LIST);
    if (!list || event.altKey) return;
    if (event.key === "Enter") pick(tile, event);
    else if (event.ctrlKey || event.metaKey || !step(tile, list, event)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  const step = (tile, list, event) => {
    const tiles = tilesOf(list), at = tiles.indexOf(tile);
    const beside = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tiles.length - 1 }[event.key];
    const next = { ArrowDown: 1, ArrowUp: -1 }[event.key] ? above(tile, event.key === "ArrowDown") : tiles[beside];
    if (!next) return false;
    tile.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    if (event.shiftKey && next.closest(LIST) === list) {
      if (!tiles.some((one) => idOf(one) === anchor)) anchor = idOf(tile);
      pick(next, event);
    }
    return true;
  };

  // The tile nearest to this one in the line of tiles below it, or above.
  const above = (tile, down) => {
    const lines = [...tile.closest(".tiles").querySelectorAll(".strip")];
    const line = lines[lines.indexOf(tile.closest(".strip")) + (down ? 1 : -1)];
    const far = (one) => Math.abs(parseFloat(one.style.left) - parseFloat(tile.style.left));
    return line && tilesOf(line).reduce((best, one) => (!best || far(one) < far(best) ? one : best), null);
  };

  // How many of each row's sounds are selected, in its head and its box.
  const markRows = () => {
    const { project, selection } = syllabary, counts = new Map();
    if (!project.now || !element("GRID")) return;
    if (selection.count) selection.mask.forEach((one, row) => { if (one) count(counts, project.now.labels[row]); });
    element("GRID").querySelectorAll(".row-top").forEach((top) => {
      const box = top.querySelector(".row-all"), cluster = Number(box.dataset.cluster), n = counts.get(cluster) || 0;
      box.checked = n > 0 && n === project.now.clusters.get(cluster)?.count;
      box.indeterminate = n > 0 && !box.checked;
      top.querySelector(".picked").textContent = n ? `${thousands(n)} of` : "";
      top.querySelector(".row-head").setAttribute("aria-description", n ? `${thousands(n)} selected` : "");
    });
  };

  const count = (counts, cluster) => counts.set(cluster, (counts.get(cluster) || 0) + 1);

  document.addEventListener("keydown", pressed, true);
  document.addEventListener("click", clicked);
  document.addEventListener("change", changed);
  document.addEventListener("dblclick", clickedTwice);

  return { markRows, show };
})();
