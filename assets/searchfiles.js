// Searching by a file: it is sent in pieces as other uploads are (pages/_ui/uploading.py), heard by the server as the
// project's own recordings were, and searched by like a sound. It is removed when the search is closed.
syllabary.searchFiles = (() => {
  const { address, element, id, make, send, tell } = syllabary;
  const TRIES = 4, WAIT_MS = 1000;
  let stopped = null, latest = "";     // the upload under way; the address of the file searched by last

  const request = (path, setup = syllabary.setup) => `${setup.media}/examples${path}?v=${setup.version}`;

  const choose = () => {
    const input = make("input", "", { type: "file", accept: element("SEARCH_FILE").dataset.endings });
    input.onchange = () => begin([...input.files]);
    input.click();
  };

  const begin = async (files) => {
    if (!files.length || !syllabary.project.now) return;
    if (stopped) { tell("Another file is under way. Wait for it, or cancel it."); return; }
    const file = files[0], control = new AbortController(), { setup } = syllabary;
    const isHere = () => syllabary.setup === setup && element("SEARCH_BAR") && !control.signal.aborted;
    if (files.length > 1) tell(`One file at a time: ${file.name} is taken.`);
    stopped = control;
    try {
      const begun = await (await send(request("/begin", setup), { name: file.name, size: file.size })).json();
      await sendAll(file, begun, control);
      show(`${file.name}: listening to it …`);
      const found = await (await send(request("", setup), { upload: begun.token })).json();
      const before = latest, url = request(`/${found.file}`, setup);
      if (!isHere()) { forget(url); return; }     // the page was left meanwhile, perhaps for another project
      latest = url;
      if (found.notes.length) tell(found.notes.join(" "), "done");
      syllabary.search.byFile(found.file, [found.use]);
      forget(before);
    } catch (error) {
      tell(control.signal.aborted ? "The search was cancelled." : error.message);
    } finally {
      stopped = null;
      show("");
    }
  };

  const sendAll = async (file, begun, control) => {
    let at = begun.received[0];
    do {
      if (control.signal.aborted) throw new Error("cancelled");
      show(`${file.name}: ${Math.round(100 * at / Math.max(1, file.size))} % sent`, control);
      at = await sendPiece(file, begun, at);
    } while (at < file.size);
  };

  const sendPiece = async (file, begun, at) => {
    for (let n = 1; ; n += 1) {
      try {
        const url = address(`/uploads/${begun.token}/0?at=${at}`);
        return (await (await send(url, file.slice(at, at + begun.piece))).json()).received;
      } catch (error) {
        if ((error.status >= 400 && error.status < 500) || n === TRIES) throw error;
        await new Promise((done) => { setTimeout(done, WAIT_MS * n); });   // the line may come back
      }
    }
  };

  // What is going on, above the tiles; the bar is there for it even before anything was found.
  const show = (text, control = null) => {
    const place = element("SEARCH_TOLD");
    if (!place) return;
    place.replaceChildren(...(text ? [make("span", "", { textContent: text })] : []));
    if (control) place.append(make("button", "control", { type: "button", textContent: "Cancel", onclick: () => control.abort() }));
    element("SEARCH_BAR").classList.toggle("busy", Boolean(text));
    syllabary.search.showBar();
  };

  const forget = (url) => { if (url) send(url, {}, "DELETE").catch(() => {}); };   // else it is swept
  const close = () => { forget(latest); latest = ""; };

  // A stretch that a person has typed becomes one of the file's pieces.
  const take = async () => {
    const asked = syllabary.search.asked, [from, to] = ["SEARCH_FROM", "SEARCH_TO"].map((name) => parseFloat(element(name).value));
    if (!asked?.file) return;
    if (!(to > from)) { tell("Type from where to where the piece is, in seconds."); return; }
    show("Listening to the piece …");
    try {
      const { use } = await (await send(request(`/${asked.file}`), { from, to })).json();
      syllabary.search.byFile(asked.file, [use]);
    } catch (error) { tell(error.message); } finally { show(""); }
  };

  const listen = async (audio, token, piece) =>
    syllabary.play(audio, `${request(`/${token}/${piece}.wav`)}&speed=${element("SPEED").value}`);

  // ---- dropping --------------------------------------------------------------------------------------------------

  const placeOf = (event) => event.dataTransfer?.types.includes("Files") && event.target.closest?.(`#${id.CURATE}`)
    ? element("VIEWER_PANEL") : null;

  const over = (event) => {
    const place = placeOf(event);
    if (place) event.preventDefault();
    element("VIEWER_PANEL")?.classList.toggle("dropping", Boolean(place));
  };

  const left = (event) => { if (!event.relatedTarget) element("VIEWER_PANEL")?.classList.remove("dropping"); };

  const dropped = (event) => {
    element("VIEWER_PANEL")?.classList.remove("dropping");
    if (!placeOf(event)) return;
    event.preventDefault();
    begin([...event.dataTransfer.files]);
  };

  const clicked = (event) => {
    const name = event.target.closest?.("button")?.id;
    if (name === id.SEARCH_FILE) choose();
    else if (name === id.SEARCH_TAKE) take();
  };

  document.addEventListener("click", clicked);
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", left);
  document.addEventListener("drop", dropped);

  return { begin, close, listen };
})();
