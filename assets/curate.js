// The Curate page's callbacks that run in the browser: each takes what a store holds and hands it to its module.
(() => {
  const { element, tell, thousands } = syllabary;
  const nothing = () => window.dash_clientside.no_update;

  const openMap = async (setup) => {
    syllabary.setup = setup;
    syllabary.sync.reset();
    syllabary.sync.setRevision(setup.revision);
    syllabary.selection.update(null);
    syllabary.player.setCurrent(null);
    syllabary.orders.restore();
    syllabary.colouring.reset();
    syllabary.panels.open();
    bind();
    syllabary.modes.open(setup);
    try {
      await syllabary.map.open(setup);
      syllabary.modes.show(syllabary.project.now.mode);
      syllabary.tiles.mark();
    } catch (error) {
      if (!element("MAP_BUSY")) return nothing();   // the page was left meanwhile
      element("MAP_BUSY").textContent = error.message;
      tell(error.message);
    }
    syllabary.sync.ask();
    pickAsked();
    return setup.version;
  };

  // An address may name a sound: /curate/bird?sound=12.
  const pickAsked = () => {
    const asked = new URLSearchParams(location.search).get("sound"), row = asked ? syllabary.project.rowOf(Number(asked)) : -1;
    if (row >= 0) syllabary.lasso.pick(row, "set");
  };

  // Buttons that concern the browser alone.
  const bind = () => {
    const does = {
      LASSO: syllabary.lasso.toggle, PAN: () => syllabary.lasso.setOn(false), FIT: syllabary.map.fit,
      CLEAR: syllabary.selection.clear, LEGEND_OPEN: syllabary.colouring.toggle, PLAY: syllabary.player.toggle,
      PLAY_ALL: syllabary.player.playAll, LOOP: syllabary.player.changeLoop,
    };
    Object.entries(does).forEach(([name, act]) => element(name).addEventListener("click", act));
    element("OPACITY").addEventListener("input", (event) => syllabary.map.setOpacity(event.target.value));
    element("COLOUR_BY").addEventListener("change", (event) => syllabary.colouring.choose(event.target.value));
    syllabary.lasso.setOn(false);
  };

  const drawViewer = (page, colours, setup) => {
    if (page) {
      syllabary.tiles.drawViewer(page, colours, setup);
      syllabary.map.setRaised(page.cluster ?? null);
    }
    return page ? page.title : nothing();
  };

  const drawGrid = (page, colours, setup) => {
    if (page) syllabary.tiles.drawGrid(page, colours, setup);
    return page ? page.n : nothing();
  };

  const showSelection = (steps, sound) => {
    const { selection, player, map, project, tiles } = syllabary;
    selection.update(steps);
    player.setCurrent(sound);
    map.setCurrent(sound === null || sound === undefined || !project.now ? -1 : project.rowOf(sound));
    tiles.mark();
    const n = selection.count;
    element("SELECTION_TEXT").textContent = n ? `${thousands(n)} selected` : "nothing selected";
    return n;
  };

  const takeRevision = async (revision) => {
    const { sync, project, map, selection, tiles } = syllabary;
    sync.setRevision(revision);
    sync.ask();
    if (await project.refresh(revision)) {
      syllabary.modes.show(project.now.mode);
      selection.update(selection.steps);
      tiles.mark();
      await map.recolour();
      map.redraw();
    }
    return revision;
  };

  const turnViewer = (_first, _back, _next, _last, view, shown) => {
    const pressed = window.dash_clientside.callback_context.triggered_id, { id } = syllabary;
    if (!view || !shown) return nothing();
    const page = { [id.VIEWER_FIRST]: 0, [id.VIEWER_BACK]: shown.page - 1, [id.VIEWER_NEXT]: shown.page + 1,
                   [id.VIEWER_LAST]: shown.n_pages - 1 }[pressed];
    return page < 0 || page >= shown.n_pages ? nothing() : { ...view, page };
  };

  const turnGrid = (_back, _next, at, shown) => {
    const pressed = window.dash_clientside.callback_context.triggered_id;
    const page = (shown ? shown.page : at) + (pressed === syllabary.id.GRID_BACK ? -1 : 1);
    return page < 0 || (shown && page >= shown.n_pages) ? nothing() : page;
  };

  const openMoveDialog = () => {
    if (!syllabary.selection.count) { tell("Select one or more sounds first: click on the map, draw round some, or choose a row."); return false; }
    syllabary.dialog.open();
    return true;
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    curate: { openMap, drawViewer, drawGrid, showSelection, takeRevision, turnViewer, turnGrid, openMoveDialog },
  });
})();
