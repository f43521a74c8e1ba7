// Plays one sound at a time, or those of the viewer one after the other. Ultrasound comes slowed down from the server,
// so the ear needs nothing special here.
syllabary.player = (() => {
  const { element, set, tell } = syllabary;
  const GAP_MS = 180, PAGE_MS = 3000;
  const audio = new Audio();
  let current = null;
  let round = 0;      // counts the times that "play all" was begun or stopped; what was begun earlier ends by itself
  let isPlayingAll = false;

  const address = (segmentId) => {
    const { setup } = syllabary.project.now;
    return `${setup.media}/sound/${segmentId}.wav?speed=${element("SPEED").value}&margin=${element("MARGIN").value}` +
      `&v=${setup.version}`;
  };

  const play = (segmentId) => { stopAll(); return start(segmentId); };

  // Whether it plays.
  const start = async (segmentId) => {
    if (!syllabary.project.now || segmentId === null) return false;
    return syllabary.play(audio, address(segmentId));
  };

  const toggle = () => {
    if (isPlayingAll) stop();
    else if (!audio.paused) audio.pause();
    else if (current === null) tell("Select a sound first: click on the map or on a tile.");
    else play(current);
  };

  const stop = () => { stopAll(); audio.pause(); };
  const stopAll = () => { round += 1; isPlayingAll = false; audio.loop = isLoop(); show(); };

  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const ended = () => new Promise((done) => ["ended", "pause", "error"].forEach(
    (event) => audio.addEventListener(event, done, { once: true })));

  const shown = () => [...element("VIEWER").querySelectorAll(".tile")].map((tile) => Number(tile.dataset.sound));

  // From the selected sound on if the viewer shows it, page after page, until the last or until somebody stops it.
  const playAll = async () => {
    if (isPlayingAll) { stop(); return; }
    let sounds = element("VIEWER") ? shown() : [];
    if (!sounds.length) { tell("Choose a group first: click its row, or draw round some sounds on the map."); return; }
    stopAll();
    const mine = round;
    isPlayingAll = true;
    audio.loop = false;
    sounds = sounds.slice(Math.max(0, sounds.indexOf(current)));
    while (sounds.length && round === mine) {
      for (const segmentId of sounds) if (!(await playOne(segmentId, mine))) return;
      sounds = await nextPage(mine);
    }
    if (round === mine) stopAll();
  };

  const playOne = async (segmentId, mine) => {
    set("SOUND", { data: segmentId });
    const done = ended();
    const plays = await start(segmentId);
    if (plays) { show(); await done; await wait(GAP_MS); }
    if (!plays && round === mine) stopAll();
    return plays && round === mine && document.contains(element("VIEWER"));
  };

  const nextPage = async (mine) => {
    const before = shown(), button = element("VIEWER_NEXT");
    if (round !== mine || button.disabled) return [];
    button.click();
    for (let waited = 0; waited < PAGE_MS && round === mine; waited += 50) {
      await wait(50);
      const now = shown();
      if (now.length && now[0] !== before[0]) return now;
    }
    return [];
  };

  const isLoop = () => element("LOOP")?.getAttribute("aria-pressed") === "true";

  const changeLoop = () => {
    element("LOOP").setAttribute("aria-pressed", !isLoop());
    if (!isPlayingAll) audio.loop = isLoop();
  };

  const show = () => {
    if (!audio.paused) syllabary.context.stop();   // one thing at a time
    element("PLAY")?.classList.toggle("playing", !audio.paused && !audio.ended);
    element("PLAY_ALL")?.setAttribute("aria-pressed", isPlayingAll);
  };
  ["play", "pause", "ended"].forEach((event) => audio.addEventListener(event, show));

  // Esc stops what plays before it clears the selection.
  const pressed = (event) => {
    if (event.key !== "Escape" || !isPlayingAll) return;
    event.preventDefault();
    event.stopPropagation();
    stop();
  };
  document.addEventListener("keydown", pressed, true);

  return {
    play, toggle, playAll, changeLoop, stop, setCurrent: (segmentId) => { current = segmentId; },
    get current() { return current; },
  };
})();
