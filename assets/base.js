// What all modules share: ids (spelled once, in pages/_ui/ids.py), elements, requests, memory of this browser.
window.syllabary = (() => {
  const id = JSON.parse(document.getElementById("app-ids").textContent);

  const element = (name) => document.getElementById(id[name]);

  const set = (name, props) => window.dash_clientside.set_props(id[name], props);

  const tell = (text, kind = "problem") => set("NOTICE", { data: { text, kind, undo: false, at: Date.now() } });

  // Where something of ours is when the dashboard lies under a prefix: address("/media/x") → "/lab/media/x".
  const config = JSON.parse(document.getElementById("_dash-config").textContent);
  const prefix = config.requests_pathname_prefix || "/";
  const address = (path) => prefix.replace(/\/$/, "") + path;

  // What has to come back with every change where people log in: it shows that the request is from one of our pages.
  const token = () => {
    const cookie = document.cookie.split("; ").find((part) => part.startsWith(`${config.csrf_token_name}=`));
    return cookie ? { [config.csrf_header_name]: cookie.slice(cookie.indexOf("=") + 1) } : {};
  };

  // Who is logged out is told so by every answer, to Dash's own requests as well; after the log-in it goes on here.
  const plainFetch = window.fetch.bind(window);
  window.fetch = async (...request) => {
    const answer = await plainFetch(...request);
    if (answer.status === 401) {
      const here = location.pathname.slice(prefix.length - 1) + location.search;
      location.assign(`${address("/login")}?next=${encodeURIComponent(here)}`);
    }
    return answer;
  };

  // An answer that is no success holds a sentence; it becomes the error's message.
  const get = async (url) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  };

  // Sends values as JSON, or a piece of a file as it is; errors as with get.
  const send = async (url, body, method = "POST") => {
    const isFile = body instanceof Blob, type = isFile ? "application/octet-stream" : "application/json";
    const answer = await fetch(url, { method, headers: { "Content-Type": type, ...token() }, body: isFile ? body : JSON.stringify(body) });
    if (!answer.ok) throw Object.assign(new Error(await answer.text()), { status: answer.status });
    return answer;
  };

  // Plays what is at a URL; whether it plays. A player only says that it failed; the server says why.
  const play = async (audio, url, failed = () => {}) => {
    audio.src = url;
    try {
      await audio.play();
      return true;
    } catch (reason) {
      if (reason.name === "AbortError") return false;   // stopped, or something else is to be heard
      failed();
      await get(url).then(() => tell(`The browser could not play this sound (${reason.name}).`), (error) => tell(error.message));
      return false;
    }
  };

  const remember = (key, value) => {
    try { localStorage.setItem(`syllabary-${key}`, value); } catch { /* private window: not remembered */ }
  };
  const remembered = (key, otherwise) => {
    try { return localStorage.getItem(`syllabary-${key}`) ?? otherwise; } catch { return otherwise; }
  };

  const thousands = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");

  const later = (wait_ms, act) => {
    let timer = 0;
    return (...args) => { clearTimeout(timer); timer = setTimeout(() => act(...args), wait_ms); };
  };

  const make = (tag, className, props = {}) => Object.assign(document.createElement(tag), { className, ...props });

  return { id, element, set, tell, address, token, get, send, play, remember, remembered, thousands, later, make };
})();
