// The command palette: every key's action by its name, and every cluster; type, Enter. A native dialog keeps the focus
// inside while it is open and gives it back.
syllabary.palette = (() => {
  const { id, element, make, thousands } = syllabary;
  const MOST = 60, LIST_ID = "palette-list";
  let active = 0, input = null, list = null, shown = [];

  const open = () => {
    const dialog = element("PALETTE_DIALOG");
    if (!dialog || dialog.open) return;
    input = make("input", "form-control", { type: "text", autocomplete: "off", placeholder: "An action, or a cluster" });
    list = make("div", "choices", { id: LIST_ID });
    const about = { role: "combobox", "aria-expanded": "true", "aria-controls": LIST_ID, "aria-label": "An action, or a cluster" };
    Object.entries(about).forEach(([name, value]) => input.setAttribute(name, value));
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Actions and clusters");
    dialog.replaceChildren(input, list);
    dialog.showModal();
    input.focus();
    input.addEventListener("input", () => { active = 0; fill(); });
    list.addEventListener("click", (event) => take(shown[[...list.children].indexOf(event.target.closest(".choice"))]));
    dialog.onclick = (event) => { if (event.target === dialog) dialog.close(); };
    active = 0;
    fill();
  };

  const actions = () => JSON.parse(element("KEYS").dataset.keys)
    .filter((key) => key.button !== id.PALETTE && isReady(document.getElementById(key.button)))
    .map((key) => ({ text: key.does, keys: key.shown, act: () => document.getElementById(key.button)?.click() }));

  const isReady = (button) => button && !button.disabled && button.checkVisibility();

  const clusters = () => [...(syllabary.project.now?.clusters.values() || [])].sort((a, b) => a.cluster - b.cluster)
    .map((info) => ({ text: `go to cluster ${info.title}`, colour: info.colour, count: info.count,
                      act: () => syllabary.picking.show(info.cluster) }));

  // Every word typed must begin a word of the text, or stand anywhere in it; those that begin words come first.
  const rank = (text, words) => {
    const low = text.toLowerCase(), parts = low.split(/[\s“”()]+/);
    const marks = words.map((word) => (parts.some((part) => part === word) ? 0 : parts.some((part) => part.startsWith(word)) ? 1
      : low.includes(word) ? 2 : Infinity));
    return marks.reduce((sum, mark) => sum + mark, 0);
  };

  const found = () => {
    const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    return [...actions(), ...clusters()].map((one, i) => ({ one, i, mark: rank(one.text, words) }))
      .filter(({ mark }) => mark < Infinity).sort((a, b) => a.mark - b.mark || a.i - b.i).map(({ one }) => one);
  };

  const fill = () => {
    const all = found();
    shown = all.slice(0, MOST);
    active = shown.length ? (active + shown.length) % shown.length : 0;
    list.replaceChildren(...shown.map(line));
    const text = !shown.length ? "Nothing has that name." : all.length > MOST ? `${thousands(all.length - MOST)} more: type on.` : "";
    if (text) list.append(make("p", "hint", { textContent: text }));
    mark();
  };

  const line = (one, i) => {
    const choice = make("div", "choice", { id: `palette-${i}` });
    choice.setAttribute("role", "option");
    if (one.colour) {
      const swatch = make("span", "swatch");
      swatch.style.setProperty("--cluster", one.colour);
      choice.append(swatch);
    }
    choice.append(make("span", "title", { textContent: one.text }));
    if (one.keys) choice.append(caps(one.keys));
    else choice.append(make("span", "number", { textContent: thousands(one.count) }));
    return choice;
  };

  const caps = (keys) => {
    const place = make("span", "number");
    keys.forEach((key) => place.append(make("kbd", "", { textContent: key })));
    return place;
  };

  const mark = () => {
    shown.forEach((_, i) => {
      list.children[i].classList.toggle("active", i === active);
      list.children[i].setAttribute("aria-selected", i === active);
    });
    if (shown.length) input.setAttribute("aria-activedescendant", `palette-${active}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[active]?.scrollIntoView({ block: "nearest" });
  };

  // The dialog closes first, which gives the focus back; what the action opens may then take it.
  const take = (one) => {
    if (!one) return;
    element("PALETTE_DIALOG").close();
    one.act();
  };

  const pressed = (event) => {
    const dialog = element("PALETTE_DIALOG");
    if (!dialog || !dialog.open) return;
    event.stopPropagation();   // the page's keys rest while this is open
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing) return;
    if (step) { active = (active + step + shown.length) % Math.max(1, shown.length); mark(); event.preventDefault(); }
    else if (event.key === "Enter") { event.preventDefault(); take(shown[active]); }
    else if (event.key === "Escape") { event.preventDefault(); dialog.close(); }
  };

  document.addEventListener("keydown", pressed, true);
  document.addEventListener("click", (event) => { if (event.target.closest(`#${id.PALETTE}`)) open(); });

  return { open };
})();
