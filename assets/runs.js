// The list of runs, and how far they are in the bar on top. Every tab asks the server: often while something goes on
// in a list that is looked at, seldom otherwise.
(() => {
  const { address, element, get, make, set } = syllabary;
  const QUICK_MS = 1000, SLOW_MS = 5000, IDLE_MS = 15000;
  const ACTIONS = [
    ["cancel", "x-lg", "Cancel", "Stop it; what is finished is kept"],
    ["resume", "play-fill", "Resume", "Go on from what was finished"],
    ["again", "arrow-counterclockwise", "Run again…", "Put the values of this run into the form"],
    ["remove", "trash", "Remove", "Take it off the list; what it made stays"],
  ];
  const known = new Map();   // number of a run → its row
  let list = null, timer = 0, isAsking = false, isAskedAgain = false;

  const ask = async () => {
    clearTimeout(timer);
    if (isAsking) { isAskedAgain = true; return; }
    [isAsking, isAskedAgain] = [true, false];
    let next_ms = IDLE_MS;
    try {
      if (!document.hidden && (element("RUNS_LIST") || element("RUNS_BADGE"))) next_ms = await look();
    } finally {
      isAsking = false;
      timer = setTimeout(ask, isAskedAgain ? 0 : next_ms);
    }
  };

  const look = async () => {
    const wanted = Boolean(element("RUNS_LIST"));
    try {
      const answer = await (await get(address(`/runs.json${wanted ? "?all" : ""}`))).json();
      showBadge(answer);
      if (wanted) await draw(answer.runs);
      return !answer.active ? IDLE_MS : wanted ? QUICK_MS : SLOW_MS;
    } catch (error) {
      if (wanted) say(error instanceof TypeError ? "The server does not answer. Runs go on without it; this list is " +
                                                   "brought up to date when it is back." : error.message);
      return SLOW_MS;
    }
  };

  const showBadge = ({ active, share }) => {
    const badge = element("RUNS_BADGE");
    if (!badge) return;
    badge.hidden = !active;
    badge.textContent = `${active} run${active === 1 ? "" : "s"}: ${Math.round(100 * share)} %`;
  };

  const say = (text) => {
    let line = list?.querySelector(".runs-trouble");
    if (!text) { line?.remove(); return; }
    if (!line) {
      line = make("p", "runs-trouble hint", { role: "status" });
      list = element("RUNS_LIST");
      list.prepend(line);
    }
    line.textContent = text;
  };

  const draw = async (runs) => {
    if (list !== element("RUNS_LIST")) { list = element("RUNS_LIST"); list.replaceChildren(); known.clear(); }
    say("");
    for (const [id, row] of known) {
      if (!runs.some((run) => run.id === id)) { row.box.remove(); known.delete(id); }
    }
    runs.forEach((run, place) => {
      if (!known.has(run.id)) known.set(run.id, row(run));
      const { box } = known.get(run.id);
      if (list.children[place] !== box) list.insertBefore(box, list.children[place] || null);
      update(known.get(run.id), run);
    });
    empty(!runs.length);
    element("RUNS_CLEAR").hidden = !runs.some((run) => !isActive(run));
    await Promise.all([...known.values()].filter((one) => one.log.open).map(readLog));
  };

  const empty = (isEmpty) => {
    list.querySelector(".runs-empty")?.remove();
    if (isEmpty) list.append(make("p", "runs-empty hint", {
      textContent: "No run yet. What you start here goes on by itself, also when this page is closed." }));
  };

  const isActive = (run) => run.state === "running" || run.state === "queued";

  const row = (run) => {
    const box = make("article", "run"), head = make("div", "run-head"), steps = make("div", "run-steps");
    const picture = make("i", ""), title = make("span", "run-title"), words = make("span", "run-words");
    picture.setAttribute("aria-hidden", "true");
    head.append(picture, title, words);
    const about = make("div", "run-about"), told = make("p", "run-told-line"), tools = make("div", "run-tools");
    const log = make("details", "run-log"), lines = make("div", "run-lines", { tabIndex: 0 });
    log.append(make("summary", "", { textContent: "Log" }), lines);
    lines.setAttribute("role", "log");
    const open = make("a", "control primary run-open", { textContent: "Open in Curate" });
    const buttons = ACTIONS.map(([what, name, text, about]) => action(run.id, what, name, text, about));
    tools.append(open, ...buttons);
    box.append(head, about, steps, told, tools, log);
    const made = { id: run.id, box, picture, title, words, about, steps, told, log, lines, open, buttons, last: 0 };
    log.ontoggle = () => { if (log.open) readLog(made); };
    return made;
  };

  const action = (id, what, name, text, about) => {
    const button = make("button", `control run-${what}`, { type: "button", title: about });
    const picture = make("i", `icon icon-${name}`);
    picture.setAttribute("aria-hidden", "true");
    button.append(picture, make("span", "", { textContent: text }));
    button.onclick = () => act(what, id);
    return button;
  };

  const act = (what, id) => set("RUN_ACTION", { data: { do: what, run: id, at: Date.now() } });

  const update = (made, run) => {
    made.box.dataset.state = run.state;
    made.box.dataset.run = run.id;
    made.picture.className = `icon icon-${run.picture}`;
    write(made.title, run.title);
    write(made.words, run.words);
    write(made.about, `run ${run.id} · ${run.user} · ${when(run)}`);
    write(made.told, run.told);
    made.told.hidden = !run.told;
    made.open.hidden = !run.slug;
    if (run.slug) made.open.href = address(`/curate/${encodeURIComponent(run.slug)}`);
    drawSteps(made.steps, run);
    const shown = { cancel: isActive(run), resume: !isActive(run) && run.state !== "done",
                    again: !isActive(run) && run.again && Boolean(element("PREPARE_FORM")), remove: !isActive(run) };
    ACTIONS.forEach(([what], place) => { made.buttons[place].hidden = !shown[what]; });
    made.buttons[0].disabled = run.stopping;
    write(made.buttons[1].lastChild, run.state === "failed" ? "Retry" : "Resume");
  };

  const write = (place, text) => { if (place.textContent !== text) place.textContent = text; };

  const when = (run) => {
    const date = new Date(1000 * run.since), isToday = date.toDateString() === new Date().toDateString();
    const text = isToday ? date.toLocaleTimeString("sv-SE") : date.toLocaleString("sv-SE");
    const said = { queued: "asked for", running: "since" }[run.state] || "ended";
    return `${said} ${text}`;
  };

  const drawSteps = (place, run) => {
    const shown = isActive(run) ? run.steps : run.steps.filter((step) => step.share > 0);
    while (place.children.length > shown.length) place.lastChild.remove();
    shown.forEach((step, number) => {
      const line = place.children[number] || place.appendChild(stepLine());
      const [title, track, words] = line.children;
      write(title, step.title);
      write(words, isActive(run) ? step.words : `${Math.round(100 * step.share)} %`);
      track.firstChild.style.width = `${100 * step.share}%`;
      track.setAttribute("aria-valuenow", Math.round(100 * step.share));
      track.setAttribute("aria-label", step.title);
    });
  };

  const stepLine = () => {
    const line = make("div", "run-step"), track = make("span", "run-track", { role: "progressbar" });
    track.setAttribute("aria-valuemin", 0);
    track.setAttribute("aria-valuemax", 100);
    track.append(make("span", "run-bar"));
    line.append(make("span", "run-step-title"), track, make("span", "run-step-words"));
    return line;
  };

  const readLog = async (made) => {
    const { lines } = await (await get(address(`/runs/${made.id}/log.json?after=${made.last}`))).json();
    const isAtEnd = made.lines.scrollTop + made.lines.clientHeight >= made.lines.scrollHeight - 4;
    for (const [number, time, text] of lines) {
      if (number <= made.last) continue;   // asked for twice at once
      made.last = number;
      const line = make("div", "run-line");
      line.append(make("span", "run-time", { textContent: new Date(1000 * time).toLocaleTimeString("sv-SE") }),
                  make("span", "", { textContent: text }));
      made.lines.append(line);
    }
    if (isAtEnd) made.lines.scrollTop = made.lines.scrollHeight;
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest?.(`#${syllabary.id.RUNS_CLEAR}`)) act("clear", 0);
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });

  // The list, the badge and what was done come and go with pages and answers: look at once then.
  const seen = { list: null, badge: null };
  new MutationObserver(() => {
    const now = { list: element("RUNS_LIST"), badge: element("RUNS_BADGE") };
    const isNew = (now.list && now.list !== seen.list) || (now.badge && now.badge !== seen.badge);
    Object.assign(seen, now);
    if (isNew) ask();
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { runs: { look: () => { ask(); } } });
})();
