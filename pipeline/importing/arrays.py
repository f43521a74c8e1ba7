"""A folder of ``.npy`` files as a project: each is a sound's embedding; recordings are linked where they are known."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import (
    assemble,
    discover,
    npy_folder,
    npy_links,
    params,
    project_file,
    rewriting,
    run,
    sample_folder,
    store,
    timestamps,
)
from pipeline.importing import place
from pipeline.npy_folder import NpyReading, Vectors
from pipeline.npy_links import Links
from pipeline.overview import OK
from pipeline.plan import Plan, make_plan, parameters
from pipeline.projectors.pca import Pca
from pipeline.projectors.umap import Umap
from pipeline.rewriting import Map
from pipeline.shelf import Shelf
from pipeline.steps import Outcome
from pipeline.text import counted
from pipeline.watcher import Watcher

UNKNOWN_S = 0.1              # stands for the length of a sound of which only the array is known
NO_RECORDING = "no recording of this array is known, so it can be neither seen nor heard"
MOST_TOLD = 5


@dataclass(frozen=True)
class ArraysLook:
    """What a folder of arrays holds, from names and links alone."""

    n_arrays: int
    n_linked: int
    problems: list[str] = field(default_factory=list)


@dataclass
class Imported:
    """What was made. ``refused`` arrays are told with the reason in the project's table of recordings, too."""

    project: Path
    n_sounds: int
    n_linked: int
    refused: list[tuple[str, str]]
    notes: list[str]


def look(folder: Path, *, audio_dir: Path | None = None, mapping: Path | None = None) -> ArraysLook:
    """What an import would find. Raises ParameterError or TableError."""
    ids = [row.id for row in npy_folder.files(folder)]
    links = npy_links.find(ids, mapping=mapping, audio_dir=audio_dir)
    return ArraysLook(len(ids), len(links.by_id), list(links.problems))


def make(
    folder: Path,
    output: Path,
    *,
    audio_dir: Path | None = None,
    mapping: Path | None = None,
    label_folder: bool = False,
    values: Mapping[str, Any] | None = None,
    watcher: Watcher | None = None,
    workers: int | None = None,
) -> Imported:
    """Make a project at ``output`` with an embedding, principal components and a map of all arrays.

    audio_dir, mapping : as `npy_links.find`      label_folder : the sub-folder of an array is its true label
    values : parameters of `NpyReading`, `Pca` and `Umap` by name

    Raises ParameterError for a folder without arrays or an output that is there, TableError for arrays or a mapping
    that cannot be understood.
    """
    watcher, output, values = watcher or Watcher(), place.check(output), values or {}
    reading, pca, umap = (params.make(cls, values) for cls in (NpyReading, Pca, Umap))
    links = npy_links.find([row.id for row in npy_folder.files(folder)], mapping=mapping, audio_dir=audio_dir)
    vectors = reading.read(folder, durations_s=links.durations_s, watcher=watcher)
    sounds = _Sounds(vectors, links, audio_dir)
    watcher.begin("place", 1, title="map")
    laid_out = _map(vectors.values[sounds.order], pca, umap)
    watcher.advance("place", 1)
    plan = _plan(audio_dir, output, pca, umap)
    about = _about(plan, folder, audio_dir, sounds)
    with run.only_run(plan, restart=False):
        shelf = Shelf(plan.work_dir)
        outcomes = run.process_all(sounds.jobs, plan, ("spectrogram",), shelf, watcher, workers, None)
        watcher.begin("write", len(sounds.jobs) + 1, title="project file")
        with store.create(output, about, data_dir=audio_dir) as writer:
            writer.files(**sounds.files(outcomes))
            columns = sounds.segments(outcomes, label_folder=label_folder)
            writer.segments(**columns, umap=laid_out.umap, pca=laid_out.pca)
            writer.embeddings(columns["segment_id"], vectors.values[sounds.order],
                              {"method": "npy", **params.values(reading)})
            rewriting.write_map(writer, laid_out, columns["segment_id"])
            for name, outcome in zip(sounds.recordings, outcomes, strict=True):
                project_file.write_recording(writer, sounds.file_ids[name], dict(outcome.keys), shelf)
                watcher.advance("write", 1)
        watcher.advance("write", 1)
    shutil.rmtree(plan.work_dir, ignore_errors=True)
    done = Imported(output, len(vectors.ids), sounds.n_linked, sounds.refused, _notes(sounds, links))
    for sentence in done.notes:
        watcher.note(sentence)
    return done


