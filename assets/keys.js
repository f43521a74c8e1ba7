// Keys press buttons, by the table that the server wrote into the page (pages/_ui/keys.py).
(() => {
  const { id } = syllabary;
  const TYPING = "input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]";
  const CONTROL = "button, a[href], input, select, summary, table, [role=slider], [role=separator], [role=menu], " +
    "[role=dialog], .modal";

  const table = () => JSON.parse(document.getElementById(id.KEYS)?.dataset.keys || "[]");

  // A pressed key as the table spells it: "w", "?", "Ctrl+Shift+z", "ArrowLeft".
  const spelled = (event) => {
    const isLetter = event.key.length === 1, held = event.ctrlKey || event.metaKey;
    const shift = event.shiftKey && (held || !isLetter || /[a-z]/i.test(event.key));
    const key = isLetter && (held || !shift) ? event.key.toLowerCase() : event.key;
    return `${held ? "Ctrl+" : ""}${shift ? "Shift+" : ""}${key}`;
  };

  const pressed = (event) => {
    if (event.altKey || event.isComposing || document.querySelector(".modal.show")) return;
    const focused = document.activeElement;
    if (focused && focused.matches(TYPING) && event.key !== "Escape") return;
    if (event.key === "Escape" && syllabary.lasso.cancel()) return;
    const pressedKey = spelled(event), row = table().find((key) => key.combinations.includes(pressedKey));
    if (!row || (row.yields && focused && focused.closest(CONTROL))) return;
    event.preventDefault();
    const button = document.getElementById(row.button);
    if (button && !button.disabled) button.click();
  };

  // A click with the mouse leaves the focus where it was, so that the keys go on acting on the page.
  const keepFocus = (event) => { if (event.target.closest(".control, .row-head, .tile")) event.preventDefault(); };

  // A menu or slider used with the mouse gives the keys back.
  const giveBack = (event) => {
    if (event.target.matches(".curate select, .curate input[type=range]") && usedMouse) event.target.blur();
  };
  let usedMouse = false;

  document.addEventListener("keydown", (event) => { usedMouse = false; pressed(event); });
  document.addEventListener("pointerdown", () => { usedMouse = true; }, true);
  document.addEventListener("mousedown", keepFocus);
  document.addEventListener("change", giveBack);
})();
