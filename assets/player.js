// Plays one sound at a time. Ultrasound comes slowed down from the server, so the ear needs nothing special here.
syllabary.player = (() => {
  const { element, tell, get } = syllabary;
  const audio = new Audio();
  let current = null;

  const play = async (segmentId) => {
    const { project } = syllabary;
    if (!project.now || segmentId === null) return;
    const url = `${project.now.setup.media}/sound/${segmentId}.wav?speed=${element("SPEED").value}` +
      `&margin=0.02&v=${project.now.setup.version}`;
    audio.src = url;
    try {
      await audio.play();
    } catch (reason) {
      if (reason.name !== "AbortError") explain(url, reason);
    }
  };

  // A player only says that it failed; the server says why.
  const explain = async (url, reason) => {
    try {
      await get(url);
      tell(`The browser could not play this sound (${reason.name}).`);
    } catch (error) {
      tell(error.message);
    }
  };

  const toggle = () => {
    if (!audio.paused) audio.pause();
    else if (current === null) tell("Select a sound first: click on the map or on a tile.");
    else play(current);
  };

  const show = () => {
    const button = element("PLAY");
    if (button) button.classList.toggle("playing", !audio.paused && !audio.ended);
  };
  ["play", "pause", "ended"].forEach((event) => audio.addEventListener(event, show));

  return {
    play, toggle, stop: () => audio.pause(), setCurrent: (segmentId) => { current = segmentId; },
    get current() { return current; },
  };
})();