class _Sounds:
    """The tables of recordings and sounds: a row for each recording that an array was made from, for each array without
    one, and for each file that is no array.

    recordings : names of those that are there, in the order of ``jobs``     order : rows of the arrays as sounds
    """

    def __init__(self, vectors: Vectors, links: Links, audio_dir: Path | None) -> None:
        self.refused = [(row.id, row.status) for row in vectors.refused]
        self._links = {name: links.by_id.get(name) for name in vectors.ids}
        self.n_linked = sum(link is not None for link in self._links.values())
        named = {link.recording for link in self._links.values() if link is not None}
        free = {name: self._called(name, named) for name, link in self._links.items() if link is None}
        refused = {self._called(name, named): why for name, why in self.refused}
        self._path_of = {name: free.get(name) or link.recording for name, link in self._links.items()}
        self._why = dict.fromkeys(free.values(), NO_RECORDING) | refused
        self.file_ids = {path: row for row, path in enumerate(sorted({*self._path_of.values(), *refused}))}
        self._ids = vectors.ids
        self.order = np.array(sorted(range(len(vectors.ids)), key=self._where), np.int64)
        there = {found.name: found for found in discover.recordings(audio_dir)} if audio_dir is not None else {}
        self.recordings = sorted(named & set(there))
        self.jobs = [run.job_of(there[name], number) for number, name in enumerate(self.recordings)]

    def files(self, outcomes: list[Outcome]) -> dict[str, Any]:
        """The columns of ``files``."""
        by_name = dict(zip(self.recordings, outcomes, strict=True))
        paths, known = list(self.file_ids), {path: by_name.get(path) for path in self.file_ids}
        return {
            "file_id": np.arange(len(paths), dtype=np.int32), "path": paths,
            "filename": [path.rpartition("/")[2] for path in paths],
            "sr": np.array([found.native_rate_hz if found else 0 for found in known.values()], np.int32),
            "duration_sec": np.array([found.duration_s if found else np.nan for found in known.values()]),
            "recorded_at": np.array([timestamps.recorded_at(path) for path in paths], np.float64),
            "status": [self._status(path, found) for path, found in known.items()],
            "day": [path.partition("/")[0] if "/" in path else "" for path in paths],
            "note": ["; ".join(found.notes) if found else "" for found in known.values()],
        }

    def segments(self, outcomes: list[Outcome], *, label_folder: bool) -> dict[str, Any]:
        """The columns of ``segments``, without the map."""
        lengths_s = {name: outcome.duration_s for name, outcome in zip(self.recordings, outcomes, strict=True)}
        names = [self._ids[row] for row in self.order]
        labels = [name.rpartition("/")[0].rpartition("/")[2] for name in names] if label_folder else None
        return {
            "segment_id": np.arange(len(names), dtype=np.int32),
            "file_id": np.array([self.file_ids[self._path_of[name]] for name in names], np.int32),
            "onset_sec": np.array([self._onset_s(name) for name in names], np.float64),
            "duration_sec": np.array([self._duration_s(name, lengths_s) for name in names], np.float64),
            "label": labels,
        }

    def _called(self, name: str, taken: set[str]) -> str:
        """An array without a recording is called by its id."""
        return name if name not in taken else f"{name}{npy_folder.SUFFIX}"

    def _where(self, row: int) -> tuple[int, float, str]:
        name = self._ids[row]
        return self.file_ids[self._path_of[name]], self._onset_s(name), name

    def _onset_s(self, name: str) -> float:
        link = self._links[name]
        return 0.0 if link is None else link.onset_s

    def _duration_s(self, name: str, lengths_s: Mapping[str, float]) -> float:
        link = self._links[name]
        if link is None:
            return UNKNOWN_S
        rest_s = lengths_s.get(link.recording, 0.0) - link.onset_s
        stated = link.duration_s if link.duration_s > 0 else rest_s
        return stated if stated > 0 else UNKNOWN_S

    def _status(self, path: str, found: Outcome | None) -> str:
        return self._why.get(path) or (found.status if found else OK)


def _map(values: np.ndarray, pca: Pca, umap: Umap) -> Map:
    if len(values) >= assemble.FEWEST_FOR_A_MAP:
        return rewriting.new_map(values, pca, umap)
    n = len(values)
    return Map(np.zeros((n, 2), np.float32), np.zeros((n, 0), np.float32), np.zeros(n, bool))


def _plan(audio_dir: Path | None, output: Path, pca: Pca, umap: Umap) -> Plan:
    """How the recordings' pictures are made: as for a folder of clips, at the rate that most of them have."""
    subject, values = f"{output.stem}.importing", {"segmenter": "files"}
    if audio_dir is None:
        plan = make_plan(output.parent, output.parent, subject=subject, values=values, hdf5=output)
    else:
        plan = sample_folder.plan_for(audio_dir.expanduser().absolute(), output.parent)
    return dataclasses.replace(plan, subject=subject, hdf5=output, pca=pca, umap=umap)


def _about(plan: Plan, folder: Path, audio_dir: Path | None, sounds: _Sounds) -> dict[str, Any]:
    """The parameters that mean something for arrays."""
    own = params.values(plan.pca) | params.values(plan.umap)
    told = parameters(plan)
    pictures = [name for name in told if name.startswith("spec_") or name in ("hop_length", "n_fft", "audio_sr",
                                                                                "sr_processing", "sr")]
    kept = own | ({name: told[name] for name in pictures} if sounds.jobs else {})
    return kept | {"subject": plan.hdf5.stem, "segmenter": "npy", "embedder": "npy",
                   "embeddings_from": str(folder.expanduser().absolute()),
                   "umap_n_neighbors": plan.umap.n_neighbors, "umap_train_percentage": plan.umap.train_percentage,
                   "umap_min_dist": plan.umap.min_dist, "pca_n_components": plan.pca.n_pca}


def _notes(sounds: _Sounds, links: Links) -> list[str]:
    told = list(links.problems)
    if sounds.refused:
        shown = "; ".join(f"{name} {why}" for name, why in sounds.refused[:MOST_TOLD])
        more = f"; and {len(sounds.refused) - MOST_TOLD} more" if len(sounds.refused) > MOST_TOLD else ""
        told.append(f"{counted(len(sounds.refused), 'file')} could not be used: {shown}{more}.")
    if not sounds.n_linked:
        told.append("No recordings are known, so the sounds can be curated on the map, but neither seen nor heard. "
                    "Give the folder that holds them (--audio-dir) to link them by name.")
    return told
