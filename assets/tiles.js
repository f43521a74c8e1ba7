// Tiles: a row of sounds is one picture, fetched by one request, with an area to click for each sound above it.
syllabary.tiles = (() => {
  const { id, element, make, set, thousands, later } = syllabary;
  const PREVIEW_PX = 96, PREVIEW_ZOOM = 2.4, RESTED_MS = 120;

  const address = (setup, height, px_per_ms, colours) =>
    `h=${height}&px=${Number(px_per_ms.toPrecision(6))}&map=${colours}&v=${setup.version}`;

  const strip = (setup, line, height, px_per_ms, colours) => {
    const row = make("div", "strip");
    row.style.height = `${height}px`;
    if (line.ids.length) {
      const width = line.widths.reduce((sum, w) => sum + w + setup.gapPx, -setup.gapPx);
      const picture = make("img", `map-${colours}`, { alt: "", width, height, decoding: "async", draggable: false });
      picture.onerror = () => row.classList.add("failed");
      picture.src = `${setup.media}/strip.png?ids=${line.ids.join(",")}&${address(setup, height, px_per_ms, colours)}`;
      row.append(picture);
    }
    let left = 0;
    line.ids.forEach((segmentId, i) => {
      row.append(area(segmentId, line.clusters[i], left, line.widths[i], line.distances?.[i]));
      left += line.widths[i] + setup.gapPx;
    });
    return row;
  };

  const area = (segmentId, cluster, left, width, distance) => {
    const info = syllabary.project.now && syllabary.project.now.clusters.get(cluster);
    const one = make("div", "tile");
    one.dataset.sound = segmentId;
    one.tabIndex = -1;
    one.setAttribute("role", "option");
    one.setAttribute("aria-label", `sound ${segmentId}, ${info ? info.title : `C${cluster}`}`);
    one.style.left = `${left}px`;
    one.style.width = `${width}px`;
    one.style.setProperty("--cluster", info ? info.colour : "transparent");
    if (distance !== undefined) syllabary.search.label(one, distance);
    return one;
  };

  const drawViewer = (page, colours, setup) => {
    const place = element("VIEWER");
    element("VIEWER_TITLE").textContent = element("VIEWER_TITLE").title = viewerTitle(page);
    place.replaceChildren(...(page.n ? lines(page, colours, setup) : [hint()]));
    listbox(place, page.title || "No sounds chosen");
    mark();
    setPager(page, ["VIEWER_FIRST", "VIEWER_BACK"], ["VIEWER_NEXT", "VIEWER_LAST"]);
  };

  const lines = (page, colours, setup) =>
    page.rows.map((line) => strip(setup, line, setup.viewerPx, page.px_per_ms, colours));

  const viewerTitle = (page) => {
    if (!page.n) return page.title ? `${page.title} · no sounds` : "Viewer";
    const shown = page.rows.reduce((sum, line) => sum + line.ids.length, 0);
    return `${page.title} · ${thousands(page.n)} sound${page.n === 1 ? "" : "s"} · ${page.order} · ` +
      `${thousands(page.first + 1)}–${thousands(page.first + shown)}`;
  };

  const hint = () => make("p", "hint", { textContent:
    "Click a sound on the map, draw round some with the lasso (l), or choose a cluster below. Drop a recording here to find sounds like it." });

  // Comes true when the next rows of the grid have been painted.
  const gridDrawn = () => new Promise((done) => { whenDrawn = done; });
  let whenDrawn = null;

  const drawGrid = (page, colours, setup) => {
    element("GRID").replaceChildren(...page.rows.map((row) => gridRow(row, page, colours, setup)));
    const last = page.first + page.rows.length, groups = syllabary.modes.groups;
    element("GRID_TITLE").textContent = page.n > page.rows.length
      ? `${groups} · ${page.first + 1}–${last} of ${thousands(page.n)}` : `${groups} · ${thousands(page.n)}`;
    mark();
    setPager(page, ["GRID_BACK"], ["GRID_NEXT"]);
    const pictures = [...element("GRID").querySelectorAll("img")].map((picture) => picture.decode().catch(() => null));
    Promise.all(pictures).then(() => requestAnimationFrame(() => setTimeout(() => whenDrawn && whenDrawn())));
  };

  const gridRow = (row, page, colours, setup) => {
    const line = make("div", "grid-row"), top = make("div", "row-top"), head = make("button", "row-head", { type: "button" });
    const all = make("input", "row-all form-check-input", { type: "checkbox", title: `Select all of ${row.title}` });
    const swatch = make("span", row.cluster ? "swatch" : "swatch hollow");
    swatch.style.setProperty("--cluster", row.colour);
    head.dataset.cluster = row.cluster;
    head.title = `Show ${row.title}; double click selects all of it. Sounds: ${row.order}.`;
    head.append(swatch, make("span", "title", { textContent: row.title }), make("span", "picked"),
                make("span", "number", { textContent: thousands(row.count) }));
    all.setAttribute("aria-label", all.title);
    all.dataset.cluster = row.cluster;
    top.append(all, head);
    line.append(top, listbox(strip(setup, row, setup.rowPx, page.px_per_ms, colours), row.title));
    return line;
  };

  // Tab goes to the first tile of a list, arrows from there to the others: see picking.js.
  const listbox = (place, name) => {
    place.setAttribute("role", "listbox");
    place.setAttribute("aria-label", name);
    place.setAttribute("aria-multiselectable", "true");
    const first = place.querySelector(".tile");
    if (first) first.tabIndex = 0;
    return place;
  };

  const setPager = (page, back, on) => {
    back.forEach((name) => set(name, { disabled: page.page <= 0 }));
    on.forEach((name) => set(name, { disabled: page.page >= page.n_pages - 1 }));
  };

  // Marks the chosen sounds and the current one in every tile on the page.
  const mark = () => {
    const { project, selection } = syllabary, current = syllabary.player.current;
    document.querySelectorAll(".tile").forEach((one) => {
      const segmentId = Number(one.dataset.sound);
      const chosen = Boolean(project.now) && selection.has(project.rowOf(segmentId));
      one.classList.toggle("chosen", chosen);
      one.classList.toggle("current", segmentId === current);
      one.setAttribute("aria-selected", chosen);
    });
    syllabary.picking.markRows();
  };

  // Recording and time are asked for only where the pointer rests.
  const tellWhere = later(RESTED_MS, async (segmentId, where) => {
    if (!document.contains(where) || !syllabary.project.now) return;
    const place = await syllabary.recording.place(segmentId).catch(() => null);
    if (place) where.append(place.name, make("br"), [`${place.onset_s.toFixed(3)} s`, place.recorded].filter(Boolean).join(" · "));
  });

  const preview = (box, row, x, y) => {
    const { project } = syllabary, { setup, labels, clusters } = project.now, segmentId = project.idAt(row);
    if (Number(box.dataset.sound) !== segmentId || Number(box.dataset.cluster) !== labels[row]) {
      const colours = element("COLOURS").value, px = setup.pxPerMs * PREVIEW_ZOOM, info = clusters.get(labels[row]);
      const where = make("span", "where");
      Object.assign(box.dataset, { sound: segmentId, cluster: labels[row] });
      box.replaceChildren(
        make("img", `map-${colours}`, { alt: "", height: PREVIEW_PX,
          src: `${setup.media}/tile/${segmentId}.png?${address(setup, PREVIEW_PX, px, colours)}` }),
        make("span", "", { textContent: `#${thousands(segmentId)} · ${info ? info.title : ""}` }),
        where);
      tellWhere(segmentId, where);
    }
    box.hidden = false;
    const room = box.parentElement;
    box.style.left = `${Math.max(4, Math.min(x + 14, room.clientWidth - box.offsetWidth - 4))}px`;
    box.style.top = `${y + 14 + box.offsetHeight > room.clientHeight ? y - 14 - box.offsetHeight : y + 14}px`;
  };

  const point = (event) => {
    const tile = event.target.closest && event.target.closest(".tile"), { map, project } = syllabary;
    if (map.isOpen && project.now && event.target.closest(".tiles")) {
      map.setPointed(tile ? project.rowOf(Number(tile.dataset.sound)) : -1);
    }
  };

  document.addEventListener("pointerover", point);

  return { drawViewer, drawGrid, gridDrawn, mark, preview };
})();
