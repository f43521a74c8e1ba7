// Drawing for the page Map: discs set pixel by pixel, since a canvas takes seconds for so many shapes where no card
// helps it; small pictures of a class over all sounds, and of whole maps.
syllabary.soundMapDraw = (() => {
  const { make } = syllabary;
  const GHOST = 0.2, SMALL = 2, MANY = 1000;     // strength of what is hidden; side of a mark on a small picture, and from how many on it is fainter

  const markSize = (n) => (n < 1500 ? 7 : n < 6000 ? 5.5 : n < 30000 ? 4.5 : 3.2);

  // How much of each pixel a disc covers: its side, and the shares row by row.
  const disc = (diameter) => {
    const side = Math.max(1, Math.ceil(diameter)) | 1, cover = new Float32Array(side * side), middle = (side - 1) / 2;
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
      cover[y * side + x] = Math.min(1, Math.max(0, diameter / 2 + 0.5 - Math.hypot(x - middle, y - middle)));
    }
    return { side, cover };
  };

  const rgb = (colour) => {
    const text = colour.startsWith("#") ? colour.slice(1) : "888888", wide = text.length < 6 ? text.replace(/./g, "$&$&") : text;
    return [0, 2, 4].map((at) => parseInt(wide.slice(at, at + 2), 16));
  };

  // An image of one colour, and the marks that can be put onto it.
  const sheet = (width, height, paper) => {
    const pixels = new Uint8ClampedArray(4 * width * height), [red, green, blue] = rgb(paper);
    new Uint32Array(pixels.buffer).fill((255 << 24) | (blue << 16) | (green << 8) | red);
    return { pixels, width, height };
  };

  const put = ({ pixels, width, height }, { side, cover }, px, py, colour, strength) => {
    const left = Math.round(px - side / 2), top = Math.round(py - side / 2);
    if (left >= width || top >= height || left + side <= 0 || top + side <= 0) return;
    for (let y = Math.max(0, -top); y < side && top + y < height; y++) {
      for (let x = Math.max(0, -left); x < side && left + x < width; x++) {
        const share = cover[y * side + x] * strength, at = 4 * ((top + y) * width + left + x);
        pixels[at] += (colour[0] - pixels[at]) * share;
        pixels[at + 1] += (colour[1] - pixels[at + 1]) * share;
        pixels[at + 2] += (colour[2] - pixels[at + 2]) * share;
      }
    }
  };

  const show = (canvas, { pixels, width, height }) => {
    Object.assign(canvas, { width, height });
    canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
    return canvas;
  };

  // All sounds: `seen` (one byte a row) in their classes' colours above those that are not, in grey.
  const all = (canvas, { xy, seen, codes, colours, view, ratio, paper, ghost, edge }) => {
    const n = seen.length, image = sheet(canvas.width, canvas.height, paper), mark = disc(markSize(n) * ratio);
    const { sx, sy } = scales(view, canvas.width, canvas.height), grey = rgb(ghost), inks = colours.map(rgb);
    const strength = n > 30000 ? 0.75 : 0.9;
    for (const turn of [0, 1]) {
      for (let row = 0; row < n; row++) {
        if (seen[row] !== turn || !(xy[2 * row] >= 0)) continue;
        const px = (xy[2 * row] - view[0]) * sx, py = (xy[2 * row + 1] - view[3]) * sy;
        put(image, mark, px, py, turn ? inks[codes[row]] : grey, turn ? strength : GHOST);
      }
    }
    const picture = show(make("canvas", ""), image);
    outliers(picture, { xy, seen, codes, colours, view, ratio, paper, edge });
    return picture;
  };

  // Sounds far from all others lie at the edge, not where they belong; a small arrow outwards says so.
  const outliers = (picture, { xy, seen, codes, colours, view, ratio, paper, edge }) => {
    const pen = picture.getContext("2d"), { sx, sy } = scales(view, picture.width, picture.height), size = 6 * ratio;
    pen.lineWidth = ratio;
    pen.strokeStyle = paper;
    for (let row = 0; row < seen.length; row++) {
      const dx = side(xy[2 * row], edge), dy = side(xy[2 * row + 1], edge);
      if (!seen[row] || !(dx || dy)) continue;
      pen.save();
      pen.translate((xy[2 * row] - view[0]) * sx, (xy[2 * row + 1] - view[3]) * sy);
      pen.rotate(Math.atan2(-dy, dx));
      pen.fillStyle = colours[codes[row]];
      pen.beginPath();
      pen.moveTo(size, 0);
      pen.lineTo(-size / 2, size * 0.7);
      pen.lineTo(-size / 2, -size * 0.7);
      pen.closePath();
      pen.fill();
      pen.stroke();
      pen.restore();
    }
  };

  const side = (share, edge) => (share < edge ? -1 : share > 1 - edge ? 1 : 0);

  const scales = ([left, right, low, high], width, height) => ({ sx: width / (right - left), sy: -height / (high - low) });

  // A small picture: all sounds in grey, and above them those of `rows` in their colours.
  const ground = (width, height, { xy, paper, ghost }) => {
    const image = sheet(width, height, paper), grey = rgb(ghost), mark = disc(SMALL), strength = xy.length > 2 * MANY ? 0.3 : 0.5;
    for (let row = 0; row < xy.length / 2; row++) {
      if (xy[2 * row] >= 0) put(image, mark, xy[2 * row] * width, (1 - xy[2 * row + 1]) * height, grey, strength);
    }
    return image;
  };

  const small = (canvas, { pixels, width, height }, rows, { xy, colourOf }) => {
    const image = { pixels: pixels.slice(), width, height }, mark = disc(xy.length > 2 * MANY ? SMALL : SMALL + 1);
    for (const row of rows) {
      if (xy[2 * row] >= 0) put(image, mark, xy[2 * row] * width, (1 - xy[2 * row + 1]) * height, colourOf(row), 0.9);
    }
    return show(canvas, image);
  };

  return { all, ground, small, sheet, scales, rgb, markSize };
})();
