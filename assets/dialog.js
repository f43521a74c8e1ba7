// The dialog that asks for a cluster: type a number or a part of a name, choose with the arrows, Enter.
syllabary.dialog = (() => {
  const { id, element, make, set, thousands } = syllabary;
  const MOST = 200;
  let active = 0;

  const open = () => {
    active = 0;
    set("MOVE_WORDS", { value: "" });
    setTimeout(() => { const words = element("MOVE_WORDS"); if (words) { words.focus(); fill(""); } }, 60);
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

  document.addEventListener("input", typed);
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => take(event.target.closest(".choice")));

  return { open };
})();
