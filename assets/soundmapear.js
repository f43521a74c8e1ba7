// Hearing on the page Map: the beginnings of sounds, several in a request, fetched ahead around the pointer and kept up
// to a number of bytes, so that what is pointed at is heard at once.
syllabary.soundMapEar = (() => {
  const { get, play, remember, remembered } = syllabary;
  const MOST_BYTES = 64e6, MORE = 5, MOST_WANTED = 4, FADE_S = 0.006, REST_MS = 2000, GAP_MS = 60;
  const whole = new Audio();                   // a clicked sound, all of it
  let setup = null, context = null, gain = null, playing = null;
  let clips = new Map(), bytes = 0;            // sound → { rate, samples }, or null where the recording is missing
  let underWay = new Map(), queue = [];        // sound → the promise of the request that brings it; what is to be asked for next
  let isAhead = false, nWanted = 0;            // whether something is fetched ahead; how many requests somebody waits for
  let wanted = null, round = 0, restUntil = 0, told = () => {}, changed = () => {};

  const open = (given, whenTold, whenChanged) => {
    stop();
    const isOther = !setup || setup.media !== given.media || setup.version !== given.version;
    if (isOther) [clips, bytes, underWay] = [new Map(), 0, new Map()];
    [setup, told, changed, queue, isAhead, nWanted, restUntil] = [given, whenTold, whenChanged, [], false, 0, 0];
    setVolume(remembered("map-volume", 0.7));
  };

  // Browsers let a page be heard only after a click or key on it.
  const wake = () => {
    if (!context) {
      context = new AudioContext({ latencyHint: "interactive" });
      context.onstatechange = () => changed();
      gain = context.createGain();
      gain.connect(context.destination);
      setVolume(whole.volume);
    }
    if (context.state === "suspended") context.resume().catch(() => {});   // not yet
    return context;
  };

  const setVolume = (value) => {
    whole.volume = Math.min(1, Math.max(0, Number(value)));
    if (gain) gain.gain.value = whole.volume;
    remember("map-volume", whole.volume);
  };

  // ---- clips --------------------------------------------------------------------------------------------------------

  const keep = (sound, clip) => {
    bytes += (clip ? clip.samples.byteLength : 0) - (clips.get(sound)?.samples.byteLength ?? 0);
    clips.delete(sound);
    clips.set(sound, clip);
    for (const [oldest, one] of clips) {
      if (bytes <= MOST_BYTES) return;
      clips.delete(oldest);
      bytes -= one ? one.samples.byteLength : 0;
    }
  };

  const use = (sound) => {
    const clip = clips.get(sound);
    clips.delete(sound);
    clips.set(sound, clip);      // the one that was used last goes last
    return clip;
  };

  // What clip_pack.packed wrote.
  const unpack = (answer) => {
    const n = new Int32Array(answer, 0, 1)[0], head = new Int32Array(answer, 4, 3 * n);
    for (let i = 0, at = 4 + 12 * n; i < n; i++) {
      const [sound, rate, size] = head.subarray(3 * i, 3 * i + 3);
      keep(sound, size < 0 ? null : { rate, samples: new Int16Array(answer.slice(at, at + 2 * size)) });
      at += 2 * Math.max(0, size);
    }
  };

  const ask = (sounds) => {
    const asked = setup, request = get(`${setup.media}/clips.bin?ids=${sounds.join(",")}&v=${setup.version}`)
      .then((answer) => answer.arrayBuffer()).then((answer) => { if (setup === asked) unpack(answer); })
      .catch((error) => { restUntil = Date.now() + REST_MS; told(error.message); })
      .finally(() => { sounds.forEach((sound) => underWay.delete(sound)); });
    sounds.forEach((sound) => underWay.set(sound, request));
    return request;
  };

  const lacks = (sound) => !clips.has(sound) && !underWay.has(sound);

  // The clip of a sound, fetched by itself unless it is there or under way, which is quickest; null if there is none.
  const clipOf = async (sound) => {
    if (!clips.has(sound)) {
      nWanted += 1;
      await (underWay.get(sound) ?? ask([sound]));
      nWanted = Math.max(0, nWanted - 1);
      pump();
    }
    return clips.has(sound) ? use(sound) : null;
  };

  // Fetches these, the first first, in the background; what was asked before and has not begun is given up.
  const ahead = (sounds) => { queue = sounds; pump(); };

  // A few at a time, and none while somebody waits for a sound: that comes first.
  const pump = () => {
    const batch = setup && !isAhead && !nWanted && Date.now() > restUntil ? queue.filter(lacks).slice(0, MORE) : [];
    if (!batch.length) return;
    isAhead = true;
    ask(batch).finally(() => { isAhead = false; pump(); });
  };

  // ---- playing ------------------------------------------------------------------------------------------------------

  // Plays the beginning of the sound that is pointed at, unless another is pointed at before it is there.
  const point = async (sound, at) => {
    if (sound === null) { wanted = null; return; }
    wanted = { sound, at };
    if (clips.has(sound)) { answer(); return; }
    if (nWanted >= MOST_WANTED) return;        // it is asked for when one of those under way has come
    await clipOf(sound);
    answer();
    const isOther = wanted && wanted.sound !== sound;      // what could not be fetched is not asked for again
    if (isOther && lacks(wanted.sound)) point(wanted.sound, wanted.at);
  };

  const answer = () => {
    if (!wanted || !clips.has(wanted.sound)) return;
    const { sound, at } = wanted, clip = use(sound);
    wanted = null;
    if (!clip) { told("This sound's recording cannot be read: a click says why."); return; }
    const isHeard = wake().state === "running";
    if (isHeard) start(clip);      // else all would be heard at once when the browser lets them
    document.dispatchEvent(new CustomEvent("syllabary-heard", { detail: { sound, after: performance.now() - at, isHeard } }));
  };

  const start = (clip) => {
    const { currentTime: now } = wake(), buffer = context.createBuffer(1, Math.max(1, clip.samples.length), clip.rate);
    const values = buffer.getChannelData(0), source = context.createBufferSource(), fade = context.createGain();
    for (let i = 0; i < clip.samples.length; i++) values[i] = clip.samples[i] / 32768;
    hush(now);
    whole.pause();
    source.buffer = buffer;
    source.connect(fade).connect(gain);
    source.start();
    playing = { source, fade };
    return new Promise((done) => {
      source.onended = () => { if (playing && playing.source === source) playing = null; done(); };
    });
  };

  const hush = (now = context ? context.currentTime : 0) => {
    if (!playing) return;
    playing.fade.gain.setTargetAtTime(0, now, FADE_S / 3);
    playing.source.stop(now + 2 * FADE_S);
    playing = null;
  };

  // All of a sound, as a click asks for it.
  const playWhole = (sound) => {
    stop();
    wake();
    return play(whole, `${setup.media}/sound/${sound}.wav?speed=auto&margin=0.02&v=${setup.version}`);
  };

  // The beginnings of sounds, one after the other; `begun` is told of each, and `ended` once, of how many were heard.
  const playInOrder = async (sounds, begun, ended) => {
    stop();
    const mine = ++round;
    let n = 0;
    for (const [i, sound] of sounds.entries()) {
      ahead(sounds.slice(i, i + 4 * MORE));
      const clip = await clipOf(sound);
      if (round !== mine || !document.contains(begun(sound, i))) break;
      if (clip) { await Promise.race([start(clip), quiet(clip)]); n += 1; await pause(GAP_MS); }
      if (round !== mine) break;
    }
    if (round === mine) round += 1;
    ended(n);
  };

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const quiet = (clip) => pause(1000 * clip.samples.length / clip.rate + 500);   // where no sound card ends it

  // Whether there was anything to stop.
  const stop = () => {
    const was = Boolean(playing) || !whole.paused;
    round += 1;
    wanted = null;
    hush();
    whole.pause();
    return was;
  };

  ["play", "pause", "ended"].forEach((event) => whole.addEventListener(event, () => changed()));
  whole.addEventListener("timeupdate", () => { if (!syllabary.element("SOUNDMAP_CANVAS")) stop(); });   // the page was left

  return {
    open, wake, ahead, point, playWhole, playInOrder, stop, setVolume,
    get volume() { return whole.volume; }, get isPlayingWhole() { return !whole.paused && !whole.ended; },
    get isAwake() { return Boolean(context) && context.state === "running"; },
    get kept() { return { clips: clips.size, bytes }; },
  };
})();
