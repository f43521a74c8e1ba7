"""The tree of sounds and their features as pictures that can be read however many sounds there are.

A large tree is folded: a branch far below becomes one line, a wedge as high as it is deep, with its number of sounds.
A large table is folded as well: neighbouring sounds share a line, their mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.arrange import tree
from pipeline.curation import colours
from pipeline.figures import style
from pipeline.text import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 200                       # of the PNG; a folded tree is 0.8 m high
MOST_LINES = 300                # of a tree
EDGE, HEAD, LINE, BAR, TREE, TEXT, LEGEND = 2.0, 7.0, 2.6, 2.4, 72.0, 62.0, 33.0     # mm, as all lengths here
MOST_HEAT_ROWS, LEAST_HEAT, MOST_HEAT, COLUMN, SIDE_TREE = 900, 60.0, 240.0, 2.3, 28.0
LEGEND_LINE, MOST_IN_LEGEND = 3.4, 30
SCALE_WIDTH, SCALE_HEIGHT = 26.0, 2.4
COLUMN_PT, SHARE_PIXELS = 5.0, 60
GAP_EACH = 13                   # of so many parts of a line's height the first and the last are empty
MOST_DEVIATIONS = 2.5
LONGEST_NAME, LONGEST_KIND, LONGEST_COLUMN = 50, 24, 40
BLUE, WHITE, RED = (33, 102, 172), (247, 247, 247), (178, 24, 43)
NO_CATEGORY = style.FAINT
Box = tuple[float, float, float, float]        # left, top, right, bottom


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure that is written as PNG and SVG."""

    figure: Figure

    @property
    def height_mm(self) -> float:
        """How high it is on paper."""
        return style.size_mm(self.figure)[1]

    def svg(self) -> str:
        """It as a document."""
        return style.encoded(self.figure, ".svg", dpi=DPI).decode()

    def save(self, stem: Path) -> list[Path]:
        """Write ``stem``.png and ``stem``.svg. Raises ProjectError if they cannot be written."""
        return [style.save(self.figure, stem.with_suffix(suffix), dpi=DPI) for suffix in (".png", ".svg")]


def dendrogram(linkage: np.ndarray, order: np.ndarray, names: Sequence[str], categories: Sequence[str]) -> Picture:
    """The tree from the root at the left to the sounds at the right, in the order of ``order``."""
    n = len(order)
    top = tree.roots(linkage, max(0, n - MOST_LINES))[:n]
    groups = np.split(order, np.flatnonzero(np.diff(top[order])) + 1)
    legend = colours_of(categories)
    height = max(LINE * len(groups), LEGEND_LINE * (min(len(legend), MOST_IN_LEGEND) + 1))
    figure = style.figure(2 * EDGE + TREE + BAR + TEXT + LEGEND, HEAD + height + EDGE)
    paper = style.paper(figure)
    folded = f", folded to {len(groups)} lines" if len(groups) < n else ""
    _title(paper, f"{counted(n, 'sound')}, Ward's tree{folded}")
    middles = HEAD + LINE * (np.arange(len(groups)) + 0.5)
    place = {int(top[group[0]]): middle for group, middle in zip(groups, middles.tolist(), strict=True)}
    _draw_tree(paper, linkage, place)
    left = EDGE + TREE + 0.6
    kinds = [[categories[one] for one in group] for group in groups]
    shades = np.repeat(_shades(kinds, legend), GAP_EACH, axis=0)
    shades[::GAP_EACH] = shades[GAP_EACH - 1::GAP_EACH] = 255
    _image(paper, shades, (left, HEAD, left + BAR, HEAD + LINE * len(groups)))
    for group, middle in zip(groups, middles.tolist(), strict=True):
        caption = style.shown(_caption([names[one] for one in group]))
        paper.text(left + BAR + 0.8, middle, style.fitting(caption, TEXT - 2.5, size_pt=style.SMALL_PT),
                   fontsize=style.SMALL_PT, va="center_baseline")
    _draw_legend(paper, legend, left + BAR + TEXT, HEAD)
    return Picture(figure)


