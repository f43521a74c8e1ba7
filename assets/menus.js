// Menus that open below their button: Esc and a click elsewhere close them, and the focus goes in and back.
(() => {
  const openOnes = () => [...document.querySelectorAll("details.menu[open]")];

  const opened = (event) => {
    if (!event.target.matches("details.menu[open]")) return;
    event.target.querySelector(".menu-panel select, .menu-panel button, .menu-panel input")?.focus();
  };

  const pressed = (event) => {
    const menu = event.key === "Escape" && openOnes()[0];
    if (!menu) return;
    event.preventDefault();
    event.stopPropagation();
    menu.open = false;
    document.activeElement.blur();   // the keys act on the page again
  };

  const clicked = (event) => openOnes().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });

  document.addEventListener("toggle", opened, true);
  document.addEventListener("keydown", pressed, true);
  document.addEventListener("pointerdown", clicked, true);
})();
