// Edited tables that come back (pages/_ui/roundtrip_view.py): a click on the picture of a sound plays it.
(() => {
  const { play } = syllabary;
  const audio = new Audio();
  let shown = null;

  const quiet = () => { shown?.classList.remove("playing"); shown = null; };
  audio.addEventListener("ended", quiet);

  document.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-roundtrip-heard]");
    if (!tile) return;
    const same = tile === shown;
    audio.pause();
    quiet();
    if (same) return;
    shown = tile;
    tile.classList.add("playing");
    play(audio, tile.dataset.roundtripHeard, quiet);
  });
})();
