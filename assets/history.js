// The history as a list; a click on a line asks whether to go back to it.
syllabary.history = (() => {
  const { element, make, set, thousands } = syllabary;

  const draw = (page) => {
    const place = element("HISTORY_LIST");
    if (!page) return 0;
    if (!place) { requestAnimationFrame(() => draw(page)); return page.page; }
    place.replaceChildren(...page.lines.map(line));
    if (!page.n) place.append(make("p", "hint", { textContent: "Nothing was edited yet." }));
    element("HISTORY_TEXT").textContent = `${thousands(page.n)} edit${page.n === 1 ? "" : "s"} · ` +
      `page ${page.page + 1} of ${page.n_pages}. Choose a line to go back to it; nothing is lost by that.`;
    set("HISTORY_BACK", { disabled: page.page <= 0 });
    set("HISTORY_NEXT", { disabled: page.page >= page.n_pages - 1 });
    return page.page;
  };

  const line = (entry) => {
    const item = make("div", "", { role: "listitem" });
    const one = make("button", `past${entry.undone ? " undone" : ""}`, { type: "button", disabled: entry.now || "readonly" in element("CURATE").dataset });
    one.append(make("span", "when", { textContent: when(entry.time) }), make("span", "who", { textContent: entry.user }),
               make("span", "title", { textContent: entry.title }),
               make("span", "standing", { textContent: entry.now ? "now" : entry.undone ? "undone" : "" }),
               make("span", "how", { textContent: entry.how }));
    one.onclick = () => askToGo(entry);
    item.append(one);
    return item;
  };

  const when = (seconds) => (seconds === null ? "" : new Date(1000 * seconds).toLocaleString("sv-SE"));

  const askToGo = (entry) => {
    set("HISTORY_DIALOG", { is_open: false });
    syllabary.questions.ask({
      kind: "go-back", title: "Go back to this point?", answers: [[entry.seq, "Go back"]], at: Date.now(),
      text: `The clusters become as they were ${entry.time === null ? "before the first edit" : `after “${entry.title}”`}. It is one new edit: what came later stays in ` +
        "the history, and undo takes it back. Names and colours stay as they are." });
  };

  return { draw };
})();
