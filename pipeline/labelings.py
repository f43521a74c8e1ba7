"""The labelings that a project holds, as a page shows them: what each is, and what it says of every sound."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import confusion, measures, store
from pipeline.clusterers import NOISE
from pipeline.confusion import Confusion
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.kept_with import kept_with_dataset
from pipeline.shelf import fingerprint
from pipeline.text import listed

NO_LABEL, NOISE_CODE = 0xFFFF, 0xFFFE      # in `codes`: the labeling does not speak of the sound; it is noise
TRUTH, CLUSTERS, LABELING = "truth", "clusters", "labeling:"
TOLD_ASIDE = ("versions", "notes", "facts", "measures", "made", "noise_column")


@dataclass(frozen=True, eq=False)
class Stored:
    """A labeling of a project.

    parameters : how it was made, by name      made : when, ISO 8601 in UTC, empty where not known
    n : sounds it speaks of      only_cluster : the curated cluster that it was confined to, None for all sounds
    measures : of its clusters on the points that were clustered, by name      notes : sentences
    fingerprint : another one as soon as anything of it is different
    """

    name: str
    parameters: Mapping[str, Any]
    made: str
    n: int
    n_clusters: int
    n_noise: int
    only_cluster: int | None
    measures: Mapping[str, float]
    notes: tuple[str, ...]
    fingerprint: str

    @property
    def algorithm(self) -> str:
        """The name of the algorithm; empty for labels from elsewhere."""
        return str(self.parameters.get("algorithm", ""))


@dataclass(frozen=True, eq=False)
class Agreement:
    """A labeling held against something else: ``table`` has that as its rows; ``scores`` see `measures.label_scores`.

    n_only : sounds of the labeling about which the other says nothing
    """

    table: Confusion
    scores: Mapping[str, float]
    n_only: int


@kept_with_dataset(1)
def stored(dataset: Dataset) -> tuple[Stored, ...]:
    """Every labeling of a project, the newest first, those of unknown age last and by name."""
    found = sorted((_stored(dataset, name) for name in dataset.names("labelings")), key=lambda one: one.name)
    return tuple(sorted(found, key=lambda one: one.made, reverse=True))


def find(dataset: Dataset, name: str) -> Stored:
    """The labeling of that name. Raises ParameterError, with those there are, for another."""
    for one in stored(dataset):
        if one.name == name:
            return one
    known = listed([repr(one.name) for one in stored(dataset)]) or "none"
    raise ParameterError(f"This project has no labeling {name!r}; it has {known}.")


def members(dataset: Dataset, name: str, number: int) -> list[int]:
    """The ids of the sounds of one cluster of a labeling, -1 for its noise. Raises ParameterError if it has none."""
    find(dataset, name)
    segment_ids, label = dataset.labeling_rows(name)
    inside = segment_ids[label == number].tolist()
    if not inside:
        raise ParameterError(f"The labeling {name!r} has no sounds in {number_text(number)}. Make it again, or choose "
                             "another cluster.")
    return inside


def codes(dataset: Dataset, name: str) -> np.ndarray:
    """The cluster of every sound, uint16 (n,) in row order, with `NOISE_CODE` and `NO_LABEL`."""
    find(dataset, name)
    segment_ids, label = dataset.labeling_rows(name)
    found = np.full(dataset.n_segments, NO_LABEL, np.uint16)
    found[dataset.rows_of(segment_ids)] = np.where(label < 0, NOISE_CODE, np.minimum(label, NOISE_CODE - 1))
    return found


def confidence(dataset: Dataset, name: str) -> np.ndarray:
    """The soft value of each sound for its own cluster, uint8 (n,) in row order: 255 is 1, or that there is none."""
    find(dataset, name)
    labeling = dataset.labeling(name)
    found = np.full(dataset.n_segments, 255, np.uint8)
    if labeling.probability is not None:
        rows = np.flatnonzero((labeling.label > NOISE) & (labeling.label < labeling.probability.shape[1]))
        own = labeling.probability[rows, labeling.label[rows]]
        found[rows] = np.where(np.isfinite(own), np.rint(255 * np.clip(np.nan_to_num(own), 0, 1)), 255)
    return found


@kept_with_dataset(16)
def against(dataset: Dataset, labels: Labels, name: str, other: str) -> Agreement:
    """A labeling held against the true labels, the curated clusters (``labels``) or another labeling.

    other : ``truth``, ``clusters`` or ``labeling:NAME``; unassigned sounds and those without a label are left out

    Raises ParameterError for what is not there.
    """
    find(dataset, name)
    segment_ids, label = dataset.labeling_rows(name)
    texts = _texts(dataset, labels, other)[dataset.rows_of(segment_ids)]
    known = texts != ""
    return Agreement(confusion.confusion(texts, label), measures.label_scores(texts[known], label[known]),
                     int((~known).sum()))


def others(dataset: Dataset, labels: Labels, name: str) -> list[tuple[str, str]]:
    """What a labeling can be held against: (key, title)."""
    found = [(TRUTH, "true labels")] if any(dataset.segments.label or ()) else []
    found += [(CLUSTERS, "clusters as curated")] if (labels.ids != UNASSIGNED).any() else []
    return found + [(LABELING + one.name, one.name) for one in stored(dataset) if one.name != name]


def remove(project: Path | str, name: str) -> None:
    """Take a labeling out of a project's file. Raises ParameterError if it is not there."""
    with Dataset.open(project) as dataset:
        find(dataset, name)
    with store.amend(project) as writer:
        writer.drop_labeling(name)


def number_text(number: int) -> str:
    """What a cluster of a labeling is called."""
    return "noise" if number == NOISE else f"cluster {number}"


def _stored(dataset: Dataset, name: str) -> Stored:
    labeling = dataset.labeling(name)
    segment_ids, label = dataset.labeling_rows(name)
    attrs = {key: _plain(value) for key, value in labeling.attrs.items()}
    only = attrs.pop("only_cluster", None)
    scores = attrs.get("measures") if isinstance(attrs.get("measures"), dict) else {}
    notes = attrs.get("notes") if isinstance(attrs.get("notes"), list) else []
    made = attrs.get("made", "")
    return Stored(
        name, {key: value for key, value in attrs.items() if key not in TOLD_ASIDE}, str(made), len(label),
        len(np.unique(label[label > NOISE])), int((label < 0).sum()), None if only is None else int(only), scores,
        tuple(str(note) for note in notes), fingerprint(str(made), segment_ids, label))


def _texts(dataset: Dataset, labels: Labels, other: str) -> np.ndarray:
    """What the other says of every sound, in row order; empty where nothing."""
    if other == TRUTH:
        return np.array(dataset.segments.label or ("",) * dataset.n_segments, str)
    if other == CLUSTERS:
        numbers, which = np.unique(labels.ids, return_inverse=True)
        titles = ["" if number == UNASSIGNED else labels.title(number) for number in numbers.tolist()]
        return np.array(titles, str)[which.reshape(-1)]
    name = other.removeprefix(LABELING)
    find(dataset, name)
    segment_ids, label = dataset.labeling_rows(name)
    numbers, which = np.unique(label, return_inverse=True)
    width = len(str(int(numbers.max(initial=0))))       # so that 10 comes after 9
    titles = np.array(["noise" if number == NOISE else f"{number:>{width}}" for number in numbers.tolist()], str)
    found = np.full(dataset.n_segments, "", titles.dtype if len(titles) else "<U1")
    found[dataset.rows_of(segment_ids)] = titles[which.reshape(-1)]
    return found


def _plain(value: Any) -> Any:
    """An attribute as a plain value; lists and tables are JSON in the file."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
