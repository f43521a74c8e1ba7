// The page Export: which clusters, what would be written as options change, and the download with its progress.
(() => {
  const { element, later, make, set, thousands, tell } = syllabary;
  const { download, percent } = syllabary.exporting;
  const SEARCH_FROM = 12;
  let clusters = [], ticked = new Set(), drawn = null, asking = null, making = null, shownFor = "", latest = null, isPossible = false;

  // ---- which clusters -------------------------------------------------------------------------------------------------

  const drawPicker = (setup) => {
    const place = element("EXPORTS_PICKER");
    if (!place || drawn === setup) return;
    [drawn, clusters] = [setup, setup.clusters];
    ticked = new Set(clusters.map(([number]) => number));
    const named = clusters.some(([number]) => number !== 0);
    place.replaceChildren(head(), ...(clusters.length > SEARCH_FROM ? [search()] : []), list(),
                          ...(named ? [] : [nothingYet(setup)]));
    tellTicked();
  };

  const head = () => {
    const line = make("div", "picker-head");
    line.append(make("span", "form-label", { textContent: "Clusters" }), make("span", "hint"));
    [["All", () => true], ["None", () => false]].forEach(([name, wanted]) => {
      const button = make("button", "control", { type: "button", textContent: name });
      button.addEventListener("click", () => { rows().forEach((row) => tick(row, wanted())); tellTicked(); });
      line.append(button);
    });
    return line;
  };

  const search = () => {
    const input = make("input", "form-control", { type: "search", placeholder: "Find a cluster" });
    input.setAttribute("aria-label", "Find a cluster");
    input.addEventListener("input", () => {
      const words = input.value.trim().toLowerCase();
      rows().forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(words); });
    });
    return input;
  };

  const list = () => {
    const all = make("div", "picker-list"), order = [...clusters.filter(([number]) => number), ...clusters.filter(([number]) => !number)];
    order.forEach(([number, title, colour, count]) => {
      const row = make("label", "picker-row"), box = make("input", "form-check-input", { type: "checkbox", checked: true });
      const patch = make("i", "swatch");
      patch.style.background = colour;
      row.dataset.cluster = number;
      row.append(box, patch, make("span", "title", { textContent: number ? title : "unassigned" }),
                 make("span", "number", { textContent: thousands(count) }));
      box.addEventListener("change", () => { tick(row, box.checked); tellTicked(); });
      all.append(row);
    });
    return all;
  };

  const nothingYet = (setup) => {
    const words = make("p", "hint"), link = (href, textContent) => make("a", "", { href, textContent });
    words.append(clusters.length ? "There are no clusters yet: name some in " : "There are no sounds yet. They come with ",
                 link(setup.curate, "Curate"), ", or let an algorithm find them in ", link(setup.cluster, "Cluster"), ".");
    return words;
  };

  const rows = () => [...element("EXPORTS_PICKER").querySelectorAll(".picker-row:not([hidden])")];

  const tick = (row, on) => {
    const number = Number(row.dataset.cluster);
    row.querySelector("input").checked = on;
    if (on) ticked.add(number); else ticked.delete(number);
  };

  const tellTicked = () => {
    const hint = element("EXPORTS_PICKER").querySelector(".picker-head .hint");
    const n = clusters.reduce((sum, [number, , , count]) => sum + (ticked.has(number) ? count : 0), 0);
    hint.textContent = ticked.size === clusters.length ? "all" : `${ticked.size} of ${clusters.length}, ${thousands(n)} sounds`;
    set("EXPORTS_CLUSTERS", { data: asOption() });
  };

  // As the option "clusters": empty for all, null for none, else numbers and ranges of what is next to each other.
  const asOption = () => {
    if (ticked.size === clusters.length) return "";
    const runs = [];
    clusters.map(([number]) => number).sort((a, b) => a - b).forEach((number, place, all) => {
      if (!ticked.has(number)) return;
      if (place && ticked.has(all[place - 1])) runs.at(-1)[1] = number; else runs.push([number, number]);
    });
    return runs.map(([first, last]) => (first === last ? `#${first}` : `#${first}-${last}`)).join(",") || null;
  };

  // ---- what would be written ------------------------------------------------------------------------------------------

  const ask = (format, own, chosen, setup) => {
    drawPicker(setup);
    const takes = setup.takes.includes(format);
    element("EXPORTS_PICKER").hidden = !takes;
    const options = { ...own, ...(takes && chosen ? { clusters: chosen } : {}) };
    const asked = { format, options, none: takes && chosen === null };
    const wanted = JSON.stringify(asked);
    if (wanted === shownFor && element("EXPORTS_PREVIEW").childElementCount) return window.dash_clientside.no_update;
    [shownFor, latest] = [wanted, () => show(asked, setup)];
    keepAddress(format);
    latest();
    return asked;
  };

  const keepAddress = (format) => {
    const address = new URL(location.href);
    if (address.searchParams.get("format") === format) return;
    address.searchParams.set("format", format);
    history.replaceState(history.state, "", address);
  };

  const show = later(150, async (asked, setup) => {
    asking?.abort();
    asking = new AbortController();
    const place = element("EXPORTS_PREVIEW");
    if (!place) return;
    if (asked.none) { say("No cluster is ticked, so there is nothing to write."); return; }
    place.classList.add("busy");
    const url = `${setup.media}/export/${asked.format}/preview.json?options=${encodeURIComponent(JSON.stringify(asked.options))}`;
    try {
      const answer = await fetch(url, { signal: asking.signal });
      if (!answer.ok) throw new Error(await answer.text());
      draw(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") say(error instanceof TypeError ? "The server does not answer. Is it running?" : error.message);
    }
  });

  const say = (text) => {
    const place = element("EXPORTS_PREVIEW");
    if (!place) return;
    place.classList.remove("busy");
    element("EXPORTS_FETCH").querySelector("span").textContent = "Download";
    if (!making) element("EXPORTS_SHARE").textContent = "";
    place.replaceChildren(make("p", "export-why", { textContent: text }));
    allow(false);
  };

  // Whether there is something to write; React lets no click through to what it holds for disabled.
  const allow = (may = isPossible) => {
    isPossible = may;
    if (!element("EXPORTS_FETCH")) return;
    set("EXPORTS_FETCH", { disabled: !may || Boolean(making) });
    if (drawn.may_save) set("EXPORTS_SAVE", { disabled: !may });
  };

  const draw = (found) => {
    const place = element("EXPORTS_PREVIEW");
    if (!place) return;
    place.classList.remove("busy");
    place.dataset.name = found.name;
    place.replaceChildren(facts(found), ...found.notes.map((text) => make("p", "remark", { textContent: text })),
                          ...beginning(found), ...(found.n_files > 1 ? [names(found)] : []));
    element("EXPORTS_FETCH").querySelector("span").textContent = `Download ${found.name}`;
    if (!making) element("EXPORTS_SHARE").textContent = "";
    allow(true);
  };

  const facts = ({ n_files, n_sounds, size }) => make("p", "export-facts", {
    textContent: [counted(n_files, "file"), counted(n_sounds, "sound"), `about ${size}`].join(" · ") });

  const counted = (n, noun) => `${thousands(n)} ${noun}${n === 1 ? "" : "s"}`;

  const beginning = ({ shown, lines, is_cut, about }) => {
    const parts = about ? [make("p", "hint", { textContent: about })] : [];
    if (shown) parts.push(make("p", "export-shown", { textContent: shown }));
    const text = make("pre", "", { textContent: lines.join("\n"), tabIndex: 0 });
    text.setAttribute("aria-label", shown ? `The first lines of ${shown}` : "What is in the file");
    if (lines.length) parts.push(text);
    if (is_cut) parts.push(make("p", "hint", { textContent: `The first ${lines.length} lines; the file goes on.` }));
    return parts;
  };

  const names = ({ names: some, n_files }) => {
    const box = make("details", "export-names"), all = make("ul", "");
    box.append(make("summary", "", { textContent: `All ${thousands(n_files)} files` }), all);
    all.append(...some.map((name) => make("li", "", { textContent: name })));
    if (n_files > some.length) all.append(make("li", "hint", { textContent: `… and ${thousands(n_files - some.length)} more` }));
    return box;
  };

  // ---- the download ---------------------------------------------------------------------------------------------------

  const fetchIt = async (_clicks, asked, setup) => {
    if (making || !asked) return "";
    making = new AbortController();
    allow();
    const place = element("EXPORTS_SHARE"), stop = element("EXPORTS_STOP");
    stop.hidden = false;
    place.textContent = "being made…";
    try {
      const shown = (share) => { place.textContent = `being made: ${percent(share)}`; };
      const made = await download(setup.media, asked.format, asked.options, { shown, signal: making.signal });
      place.textContent = `${made.name}, ${made.size}`;
      return made.name;
    } catch (error) {
      place.textContent = error.name === "AbortError" ? "stopped" : "";
      if (error.name !== "AbortError") tell(error.message);
      return "";
    } finally {
      making = null;
      stop.hidden = true;
      allow();
    }
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest?.(`#${syllabary.id.EXPORTS_STOP}`)) making?.abort();
  });
  // Labels may have changed in another window meanwhile.
  document.addEventListener("visibilitychange", () => { if (!document.hidden && element("EXPORTS_PREVIEW")) latest?.(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === element("EXPORTS_NAME")) element("EXPORTS_SAVE").click();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { exportpage: { ask, fetch: fetchIt } });
})();
