// Prepare: what the page does without asking the server.
(() => {
  const copied = async (_clicks, command) => {
    try {
      await navigator.clipboard.writeText(command || "");
      syllabary.tell("Copied.", "done");
    } catch {
      syllabary.tell("The browser does not let this page write to the clipboard: select the command and copy it.");
    }
    return "Copy the command";
  };

  // The server's answer may come when another place has been typed already.
  const takeUsualOutput = (folder) =>
    (syllabary.element("PREPARE_OUTPUT_DIR").value ? window.dash_clientside.no_update : folder);

  // An opened fold keeps its parts in sight.
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.(".prepare .folded[open]")) event.target.scrollIntoView({ block: "nearest" });
  }, true);

  window.dash_clientside = Object.assign({}, window.dash_clientside, { prepare: { copied, takeUsualOutput } });
})();
