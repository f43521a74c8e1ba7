// Asks every two seconds whether somebody, in another window or at another machine, has changed the labels.
syllabary.sync = (() => {
  const { element, get, set } = syllabary;
  const EVERY_MS = 2000;
  let revision = 0;

  const ask = async () => {
    if (syllabary.map.isGone) { syllabary.map.close(); return; }   // the page was left
    if (document.hidden || !syllabary.setup || !element("MAP")) return;
    const asked = syllabary.setup, isHere = () => syllabary.setup === asked && !syllabary.map.isGone && element("SAVED");
    try {
      const state = await (await get(`${asked.media}/state.json`)).json();
      if (isHere()) take(state);   // else the page was left meanwhile, perhaps for another project
    } catch (error) {
      if (isHere()) say(error instanceof TypeError ? "no connection" : error.message, true);
    }
  };

  const take = (state) => {
    if (state.version !== syllabary.setup.version) { location.reload(); return; }   // other sounds, as after a run
    set("UNDO", { disabled: !state.can_undo });
    set("REDO", { disabled: !state.can_redo });
    if (element("SAVED").textContent !== "saving…") say(state.trouble || "saved", Boolean(state.trouble));
    if (state.revision > revision) set("REVISION", { data: state.revision });
  };

  const say = (text, isProblem) =>
    set("SAVED", { children: text, className: isProblem ? "saved problem" : "saved" });

  setInterval(ask, EVERY_MS);

  return { ask, setRevision: (number) => { revision = Math.max(revision, number); }, reset: () => { revision = 0; } };
})();
