// Figures on the page Export: shows the chosen figure's fields, asks for its preview when the part is in sight, turns pages,
// and fetches the files. Answers that are out of date are dropped.
syllabary.figures = (() => {
  const { element, get, later, make, tell } = syllabary;
  const WAIT_MS = 150;
  let wanted = null, drawn = "", page = 0, turn = 0, watcher = null, inSight = false;

  const choose = (kind, setup) => {
    const part = element("FIGURE");
    if (!part || !setup) return 0;
    part.querySelectorAll("[data-figure]").forEach((form) => { form.hidden = form.dataset.figure !== kind; });
    const code = part.querySelector("code");
    code.textContent = code.textContent.replace(/ \w+ -o /, ` ${kind} -o `);
    wanted = { part, kind, setup, own: ownValues(kind) };
    page = 0;
    watch(part);
    drawSoon();
    return Date.now();
  };

  // What was typed into the shown form, by name: the callback's inputs name their stores.
  const ownValues = (kind) => {
    const found = window.dash_clientside.callback_context.inputs_list.flat().find((input) => input.id.endsWith(`-${kind}-settled`));
    return (found && found.value) || {};
  };

  const address = (name, more = {}) => {
    const { kind, setup, own } = wanted, query = new URLSearchParams({ v: setup.version, ...own, ...more });
    return `${setup.media}/figure/${kind}/${name}?${query}`;
  };

  // A figure takes seconds: none is drawn for somebody who came for something else.
  const watch = (part) => {
    if (watcher && watcher.part === part) return;
    if (watcher) watcher.disconnect();
    inSight = false;
    drawn = "";
    watcher = Object.assign(new IntersectionObserver((seen) => {
      inSight = seen[seen.length - 1].isIntersecting;
      drawSoon();
    }), { part });
    watcher.observe(element("FIGURE_PICTURE").parentElement);
  };

  const draw = async () => {
    if (!wanted || !inSight || element("FIGURE") !== wanted.part) return;
    const url = address("preview.png", { page });
    if (url === drawn) return;
    drawn = url;
    const mine = ++turn;
    busy(true);
    try {
      const answer = await get(url), n_pages = Number(answer.headers.get("X-Pages")), picture = await answer.blob();
      if (mine === turn) show(picture, n_pages);
    } catch (error) {
      if (mine === turn) refuse(error.message);
    }
  };
  const drawSoon = later(WAIT_MS, draw);

  const paper = () => element("FIGURE_PICTURE").parentElement;
  const files = () => [...wanted.part.querySelectorAll("[data-suffix]")];

  const busy = (is) => {
    paper().classList.toggle("busy", is);
    paper().classList.remove("wrong");
    element("FIGURE_TOLD").textContent = is ? "Drawing…" : "";
  };

  const show = (picture, n_pages) => {
    const image = element("FIGURE_PICTURE"), url = URL.createObjectURL(picture);
    busy(false);
    image.onload = () => URL.revokeObjectURL(url);
    image.src = url;
    image.hidden = false;
    files().forEach((button) => {
      const title = button.textContent, zipped = n_pages > 1 && button.dataset.suffix !== ".pdf";
      button.disabled = false;
      button.title = n_pages > 1 ? `Download all ${n_pages} pages as ${title}${zipped ? ", in a zip" : ""}` : `Download the figure as ${title}`;
    });
    element("FIGURE_PAGES").hidden = n_pages < 2;
    element("FIGURE_PAGE").textContent = `Page ${page + 1} of ${n_pages}`;
    element("FIGURE_BACK").disabled = page < 1;
    element("FIGURE_ON").disabled = page >= n_pages - 1;
    paper().dataset.ready = drawn;
  };

  const refuse = (why) => {
    busy(false);
    paper().classList.add("wrong");
    element("FIGURE_TOLD").textContent = why;
    element("FIGURE_PICTURE").hidden = true;
    element("FIGURE_PAGES").hidden = true;
    files().forEach((button) => { button.disabled = true; });
    paper().dataset.ready = drawn;
  };

  const download = async (button) => {
    const before = button.textContent, words = button.querySelector("span");
    button.disabled = true;
    words.textContent = "Drawing…";
    try {
      const answer = await get(address(`figure${button.dataset.suffix}`)), url = URL.createObjectURL(await answer.blob());
      const link = make("a", "", { href: url, download: nameIn(answer) });
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      tell(error.message);
    }
    words.textContent = before;
    button.disabled = false;
  };

  const nameIn = (answer) => {
    const told = answer.headers.get("Content-Disposition") || "", exact = /filename\*=UTF-8''([^;]+)/.exec(told);
    return exact ? decodeURIComponent(exact[1]) : (/filename="?([^";]+)/.exec(told) || ["", "figure"])[1];
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !wanted || !wanted.part.contains(button)) return;
    if (button.dataset.suffix) download(button);
    const step = button === element("FIGURE_ON") ? 1 : button === element("FIGURE_BACK") ? -1 : 0;
    if (step) { page += step; draw(); }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { figures: { choose } });
  return { choose };
})();
