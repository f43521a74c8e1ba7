// Axes and rows of pictures for a stretch of time, for all views of recordings.
syllabary.rulers = (() => {
  const { make } = syllabary;
  const SPANS_MS = Array.from({ length: 10 }, (_, level) => 125 * 2 ** level);   // as pipeline/surroundings.py
  const PICTURE_PX = 512, AXIS = 24;
  const COLOURS = ["ink", "quiet", "line", "accent", "paper", "ground", "hit", "miss"];

  // A canvas as large as it is shown, cleared, with the theme's colours: { pen, ink, w, h }.
  const fresh = (canvas) => {
    const ratio = window.devicePixelRatio || 1, [w, h] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(w * ratio)) canvas.width = Math.round(w * ratio);
    if (canvas.height !== Math.round(h * ratio)) canvas.height = Math.round(h * ratio);
    const pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
    const ink = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, w, h);
    pen.font = `12px ${style.fontFamily}`;
    pen.textBaseline = "middle";
    return { pen, ink, w, h };
  };

  // 1, 2 or 5 times a power of ten, at least `least`.
  const round = (least) => {
    const ten = 10 ** Math.floor(Math.log10(least));
    return [1, 2, 5, 10].map((n) => n * ten).find((step) => step >= least * 0.999);
  };

  const clock = (time_s, digits, duration_s) => {
    if (duration_s < 120) return `${time_s.toFixed(digits)} s`;
    const minutes = Math.floor(time_s / 60 + 1e-9), rest = Math.max(0, time_s - 60 * minutes).toFixed(digits);
    return `${minutes}:${rest.padStart(digits ? digits + 3 : 2, "0")}`;
  };

  // The time axis below `top`, from `left` on; `x` gives a time's place.
  const times = (pen, ink, { x, from, scale, shown_s, duration_s, left, top, width }) => {
    const step = round(90 / scale), last = Math.min(from + shown_s, duration_s);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    pen.fillStyle = ink.ground;
    pen.fillRect(left, top, width, AXIS);
    for (let i = Math.ceil(from / step - 1e-9); i * step <= last; i++) {
      const at = x(i * step), text = clock(i * step, digits, duration_s);
      pen.fillStyle = ink.quiet;
      pen.fillRect(Math.round(at), top, 1, 5);
      pen.fillText(text, Math.max(left + 2, at - pen.measureText(text).width / 2), top + 14);
    }
  };

  // The kHz axis left of `left`, its unit above.
  const frequencies = (pen, ink, { limits, left, top, bottom, unit }) => {
    const [low, high] = limits, height = bottom - top, step = round((high - low) * 26 / height);
    const digits = step < 100 ? 2 : step < 1000 ? 1 : 0;
    for (let hz = Math.ceil(low / step) * step; hz <= high; hz += step) {
      const y = bottom - (hz - low) / (high - low) * height, text = (hz / 1000).toFixed(digits);
      pen.fillStyle = ink.quiet;
      pen.fillRect(left - 5, Math.round(y), 5, 1);
      pen.fillText(text, left - 9 - pen.measureText(text).width, Math.max(top + 6, Math.min(y, bottom - 7)));
    }
    pen.fillText("kHz", 4, unit);
  };

  // The stretches of the grid that are on the screen, each [from, to] in ms.
  const stretches = (from_s, to_s, scale) => {
    const span = SPANS_MS.find((ms) => ms / 1000 * scale >= PICTURE_PX / 2) || SPANS_MS.at(-1), found = [];
    for (let from = Math.floor(1000 * from_s / span) * span; from < 1000 * to_s; from += span) found.push([from, from + span]);
    return found;
  };

  // Lays a picture on each stretch: `address` names it, `x` gives a time's place from the left of `place`. Pictures of
  // another zoom stay below until the new ones are there.
  const layPictures = (place, wanted, { address, x, className, then }) => {
    const addresses = new Set(wanted.map(([from, to]) => address(from, to)));
    const there = new Map([...place.children].map((one) => [one.dataset.address, one]));
    wanted.forEach(([from, to]) => {
      const name = address(from, to);
      if (there.has(name)) return;
      const one = make("img", className, { alt: "", draggable: false, onload: then, onerror: then });
      Object.assign(one.dataset, { address: name, from, to });
      one.src = name;
      place.append(one);
      there.set(name, one);
    });
    const allThere = [...addresses].every((name) => there.get(name).complete);
    there.forEach((one, name) => { if (addresses.has(name) || !allThere) lay(one, x); else one.remove(); });
  };

  const lay = (one, x) => {
    const left = Math.round(x(one.dataset.from / 1000)), right = Math.round(x(one.dataset.to / 1000));
    Object.assign(one.style, { left: `${left}px`, width: `${right - left}px` });
  };

  return { fresh, times, frequencies, stretches, layPictures, AXIS, PICTURE_PX, SPANS_MS };
})();
