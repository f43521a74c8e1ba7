// Exports: the server makes the file and says how far it is; then the browser fetches it.
syllabary.exporting = (() => {
  const { element, make, set, tell } = syllabary;

  // Has a format made, with its options; shown(share) is called with 0 … 1. Resolves to {name, size} once the browser
  // fetches it. Errors are sentences; an AbortError if it was stopped.
  const download = async (media, format, options, { shown = () => {}, signal } = {}) => {
    const made = await follow(`${media}/export/${format}/make?options=${encodeURIComponent(JSON.stringify(options))}`, shown, signal);
    const link = make("a", "", { href: `${media}/export/file/${made.token}`, download: made.name });
    document.body.append(link);
    link.click();
    link.remove();
    return made;
  };

  // The last of the lines that the server sends while it works.
  const follow = async (url, shown, signal) => {
    const answer = await fetch(url, { signal });
    if (!answer.ok) throw new Error(await answer.text());
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "", told = {};
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + part.value).split("\n");
      rest = lines.pop();
      lines.forEach((line) => { told = JSON.parse(line); if ("share" in told) shown(told.share); });
    }
    if (told.problem) throw new Error(told.problem);
    if (!told.token) throw new Error("The server stopped before the file was made. Try again.");
    return told;
  };

  const open = () => { focusFormat(); return true; };

  const focusFormat = () => {
    const menu = element("EXPORT_FORMAT");
    if (menu) menu.focus(); else requestAnimationFrame(focusFormat);
  };

  // The quick way from Curate: all sounds, no options.
  const downloadAll = async (_clicks, format, setup) => {
    const place = element("EXPORT_SHARE"), button = element("EXPORT_DOWNLOAD");
    button.disabled = true;
    try {
      const made = await download(setup.media, format, {}, { shown: (share) => { place.textContent = percent(share); } });
      set("EXPORT_DIALOG", { is_open: false });
      return made.name;
    } catch (error) {
      tell(error.message);
      return "";
    } finally {
      place.textContent = "";
      button.disabled = false;
    }
  };

  const percent = (share) => `${Math.round(100 * share)} %`;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === element("EXPORT_FORMAT")) element("EXPORT_DOWNLOAD").click();
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { exporting: { open, downloadAll } });

  return { download, percent };
})();
