"""Searches as a person makes them: read from the browser, made once and kept, told in words for the history.

A search travels as what it asks for, never as what it found: ``sounds``, the ids of examples, or ``file``, the token of
one that was sent, with ``pieces``, the numbers of those of its pieces that count; and the values of `Search`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline import params, search, search_files
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import EditError, ParameterError
from pipeline.kept_with import kept_with_dataset
from pipeline.search import MOST_EXAMPLES, Found, Search
from pipeline.text import counted, printable

MOST_SIGNS = 36        # of a title
KEPT = 16              # searches of a project, of four bytes a sound


@dataclass(frozen=True)
class Asked:
    """One search: the ids of its example ``sounds``, or the ``pieces`` of a ``file``."""

    sounds: tuple[int, ...] = ()
    file: str = ""
    pieces: tuple[int, ...] = ()
    search: Search = field(default_factory=Search)


def read(like: Any) -> Asked:
    """What the browser says of a search. Raises ParameterError if it makes no sense."""
    if not isinstance(like, Mapping):
        raise ParameterError("This search cannot be understood. Begin it again.")
    sounds, pieces = _numbers(like.get("sounds")), _numbers(like.get("pieces"))
    file = like.get("file") or ""
    if not isinstance(file, str) or bool(sounds) == bool(file) or (file and not pieces):
        raise ParameterError("A search takes one or more sounds of the project, or pieces of one file, as examples.")
    values = {name: like[name] for name in _NAMES if name in like}
    return Asked(sounds, file, pieces, params.make(Search, values))


_NAMES = tuple(spec.name for spec in params.specs(Search))


def _numbers(values: Any) -> tuple[int, ...]:
    values = values or []
    whole = isinstance(values, Sequence) and all(isinstance(one, int) and not isinstance(one, bool) for one in values)
    if not whole or len(values) > MOST_EXAMPLES:
        raise ParameterError(f"A search takes 1 to {MOST_EXAMPLES} examples, given by their numbers.")
    return tuple(dict.fromkeys(values))


def found(dataset: Dataset, labels: Labels, asked: Asked) -> Found:
    """What is found, nearest first; before it the examples themselves, if they are sounds that are wanted."""
    measured, examples = _measured(dataset, _bare(asked))
    return _chosen(dataset, labels, asked, examples, measured)


def found_by(dataset: Dataset, labels: Labels, vectors: np.ndarray, by: Search) -> Found:
    """What is found by the vectors of other sounds, float (m, d), as they were computed; nearest first."""
    return _chosen(dataset, labels, Asked(search=by), search.space(dataset, by).placed(vectors), None)


def _chosen(
    dataset: Dataset, labels: Labels, asked: Asked, examples: np.ndarray, measured: np.ndarray | None,
) -> Found:
    space = search.space(dataset, asked.search)
    own = dataset.rows_of(np.array(asked.sounds, np.int64))
    wanted = labels.ids == UNASSIGNED if asked.search.unassigned else np.ones(len(labels), bool)
    among = wanted & space.known
    among[own] = False
    if asked.search.elsewhere:
        among &= ~np.isin(dataset.segments.file_id, dataset.segments.file_id[own])
    others = search.nearest(space.points, examples, asked.search, among=among, measured=measured)
    first = own[wanted[own]]
    exact = search.distances(space.points[first].astype(np.float64), examples.astype(np.float64), asked.search)
    return Found(np.concatenate([first, others.rows]), np.concatenate([exact, others.distances]))


def _bare(asked: Asked) -> Asked:
    """The same search as far as distances go."""
    usual = Search()
    return dataclasses.replace(asked, search=dataclasses.replace(
        asked.search, n=usual.n, unassigned=usual.unassigned, elsewhere=usual.elsewhere))


@kept_with_dataset(KEPT)
def _measured(dataset: Dataset, asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    """(distance of every sound, float32 (n,); the examples' vectors, float32 (m, d))."""
    examples = vectors_of(dataset, asked)
    return search.distances(search.space(dataset, asked.search).points, examples, asked.search), examples


def vectors_of(dataset: Dataset, asked: Asked) -> np.ndarray:
    """The examples' own vectors, float32 (m, d). Raises ParameterError where one has none."""
    space = search.space(dataset, asked.search)
    if asked.file:
        return space.placed(search_files.vectors(dataset, asked.file, asked.pieces, asked.search))
    rows = dataset.rows_of(np.array(asked.sounds, np.int64))
    if not space.known[rows].all():
        lacking = asked.sounds[int(np.argmin(space.known[rows]))]
        raise ParameterError(f"Sound #{lacking} has no {search.vectors_of(dataset, asked.search)}, so nothing can be "
                             "compared with it. Choose another example, or other vectors.")
    return space.points[rows]


def rows(dataset: Dataset, labels: Labels, step: Mapping[str, Any]) -> np.ndarray:
    """The rows that a step of a selection means: all that its search (``like``) finds, or those ``first`` … ``last``.

    Raises EditError if one of these two ids is not found any more: then others than those seen would be meant.
    """
    shown = found(dataset, labels, read(step["like"])).rows
    ids = labels.segment_ids[shown]
    begin, end = _place(ids, step.get("first"), 0), _place(ids, step.get("last"), len(ids) - 1)
    return shown[begin:end + 1]


def _place(ids: np.ndarray, wanted: Any, otherwise: int) -> int:
    if wanted is None:
        return otherwise
    places = np.flatnonzero(ids == wanted) if isinstance(wanted, int) else []
    if not len(places):
        raise EditError("This search finds other sounds now. Look at it again, then choose.")
    return int(places[0])


def about(dataset: Dataset, asked: Asked) -> dict[str, Any]:
    """The examples, for the page: their words, and of each piece of a file from where to where it is, in s."""
    examples = search_files.about(dataset, asked.file) if asked.file else {"sounds": list(asked.sounds)}
    return examples | {"title": shortened(title(dataset, asked))}


def shortened(text: str) -> str:
    """A long text without its middle: the beginning of a file's name and the end, with the times, tell most."""
    return text if len(text) <= MOST_SIGNS else f"{text[:MOST_SIGNS // 2 - 1]}…{text[-MOST_SIGNS // 2:]}"


def title(dataset: Dataset, asked: Asked) -> str:
    """``#12``, ``3 sounds`` or ``song.wav, 0.10–0.18 s``."""
    if asked.file:
        return search_files.title(dataset, asked.file, asked.pieces)
    return f"#{asked.sounds[0]}" if len(asked.sounds) == 1 else counted(len(asked.sounds), "sound")


def provenance(dataset: Dataset, labels: Labels, like: Any, segment_ids: np.ndarray) -> dict[str, Any]:
    """How sounds were found, for the history; nothing if one of them was not found by this search.

    distance, place : of the last of them, counted from 1 without the examples
    """
    asked = read(like)
    shown = found(dataset, labels, asked)
    places = np.flatnonzero(np.isin(labels.segment_ids[shown.rows], segment_ids))
    if len(places) < len(segment_ids):
        return {}
    n_first = int(np.isin(shown.rows, dataset.rows_of(np.array(asked.sounds, np.int64))).sum())
    examples = {"sounds": list(asked.sounds)} if asked.sounds else search_files.provenance(
        dataset, asked.file, asked.pieces)
    values = params.values(asked.search) | {"vectors": search.vectors_of(dataset, asked.search)}
    return {"search": examples | values | {"example": printable(title(dataset, asked)),
                                           "distance": float(shown.distances[places[-1]]),
                                           "place": int(max(0, places[-1] + 1 - n_first))}}
