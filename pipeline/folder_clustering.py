"""Clustering a folder of arrays, without any project: arrays in, files with labels out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import cluster_files, clustering, npy_folder, npy_links, params
from pipeline.clustering import Result
from pipeline.npy_folder import NpyReading, Vectors
from pipeline.npy_links import Links
from pipeline.text import counted
from pipeline.watcher import Watcher


@dataclass(frozen=True, eq=False)
class Sorted:
    """What became of a folder: its vectors, their result, the recordings of the ids, and the files that were made."""

    folder: Path
    vectors: Vectors
    result: Result
    links: Links
    files: tuple[Path, ...] = ()

    @property
    def summary(self) -> str:
        """What was found, in a sentence."""
        counts, n_refused = self.result.counts(), len(self.vectors.refused)
        noise = f", {counts['n_noise']:,} are noise" if counts["n_noise"] else ""
        left_out = f"; {counted(n_refused, 'file')} could not be used" if n_refused else ""
        return (f"{clustering.title(self.result.parameters['algorithm'])}: {counted(counts['n_clusters'], 'cluster')} "
                f"of {counts['n']:,} arrays{noise}{left_out}.")


def cluster(
    folder: Path | str, algorithm: str = "hdbscan", values: Mapping[str, Any] | None = None, *,
    mapping: Path | None = None, audio_dir: Path | None = None, watcher: Watcher | None = None,
) -> Sorted:
    """Cluster a folder of ``.npy`` files with the defaults that were published for them.

    values : parameters by name, of `NpyReading` and of `clustering.parameters`
    mapping, audio_dir : see `npy_links.find`; a ``mapping.json`` in the folder is taken by itself

    Raises ParameterError and TableError.
    """
    folder, watcher = Path(folder).expanduser().absolute(), watcher or Watcher()
    values = dict(values or {})
    reading = params.make(NpyReading, values)
    own = {spec.name for spec in params.specs(NpyReading)}
    recipe = clustering.make_recipe(algorithm, values, usual=clustering.ON_A_FOLDER)
    for other in clustering.without_effect(recipe, {name: v for name, v in values.items() if name not in own}):
        watcher.note(f"{other} has no effect with {algorithm}.")
    links = _links(folder, mapping, audio_dir)
    for sentence in links.problems:
        watcher.note(sentence)
    vectors = reading.read(folder, durations_s=links.durations_s, watcher=watcher)
    result = clustering.run(vectors.values, recipe, watcher=watcher)
    result = _with_parameters(result, params.values(reading))
    return Sorted(folder, vectors, result, links)


def points_of(
    folder: Path | str, algorithm: str, values: Mapping[str, Any], *, mapping: Path | None = None,
    audio_dir: Path | None = None, watcher: Watcher | None = None,
) -> np.ndarray:
    """What ``algorithm`` would group, float32 (n, k): the vectors of a folder, scaled and reduced."""
    folder = Path(folder).expanduser().absolute()
    links = _links(folder, mapping, audio_dir)
    vectors = params.make(NpyReading, values).read(folder, durations_s=links.durations_s, watcher=watcher)
    recipe = clustering.make_recipe(algorithm, values, usual=clustering.ON_A_FOLDER)
    return recipe.reduction.apply(vectors.values, watcher=watcher)


def save(found: Sorted, output_dir: Path, *, plot: str = "none", plot_path: Path | None = None,
         watcher: Watcher | None = None) -> Sorted:
    """Write labels, soft values, ``run.json`` with the status of every file, and a plot if one is asked for."""
    output_dir = Path(output_dir).expanduser().absolute()
    refused = [{"id": row.id, "status": row.status, "shape": row.shape} for row in found.vectors.refused]
    about = {"input": str(found.folder), "n_files": len(found.vectors.rows), "refused": refused,
             "recordings": {key: _plain(asdict(link)) for key, link in found.links.by_id.items()}}
    files = cluster_files.write(found.result, found.vectors.ids, output_dir, about=about)
    if plot != "none":
        path = plot_path or output_dir / f"{found.result.parameters['algorithm']}_{plot}.png"
        files.append(cluster_files.plot(found.result, path, how=plot, watcher=watcher))
    return Sorted(found.folder, found.vectors, found.result, found.links, tuple(files))


def output_dir_for(folder: Path) -> Path:
    """Where files go if no place is given: beside the folder, never among the arrays."""
    folder = folder.expanduser().absolute()
    return folder.with_name(f"{folder.name}_clustered")


def _links(folder: Path, mapping: Path | None, audio_dir: Path | None) -> Links:
    found = mapping or (folder / npy_links.MAPPING if (folder / npy_links.MAPPING).is_file() else None)
    if found is None and audio_dir is None:
        return Links()
    return npy_links.find([row.id for row in npy_folder.files(folder)], mapping=found, audio_dir=audio_dir)


def _with_parameters(result: Result, more: Mapping[str, Any]) -> Result:
    return replace(result, parameters={**more, **result.parameters})


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN."""
    return {key: None if isinstance(value, float) and np.isnan(value) else value for key, value in entry.items()}
