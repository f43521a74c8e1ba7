// The mode as the page shows it: CLUSTERING, BLOBBING or PROOFREADING. It comes with the labels (project.js).
syllabary.modes = (() => {
  const { element, set } = syllabary;
  const BUTTONS = { clustering: "MODE_CLUSTERING", blobbing: "MODE_BLOBBING", proofreading: "MODE_PROOFREADING" };
  const GROUPS = { clustering: "Clusters", blobbing: "Groups", proofreading: "Preclusters" };
  const OF_BLOBS = ["RADIUS_LESS", "RADIUS_MORE", "THRESHOLD_LESS", "THRESHOLD_MORE", "BLOB_BACK", "BLOB_NEXT"];
  let shown = null;

  const show = (mode) => {
    const page = element("CURATE");
    if (!page || !mode) return;
    page.dataset.mode = mode;
    Object.entries(BUTTONS).forEach(([name, id]) => element(id).setAttribute("aria-pressed", name === mode));
    OF_BLOBS.forEach((name) => set(name, { disabled: mode !== "blobbing" }));
    set("FINALISE", { disabled: mode !== "proofreading" });
    set("DISCARD", { disabled: mode === "clustering" });
    if (shown !== null && shown !== mode) forget();   // numbers of groups mean others now
    shown = mode;
    const heading = element("GRID_TITLE");
    heading.textContent = heading.textContent.replace(/^\w+/, GROUPS[mode]);
    syllabary.blobs.ask();
  };

  const forget = () => { syllabary.selection.clear(); set("VIEW", { data: null }); };

  const open = (setup) => { shown = null; syllabary.blobs.open(setup); show(setup.mode); };

  // What a path drawn on the map may take in: in BLOBBING only what is not yet taken.
  const among = () => (shown === "blobbing" ? { among: "unassigned" } : {});

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    modes: { ask: (question) => syllabary.questions.ask(question), drawHistory: (page) => syllabary.history.draw(page) },
  });

  return {
    open, show, among,
    get groups() { return GROUPS[shown] || "Clusters"; }, get isBlobbing() { return shown === "blobbing"; },
  };
})();
