// The list of projects: what is pressed in a project's menu goes to the server, but for copying its path.
(() => {
  const copy = async (path) => {
    try {
      await navigator.clipboard.writeText(path);
      syllabary.tell("Copied.", "done");
    } catch {
      syllabary.tell(`The browser does not let this page write to the clipboard. The path is ${path}`);
    }
  };

  // All rows have the same menu: it is copied into the one that is opened.
  const fill = (menu) => {
    const items = document.getElementById(menu.dataset.menu).children;
    menu.querySelector(".menu-panel").replaceChildren(...[...items].map((item) => item.cloneNode(true)));
  };

  const act = (what, menu) => {
    menu.open = false;
    if (what === "copy") copy(menu.closest("tr").querySelector(".path").textContent);
    else syllabary.set("PROJECT_ACT", { data: { do: what, slug: menu.dataset.slug, at: Date.now() } });
  };

  // What a run has made belongs into the list.
  const ended = ({ target, oldValue }) => target.matches(".run") && oldValue && oldValue !== target.dataset.state &&
    target.dataset.state === "done";

  const watcher = new MutationObserver((changes) => {
    if (changes.some(ended) && syllabary.element("PROJECT_TABLES")) {
      syllabary.set("PROJECT_ACT", { data: { do: "list", slug: "", at: Date.now() } });
    }
  });
  watcher.observe(document.body, { subtree: true, attributeFilter: ["data-state"], attributeOldValue: true });

  document.addEventListener("click", (event) => {
    const menu = event.target.closest("details[data-menu]"), button = event.target.closest("[data-do]");
    if (menu && button) act(button.dataset.do, menu);
    else if (menu && !menu.open && event.target.closest("summary")) fill(menu);
  });
})();
