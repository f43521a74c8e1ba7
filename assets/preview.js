// The preview of Prepare: asks what the settings find when they have changed (forms.js waits until a person has stopped
// typing), drops answers that are out of date, moves and plays. What is drawn is in previewview.js.
syllabary.preview = (() => {
  const { id, element, set, later } = syllabary;
  const WAIT_MS = 60, MOVED_MS = 200, ESTIMATE_MS = 700, STILL_PX = 4, LISTEN_S = 20, ZOOM = 1.5, SCROLL = 0.2, FIRST_S = 30;
  const audio = new Audio();
  let wants = null, serial = 0, asked = null, gesture = null, playing = null;

  const view = () => syllabary.previewView;
  const isShown = () => view().isShown();

  // ---- asking

  const send = (wanted = false) => {
    if (!wants || !element("PREVIEW")) return;
    serial += 1;
    const to = view().isShown() ? view().from + view().shown_s : FIRST_S, from = view().isShown() ? view().from : 0;
    asked = { ...wants, serial };
    set("PREVIEW_ASKED", { data: { serial, wanted, name: wants.name, from_s: round(from), to_s: round(to), truth: wants.truth,
                                   own_truth: wants.own, tolerance_ms: wants.tolerance } });
  };
  const sendSoon = later(WAIT_MS, () => send());
  const round = (time_s) => Math.round(1e4 * time_s) / 1e4;

  const ask = (form, recording, truth, own, tolerance) => {
    const isOther = recording && (!wants || wants.name !== recording.name || wants.folder !== recording.folder);
    if (!form || !recording || form.data_dir !== recording.folder) {
      wants = null;
      serial += 1;        // what is on its way is out of date
      showNothing();
      return Date.now();
    }
    wants = { form, name: recording.name, folder: recording.folder, truth: (truth || "").trim(), own, tolerance };
    if (isOther) { stop(); view().clear(); send(); } else sendSoon();
    return Date.now();
  };

  // A long recording is judged piece by piece: another piece is asked for when it comes into sight.
  const moved = later(MOVED_MS, () => {
    const { answer, from, shown_s } = view();
    if (!isShown() || answer.slow || !answer.span) return;
    if (from < answer.span[0] - 1e-3 || Math.min(from + shown_s, answer.duration_s) > answer.span[1] + 1e-3) send();
  });

  const take = (answer) => {
    if (!answer || answer.serial !== serial || !asked || !element("PREVIEW")) return;
    watch();
    if (!answer.name) { showNothing(); return; }
    element("PREVIEW").dataset.empty = answer.duration_s ? "" : "yes";   // before it is drawn: what is hidden has no width
    view().take(answer.duration_s ? answer : null, asked);
    element("PREVIEW_TRY").hidden = !answer.slow;
    element("PREVIEW_PLAY").disabled = !answer.duration_s;
    element("PREVIEW_SCORE").textContent = scoreText(answer.score);
    element("PREVIEW_WORDS").replaceChildren(...words(answer));
    tellChosen();
    element("PREVIEW").dataset.answered = answer.serial;
  };

  const showNothing = () => {
    if (!element("PREVIEW_WORDS")) return;
    stop();
    view().clear();
    element("PREVIEW").dataset.empty = "yes";
    element("PREVIEW_TRY").hidden = true;
    element("PREVIEW_SCORE").textContent = "";
    element("PREVIEW_WORDS").replaceChildren();
    element("PREVIEW_TOLD").textContent = "Choose a folder of recordings: here you will see what the settings find in them.";
  };

  const words = ({ problem, why_no_picture: picture, words: told = [] }) =>
    [problem, picture, ...told].filter(Boolean).map((text) =>
      syllabary.make("p", text === problem ? "remark problem" : "remark", { textContent: text }));

  const percent = (share) => share.toFixed(3).replace(/^0/, "");
  const scoreText = (score) => {
    if (!score) return "";
    const { segment, frame, n_hit, n_found, n_true } = score;
    return `F1 by sounds ${percent(segment.f1)} (precision ${percent(segment.precision)}, recall ${percent(segment.recall)}: ` +
      `${n_hit} of ${n_found} found are right, of ${n_true} true), by milliseconds ${percent(frame.f1)}. ` +
      "Filled: a hit. Dashed or hollow: found though not there, or missed.";
  };

  const tellChosen = () => {
    const { answer, chosen } = view(), parts = [answer?.waits ? "This method takes a while: try it when the settings are as wanted." : answer?.summary];
    if (answer?.sounds && chosen !== null) {
      const [onset, offset] = [answer.sounds.onset_s[chosen], answer.sounds.offset_s[chosen]];
      parts.push(`Chosen: ${Math.round(1000 * (offset - onset))} ms at ${onset.toFixed(3)} s.`);
    }
    element("PREVIEW_TOLD").textContent = parts.filter(Boolean).join(" ");
  };

  // ---- sound

  const play = async (from_s, to_s) => {
    const { duration_s, speed } = view().answer, from = Math.max(0, Math.round(1000 * from_s));
    const to = Math.min(Math.ceil(1000 * duration_s), Math.round(1000 * Math.min(to_s, from_s + LISTEN_S * speed)));
    if (to <= from) return;
    playing = { from: from / 1000, to: to / 1000, speed };
    await syllabary.play(audio, view().heard(from, to), () => { playing = null; });
  };

  const stop = () => { audio.pause(); playing = null; if (isShown()) view().setCursor(null); showPlaying(); };

  const togglePlay = () => {
    if (!isShown()) return;
    if (playing) stop();
    else play(view().from, view().from + view().shown_s);
  };

  const playChosen = () => {
    const { answer, chosen } = view();
    if (chosen !== null) play(answer.sounds.onset_s[chosen], answer.sounds.offset_s[chosen]);
  };

  const tick = () => {
    if (!playing || !isShown()) return;
    view().setCursor(Math.min(playing.from + audio.currentTime * playing.speed, playing.to));
    requestAnimationFrame(tick);
  };

  const showPlaying = () => element("PREVIEW_PLAY")?.classList.toggle("playing", Boolean(playing));

  // ---- the hand

  const step = (by) => {
    const { answer, chosen, from } = view(), list = answer.sounds;
    if (!list || !list.onset_s.length) return;
    const first = Math.max(0, list.onset_s.findIndex((onset) => onset >= from));
    const next = chosen === null ? first : Math.min(Math.max(chosen + by, 0), list.onset_s.length - 1);
    view().choose(next);
    view().reveal(list.onset_s[next], list.offset_s[next]);
    tellChosen();
  };

  const place = (event) => {
    const box = element("PREVIEW_DRAWING").getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  const down = (event) => {
    if (event.button !== 0 || !isShown()) return;
    gesture = { x: place(event)[0], from: view().from, moved: false };
    element("PREVIEW_DRAWING").setPointerCapture(event.pointerId);
  };

  const drag = (event) => {
    if (!gesture) return;
    const [x] = place(event);
    gesture.moved = gesture.moved || Math.abs(x - gesture.x) > STILL_PX;
    if (gesture.moved) view().show(gesture.from - (x - gesture.x) / view().scale);
  };

  const up = (event) => {
    const done = gesture;
    gesture = null;
    if (!done || done.moved || !isShown()) return;
    const [x, y] = place(event);
    if (view().isAxis(y)) { play(view().time(x), view().from + view().shown_s); return; }
    view().choose(view().soundAt(x));
    tellChosen();
    playChosen();
  };

  // The wheel goes on scrolling the page, unless it turns sideways or with a key held.
  const wheel = (event) => {
    const isZoom = event.ctrlKey || event.metaKey, sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (!isShown() || (!isZoom && Math.abs(sideways) < Math.abs(event.shiftKey ? 0 : event.deltaY))) return;
    event.preventDefault();
    if (isZoom) view().zoom(Math.exp(-event.deltaY / 300), view().time(place(event)[0]));
    else view().show(view().from + sideways / view().scale);
  };

  const scroll = (share) => view().show(view().from + share * view().shown_s);

  const KEYS = {
    ArrowLeft: () => scroll(-SCROLL), ArrowRight: () => scroll(SCROLL), ArrowUp: () => step(-1), ArrowDown: () => step(1),
    Home: () => view().show(0), End: () => view().show(Infinity), PageUp: () => scroll(-0.9), PageDown: () => scroll(0.9),
    "+": () => view().zoom(ZOOM), "=": () => view().zoom(ZOOM), "-": () => view().zoom(1 / ZOOM), " ": togglePlay, Enter: playChosen,
  };

  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.id !== id.PREVIEW_DRAWING || !isShown()) return;
    if (!KEYS[event.key]) return;
    KEYS[event.key]();
    event.preventDefault();
    event.stopPropagation();
  };

  // Listens to the drawing's own parts, once for each page that is made.
  const watch = () => {
    const drawing = element("PREVIEW_DRAWING");
    if (drawing.dataset.watched) return;
    drawing.dataset.watched = "yes";
    const on = { pointerdown: down, pointermove: drag, pointerup: up, pointercancel: () => { gesture = null; } };
    Object.entries(on).forEach(([name, act]) => drawing.addEventListener(name, act));
    drawing.addEventListener("wheel", wheel, { passive: false });
    element("PREVIEW_PLACE").addEventListener("input", (event) => {
      if (isShown()) view().show(event.target.value / 1000 * (view().answer.duration_s - view().shown_s));
    });
    new ResizeObserver(() => { if (isShown()) view().show(view().from, view().scale, false); }).observe(drawing);
  };

  const BUTTONS = {
    PREVIEW_PLAY: togglePlay, PREVIEW_IN: () => isShown() && view().zoom(ZOOM), PREVIEW_OUT: () => isShown() && view().zoom(1 / ZOOM),
    PREVIEW_ALL: () => isShown() && view().show(view().from, 0), PREVIEW_TRY: () => send(true),
  };

  const clicked = (event) => {
    const button = event.target.closest("button"), name = button && Object.keys(BUTTONS).find((one) => id[one] === button.id);
    if (name) BUTTONS[name]();
  };

  audio.addEventListener("play", () => { showPlaying(); tick(); });
  audio.addEventListener("ended", stop);
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed, true);

  const askEstimate = later(ESTIMATE_MS, () => { if (element("ESTIMATE")) set("ESTIMATE_ASKED", { data: Date.now() }); });

  let folder;

  window.dash_clientside = Object.assign({}, window.dash_clientside, { preview: {
    ask,
    draw: (answer) => { take(answer); return Date.now(); },
    askEstimate: () => { askEstimate(); return window.dash_clientside.no_update; },
    followFolder: (form) => {
      const now = form?.data_dir || "", isSame = now === folder && element("PREVIEW")?.dataset.folder === now;
      folder = now;
      if (element("PREVIEW")) element("PREVIEW").dataset.folder = now;
      return isSame ? window.dash_clientside.no_update : now;
    },
  } });

  return { moved, stop };
})();
