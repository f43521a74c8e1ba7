// The sort order of viewer and grid. Sounds keep their places until another order is asked for: a click alone, which
// chooses a sound, moves nothing.
(() => {
  const { id, element, set, tell, remember, remembered } = syllabary;
  const nothing = () => window.dash_clientside.no_update;
  const MOST_SEED = 1e9;

  // What was chosen last time, before the first tiles are asked for.
  const restore = () => {
    const menu = element("ORDER_MENU"), last = remembered("order", "");
    element("ORDER_OPEN").addEventListener("click", openMenu);
    if (last && [...menu.options].some((option) => option.value === last)) {
      set("ORDER", { data: { menu: last, seed: 0 } });
      set("ORDER_MENU", { value: last });
    }
  };

  const openMenu = () => {
    const menu = element("ORDER_MENU");
    menu.focus();
    try { menu.showPicker(); } catch { /* a browser that opens menus by itself only: the arrow keys choose */ }
  };

  // What the order is from now on, and what the viewer shows: the first page of the same sounds.
  const choose = (menu, _again, now, sound, view) => {
    const again = window.dash_clientside.callback_context.triggered_id === id.ORDER_AGAIN, by = menu.split(":")[0];
    const problem = again ? whyNotAgain(by, sound ?? null) : "";
    if (problem) tell(problem);
    if (problem || (!again && now && now.menu === menu)) return [nothing(), nothing()];
    remember("order", menu);
    const seed = by === "random" && again ? Math.floor(Math.random() * MOST_SEED) : now ? now.seed : 0;
    const clicked = by === "likeness" ? sound ?? null : null;
    const from = clicked === null ? {} : { near: null, sound: clicked };
    return [{ menu, seed, clicked }, view ? { ...view, ...from, by: null, page: 0 } : nothing()];
  };

  const whyNotAgain = (by, sound) => {
    if (by === "likeness") return sound === null ? "Select a sound first: the others are sorted by their distance to it." : "";
    return by === "random" ? "" : "This order is always the same. Random order can be shuffled, and the distance to the " +
      "clicked sound taken from another.";
  };

  syllabary.orders = { restore };
  window.dash_clientside = Object.assign({}, window.dash_clientside, { orders: { choose } });
})();
