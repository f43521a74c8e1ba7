// Draws a stretch of a recording: waveform, sounds with their clusters, spectrogram, kHz and time axes.
// Pictures are <img> below, so that the browser keeps them; all else is one canvas above.
syllabary.contextView = (() => {
  const { element } = syllabary;
  const LEFT = 48, BAND = 22, WAVE_SHARE = 0.22, NO_WAVE = 4, MOST_PX_PER_S = 8192;
  let view = { from: 0, scale: 0 }, framed = false, cursor = null, hovered = null;   // scale: px per s

  const rulers = () => syllabary.rulers;
  const data = () => syllabary.recording.now;
  const width = () => Math.max(1, element("CONTEXT_DRAWING").clientWidth - LEFT);
  const shown_s = () => width() / view.scale;
  const least = () => Math.max(width() / data().info.duration_s, rulers().PICTURE_PX / 2 / (rulers().SPANS_MS.at(-1) / 1000));

  const x = (time_s) => LEFT + (time_s - view.from) * view.scale;
  const time = (px) => view.from + (px - LEFT) / view.scale;

  const rooms = () => {
    const height = element("CONTEXT_DRAWING").clientHeight;
    const wave = data().info.audio ? Math.round(WAVE_SHARE * height) : NO_WAVE;
    return { wave, band: wave + BAND, axis: height - rulers().AXIS, height };
  };

  // Shows another part, as far as there is one; `at_s` stays where it is on the screen.
  const show = (from, scale = view.scale) => {
    const next = Math.min(Math.max(scale, least()), Math.max(MOST_PX_PER_S, least()));
    view = { scale: next, from: Math.max(0, Math.min(from, data().info.duration_s - width() / next)) };
    redraw();
  };

  const zoom = (factor, at_s = view.from + shown_s() / 2) => {
    const scale = Math.min(Math.max(view.scale * factor, least()), MOST_PX_PER_S);
    show(at_s - (at_s - view.from) * view.scale / scale, scale);
  };

  const redraw = () => {
    if (framed) return;
    framed = true;
    requestAnimationFrame(() => { framed = false; if (data() && element("CONTEXT_CANVAS")) draw(); });
  };

  const draw = () => {
    const { info } = data();
    syllabary.recording.wantSounds(view.from, view.from + shown_s(), redraw);
    if (info.freq_hz) placePictures();
    else element("CONTEXT_TILES").replaceChildren();
    drawAbove();
    const slider = element("CONTEXT_AT"), rest = info.duration_s - shown_s();
    slider.disabled = rest <= 1e-6;
    slider.value = rest > 0 ? 1000 * view.from / rest : 0;
    slider.setAttribute("aria-valuetext", `${view.from.toFixed(2)} s of ${info.duration_s.toFixed(2)} s`);
  };

  const stretches = () =>
    rulers().stretches(view.from, Math.min(view.from + shown_s(), data().info.duration_s), view.scale);

  const placePictures = () => {
    const place = element("CONTEXT_TILES"), room = rooms(), colours = element("COLOURS").value;
    Object.assign(place.style, { left: `${LEFT}px`, top: `${room.band}px`, height: `${room.axis - room.band}px` });
    rulers().layPictures(place, stretches(), {
      address: (from, to) => syllabary.recording.picture(from, to, colours), x: (time_s) => x(time_s) - LEFT,
      className: `map-${colours}`, then: redraw,
    });
  };

  const drawAbove = () => {
    const { pen, ink, w, h } = rulers().fresh(element("CONTEXT_CANVAS"));
    const room = rooms();
    pen.save();
    pen.beginPath();
    pen.rect(LEFT, 0, w - LEFT, h);
    pen.clip();
    if (data().info.audio) drawWave(pen, ink, room);
    drawSounds(pen, ink, room);
    rulers().times(pen, ink, { x, from: view.from, scale: view.scale, shown_s: shown_s(), left: LEFT, top: room.axis,
                               width: w, duration_s: data().info.duration_s });
    drawCursor(pen, ink, room);
    pen.restore();
    const limits = data().info.freq_hz;
    if (limits) rulers().frequencies(pen, ink, { limits, left: LEFT, top: room.band, bottom: room.axis, unit: room.band - 9 });
  };

  const drawWave = (pen, ink, room) => {
    const middle = room.wave / 2, height = (room.wave / 2 - 3) / data().loudest;
    pen.fillStyle = ink.quiet;
    for (const [from, to] of stretches()) {
      const values = syllabary.recording.wave(from, to, redraw);
      if (!values) continue;
      const left = x(from / 1000), step = (x(to / 1000) - left) / rulers().PICTURE_PX;
      for (let i = 0; i < rulers().PICTURE_PX; i++) {
        const [low, high] = [values[2 * i], values[2 * i + 1]];
        if (low === low) pen.fillRect(left + i * step, middle - high * height, step + 0.3, Math.max(1, (high - low) * height));
      }
    }
  };

  const drawSounds = (pen, ink, room) => {
    const { current } = syllabary.player, to = view.from + shown_s();
    let free = -Infinity;   // where the next name may begin
    for (const one of syllabary.recording.inOrder()) {
      if (one.offset < view.from || one.onset > to) continue;
      const left = x(one.onset), w = Math.max(2, x(one.offset) - left), info = clusterOf(one.id);
      if (one.id === current || one === hovered) wash(pen, ink.accent, left, w, room, one.id === current ? 0.16 : 0.08);
      pen.fillStyle = info.colour;
      pen.fillRect(left, room.band - 6, w, 5);
      if (syllabary.selection.has(syllabary.project.rowOf(one.id))) {
        pen.fillStyle = ink.accent;
        pen.fillRect(left, room.band - 1, w, 2);
      }
      pen.fillStyle = ink.quiet;
      pen.globalAlpha = 0.35;
      [left, left + w].forEach((edge) => pen.fillRect(Math.round(edge), room.band, 1, room.axis - room.band));
      pen.globalAlpha = 1;
      free = write(pen, ink, info.short, left, w, room, free);
      if (one.id === current) outline(pen, ink, left, w, room);
    }
  };

  // A name where it does not run into the one before; returns where the next may begin.
  const write = (pen, ink, text, left, w, room, free) => {
    const long = pen.measureText(text).width, at = Math.max(left + w / 2 - long / 2, LEFT + 2);
    if (at < free || (long > w + 14 && at > left + w)) return free;
    pen.fillStyle = ink.ink;
    pen.fillText(text, at, room.wave + 8);
    return at + long + 5;
  };

  const wash = (pen, colour, left, w, room, alpha) => {
    pen.globalAlpha = alpha;
    pen.fillStyle = colour;
    pen.fillRect(left, 0, w, room.band);
    pen.globalAlpha = 1;
  };

  const outline = (pen, ink, left, w, room) => {
    pen.strokeStyle = ink.accent;
    pen.lineWidth = 2;
    pen.strokeRect(left, room.band + 1, w, room.axis - room.band - 2);
  };

  const clusterOf = (segmentId) => {
    const { labels, clusters } = syllabary.project.now, info = clusters.get(labels[syllabary.project.rowOf(segmentId)]);
    if (!info) return { colour: "grey", short: "" };
    return { colour: info.colour, short: (info.cluster && info.name) || info.title.split(" ")[0] };
  };

  const drawCursor = (pen, ink, room) => {
    if (cursor === null) return;
    pen.fillStyle = ink.accent;
    pen.fillRect(x(cursor) - 0.75, 0, 1.5, room.height);
    pen.beginPath();
    pen.moveTo(x(cursor) - 5, room.axis);
    pen.lineTo(x(cursor) + 5, room.axis);
    pen.lineTo(x(cursor), room.axis + 8);
    pen.fill();
  };

  // The sound at a place on the screen, the shortest where several overlap; null if there is none.
  const soundAt = (px) => {
    const slack = 3 / view.scale, at = time(px);
    return syllabary.recording.inOrder().filter((one) => one.onset - slack <= at && at <= one.offset + slack)
      .reduce((best, one) => (!best || one.offset - one.onset < best.offset - best.onset ? one : best), null);
  };

  // Brings a stretch of time into sight; stays where it is if that is in sight already.
  const reveal = (from, to) => {
    if (!view.scale) view.scale = width() / Math.min(data().info.duration_s, Math.max(0.25, 24 * (to - from)));
    const margin = 0.04 * shown_s();
    const inSight = from >= view.from + margin && to <= view.from + shown_s() - margin;
    show(inSight ? view.from : (from + to) / 2 - shown_s() / 2);
  };

  return {
    show, zoom, redraw, reveal, soundAt, time,
    isAxis: (y) => y >= rooms().axis,
    setCursor: (time_s) => { cursor = time_s; redraw(); },
    setHovered: (one) => { if (one !== hovered) { hovered = one; redraw(); } },
    reset: () => { view = { from: 0, scale: 0 }; cursor = hovered = null; element("CONTEXT_TILES").replaceChildren(); },
    begin: () => { view.from = 0; cursor = hovered = null; element("CONTEXT_TILES").replaceChildren(); },
    get cursor() { return cursor; }, get from() { return view.from; }, get shown_s() { return shown_s(); },
    get scale() { return view.scale; },
  };
})();
