// The context view: opens with the selected sound in its recording; scrolls, zooms, plays; a click selects a sound.
syllabary.context = (() => {
  const { id, element, tell, remember, remembered, set } = syllabary;
  const STILL_PX = 4, LISTEN_S = 20, LEAST_PX = 180, STEP_PX = 24, SCROLL = 0.2, ZOOM = 1.5;
  const audio = new Audio();
  let opener = null, gesture = null, playing = null, asked = 0;

  const view = () => syllabary.contextView;
  const isOpen = () => Boolean(element("CONTEXT_PANEL") && !element("CONTEXT_PANEL").hidden);
  const isShown = () => isOpen() && syllabary.recording.now;

  const toggle = () => (isOpen() ? close() : open());

  const open = async () => {
    const { current } = syllabary.player;
    if (current === null || current === undefined) {
      tell("Select a sound first, to see it in its recording: click on the map or on a tile.");
      return;
    }
    opener = document.activeElement;
    element("CONTEXT_PANEL").hidden = false;
    element("CONTEXT").setAttribute("aria-expanded", true);
    resize(Number(remembered("context-height", 0)) || element("CONTEXT_PANEL").offsetHeight);
    view().reset();
    watch();
    element("CONTEXT_DRAWING").focus({ preventScroll: true });
    await follow(current, true);
  };

  const close = () => {
    stop();
    element("CONTEXT_PANEL").hidden = true;
    element("CONTEXT").setAttribute("aria-expanded", false);
    syllabary.recording.close();
    if (opener && document.contains(opener)) opener.focus({ preventScroll: true });
  };

  // Shows the sound that was selected, anywhere on the page. `anew` asks again what there is of the recording.
  const follow = async (segmentId, anew = false) => {
    if (!isOpen() || segmentId === null || segmentId === undefined || !syllabary.project.now) return;
    const mine = ++asked;
    try {
      const place = await syllabary.recording.place(segmentId), { now } = syllabary.recording;
      if (mine !== asked) return;
      if (anew || !now || now.info.file !== place.file) await load(place.file);
      if (mine === asked && isShown()) view().reveal(place.onset_s, place.onset_s + place.duration_s);
    } catch (error) {
      tell(error.message);
    }
  };

  const load = async (file) => {
    stop();
    const { info } = await syllabary.recording.open(file);
    view().begin();
    element("CONTEXT_TITLE").textContent = [info.name, info.recorded].filter(Boolean).join(" · ");
    element("CONTEXT_TITLE").title = info.name;
    const lacks = [info.why, info.audio ? "" : "The recording was not found, so there is no waveform and no sound."];
    element("CONTEXT_WHY").textContent = element("CONTEXT_WHY").title = lacks.filter(Boolean).join(" ");
    element("CONTEXT_WHY").hidden = !info.why && info.audio;
    element("CONTEXT_PLAY").disabled = !info.audio;
    element("CONTEXT_AUDIO").hidden = info.audio;
  };

  // From here on all that was drawn is drawn again: colours, labels, selection.
  const redraw = () => { if (isShown()) view().redraw(); };

  const refresh = () => { if (isOpen()) follow(syllabary.player.current, true); };

  // ---- sound

  const speed = () => {
    const chosen = element("SPEED").value;
    return chosen === "auto" ? syllabary.recording.now.info.speed : Number(chosen);
  };

  const play = async (from_s) => {
    const { info } = syllabary.recording.now, rate = speed();
    if (!info.audio) { tell("The recording was not found. Point to the folder that holds it."); return; }
    const from = Math.round(1000 * Math.max(0, from_s)), end = Math.floor(1000 * info.duration_s);
    const to = Math.min(end, from + Math.round(1000 * LISTEN_S * rate));
    if (to <= from) { stop(); return; }
    syllabary.player.stop();
    playing = { from: from / 1000, to: to / 1000, rate, last: to >= end };
    view().setCursor(playing.from);
    await syllabary.play(audio, syllabary.recording.heard(from, to, rate), () => { playing = null; });
  };

  const stop = () => { audio.pause(); playing = null; showPlaying(); };

  const togglePlay = () => {
    if (!isShown()) return;
    if (playing) { stop(); return; }
    const { cursor, from, shown_s } = view(), one = selected();
    const start = cursor !== null && cursor >= from && cursor < from + shown_s ? cursor : one ? one.onset : from;
    play(start);
  };

  const tick = () => {
    if (!playing || !isShown()) return;
    const at = playing.from + audio.currentTime * playing.rate, { from, shown_s } = view();
    view().setCursor(Math.min(at, playing.to));
    if (at > from + shown_s) view().show(at - 0.05 * shown_s);
    requestAnimationFrame(tick);
  };

  const ended = () => {
    const { to, last } = playing || { last: true };
    if (last) { stop(); if (isShown()) view().setCursor(null); } else play(to);
  };

  const showPlaying = () => {
    const button = element("CONTEXT_PLAY");
    if (button) button.classList.toggle("playing", Boolean(playing));
  };

  // ---- the hand

  const selected = () => syllabary.recording.now.sounds.get(syllabary.player.current);

  const choose = (one, how = "set") => syllabary.lasso.pick(syllabary.project.rowOf(one.id), how);

  const step = (by) => {
    if (!isShown()) return;
    const all = syllabary.recording.inOrder(), at = all.findIndex((one) => one.id === syllabary.player.current);
    const next = at < 0 ? null : all[at + by];
    if (next) choose(next);
  };

  const whole = () => { if (isShown()) view().show(0, 0); };

  const place = (event) => {
    const box = element("CONTEXT_DRAWING").getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const down = (event) => {
    if (event.button !== 0 || !isShown()) return;
    const [x, y] = place(event);
    gesture = { x, y, from: view().from, moved: false };
    element("CONTEXT_DRAWING").setPointerCapture(event.pointerId);
  };

  const move = (event) => {
    if (!isShown()) return;
    const [x, y] = place(event);
    if (!gesture) { view().setHovered(view().isAxis(y) ? null : view().soundAt(x)); return; }
    gesture.moved = gesture.moved || Math.abs(x - gesture.x) > STILL_PX;
    if (gesture.moved) view().show(gesture.from - (x - gesture.x) / view().scale);
  };

  const up = (event) => {
    const done = gesture;
    gesture = null;
    if (!done || done.moved || !isShown()) return;
    if (view().isAxis(done.y)) { play(view().time(done.x)); return; }
    const one = view().soundAt(done.x);
    const adds = event.shiftKey || event.ctrlKey || event.metaKey;
    if (one) choose(one, event.altKey ? "take" : adds ? "add" : "set");
  };

  const twice = (event) => {
    const [x, y] = place(event), one = isShown() && !view().isAxis(y) && view().soundAt(x);
    if (one) { stop(); syllabary.player.play(one.id); }
  };

  const wheel = (event) => {
    if (!isShown()) return;
    event.preventDefault();
    const [x] = place(event), turned = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY;
    if (event.ctrlKey || event.metaKey) view().zoom(Math.exp(-turned / 300), view().time(x));
    else view().show(view().from + turned / view().scale);
  };

  const KEYS = {
    ArrowLeft: () => scroll(-SCROLL), ArrowRight: () => scroll(SCROLL), ArrowUp: () => step(-1), ArrowDown: () => step(1),
    Home: () => view().show(0), End: () => view().show(Infinity), PageUp: () => scroll(-0.9), PageDown: () => scroll(0.9),
    "+": () => view().zoom(ZOOM), "=": () => view().zoom(ZOOM), "-": () => view().zoom(1 / ZOOM), " ": () => togglePlay(),
  };

  const scroll = (share) => view().show(view().from + share * view().shown_s);

  const pressed = (event) => {
    if (!isOpen() || event.ctrlKey || event.metaKey || event.altKey || !event.target.closest(`#${id.CONTEXT_PANEL}`)) return;
    const act = event.target.id === id.CONTEXT_DRAWING ? KEYS[event.key] : null;
    if (event.key === "Escape") close();
    else if (act && isShown()) act();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const resize = (px) => {
    const height = Math.max(LEAST_PX, Math.min(0.8 * window.innerHeight, px));
    element("CONTEXT_PANEL").style.height = `${height}px`;
    remember("context-height", Math.round(height));
    redraw();
  };

  const dragBorder = (event) => {
    const border = element("CONTEXT_SPLIT"), start = event.clientY + element("CONTEXT_PANEL").offsetHeight;
    border.setPointerCapture(event.pointerId);
    const drag = (moved) => resize(start - moved.clientY);
    border.addEventListener("pointermove", drag);
    border.addEventListener("lostpointercapture", () => border.removeEventListener("pointermove", drag), { once: true });
  };

  const nudgeBorder = (event) => {
    const more = { ArrowUp: STEP_PX, ArrowDown: -STEP_PX }[event.key];
    if (more) { event.preventDefault(); resize(element("CONTEXT_PANEL").offsetHeight + more); }
  };

  // Listens to the panel's own parts, once for each page that is made.
  const watch = () => {
    const drawing = element("CONTEXT_DRAWING");
    if (drawing.dataset.watched) return;
    drawing.dataset.watched = "yes";
    const on = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: () => { gesture = null; },
                 pointerleave: () => { if (isShown()) view().setHovered(null); }, dblclick: twice };
    Object.entries(on).forEach(([name, act]) => drawing.addEventListener(name, act));
    drawing.addEventListener("wheel", wheel, { passive: false });
    element("CONTEXT_SPLIT").addEventListener("pointerdown", dragBorder);
    element("CONTEXT_SPLIT").addEventListener("keydown", nudgeBorder);
    element("CONTEXT_AT").addEventListener("input", (event) => {
      if (isShown()) view().show(event.target.value / 1000 * (syllabary.recording.now.info.duration_s - view().shown_s));
    });
    new ResizeObserver(redraw).observe(drawing);
  };

  const BUTTONS = {
    CONTEXT: toggle, CONTEXT_CLOSE: close, CONTEXT_PLAY: togglePlay, CONTEXT_BACK: () => step(-1),
    CONTEXT_NEXT: () => step(1), CONTEXT_IN: () => isShown() && view().zoom(ZOOM),
    CONTEXT_OUT: () => isShown() && view().zoom(1 / ZOOM), CONTEXT_ALL: whole,
    CONTEXT_AUDIO: () => askForFolder(), AUDIO_LATER: () => set("AUDIO_ASK", { hidden: true }),
  };

  const askForFolder = () => {
    set("AUDIO_ASK", { hidden: false });
    requestAnimationFrame(() => element("AUDIO_FOLDER").focus());
  };

  const clicked = (event) => {
    const button = event.target.closest("button"), name = button && Object.keys(BUTTONS).find((one) => id[one] === button.id);
    if (name) BUTTONS[name]();
  };

  audio.addEventListener("play", () => { showPlaying(); tick(); });
  audio.addEventListener("ended", ended);
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed, true);

  window.dash_clientside = Object.assign({}, window.dash_clientside, { context: {
    follow: (sound) => { redraw(); follow(sound); return sound; },
    redraw: () => { redraw(); return Date.now(); },
    recordingsMoved: (hidden) => { if (hidden) refresh(); return hidden; },
  } });

  return { stop, redraw };
})();
