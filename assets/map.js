// The map: one plotly trace, drawn once; what changes (selection, lasso, current sound) lies on a canvas above it.
syllabary.map = (() => {
  const { element, get, later, remember, remembered } = syllabary;
  const LIGHT_MARKS = 4000;     // above so many selected sounds each is marked by a plain dot
  const MANY = 20000, TILES_FIRST_MS = 250;
  let plot = null, canvas = null, grid = null, framed = false, current = -1, pointed = -1, coloured = null;
  let fresh = [];               // rows whose new colour plotly does not have yet
  let raised = null, above = null, raisedOf = "";   // the group in the viewer, and its sounds as drawn last
  let marks = null, marksOf = "";   // the selected sounds as drawn last, and what that drawing depends on

  const LIBRARY = syllabary.address("/bundled/plotly.min.js"), PATIENCE_MS = 800;

  // Fetched at once, but run only when the first tiles are on the screen: running it takes up to a second.
  const library = async () => {
    if (window.Plotly) return;
    document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "script", href: LIBRARY }));
    await Promise.race([syllabary.tiles.gridDrawn(), new Promise((done) => setTimeout(done, PATIENCE_MS))]);
    await new Promise((done, fail) => {
      const script = Object.assign(document.createElement("script"), { src: LIBRARY, onload: done });
      script.onerror = () => fail(new Error("The map cannot be drawn: plotly.js was not found. Load the page again."));
      document.head.append(script);
    });
  };

  const open = async (setup) => {
    close();
    const [project] = await Promise.all([syllabary.project.open(setup), library()]);
    if (!element("MAP")) return;   // the page was left meanwhile
    plot = element("MAP");
    canvas = element("MAP_OVERLAY");
    grid = new syllabary.geometry.Grid(project.xy);
    await window.Plotly.newPlot(plot, [trace(project)], layout(setup.view), {
      displayModeBar: false, scrollZoom: true, doubleClick: false, responsive: true, showTips: false });
    ["plotly_relayouting", "plotly_relayout", "plotly_afterplot"].forEach((event) => plot.on(event, redraw));
    new ResizeObserver(redraw).observe(canvas);
    new ResizeObserver(fitPanel).observe(plot);
    setOpacity(remembered("opacity", 0.8));
    element("MAP_BUSY").hidden = true;
    plot.dataset.ready = setup.version;
    redraw();
  };

  // The panel has another size: plotly itself notices only when the window has.
  const fitPanel = later(60, () => {
    if (plot && document.contains(plot)) window.Plotly.Plots.resize(plot).then(redraw);
  });

  const trace = (project) => {
    const n = project.setup.count, x = new Float32Array(n), y = new Float32Array(n);
    for (let row = 0; row < n; row++) { x[row] = project.xy[2 * row]; y[row] = project.xy[2 * row + 1]; }
    return { type: "scattergl", mode: "markers", x, y, hoverinfo: "skip",
             marker: { size: markSize(n), line: { width: 0 }, ...colours(project) } };
  };

  const markSize = (n) => (n < 1500 ? 7 : n < 6000 ? 5.5 : n < 30000 ? 4 : 3);

  const colours = (project) => { coloured = project.labels; return syllabary.colouring.marker(project); };

  const layout = ([left, right, low, high]) => ({
    dragmode: "pan", hovermode: false, margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", uirevision: "kept",
    xaxis: { visible: false, range: [left, right] }, yaxis: { visible: false, range: [low, high] },
  });

  // Colours follow the labels. Restyling very many sounds holds everything up for a second, so those that changed
  // are drawn above at once, and the tiles come first.
  const recolour = async () => {
    const project = syllabary.project.now;
    if (!plot || !project || coloured === project.labels) return;
    syllabary.colouring.show();
    if (!syllabary.colouring.followsLabels) { coloured = project.labels; return; }
    fresh = changedRows(project);
    redraw();
    if (project.setup.count > MANY) await new Promise((done) => setTimeout(done, TILES_FIRST_MS));
    if (plot && project === syllabary.project.now && coloured !== project.labels) await restyle(project);
    fresh = [];
    redraw();
  };

  const restyle = (project) => {
    const { color, colorscale, cmax } = colours(project);
    return window.Plotly.restyle(plot, {
      "marker.color": [color], "marker.colorscale": [colorscale], "marker.cmax": cmax }, [0]);
  };

  const changedRows = (project) => {
    const rows = [];
    for (let row = 0; row < project.labels.length; row++) if (coloured[row] !== project.labels[row]) rows.push(row);
    return rows;
  };

  const axes = () => ({ x: plot._fullLayout.xaxis, y: plot._fullLayout.yaxis, size: plot._fullLayout._size });

  // Between places on the screen (px from the plot's corner) and places on the map.
  const toMap = (px, py) => { const { x, y, size } = axes(); return [x.p2d(px - size.l), y.p2d(py - size.t)]; };

  const nearest = (px, py, reach) => {
    const { x, y } = axes(), [mx, my] = toMap(px, py);
    const sx = x._length / (x.range[1] - x.range[0]), sy = y._length / (y.range[1] - y.range[0]);
    return grid.nearest(mx, my, sx, sy, reach);
  };

  const redraw = () => {
    if (framed || !plot) return;
    framed = true;
    requestAnimationFrame(() => { framed = false; if (plot) drawOverlay(); });
  };

  const drawOverlay = () => {
    if (!plot._fullLayout || !document.contains(canvas)) return;
    const scale = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = "rgba(0, 0, 0, 0.004)";   // a frame that only clears may not be shown, and an old one stays
    pen.fillRect(0, 0, 1, 1);
    const style = getComputedStyle(canvas);
    const ink = { strong: style.getPropertyValue("--ink"), paper: style.getPropertyValue("--paper"),
                  accent: style.getPropertyValue("--accent") };
    drawFresh(pen);
    drawRaised(pen, scale);
    drawSelected(pen, ink, scale);
    syllabary.blobs.draw(pen, ink, axes());
    drawRing(pen, ink, pointed, 6, 1.5);
    drawRing(pen, ink, current, 9, 2);
    syllabary.lasso.draw(pen, ink);
  };

  const drawFresh = (pen) => {
    if (!fresh.length) return;
    const { x, y, size } = axes(), { xy, labels, clusters } = syllabary.project.now, side = markSize(labels.length);
    pen.globalAlpha = Number(element("OPACITY").value);
    let cluster = null;
    for (const row of fresh) {
      if (labels[row] !== cluster) { cluster = labels[row]; pen.fillStyle = clusters.get(cluster)?.colour ?? "grey"; }
      pen.fillRect(x.d2p(xy[2 * row]) + size.l - side / 2, y.d2p(xy[2 * row + 1]) + size.t - side / 2, side, side);
    }
    pen.globalAlpha = 1;
  };

  // The sounds of the group in the viewer lie above all others; drawn aside like those that are selected.
  const drawRaised = (pen, scale) => {
    const { labels, clusters, xy } = syllabary.project.now, info = clusters.get(raised), { x, y, size } = axes();
    if (!info || !info.count || info.count === labels.length) return;
    const key = [raised, syllabary.project.now.revision, syllabary.colouring.version, x.range, y.range, x._length, y._length,
                 canvas.width, canvas.height].join();
    if (key !== raisedOf) {
      raisedOf = key;
      above = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
      const aside = above.getContext("2d"), side = markSize(labels.length) + 0.5;
      aside.scale(scale, scale);
      for (let row = 0; row < labels.length; row++) {
        if (labels[row] !== raised) continue;
        aside.fillStyle = syllabary.colouring.of(row);
        const px = x.d2p(xy[2 * row]) + size.l, py = y.d2p(xy[2 * row + 1]) + size.t;
        if (info.count > LIGHT_MARKS) { aside.fillRect(px - side / 2, py - side / 2, side, side); continue; }
        aside.beginPath();
        aside.arc(px, py, side / 2, 0, 7);
        aside.fill();
      }
    }
    pen.drawImage(above, 0, 0, canvas.clientWidth, canvas.clientHeight);
  };

  // Up to all sounds: drawn aside, and again only when the selection or the view has changed.
  const drawSelected = (pen, ink, scale) => {
    const { mask, count, version } = syllabary.selection, { x, y } = axes();
    if (!mask || !count) return;
    const key = [version, x.range, y.range, x._length, y._length, canvas.width, canvas.height, ink.strong].join();
    if (key !== marksOf) {
      marksOf = key;
      marks = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
      const aside = marks.getContext("2d");
      aside.scale(scale, scale);
      mark(aside, ink, mask, count);
    }
    pen.drawImage(marks, 0, 0, canvas.clientWidth, canvas.clientHeight);
  };

  const mark = (pen, ink, mask, count) => {
    const { x, y, size } = axes(), { xy } = syllabary.project.now, half = markSize(mask.length) / 2 + 0.4;
    pen.fillStyle = pen.strokeStyle = ink.strong;
    pen.lineWidth = 1.2;
    for (let row = 0; row < mask.length; row++) {
      if (!mask[row]) continue;
      const px = x.d2p(xy[2 * row]) + size.l, py = y.d2p(xy[2 * row + 1]) + size.t;
      if (count > LIGHT_MARKS) pen.fillRect(px - 1, py - 1, 2, 2);
      else { pen.beginPath(); pen.arc(px, py, half, 0, 7); pen.stroke(); }
    }
  };

  const drawRing = (pen, ink, row, radius, width) => {
    if (row < 0) return;
    const { x, y, size } = axes(), { xy } = syllabary.project.now;
    const [px, py] = [x.d2p(xy[2 * row]) + size.l, y.d2p(xy[2 * row + 1]) + size.t];
    for (const [colour, w] of [[ink.paper, width + 2], [ink.accent, width]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = w;
      pen.beginPath();
      pen.arc(px, py, radius, 0, 7);
      pen.stroke();
    }
  };

  const fit = () => {
    const [left, right, low, high] = syllabary.project.now.setup.view;
    return window.Plotly.relayout(plot, { "xaxis.range": [left, right], "yaxis.range": [low, high] });
  };

  const keepOpacity = later(400, (value) => remember("opacity", value));
  const setOpacity = (value) => {
    element("OPACITY").value = value;
    plot.style.setProperty("--map-opacity", value);
    keepOpacity(value);
  };

  // Gives back the drawing context: browsers have few of them.
  const close = () => {
    if (plot && window.Plotly) window.Plotly.purge(plot);
    plot = canvas = grid = coloured = marks = null;
    marksOf = raisedOf = "";
    raised = above = null;
    current = pointed = -1;
    fresh = [];
    syllabary.project.close();
  };

  return {
    open, close, recolour, redraw, nearest, toMap, fit, setOpacity,
    restyle: () => (plot ? restyle(syllabary.project.now) : null),
    setRaised: (cluster) => { if (cluster !== raised) { raised = cluster; redraw(); } },
    setCurrent: (row) => { current = row; redraw(); },
    setPointed: (row) => { if (row !== pointed) { pointed = row; redraw(); } },
    get isOpen() { return Boolean(plot); },
    get isGone() { return Boolean(plot) && !document.contains(plot); },
  };
})();
