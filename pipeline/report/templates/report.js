"use strict";
(() => {
  const player = new Audio();
  let now = null;

  function stop() {
    player.pause();
    if (now) now.classList.remove("playing");
    now = null;
  }

  function play(button) {
    const again = now === button;
    stop();
    if (again) return;
    now = button;
    button.classList.add("playing");
    player.src = button.dataset.sound;
    player.play().catch(stop);
  }

  player.addEventListener("ended", stop);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.sound");
    if (button) play(button);
  });
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const button = event.target.closest && event.target.closest("button.sound");
    if (event.key === "Escape") stop();
    if (!button || !step || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const all = [...document.querySelectorAll("button.sound")], next = all[all.indexOf(button) + step];
    if (next) {
      next.focus();
      play(next);
    }
  });
})();
