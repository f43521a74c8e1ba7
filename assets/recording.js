// One recording as the browser knows it: what it is, its sounds, its waveform; and which recording a sound is from.
syllabary.recording = (() => {
  const { get } = syllabary;
  const BLOCK_MS = 64000;      // the longest stretch of the grid in pipeline/surroundings.py
  const places = new Map();    // sound -> promise of where it is
  let now = null;

  const project = () => syllabary.project.now.setup;
  const json = async (url) => (await get(url)).json();

  // Where a sound is from: { file, name, onset_s, duration_s, recorded }. Asked once for each sound.
  const place = (segmentId) => {
    const { media, version } = project(), url = `${media}/place/${segmentId}.json?v=${version}`;
    if (!places.has(url)) {
      const found = json(url);
      places.set(url, found);
      found.catch(() => places.delete(url));
    }
    return places.get(url);
  };

  const open = async (file) => {
    const { media, version } = project(), info = await json(`${media}/recording/${file}.json`);
    now = { info, media, version, sounds: new Map(), blocks: new Set(), waves: new Map(), loudest: 1e-4 };
    return now;
  };

  // The sounds between two times come by and by: `then` is called when there are more.
  const wantSounds = (from_s, to_s, then) => {
    const mine = now;
    for (let from = Math.floor(from_s * 1000 / BLOCK_MS) * BLOCK_MS; from < to_s * 1000; from += BLOCK_MS) {
      if (from < 0 || mine.blocks.has(from)) continue;
      mine.blocks.add(from);
      json(`${mine.media}/sounds/${mine.info.file}/${from}-${from + BLOCK_MS}.json?v=${mine.version}`)
        .then((found) => { keep(mine, found); then(); }).catch((error) => syllabary.tell(error.message));
    }
  };

  const keep = (mine, { ids, onset_s, offset_s }) =>
    ids.forEach((id, i) => mine.sounds.set(id, { id, onset: onset_s[i], offset: offset_s[i] }));

  // The waveform of one stretch, or null while it is on its way.
  const wave = (from, to, then) => {
    const mine = now, key = `${from}-${to}`;
    if (!mine.waves.has(key)) {
      mine.waves.set(key, null);
      get(`${mine.media}/wave/${mine.info.file}/${key}.bin?v=${mine.version}`).then((answer) => answer.arrayBuffer())
        .then((data) => {
          const values = new Float32Array(data);
          values.forEach((value) => { if (Math.abs(value) > mine.loudest) mine.loudest = Math.abs(value); });
          mine.waves.set(key, values);
          then();
        }).catch(() => null);   // drawn without: that the recording cannot be read is told where it is played
    }
    return mine.waves.get(key);
  };

  const picture = (from, to, colours) =>
    `${now.media}/strip/${now.info.file}/${from}-${to}.png?map=${colours}&v=${now.version}`;

  const heard = (from, to, speed) =>
    `${now.media}/heard/${now.info.file}/${from}-${to}.wav?speed=${speed}&v=${now.version}`;

  const inOrder = () => [...now.sounds.values()].sort((a, b) => a.onset - b.onset || a.id - b.id);

  return { place, open, wantSounds, wave, picture, heard, inOrder, close: () => { now = null; }, get now() { return now; } };
})();
