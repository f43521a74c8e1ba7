// The dialog that asks for a cluster: type a number or a part of a name, choose with the arrows, Enter.
syllabary.dialog = (() => {
  const { id, element, make, set, thousands } = syllabary;
  const MOST = 200;
  let active = 0, early = null;   // what is typed before the dialog is there; null when it is not being opened

  // The button is pressed: from here on keys are words for the dialog, though it comes some frames later.
  const announce = (event) => {
    if (event.target.closest(`#${id.MOVE}`) && syllabary.selection.count) early = "";
  };

  const open = () => {
    const words = element("MOVE_WORDS");
    if (!words) { requestAnimationFrame(open); return; }
    active = 0;
    early = early || "";
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
    const words = text.trim().toLowerCase(), number = words.replace(/^c/, "");
    const all = [...syllabary.project.now.clusters.values()].sort((a, b) => a.cluster - b.cluster);
    if (!words) return all;
    const hits = all.filter((c) => c.name.toLowerCase().includes(words) || String(c.cluster).startsWith(number));
    hits.sort((a, b) => (String(b.cluster) === number) - (String(a.cluster) === number));
    const isNew = /^[1-9]\d{0,5}$/.test(number) && !all.some((c) => String(c.cluster) === number);
    return isNew ? [...hits, { cluster: Number(number), title: `C${number} (new)`, count: 0, colour: "transparent" }] : hits;
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
    set("MOVE_TO", { data: { cluster: Number(line.dataset.cluster), at: Date.now() } });
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

  return { open };
})();
