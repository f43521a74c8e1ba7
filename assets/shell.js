// What every page has: notices, help, the theme.
(() => {
  const { element, make, remember } = syllabary;
  const SHOWN_MS = { done: 7000, problem: 14000 };

  const showNotice = (notice) => {
    const place = element("NOTICE_PLACE");
    if (!notice || !place) return "";
    place.replaceChildren();   // one at a time: only the latest edit can be undone from here
    const box = make("div", `notice-box ${notice.kind}`), close = () => box.remove();
    box.append(make("span", "text", { textContent: notice.text }));
    if (notice.undo) box.append(action("Undo", () => { element("UNDO")?.click(); close(); }));
    box.append(action("Close", close));
    place.append(box);
    setTimeout(close, SHOWN_MS[notice.kind]);
    return notice.text;
  };

  const action = (text, act) => make("button", "control", { type: "button", textContent: text, onclick: act });

  const changeTheme = () => {
    const root = document.documentElement, theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.setAttribute("data-bs-theme", theme);
    remember("theme", theme);
    if (syllabary.map.isOpen) syllabary.map.redraw();
    return theme;
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: { showNotice, changeTheme, openHelp: () => true },
  });
})();