def _draw_tree(paper: Axes, linkage: np.ndarray, place: dict[int, float]) -> None:
    """place : where each folded branch and single sound stands; joins within a fold are wedges."""
    from matplotlib.collections import LineCollection, PolyCollection

    n, height = len(linkage) + 1, tree.heights(linkage)
    across = EDGE + TREE * (1 - np.append(height, 0.0) / (height.max(initial=0) or 1.0))    # the last: a sound
    half = LINE / 2 - 0.3
    wedges = [[(across[node - n], y), (across[-1], y - half), (across[-1], y + half)]
              for node, y in place.items() if node >= n]
    paper.add_collection(PolyCollection(wedges, facecolor=style.PALE, linewidth=0))
    shown, lines = dict(place), []
    for row, (a, b) in enumerate(linkage[:, :2].astype(np.int64).tolist()):
        if a not in shown or b not in shown:
            continue
        ends = [(across[child - n] if child >= n else across[-1], shown[child]) for child in (a, b)]
        lines.append([ends[0], (across[row], ends[0][1]), (across[row], ends[1][1]), ends[1]])
        shown[n + row] = (ends[0][1] + ends[1][1]) / 2
    paper.add_collection(LineCollection(lines, colors=style.INK, linewidths=style.HAIRLINE_PT, joinstyle="miter"))


def heat_map(
    values: np.ndarray, linkage: np.ndarray, order: np.ndarray, columns: Sequence[str], categories: Sequence[str]
) -> Picture:
    """z-scored features (n, d) as colours, sounds in their order, columns in that of their own tree, kinds at the left.
    """
    n, d = values.shape
    legend, kinds = colours_of(categories), [categories[row] for row in order]
    folds = np.array_split(np.arange(n), min(n, MOST_HEAT_ROWS))
    in_legend = LEGEND_LINE * (min(len(legend), MOST_IN_LEGEND) + 1) + 3 * SCALE_HEIGHT
    height = max(LEAST_HEAT, min(LINE * n, MOST_HEAT), in_legend)
    column_order = _column_order(values)
    named = [style.shown(_short(columns[at], LONGEST_COLUMN)) for at in column_order.tolist()]
    left = EDGE + SIDE_TREE + BAR + 1.6
    top = HEAD + 1.6 + max(style.text_width_mm(words, size_pt=COLUMN_PT) for words in named)
    right, bottom = left + COLUMN * d, top + height
    figure = style.figure(right + LEGEND + EDGE, bottom + EDGE)
    paper = style.paper(figure)
    _title(paper, f"{counted(n, 'sound')} by {counted(d, 'feature')}")
    _image(paper, _shades([[kinds[one] for one in fold] for fold in folds], legend),
           (left - BAR - 0.6, top, left - 0.6, bottom))
    means = np.stack([values[order[fold]].mean(axis=0) for fold in folds])[:, column_order]
    _image(paper, _heat(means), (left, top, right, bottom))
    for column, words in enumerate(named):
        paper.text(left + COLUMN * (column + 0.5), top - 0.8, words, rotation=90, fontsize=COLUMN_PT, ha="center",
                   va="bottom")
    _draw_side_tree(paper, linkage, order, (EDGE, top, left - BAR - 1.4, bottom))
    _draw_scale(paper, right + 3, top)
    _draw_legend(paper, legend, right + 3, top + 3 * SCALE_HEIGHT)
    return Picture(figure)


def _draw_side_tree(paper: Axes, linkage: np.ndarray, order: np.ndarray, box: Box) -> None:
    """The upper joins of the tree beside the rows."""
    from matplotlib.collections import LineCollection

    n, height, (left, top, right, bottom) = len(order), tree.heights(linkage), box
    across = right - (right - left) * np.append(height, 0.0) / (height.max(initial=0) or 1.0)
    where = np.zeros(2 * n - 1)
    where[order] = (np.arange(n) + 0.5) * (bottom - top) / n + top
    lines = []
    for row, (a, b) in enumerate(linkage[:, :2].astype(np.int64).tolist()):
        where[n + row] = (where[a] + where[b]) / 2
        if row >= n - 1 - MOST_LINES:
            ends = [(across[child - n] if child >= n else across[-1], where[child]) for child in (a, b)]
            lines.append([ends[0], (across[row], ends[0][1]), (across[row], ends[1][1]), ends[1]])
    paper.add_collection(LineCollection(lines, colors=style.INK, linewidths=style.HAIRLINE_PT, joinstyle="miter"))


