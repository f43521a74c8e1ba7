// Points on the map: inside a path, nearest to a place. The sums are those of pipeline/geometry.py, to the last bit.
syllabary.geometry = (() => {
  const CELL_POINTS = 4;

  // Marks in `mask` (one byte a point) the points of `xy` (x0, y0, x1, y1, …) inside a closed path [[x, y], …].
  const markInside = (xy, path, mask) => {
    const xs = path.map((p) => p[0]), ys = path.map((p) => p[1]);
    const left = Math.min(...xs), right = Math.max(...xs), low = Math.min(...ys), high = Math.max(...ys);
    for (let row = 0; row < mask.length; row++) {
      const x = xy[2 * row], y = xy[2 * row + 1];
      if (x >= left && x <= right && y >= low && y <= high && isInside(x, y, xs, ys)) mask[row] = 1;
    }
  };

  const isInside = (x, y, xs, ys) => {
    let odd = false;
    for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
      if ((ys[i] > y) !== (ys[j] > y) && x < ((xs[j] - xs[i]) * (y - ys[i])) / (ys[j] - ys[i]) + xs[i]) odd = !odd;
    }
    return odd;
  };

  // Sorts points into cells, so that those near a place are found without looking at all.
  class Grid {
    constructor(xy) {
      this.xy = xy;
      const n = xy.length / 2;
      this.side = Math.max(1, Math.ceil(Math.sqrt(n / CELL_POINTS)));
      this.measure();
      const counts = new Int32Array(this.side * this.side + 1), cells = new Int32Array(n);
      for (let row = 0; row < n; row++) counts[(cells[row] = this.cell(xy[2 * row], xy[2 * row + 1])) + 1]++;
      for (let c = 0; c < counts.length - 1; c++) counts[c + 1] += counts[c];
      this.starts = counts;
      this.rows = new Int32Array(n);
      const next = counts.slice();
      for (let row = 0; row < n; row++) this.rows[next[cells[row]]++] = row;
    }

    measure() {
      let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
      for (let i = 0; i < this.xy.length; i += 2) {
        left = Math.min(left, this.xy[i]); right = Math.max(right, this.xy[i]);
        low = Math.min(low, this.xy[i + 1]); high = Math.max(high, this.xy[i + 1]);
      }
      Object.assign(this, { left, low, dx: (right - left) / this.side || 1, dy: (high - low) / this.side || 1 });
    }

    column(x) { return Math.min(this.side - 1, Math.max(0, Math.floor((x - this.left) / this.dx))); }
    line(y) { return Math.min(this.side - 1, Math.max(0, Math.floor((y - this.low) / this.dy))); }
    cell(x, y) { return this.line(y) * this.side + this.column(x); }

    // The rows of all cells that a box of half-widths rx, ry around (x, y) touches: those in it and some beside it.
    inBox(x, y, rx, ry) {
      const found = [];
      for (let line = this.line(y - ry); line <= this.line(y + ry); line++) {
        const end = this.starts[line * this.side + this.column(x + rx) + 1];
        for (let i = this.starts[line * this.side + this.column(x - rx)]; i < end; i++) found.push(this.rows[i]);
      }
      return found;
    }

    // The row nearest to (x, y) on the screen, at most `reach` px away, or -1. sx, sy: px per unit of the map.
    nearest(x, y, sx, sy, reach) {
      const rx = reach / Math.abs(sx), ry = reach / Math.abs(sy);
      let best = -1, least = reach * reach;
      for (let line = this.line(y - ry); line <= this.line(y + ry); line++) {
        const first = this.starts[line * this.side + this.column(x - rx)];
        const end = this.starts[line * this.side + this.column(x + rx) + 1];
        for (let i = first; i < end; i++) {
          const row = this.rows[i];
          const dx = (this.xy[2 * row] - x) * sx, dy = (this.xy[2 * row + 1] - y) * sy, far = dx * dx + dy * dy;
          if (far < least || (far === least && row > best)) { least = far; best = row; }
        }
      }
      return best;
    }
  }

  // A path with at most `most` corners: those kept that lie furthest off the line between their neighbours.
  const simplify = (path, most) => {
    let tolerance = 0.7, kept = path;
    while (kept.length > most) { kept = thinned(path, tolerance); tolerance *= 1.5; }
    return kept;
  };

  const thinned = (path, tolerance) => {
    const keep = new Uint8Array(path.length), open = [[0, path.length - 1]];
    keep[0] = keep[path.length - 1] = 1;
    while (open.length) {
      const [a, b] = open.pop();
      let furthest = -1, most = tolerance;
      for (let i = a + 1; i < b; i++) {
        const off = distance(path[i], path[a], path[b]);
        if (off > most) { most = off; furthest = i; }
      }
      if (furthest > 0) { keep[furthest] = 1; open.push([a, furthest], [furthest, b]); }
    }
    return path.filter((_, i) => keep[i]);
  };

  const distance = ([x, y], [ax, ay], [bx, by]) => {
    const length = Math.hypot(bx - ax, by - ay);
    return length ? Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length : Math.hypot(x - ax, y - ay);
  };

  return { markInside, Grid, simplify };
})();
