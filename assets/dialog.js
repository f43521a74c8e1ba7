// The dialog that asks for a cluster, to move sounds to or to merge into the current one: type a number or a part of a
// name, choose with the arrows, Enter.
syllabary.dialog = (() => {
  const { id, element, make, set, thousands } = syllabary;
  const MOST = 200;
  let active = 0, into = null;    // into: the cluster that the chosen one is merged into; null to move sounds
  let early = null;               // what is typed before the dialog is there; null when it is not being opened

  // The button is pressed: from here on keys are words for the dialog, though it comes some frames later.
  const announce = (event) => {
    if (event.target.closest(`#${id.MOVE}`) && syllabary.selection.count) early = "";
    if (event.target.closest(`#${id.MERGE_OPEN}`)) early = "";
  };

  const open = (merging = null) => {
    const words = element("MOVE_WORDS");
    early = early || "";
    if (!words) { requestAnimationFrame(() => open(merging)); return; }
    active = 0;
    into = merging;
    set("MOVE_TITLE", { children: into ? `Merge into ${into.title} the sounds of` : "Move the selection to" });
    words.focus();
    settle(words);
  };

  // The field belongs to Dash, which sets it some frames later; until then what is typed is kept here.
  const settle = (words) => {
    if (early === null || !document.contains(words)) { early = null; return; }
    fill(early);
    if (words.value === early) { early = null; return; }
    set("MOVE_WORDS", { value: early });
    requestAnimationFrame(() => settle(words));
  };

  const typedEarly = (event) => {
    if (early === null || event.ctrlKey || event.metaKey || event.altKey || event.key.length > 1) return;
    early += event.key;
    event.preventDefault();
    event.stopPropagation();
  };

  const choices = (text) => {
    const words = text.trim().toLowerCase(), number = words.replace(/^[cbp]/, "");
    const all = [...syllabary.project.now.clusters.values()].sort((a, b) => a.cluster - b.cluster)
      .filter((c) => !into || (c.cluster !== into.cluster && c.count));
    if (!words) return all;
    const hits = all.filter((c) => c.name.toLowerCase().includes(words) || String(c.cluster).startsWith(number));
    hits.sort((a, b) => (String(b.cluster) === number) - (String(a.cluster) === number));
    const isNew = !into && /^[1-9]\d{0,5}$/.test(number) && !all.some((c) => String(c.cluster) === number);
    return isNew ? [...hits, { cluster: Number(number), title: `${all[0].title[0]}${number} (new)`, count: 0, colour: "transparent" }] : hits;
  };

  const fill = (text) => {
    const list = element("MOVE_LIST"), found = choices(text).slice(0, MOST);
    active = Math.max(0, Math.min(active, found.length - 1));
    list.replaceChildren(...found.map(choice));
    if (!found.length) list.append(make("p", "hint", { textContent: "No cluster has that number or name." }));
    list.children[active]?.scrollIntoView({ block: "nearest" });
  };

  const choice = (info, i) => {
    const line = make("div", i === active ? "choice active" : "choice"), swatch = make("span", "swatch");
    line.dataset.cluster = info.cluster;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", i === active);
    swatch.style.setProperty("--cluster", info.colour);
    line.append(swatch, make("span", "title", { textContent: info.title }),
                make("span", "number", { textContent: thousands(info.count) }));
    return line;
  };

  const take = (line) => {
    if (!line || !("cluster" in line.dataset)) return;
    early = null;
    const chosen = { cluster: Number(line.dataset.cluster), at: Date.now() };
    if (into) set("MERGE", { data: { ...chosen, into: into.cluster } });
    else set("MOVE_TO", { data: chosen });
    set("MOVE_DIALOG", { is_open: false });
  };

  const typed = (event) => { if (event.target.id === id.MOVE_WORDS) { active = 0; fill(event.target.value); } };

  const pressed = (event) => {
    if (event.target.id !== id.MOVE_WORDS) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); active += step; fill(event.target.value); }
    else if (event.key === "Enter") take(element("MOVE_LIST").children[active]);
  };

  document.addEventListener("click", announce, true);
  document.addEventListener("keydown", typedEarly, true);
  document.addEventListener("input", typed);
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => take(event.target.closest(".choice")));

  return { open, forget: () => { early = null; } };
})();
