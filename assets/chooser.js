// Choosing a folder or file of the server (pages/_ui/chooser.py): one dialog for all fields. Typing filters, arrows move,
// Enter opens, Backspace goes up, Ctrl+Enter chooses the folder that is open.
syllabary.chooser = (() => {
  const { address, get, make, remember, remembered, send, thousands } = syllabary;
  const LIST_ID = "chooser-list", FIELD = "[data-chooser]";
  const WAIT_MS = 150;
  let active = 0, asked = 0, field = null, here = null, parts = null, shown = "", waiting = 0;

  const build = () => {
    const dialog = make("dialog", "palette place-dialog"), at = (tag, name, props) => make(tag, name, props);
    const title = at("h2", "", {}), crumbs = at("nav", "crumbs"), list = at("div", "choices", { id: LIST_ID });
    const input = at("input", "form-control", { type: "text", autocomplete: "off", placeholder: "Type to filter, or a full path" });
    const told = at("p", "hint place-told"), made = at("input", "form-control new-name", { type: "text", placeholder: "Name of the new folder" });
    const chosen = at("button", "control primary", { type: "button" }), cancel = button("Cancel", () => dialog.close());
    const more = button("New folder", askName), end = at("div", "dialog-end");
    const about = { role: "combobox", "aria-expanded": "true", "aria-controls": LIST_ID, "aria-label": "Folders here" };
    Object.entries(about).forEach(([name, value]) => input.setAttribute(name, value));
    made.setAttribute("aria-label", "Name of the new folder");
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Folders and files");
    crumbs.setAttribute("aria-label", "Where this folder is");
    told.setAttribute("role", "status");
    end.append(more, made, at("span", "grow"), cancel, chosen);
    dialog.append(title, crumbs, input, list, told, end);
    dialog.addEventListener("keydown", pressed);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => field?.focus());
    input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, WAIT_MS); });
    list.addEventListener("click", (event) => enter([...list.children].indexOf(event.target.closest(".choice"))));
    chosen.onclick = () => choose(here.path);
    document.body.append(dialog);
    return { dialog, title, crumbs, input, list, told, more, made, chosen };
  };

  const button = (text, act) => make("button", "control", { type: "button", textContent: text, onclick: act });

  const open = (pressedButton) => {
    parts ||= build();
    field = pressedButton;
    const { title, kind } = field.dataset, folder = kind !== "file";
    parts.title.textContent = title;
    parts.chosen.textContent = "Choose this folder";
    parts.chosen.title = "Ctrl+Enter";
    parts.chosen.hidden = !folder;
    parts.more.hidden = kind !== "place";
    parts.made.hidden = true;
    parts.list.replaceChildren();
    parts.dialog.showModal();
    parts.input.focus();
    const typed = document.getElementById(field.dataset.chooser)?.value.trim();
    show(typed || remembered(`place-${kind}`, ""), "").then((worked) => { if (!worked) show("", ""); });
  };

  // Reads a folder and shows it; a later request wins over an earlier one. False if it could not be read.
  const show = async (path, words, isTyped = false) => {
    const mine = ++asked, query = new URLSearchParams({ at: path, words, files: field.dataset.files });
    try {
      const found = await (await get(address(`/places/folder.json?${query}`))).json();
      if (mine === asked) { here = found; shown = words; fill(words, isTyped); }
      return true;
    } catch (error) {
      if (mine === asked) tell(error.message);
      return false;
    }
  };

  // Shows what is typed as a filter, if it is not shown yet; a full path waits for Enter.
  const filter = async () => {
    clearTimeout(waiting);
    const typed = parts.input.value;
    if (!here || typed === shown || typed.startsWith("/")) return;
    await show(here.path, typed, true);
  };

  const tell = (text, isTrouble = true) => {
    parts.told.textContent = text;
    parts.told.classList.toggle("trouble", isTrouble);
  };

  const fill = (words, isTyped) => {
    if (!isTyped) parts.input.value = words;   // what is being typed stays
    active = 0;
    parts.crumbs.replaceChildren(...here.crumbs.flatMap((crumb, i) => [
      ...(i ? [make("span", "separator", { textContent: "▸" })] : []), i ? crumbButton(crumb) : rootMenu(crumb)]));
    parts.list.replaceChildren(...here.entries.map(line));
    mark();
    tell(here.trouble || about(words), Boolean(here.trouble));
  };

  const about = (words) => {
    const n = here.recordings, texts = [n === 1 ? "1 recording lies in this folder itself." : n ? `${thousands(n)} recordings lie in this folder itself.` : ""];
    if (!here.entries.length) texts.push(words ? "Nothing here has that name." : "There is nothing to open in this folder.");
    if (here.leftOut) texts.push(`${thousands(here.leftOut)} more: type a part of the name.`);
    return texts.filter(Boolean).join(" ");
  };

  const crumbButton = (crumb) => button(crumb.name, () => { show(crumb.path, ""); parts.input.focus(); });

  const rootMenu = (crumb) => {
    if (here.roots.length < 2) return crumbButton(crumb);
    const menu = make("select", "form-select");
    menu.setAttribute("aria-label", "Allowed folders");
    menu.append(...here.roots.map((root) => make("option", "", { value: root, textContent: root, selected: root === crumb.path })));
    menu.onchange = () => { show(menu.value, ""); parts.input.focus(); };
    const up = crumbButton({ name: "▴", path: crumb.path });
    up.title = "To the top of this folder";
    const both = make("span", "root-menu");
    both.append(menu, ...(here.crumbs.length > 1 ? [up] : []));
    return both;
  };

  const line = (entry, i) => {
    const choice = make("div", "choice", { id: `chooser-${i}` });
    choice.setAttribute("role", "option");
    choice.append(make("i", `icon icon-${entry.folder ? "folder" : "file-earmark"}`), make("span", "title", { textContent: entry.name }));
    if (entry.recordings) choice.append(make("span", "number", { textContent: `${thousands(entry.recordings)}${entry.more ? "+" : ""} recordings`.replace(/^1 recordings/, "1 recording") }));
    return choice;
  };

  const mark = () => {
    [...parts.list.children].forEach((choice, i) => {
      choice.classList.toggle("active", i === active);
      choice.setAttribute("aria-selected", i === active);
    });
    parts.list.children[active]?.scrollIntoView({ block: "nearest" });
    if (here.entries.length) parts.input.setAttribute("aria-activedescendant", `chooser-${active}`);
    else parts.input.removeAttribute("aria-activedescendant");
  };

  const joined = (name) => `${here.path.replace(/\/$/, "")}/${name}`;

  const enter = (i) => {
    const entry = here?.entries[i];
    if (!entry) return;
    if (entry.folder) show(joined(entry.name), "");
    else choose(joined(entry.name));
    parts.input.focus();
  };

  const up = () => { if (here.crumbs.length > 1) show(here.crumbs.at(-2).path, ""); };

  const choose = (path) => {
    const id = field.dataset.chooser;
    remember(`place-${field.dataset.kind}`, here.path);
    parts.dialog.close();
    window.dash_clientside.set_props(id.startsWith("{") ? JSON.parse(id) : id, { value: path });
  };

  const askName = () => { parts.made.hidden = false; parts.made.value = ""; parts.made.focus(); };

  const makeFolder = async () => {
    try {
      const made = await (await send(address("/places/folder"), { parent: here.path, name: parts.made.value })).json();
      parts.made.hidden = true;
      await show(made.path, "");
      parts.input.focus();
    } catch (error) { tell(error.message); }
  };

  const entered = async () => {
    await filter();
    const typed = parts.input.value.trim();
    if (typed.startsWith("/")) show(typed, "");
    else if (here.entries.length) enter(active);
    else if (!typed && field.dataset.kind !== "file") choose(here.path);
  };

  const pressed = (event) => {
    event.stopPropagation();   // the page's keys rest while this is open
    if (event.isComposing || !here) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !parts.chosen.hidden) { event.preventDefault(); choose(here.path); return; }
    if (event.target === parts.made && event.key === "Enter") { event.preventDefault(); makeFolder(); return; }
    if (event.target !== parts.input) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], n = here.entries.length;
    if (step) { event.preventDefault(); active = n ? (active + step + n) % n : 0; mark(); }
    else if (event.key === "Enter") { event.preventDefault(); entered(); }
    else if (event.key === "Backspace" && !parts.input.value) { event.preventDefault(); up(); }
  };

  document.addEventListener("click", (event) => { const one = event.target.closest(FIELD); if (one) open(one); });

  return { open };
})();
