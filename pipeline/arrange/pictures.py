"""The tree of sounds and their features as pictures that can be read however many sounds there are.

A large tree is folded: a branch far below becomes one line, a wedge as high as it is deep, with its number of sounds.
A large table is folded as well: neighbouring sounds share a line of pixels, their mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from pipeline.arrange import tree
from pipeline.arrange.canvas import INK, PALE, Canvas
from pipeline.curation import colours
from pipeline.text import counted

MOST_LINES = 300                # of a tree
LINE, MARGIN, TREE_WIDTH, TEXT_WIDTH, BAR = 16, 40, 900, 460, 14
MOST_HEAT_ROWS, LEAST_HEAT_HEIGHT, COLUMN, NAMES_HEIGHT = 900, 300, 9, 210
MOST_IN_LEGEND, LEGEND_WIDTH = 30, 240
MOST_DEVIATIONS = 2.5
LONGEST_NAME = 52
BLUE, WHITE, RED = (33, 102, 172), (247, 247, 247), (178, 24, 43)
NO_CATEGORY = "#d9dde3"


def dendrogram(linkage: np.ndarray, order: np.ndarray, names: Sequence[str], categories: Sequence[str]) -> Canvas:
    """The tree from the root at the left to the sounds at the right, in the order of ``order``."""
    n = len(order)
    top = tree.roots(linkage, max(0, n - MOST_LINES))[:n]
    groups = np.split(order, np.flatnonzero(np.diff(top[order])) + 1)
    legend = colours_of(categories)
    canvas = Canvas(2 * MARGIN + TREE_WIDTH + TEXT_WIDTH + LEGEND_WIDTH,
                    2 * MARGIN + LINE * max(len(groups), min(len(legend), MOST_IN_LEGEND)))
    folded = f", folded to {len(groups)} lines" if len(groups) < n else ""
    canvas.text((MARGIN, MARGIN / 2), f"{counted(n, 'sound')}, Ward's tree{folded}", size=14)
    place = {int(top[group[0]]): MARGIN + LINE * (row + 0.5) for row, group in enumerate(groups)}
    _draw_tree(canvas, linkage, place)
    left = MARGIN + TREE_WIDTH + 6
    for row, group in enumerate(groups):
        y = MARGIN + LINE * (row + 0.5)
        _bar(canvas, [categories[one] for one in group], legend, (left, y - LINE / 2 + 1, left + BAR, y + LINE / 2 - 1))
        canvas.text((left + BAR + 6, y), _caption([names[one] for one in group]))
    _draw_legend(canvas, legend, left + TEXT_WIDTH, MARGIN)
    return canvas


def _draw_tree(canvas: Canvas, linkage: np.ndarray, place: dict[int, float]) -> None:
    """place : where each folded branch and single sound stands; joins within a fold are wedges."""
    n, height = len(linkage) + 1, tree.heights(linkage)
    tallest = height.max(initial=0) or 1.0

    def across(value: float) -> float:
        return MARGIN + TREE_WIDTH * (1 - value / tallest)

    shown = dict(place)
    for node, y in place.items():
        if node >= n:
            base = [(across(0), y - LINE / 2 + 2), (across(0), y + LINE / 2 - 2)]
            canvas.polygon([(across(height[node - n]), y), *base], PALE)
    for row, children in enumerate(linkage[:, :2].astype(np.int64).tolist()):
        if not all(child in shown for child in children):
            continue
        x, ends = across(height[row]), [shown[child] for child in children]
        for child, y in zip(children, ends, strict=True):
            canvas.line([(across(height[child - n]) if child >= n else across(0), y), (x, y)])
        canvas.line([(x, min(ends)), (x, max(ends))])
        shown[n + row] = sum(ends) / 2


def heat_map(
    values: np.ndarray, linkage: np.ndarray, order: np.ndarray, columns: Sequence[str], categories: Sequence[str]
) -> Canvas:
    """z-scored features (n, d) as colours, sounds in their order, columns in that of their own tree, kinds at the left.
    """
    n, d = values.shape
    legend, kinds = colours_of(categories), [categories[row] for row in order]
    folds = np.array_split(np.arange(n), min(n, MOST_HEAT_ROWS))
    height = max(LEAST_HEAT_HEIGHT, len(folds), LINE * min(len(legend), MOST_IN_LEGEND))
    column_order = _column_order(values)
    across = TREE_WIDTH // 5
    left, top = MARGIN + across + BAR + 6, MARGIN + NAMES_HEIGHT
    canvas = Canvas(left + COLUMN * d + LEGEND_WIDTH + MARGIN, top + height + MARGIN)
    canvas.text((MARGIN, MARGIN / 2), f"{counted(n, 'sound')} by {counted(d, 'feature')}, each from "
                f"-{MOST_DEVIATIONS} (blue) to +{MOST_DEVIATIONS} (red) standard deviations", size=14)
    step = height / len(folds)
    for row, fold in enumerate(folds):
        box = (top + row * step, top + (row + 1) * step)
        _bar(canvas, [kinds[one] for one in fold], legend, (left - BAR - 3, box[0], left - 3, box[1]))
    means = np.stack([values[order[fold]].mean(axis=0) for fold in folds])[:, column_order]
    canvas.image((left, top, left + COLUMN * d, top + height), _heat(means))
    for column, at in enumerate(column_order.tolist()):
        canvas.text((left + COLUMN * (column + 0.5), top - 4), columns[at], size=8, up=True)
    _draw_side_tree(canvas, linkage, order, (MARGIN, top, left - BAR - 6, top + height))
    _draw_legend(canvas, legend, left + COLUMN * d + 16, top)
    return canvas


def _draw_side_tree(canvas: Canvas, linkage: np.ndarray, order: np.ndarray, box: tuple[float, float, float, float]
                    ) -> None:
    """The upper joins of the tree beside the rows."""
    n, height, (left, top, right, bottom) = len(order), tree.heights(linkage), box
    tallest, kept = height.max(initial=0) or 1.0, MOST_LINES
    where = np.zeros(2 * n - 1)
    where[order] = (np.arange(n) + 0.5) * (bottom - top) / n + top
    for row, (a, b) in enumerate(linkage[:, :2].astype(np.int64).tolist()):
        where[n + row] = (where[a] + where[b]) / 2
        if row < n - 1 - kept:
            continue
        x = right - (right - left) * height[row] / tallest
        for child in (a, b):
            low = height[child - n] if child >= n else 0.0
            canvas.line([(right - (right - left) * low / tallest, where[child]), (x, where[child])])
        canvas.line([(x, where[a]), (x, where[b])])


def _column_order(values: np.ndarray) -> np.ndarray:
    turned = np.ascontiguousarray(values.T[:, ::max(1, len(values) // 2000)])
    return tree.order(turned, tree.ward(turned))


def _heat(values: np.ndarray) -> np.ndarray:
    """uint8 (…, 3): blue below the mean, red above."""
    share = np.clip(values / MOST_DEVIATIONS, -1, 1)[..., None]
    white, red, blue = (np.array(colour, float) for colour in (WHITE, RED, BLUE))
    return np.rint(white + np.abs(share) * (np.where(share > 0, red, blue) - white)).astype(np.uint8)


def colours_of(categories: Sequence[str]) -> dict[str, str]:
    """Kinds, the most frequent first, with a colour each."""
    counts = Counter(kind for kind in categories if kind)
    ranked = sorted(counts, key=lambda kind: (-counts[kind], kind))
    return {kind: colours.of(number) for number, kind in enumerate(ranked, start=1)}


def _bar(canvas: Canvas, kinds: Sequence[str], legend: dict[str, str], box: tuple[float, float, float, float]) -> None:
    """The kinds of some sounds beside each other, each as wide as its share."""
    left, top, right, bottom = box
    for kind, count in sorted(Counter(kinds).items(), key=lambda pair: -pair[1]):
        end = left + (right - box[0]) * count / len(kinds)
        canvas.rectangle((left, top, end, bottom), legend.get(kind, NO_CATEGORY))
        left = end


def _caption(names: Sequence[str]) -> str:
    if len(names) == 1:
        return _short(names[0], LONGEST_NAME)
    return f"{len(names):,}: {_short(names[0], LONGEST_NAME // 2 - 4)} .. {_short(names[-1], LONGEST_NAME // 2 - 4)}"


def _short(name: str, length: int) -> str:
    return name if len(name) <= length else f"{name[:length // 2 - 1]}..{name[-(length // 2):]}"


def _draw_legend(canvas: Canvas, legend: dict[str, str], left: float, top: float) -> None:
    for row, (kind, colour) in enumerate(list(legend.items())[:MOST_IN_LEGEND]):
        y = top + LINE * (row + 0.5)
        canvas.rectangle((left, y - 6, left + 12, y + 6), colour)
        canvas.text((left + 18, y), _short(kind, 28), colour=INK)
    if len(legend) > MOST_IN_LEGEND:
        more = f"and {len(legend) - MOST_IN_LEGEND} more"
        canvas.text((left, top + LINE * (MOST_IN_LEGEND + 0.5)), more, colour=PALE)
