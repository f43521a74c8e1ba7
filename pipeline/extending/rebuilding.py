"""A plan from what a project says about how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline import options, params, registry
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError
from pipeline.options import PREFIXES
from pipeline.plan import PARTS, Plan, make_plan
from pipeline.projectors.pca import Pca
from pipeline.projectors.umap import Umap

# Where a file of another tool, or of ours under the names of the file format, keeps a value of a plan.
OTHER_NAMES = {
    "sr": ("audio_sr", "sr_processing"), "n_fft": ("spec_n_fft",), "hop_length": ("spec_hop_length",),
    "n_neighbors": ("umap_n_neighbors",), "train_percentage": ("umap_train_percentage",),
    "min_dist": ("umap_min_dist",), "n_pca": ("pca_n_components",),
}
METHODS = {"segmenters": "segmenter", "embedders": "embedder"}
OF_THIS_MACHINE = ("device", "seg_model", "emb_model", "seg_segments_from")   # may be elsewhere now, or not needed
OF_ARRAYS = "npy"
MOST_NAMED = 6


def plan_of(
    dataset: Dataset, data_dir: Path, *, work_dir: Path, given: Mapping[str, Any] | None = None,
    clip_labels: Mapping[str, str] | None = None,
) -> tuple[Plan, list[str]]:
    """How further recordings are to be worked on: as the project's own; and what the project does not tell.

    work_dir : the folder in which the plan's own one is made
    given : values that win over the project's, such as the new place of a checkpoint or a table
    Raises ProjectError for a project that does not say how its sounds were found or embedded, ParameterError for
    values that cannot be.
    """
    stored = {name: value for name, value in dataset.parameters.items() if value is not None}
    values = _values(stored) | {name: value for name, value in (given or {}).items() if value not in (None, "")}
    for folder, kind in METHODS.items():
        values[kind] = _method(dataset, values, folder, needed=kind == "segmenter" or has_embedding(dataset))
    plan = make_plan(
        data_dir, work_dir, subject=f"{dataset.path.stem}.extending", values=values, hdf5=dataset.path,
        clip_labels=clip_labels or {}, time_format=_text(stored.get("time_format")),
    )
    return plan, _untold(dataset, plan, values)


def map_methods(dataset: Dataset) -> tuple[Pca, Umap]:
    """How the project's map was made, as far as it says."""
    values = _values(dataset.parameters)
    return params.make(Pca, values), params.make(Umap, values)


def has_map(dataset: Dataset) -> bool:
    """Whether the sounds lie anywhere but all on one spot, as without a map."""
    return dataset.segments.umap is not None and bool(dataset.segments.umap.any())


def has_embedding(dataset: Dataset) -> bool:
    """Whether the project's sounds have vectors."""
    return dataset.embedding_shape() is not None


def _values(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The plan's values by their own names, from what is stored under these or others."""
    known = {name for name, _spec, _methods in options.run_parameters()} | set(METHODS.values())
    found = {name: value for name, value in stored.items() if name in known and value != ""}
    for name, others in OTHER_NAMES.items():
        value = next((stored[other] for other in others if other in stored), None)
        if value is not None:
            found.setdefault(name, value)
    return found


def _method(dataset: Dataset, values: Mapping[str, Any], folder: str, *, needed: bool) -> str | None:
    """The name of a method: as stored, else as its checkpoint implies."""
    kind, model = METHODS[folder], values.get({"segmenters": "seg_model", "embedders": "emb_model"}[folder])
    name = values.get(kind) or (model if model in registry.names(folder) else None)
    if name is None and model:
        name = {"segmenters": "whisperseg", "embedders": "whisper"}[folder]
    if name == OF_ARRAYS:
        raise ProjectError(f"{dataset.path} was made from arrays (.npy), not from recordings. Put the new arrays "
                           "beside the old ones and import the folder again.")
    if name is None and needed:
        did = "how its sounds were found" if kind == "segmenter" else "how its embedding was made"
        raise ProjectError(f"{dataset.path} does not say {did}, so new recordings cannot be treated alike. Name the "
                           f"method with --{kind}: {', '.join(registry.names(folder))}.")
    return name


def _untold(dataset: Dataset, plan: Plan, values: Mapping[str, Any]) -> list[str]:
    """A sentence about parameters for which defaults are taken because the project does not have them."""
    declared = {spec.name: spec for cls in PARTS.values() for spec in params.specs(cls)}
    for folder, kind in METHODS.items():
        method = getattr(plan, kind)
        declared |= {PREFIXES[folder] + spec.name: spec for spec in params.specs(type(method))}
    missing = [f"{name} {spec.default}" for name, spec in declared.items()
               if name not in values and name not in OF_THIS_MACHINE and spec.default not in (None, "")
               and not (name.startswith(tuple(PREFIXES.values())) and name in _neural(plan))]
    if not missing:
        return []
    more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
    return [f"{dataset.path.name} does not tell all that it was made with; defaults are taken for "
            f"{', '.join(missing[:MOST_NAMED])}{more}."]


def _neural(plan: Plan) -> set[str]:
    """The shared parameters of neural methods, which are nobody's business where none is at work."""
    own = {prefix + spec.name for kind, prefix in (("segmenter", "seg_"), ("embedder", "emb_"))
           for spec in params.specs(type(getattr(plan, kind)))}
    return {spec.name for spec in params.specs(PARTS["neural"])} - own


def _text(value: Any) -> str | None:
    return str(value) if value else None
