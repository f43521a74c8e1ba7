// Draws the preview: spectrogram, the sounds that were found over it, and below both they and the true ones as bars.
// What hits is filled, what does not is hollow: colour alone tells nothing.
syllabary.previewView = (() => {
  const { element, address } = syllabary;
  const LEFT = 48, TOP = 16, ROW = 16, BAR = 9, MOST_PX_PER_S = 16384, MEDIAN_PX = 14;
  let view = { from: 0, scale: 0 }, answer = null, recording = null, form = null, framed = false;
  let chosen = null, cursor = null;

  const rulers = () => syllabary.rulers;
  const width = () => Math.max(1, element("PREVIEW_DRAWING").clientWidth - LEFT);
  const shown_s = () => (view.scale ? width() / view.scale : 0);
  const isShown = () => Boolean(answer && answer.duration_s && element("PREVIEW_CANVAS"));
  const x = (time_s) => LEFT + (time_s - view.from) * view.scale;
  const time = (px) => view.from + (px - LEFT) / view.scale;

  const rooms = () => {
    const height = element("PREVIEW_DRAWING").clientHeight, axis = height - rulers().AXIS;
    return { axis, height, found: axis - (answer.truth ? 2 : 1) * ROW, truth: axis - ROW };
  };

  // Shows another part, as far as there is one. What a person has moved to is told to `moved`.
  const show = (from, scale = view.scale, moved = true) => {
    if (!isShown()) return;
    const next = possible(scale);
    view = { scale: next, from: Math.max(0, Math.min(from, answer.duration_s - width() / next)) };
    redraw();
    if (moved) syllabary.preview.moved();
  };

  const possible = (scale) => {
    const least = width() / answer.most_s;
    return Math.min(Math.max(scale, least), Math.max(MOST_PX_PER_S, least));
  };

  const zoom = (factor, at_s = view.from + shown_s() / 2) => {
    const scale = possible(view.scale * factor);
    show(at_s - (at_s - view.from) * view.scale / scale, scale);
  };

  // So much that sounds of middle length can be told from each other.
  const usual = () => {
    const { sounds, most_s, duration_s } = answer, lengths = sounds ? sounds.offset_s.map((end, i) => end - sounds.onset_s[i]) : [];
    const median = lengths.sort((a, b) => a - b)[Math.floor(lengths.length / 2)] || 0.1;
    return Math.min(most_s, duration_s, Math.max(0.25, median * width() / MEDIAN_PX));
  };

  const take = (news, what) => {
    const isOther = !recording || recording.name !== what.name || recording.folder !== what.folder || !view.scale;
    [answer, recording, form] = [news, { name: what.name, folder: what.folder }, what.form];
    chosen = null;
    if (isShown() && isOther) {
      element("PREVIEW_TILES").replaceChildren();
      view.scale = width() / usual();
      view.from = (answer.sounds?.onset_s[0] || 0) - 0.1 * shown_s();   // not the silence before the first sound
    }
    if (isShown()) show(view.from, view.scale, false);
    else clear();
  };

  const clear = () => {
    view = { from: 0, scale: 0 };
    [answer, recording, chosen, cursor] = [null, null, null, null];
    element("PREVIEW_TILES")?.replaceChildren();
    if (element("PREVIEW_CANVAS")) rulers().fresh(element("PREVIEW_CANVAS"));
  };

  const redraw = () => {
    if (framed) return;
    framed = true;
    requestAnimationFrame(() => { framed = false; if (isShown()) draw(); });
  };

  const draw = () => {
    const room = rooms(), place = element("PREVIEW_TILES");
    Object.assign(place.style, { left: `${LEFT}px`, top: `${TOP}px`, height: `${room.found - TOP}px` });
    if (answer.freq_hz) {
      const stretches = rulers().stretches(view.from, Math.min(view.from + shown_s(), answer.duration_s), view.scale);
      rulers().layPictures(place, stretches, { address: picture, x: (time_s) => x(time_s) - LEFT, className: "map-grey", then: redraw });
    } else place.replaceChildren();
    const { pen, ink, w, h } = rulers().fresh(element("PREVIEW_CANVAS"));
    if (answer.freq_hz) rulers().frequencies(pen, ink, { limits: answer.freq_hz, left: LEFT, top: TOP, bottom: room.found, unit: 7 });
    drawNames(pen, ink, room);
    pen.save();
    pen.beginPath();
    pen.rect(LEFT, 0, w - LEFT, h);
    pen.clip();
    drawSounds(pen, ink, room);
    rulers().times(pen, ink, { x, from: view.from, scale: view.scale, shown_s: shown_s(), left: LEFT, top: room.axis, width: w,
                               duration_s: answer.duration_s });
    drawCursor(pen, ink, room);
    pen.restore();
    const slider = element("PREVIEW_PLACE"), rest = answer.duration_s - shown_s();
    slider.disabled = rest <= 1e-6;
    slider.value = rest > 0 ? 1000 * view.from / rest : 0;
    slider.setAttribute("aria-valuetext", `${view.from.toFixed(2)} s of ${answer.duration_s.toFixed(2)} s`);
  };

  const drawNames = (pen, ink, room) => {
    pen.fillStyle = ink.quiet;
    [["found", room.found], ...(answer.truth ? [["true", room.truth]] : [])].forEach(([name, top]) =>
      pen.fillText(name, LEFT - 9 - pen.measureText(name).width, top + ROW / 2));
  };

  const drawSounds = (pen, ink, room) => {
    each(answer.sounds, (left, w, hit, i) => {
      const colour = hit === undefined ? ink.accent : hit ? ink.hit : ink.miss, isChosen = i === chosen;
      pen.globalAlpha = isChosen ? 0.22 : 0.07;
      pen.fillStyle = colour;
      pen.fillRect(left, TOP, w, room.found - TOP);
      pen.globalAlpha = 1;
      outline(pen, colour, left, TOP + 0.5, w, room.found - TOP - 1, { dashed: hit === 0, wide: isChosen });
      bar(pen, colour, left, room.found, w, hit !== 0);
    });
    if (answer.truth) {
      each(answer.truth, (left, w, hit) =>
        bar(pen, hit === undefined ? ink.quiet : hit ? ink.hit : ink.miss, left, room.truth, w, hit !== 0));
    }
  };

  const each = (list, act) => {
    if (!list) return;
    const to = view.from + shown_s();
    list.onset_s.forEach((onset, i) => {
      if (list.offset_s[i] < view.from || onset > to) return;
      act(x(onset), Math.max(1.5, (list.offset_s[i] - onset) * view.scale), list.hit?.[i], i);
    });
  };

  const bar = (pen, colour, left, top, w, isFilled) => {
    const y = top + (ROW - BAR) / 2;
    pen.fillStyle = colour;
    if (isFilled) pen.fillRect(left, y, w, BAR);
    else outline(pen, colour, left + 0.75, y + 0.75, Math.max(1, w - 1.5), BAR - 1.5, { dashed: false, wide: false });
  };

  const outline = (pen, colour, left, top, w, h, { dashed, wide }) => {
    pen.strokeStyle = colour;
    pen.lineWidth = wide ? 2.5 : 1.25;
    pen.setLineDash(dashed ? [4, 3] : []);
    pen.strokeRect(left, top, w, h);
    pen.setLineDash([]);
  };

  const drawCursor = (pen, ink, room) => {
    if (cursor === null) return;
    pen.fillStyle = ink.accent;
    pen.fillRect(x(cursor) - 0.75, 0, 1.5, room.height);
  };

  // What the picture is made from: only these values matter, so others that change ask for none anew.
  const picture = (from, to) => {
    const names = ["sr", "channel", "n_fft", "hop_length", "spec_min_freq", "spec_max_freq"];
    const values = names.filter((name) => (form.values[name] ?? null) !== null).map((name) => [name, form.values[name]]);
    const asked = new URLSearchParams([["folder", recording.folder], ["name", recording.name], ["piece", answer.piece],
                                       ["v", answer.changed], ...values]);
    return address(`/preview/picture/${from}-${to}.png?${asked}`);
  };

  const heard = (from, to) => {
    const asked = new URLSearchParams([["folder", recording.folder], ["name", recording.name], ["v", answer.changed]]);
    return address(`/preview/heard/${from}-${to}.wav?${asked}`);
  };

  // The number of the sound at a place on the screen, the shortest where several overlap; null if there is none.
  const soundAt = (px) => {
    let best = null;
    each(answer.sounds, (left, w, _hit, i) => {
      if (left - 3 <= px && px <= left + w + 3 && (best === null || w < best.w)) best = { w, i };
    });
    return best && best.i;
  };

  const choose = (i) => { chosen = i; redraw(); };

  const reveal = (from, to) => {
    const margin = 0.05 * shown_s();
    if (from < view.from + margin || to > view.from + shown_s() - margin) show((from + to) / 2 - shown_s() / 2);
  };

  return {
    take, clear, show, zoom, redraw, choose, reveal, soundAt, time, heard, isShown,
    isAxis: (y) => y >= rooms().axis,
    setCursor: (time_s) => { cursor = time_s; redraw(); },
    get answer() { return answer; }, get chosen() { return chosen; }, get cursor() { return cursor; },
    get from() { return view.from; }, get shown_s() { return shown_s(); }, get scale() { return view.scale; },
  };
})();
