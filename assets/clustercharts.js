// Small line charts on the page Cluster: the losses of a training, and the four curves over the number of clusters.
syllabary.clusterCharts = (() => {
  const { element, make, set } = syllabary;
  const SVG = "http://www.w3.org/2000/svg", LEFT = 40, RIGHT = 8, TOP = 8, BOTTOM = 16;
  const CURVES = [["inertia", "elbow", "inertia", "falls with k; its elbow counts"],
                  ["silhouette", "silhouette", "silhouette", "higher is better"],
                  ["davies_bouldin", "davies_bouldin", "Davies-Bouldin", "lower is better"],
                  ["calinski_harabasz", "calinski_harabasz", "Calinski-Harabasz", "higher is better"]];
  const SHEETS = { reconstructions: "Reconstructions: sounds above, what the network makes of them below",
                   nearest: "Nearest: a sound, then those with the most similar codes" };

  const show = (data) => {
    if (!data) return 0;
    showLosses(data);
    showCurves(data);
    return Date.now();
  };

  const showLosses = ({ losses, goesOn, sheets }) => {
    const place = element("CLUSTER_TRAINED");
    if (!place) return;
    const parts = [];
    if (losses.length) {
      const [epoch, training, check] = losses[losses.length - 1];
      const [epochs, inTraining, checks] = [0, 1, 2].map((column) => losses.map((one) => one[column]));
      const said = `Epoch ${epoch}: training ${training.toFixed(1)} (grey), validation ${check.toFixed(1)}.`;
      parts.push(make("h3", "", { textContent: goesOn ? "Loss, as it is trained" : "Loss" }),
                 chart(epochs, [[inTraining, "quiet"], [checks, ""]], { log: true, width: 300, height: 130 }),
                 make("p", "hint", { textContent: said }));
    } else if (goesOn) parts.push(make("p", "hint", { textContent: "Pictures are made, then training begins." }));
    const { media } = place.dataset;
    Object.entries(sheets).forEach(([name, made]) => {
      const src = `${media}/autoencoder/${name}.png?made=${made}`;
      const link = make("a", "", { href: src, target: "_blank", rel: "noopener", title: "Open it as large as it is" });
      link.append(make("img", "cluster-sheet", { alt: SHEETS[name], src }));
      parts.push(make("h3", "", { textContent: SHEETS[name] }), link);
    });
    place.replaceChildren(...parts);
  };

  const showCurves = ({ curves, told }) => {
    const place = element("CLUSTER_CURVES");
    if (!place) return;
    place.hidden = !curves;
    if (!curves) return;
    const take = make("button", "control", { type: "button", textContent: `Use ${curves.suggestion}`,
      title: "Put this number of clusters into the form" });
    take.onclick = () => set("CLUSTER_USE_K", { data: { k: curves.suggestion, at: Date.now() } });
    const drawn = CURVES.map(([key, by, title, about]) => {
      const figure = make("figure", "", { title: about });
      figure.append(make("figcaption", "", { textContent: `${title}: ${curves.by[by]}` }),
                    chart(curves.k, [[curves[key], ""]], { marks: [[curves.by[by], "own"], [curves.suggestion, "taken"]] }));
      return figure;
    });
    const line = make("div", "form-end");
    line.append(make("span", "hint", { textContent: told }), take);
    place.replaceChildren(...drawn, line);
  };

  const node = (tag, attributes, text = "") => {
    const made = document.createElementNS(SVG, tag);
    Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
    made.textContent = text;
    return made;
  };

  // Lines over `xs`: each [values, class]. Marks are places on the axis, each [x, class].
  const chart = (xs, lines, { log = false, marks = [], width = 150, height = 84 } = {}) => {
    const level = (value) => (log ? Math.log10(Math.max(value, 1e-9)) : value);
    const all = lines.flatMap(([values]) => values.map(level)), low = Math.min(...all), high = Math.max(...all);
    const x = (value) => LEFT + ((value - xs[0]) / (xs[xs.length - 1] - xs[0] || 1)) * (width - LEFT - RIGHT);
    const y = (value) => height - BOTTOM - ((level(value) - low) / (high - low || 1)) * (height - TOP - BOTTOM);
    const svg = node("svg", { viewBox: `0 0 ${width} ${height}`, class: "cluster-chart", role: "img" });
    svg.append(node("line", { x1: LEFT, x2: width - RIGHT, y1: height - BOTTOM, y2: height - BOTTOM, class: "axis" }));
    marks.forEach(([at, kind]) => svg.append(node("line", { x1: x(at), x2: x(at), y1: TOP, y2: height - BOTTOM, class: `mark ${kind}` })));
    lines.forEach(([values, kind]) => svg.append(node("polyline", {
      points: values.map((value, i) => `${x(xs[i]).toFixed(1)},${y(value).toFixed(1)}`).join(" "), class: `line ${kind}` })));
    const ends = log ? [10 ** low, 10 ** high] : [low, high];
    const texts = [[LEFT - 4, height - BOTTOM, short(ends[0])], [LEFT - 4, TOP + 8, short(ends[1])],
                   [width - RIGHT, height - 3, xs[xs.length - 1]]];
    svg.append(...texts.map(([at, line, text]) => node("text", { x: at, y: line, class: "end" }, text)),
               node("text", { x: LEFT, y: height - 3 }, xs[0]));
    return svg;
  };

  const short = (value) => (Math.abs(value) >= 10000 ? value.toExponential(0) : Number(value.toPrecision(3)).toString());

  return { show };
})();
