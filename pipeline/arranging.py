"""Sort orders as a person chooses them for the page: one menu, and each group's order found once and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline import orders
from pipeline.arrange import on_project
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError

if TYPE_CHECKING:
    from pipeline.browse import Scene

USUAL = "likeness:map"
SPACES = {"map": "on the map", "pca": "by principal components"}
SAID = {"time": "by time", "duration": "shortest first", "random": "random", "chain": "chain",
        "outlier": "outliers first", "typical": "typical first", "likeness": "nearest first",
        "leaf": "leaf order"}
COMPARES_ALL = ("chain", "outlier", "typical")
MOST_COMPARED = {"map": 200_000, "pca": 8_000}     # sounds: a few seconds of work for orders that compare all with all
MOST_IN_A_ROW = {"map": 20_000, "pca": 1_000}      # the same in the grid, where a page has many rows


@dataclass(frozen=True)
class Arrangement:
    """A sort order with what it needs: ``space``, the ``seed`` of a random one, the id of the sound ``clicked``.

    The space of the leaf order is the name of a stored arrangement, or empty for the newest.
    """

    by: str = "likeness"
    space: str = "map"
    seed: int = 0
    clicked: int | None = None

    @property
    def text(self) -> str:
        """In two or three words, for titles."""
        words = SAID.get(self.by, orders.ORDERS[self.by].title.lower())
        if self.is_stored:
            return f"{words} of {self.space}" if self.space else words
        return f"{words} {SPACES[self.space]}" if self.space != "map" else words

    @property
    def is_stored(self) -> bool:
        """Whether the order is that of a stored arrangement."""
        return "arrangement" in orders.ORDERS[self.by].needs


def arrangement(choice: Mapping[str, Any] | None) -> Arrangement:
    """What the browser says of the order. Raises ParameterError if it makes no sense."""
    choice = choice or {}
    by, _, space = str(choice.get("menu") or USUAL).partition(":")
    seed, clicked = choice.get("seed", 0), choice.get("clicked")
    is_stored = by in orders.ORDERS and "arrangement" in orders.ORDERS[by].needs
    if by not in orders.ORDERS or not (is_stored or (space or "map") in orders.SPACES):
        raise ParameterError(f"There is no sort order {choice.get('menu')!r}. Choose one from the menu.")
    if not isinstance(seed, int) or seed < 0 or not isinstance(clicked, int | None):
        raise ParameterError("A sort order takes whole numbers. Choose it from the menu again.")
    return Arrangement(by, space if is_stored else space or "map", seed, clicked)


def menu(dataset: Dataset) -> list[tuple[str, str]]:
    """What can be chosen for this project: (value, title), those that take distances once for each space it has."""
    spaces = ["map"] + (["pca"] if dataset.segments.pca is not None else [])
    found = []
    for order in orders.ORDERS.values():
        if "space" in order.needs:
            found += [(f"{order.name}:{space}", f"{order.title} · {space if space == 'map' else space.upper()}")
                      for space in spaces]
        elif "arrangement" in order.needs:
            names = [one.name for one in on_project.stored(dataset)]
            found += [(f"{order.name}:{name}", f"{order.title} · {name}" if len(names) > 1 else order.title)
                      for name in names]
        else:
            found.append((order.name, order.title))
    return found


def arranged(scene: Scene, rows: np.ndarray, how: Arrangement, *, clicked: int | None = None,
             place: Sequence[float] | None = None, most: Mapping[str, int] = MOST_COMPARED) -> tuple[np.ndarray, str]:
    """The rows in order, int64, and the order's name; by time, and said so, where there are too many to compare.

    clicked : the row of the sound that distances are taken from      place : a place on the map instead
    """
    text = how.text
    if how.by in COMPARES_ALL and len(rows) > most[how.space]:
        limit = f"{most[how.space]:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
        text = f"by time, as more than {limit} sounds are too many for: {how.text}"
        how = Arrangement("time")
    if how.is_stored:
        text += _without_place(scene.dataset, rows, how.space)
    needs = orders.ORDERS[how.by].needs
    if "clicked" not in needs:
        clicked = place = None
    place = tuple(place) if place is not None else None
    return _arranged(scene, np.asarray(rows, np.int64).tobytes(), how, clicked, place), text


def _without_place(dataset: Dataset, rows: np.ndarray, name: str) -> str:
    """How many of the sounds are not in the order, and so at the end."""
    n = int((on_project.ranks(dataset, name)[rows] == dataset.n_segments).sum())
    return f", the last {n} have no place in it" if n else ""


@lru_cache(maxsize=256)   # found once for each group, order and space: an edit makes new only those it touched
def _arranged(scene: Scene, rows: bytes, how: Arrangement, clicked: int | None,
              place: tuple[float, float] | None) -> np.ndarray:
    sounds = orders.Sounds(scene.dataset, np.frombuffer(rows, np.int64), space=how.space or "map", seed=how.seed,
                           clicked=clicked, place=place, map_points=scene.points)
    return orders.sort(how.by, sounds)