def _column_order(values: np.ndarray) -> np.ndarray:
    turned = np.ascontiguousarray(values.T[:, ::max(1, len(values) // 2000)])
    return tree.order(turned, tree.ward(turned))


def _heat(values: np.ndarray) -> np.ndarray:
    """uint8 (…, 3): blue below the mean, red above."""
    share = np.clip(values / MOST_DEVIATIONS, -1, 1)[..., None]
    white, red, blue = (np.array(colour, float) for colour in (WHITE, RED, BLUE))
    return np.rint(white + np.abs(share) * (np.where(share > 0, red, blue) - white)).astype(np.uint8)


def _image(paper: Axes, pixels: np.ndarray, box: Box) -> None:
    """Pixels uint8 (rows, columns, 3), the first row on top, each a rectangle of the same size."""
    left, top, right, bottom = box
    paper.imshow(pixels, extent=(left, right, bottom, top), aspect="auto", interpolation="none")


def _draw_scale(paper: Axes, left: float, top: float) -> None:
    """Which colours stand for what."""
    shades = _heat(np.linspace(-MOST_DEVIATIONS, MOST_DEVIATIONS, 101))[None]
    _image(paper, shades, (left, top, left + SCALE_WIDTH, top + SCALE_HEIGHT))
    ends = f"{MOST_DEVIATIONS:g}"
    for share, words, side in ((0, f"\N{MINUS SIGN}{ends}", "left"), (0.5, "0", "center"), (1, f"{ends} SD", "right")):
        paper.text(left + share * SCALE_WIDTH, top + SCALE_HEIGHT + 0.5, words, va="top", ha=side,
                   fontsize=style.SMALL_PT)


def colours_of(categories: Sequence[str]) -> dict[str, str]:
    """Kinds, the most frequent first, with a colour each."""
    counts = Counter(kind for kind in categories if kind)
    ranked = sorted(counts, key=lambda kind: (-counts[kind], kind))
    return {kind: colours.of(number) for number, kind in enumerate(ranked, start=1)}


def _shades(kinds: Sequence[Sequence[str]], legend: dict[str, str]) -> np.ndarray:
    """A line of pixels for each group of sounds: its kinds beside each other, each as wide as its share.

    uint8 (groups, `SHARE_PIXELS`, 3)
    """
    pixels = np.empty((len(kinds), SHARE_PIXELS, 3), np.uint8)
    for row, group in enumerate(kinds):
        for kind, begin, end in _shares(group):
            colour = legend.get(kind, NO_CATEGORY)
            pixels[row, round(begin * SHARE_PIXELS):round(end * SHARE_PIXELS)] = tuple(bytes.fromhex(colour[1:]))
    return pixels


def _shares(kinds: Sequence[str]) -> Iterator[tuple[str, float, float]]:
    """Each kind, the most frequent first, with where its part of the whole begins and ends."""
    begin = 0
    for kind, count in sorted(Counter(kinds).items(), key=lambda pair: -pair[1]):
        yield kind, begin / len(kinds), (begin + count) / len(kinds)
        begin += count


def _caption(names: Sequence[str]) -> str:
    if len(names) == 1:
        return _short(names[0], LONGEST_NAME)
    return f"{len(names):,}: {_short(names[0], LONGEST_NAME // 2 - 4)} .. {_short(names[-1], LONGEST_NAME // 2 - 4)}"


def _short(name: str, length: int) -> str:
    return name if len(name) <= length else f"{name[:length // 2 - 1]}..{name[-(length // 2):]}"


def _title(paper: Axes, words: str) -> None:
    paper.text(EDGE, EDGE, words, va="top", fontsize=style.TITLE_PT)


def _draw_legend(paper: Axes, legend: dict[str, str], left: float, top: float) -> None:
    from matplotlib.patches import Rectangle

    for row, (kind, colour) in enumerate(list(legend.items())[:MOST_IN_LEGEND]):
        y = top + LEGEND_LINE * (row + 0.5)
        paper.add_patch(Rectangle((left, y - 1), 2, 2, facecolor=colour, linewidth=0))
        paper.text(left + 3, y, style.shown(_short(kind, LONGEST_KIND)), va="center_baseline")
    if len(legend) > MOST_IN_LEGEND:
        paper.text(left, top + LEGEND_LINE * (MOST_IN_LEGEND + 0.5), f"and {len(legend) - MOST_IN_LEGEND} more",
                   va="center_baseline", color=style.PALE)
