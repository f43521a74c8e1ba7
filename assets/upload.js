// Sending recordings to the server in pieces (pages/_ui/uploading.py). A piece that is lost is sent again; an upload that
// was broken off goes on where it was when the same files are chosen again.
(() => {
  const { address, get, make, remember, remembered, send, tell, thousands } = syllabary;
  const TRIES = 5, WAIT_MS = 1000, PLACE = ".upload-told";
  let stopped = null;   // ends the upload that is under way

  const choose = (button) => {
    const input = make("input", "", { type: "file", multiple: true });
    if (button.dataset.upload === "folder") input.webkitdirectory = true;
    else input.accept = button.dataset.endings;
    input.onchange = () => start([...input.files], button);
    input.click();
  };

  const nameOf = (file) => file.webkitRelativePath || file.name;
  const isTaken = (button) => (file) => button.dataset.endings.split(",").some((ending) => file.name.toLowerCase().endsWith(ending))
    && !nameOf(file).split("/").some((part) => part.startsWith("."));

  const start = async (chosen, button) => {
    const files = chosen.filter(isTaken(button)), place = button.closest(".upload").querySelector(PLACE);
    if (!files.length) { show(place, [line("None of these files is a recording or a table.", "trouble")]); return; }
    if (stopped) { tell("Another upload is under way. Wait for it, or cancel it."); return; }
    const control = new AbortController();
    control.ended = endOf(control);
    control.ended.catch(() => {});
    stopped = control;
    try {
      const list = files.map((file) => ({ name: nameOf(file), size: file.size }));
      const begun = await begin({ files: list, into: document.getElementById(button.dataset.into)?.value.trim() || "" });
      await sendAll(files, begun, place, control);
      show(place, [line("Looking into the files …")]);
      const done = await (await send(address(`/uploads/${begun.token}/finish`), {})).json();
      remember("upload", "");
      report(place, done, chosen.length - files.length);
      window.dash_clientside.set_props(button.dataset.target, { value: done.folder });
    } catch (error) {
      show(place, [line(control.signal.aborted ? "The upload was cancelled." : error.message, control.signal.aborted ? "" : "trouble")]);
    } finally { stopped = null; }
  };

  // Goes on with an upload of the very same files, if the server still knows it.
  const begin = async (asked) => {
    const key = JSON.stringify(asked), known = JSON.parse(remembered("upload", "") || "null");
    if (known?.key === key) {
      try { return await (await get(address(`/uploads/${known.token}`))).json(); } catch { /* swept meanwhile */ }
    }
    const begun = await (await send(address("/uploads"), asked)).json();
    if (key.length < 100000) remember("upload", JSON.stringify({ key, token: begun.token }));
    return begun;
  };

  const sendAll = async (files, begun, place, control) => {
    const total = files.reduce((sum, file) => sum + file.size, 0), before = begun.received.reduce((sum, n) => sum + n, 0);
    const bar = make("progress", "", { max: Math.max(1, total), value: before }), text = line(""), since = Date.now();
    bar.setAttribute("aria-label", "Upload");
    const cancel = make("button", "control", { type: "button", textContent: "Cancel", onclick: () => giveUp(begun.token, control) });
    show(place, [bar, row(text, cancel)]);
    let sent = before;
    for (const [number, file] of files.entries()) {
      let at = begun.received[number];
      while (at < file.size || (file.size === 0 && at === 0)) {
        const had = await sendPiece(begun, number, file, at, control);
        sent += had - at;
        at = had;
        bar.value = sent;
        text.textContent = progress(sent, total, sent - before, Date.now() - since, number, files.length);
        if (file.size === 0) break;
      }
    }
  };

  const sendPiece = async (begun, number, file, at, control) => {
    for (let n = 1; ; n += 1) {
      if (control.signal.aborted) throw new Error("cancelled");
      try {
        const url = address(`/uploads/${begun.token}/${number}?at=${at}`);
        const sending = send(url, file.slice(at, at + begun.piece)).then((answer) => answer.json());
        return (await Promise.race([sending, control.ended])).received;
      } catch (error) {
        if (control.signal.aborted || (error.status >= 400 && error.status < 500) || n === TRIES) throw error;
        await new Promise((done) => { setTimeout(done, WAIT_MS * n); });   // the line may come back
      }
    }
  };

  // Ends with an error when the upload is cancelled: a line that is dead may not answer for minutes.
  const endOf = (control) => new Promise((_, reject) => {
    control.signal.addEventListener("abort", () => reject(new Error("cancelled")), { once: true });
  });

  const giveUp = (token, control) => {
    control.abort();
    remember("upload", "");
    send(address(`/uploads/${token}`), {}, "DELETE").catch((error) => tell(error.message));
  };

  const size = (n) => (n >= 1e9 ? `${(n / 1e9).toFixed(2)} GB` : n >= 1e6 ? `${(n / 1e6).toFixed(1)} MB` : `${Math.ceil(n / 1e3)} kB`);

  const progress = (sent, total, now, ms, number, n) => {
    const rest_s = now && ms > 2000 ? Math.round((total - sent) / (now / ms) / 1000) : 0;
    const left = rest_s > 1 ? `, about ${rest_s < 90 ? `${rest_s} s` : `${Math.round(rest_s / 60)} min`} left` : "";
    return `${size(sent)} of ${size(total)} · file ${thousands(Math.min(number + 1, n))} of ${thousands(n)}${left}`;
  };

  const report = (place, done, n_passed) => {
    const n = done.good.length, parts = [line(`${thousands(n)} ${n === 1 ? "file is" : "files are"} in ${done.folder}.`)];
    if (n_passed) parts.push(line(`${thousands(n_passed)} of another kind ${n_passed === 1 ? "was" : "were"} not sent.`));
    if (done.bad.length) {
      const list = make("table", "reasons");
      done.bad.forEach(([name, why]) => {
        const entry = list.insertRow();
        entry.insertCell().textContent = name;
        entry.insertCell().textContent = why;
      });
      parts.push(line(`${thousands(done.bad.length)} ${done.bad.length === 1 ? "was" : "were"} not kept:`, "trouble"), list);
    }
    show(place, parts);
  };

  const line = (text, kind = "") => make("span", kind, { textContent: text });
  const row = (...parts) => { const made = make("div", "upload-row"); made.append(...parts); return made; };
  const show = (place, parts) => place.replaceChildren(...parts);

  const placeOf = (event) => event.target.closest?.(".form-section")?.querySelector("[data-upload=files]");

  document.addEventListener("click", (event) => { const button = event.target.closest("[data-upload]"); if (button) choose(button); });
  document.addEventListener("dragover", (event) => { if (placeOf(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    const button = placeOf(event);
    if (!button || !event.dataTransfer.files.length) return;
    event.preventDefault();
    start([...event.dataTransfer.files], button);
  });
  window.addEventListener("beforeunload", (event) => { if (stopped) event.preventDefault(); });
})();
