"""What a form for preprocessing is made of, and what becomes of its values: a task, a command line, warnings."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import catalogue, checkpoints, discover, options, params, presets, registry, steps
from pipeline.discover import Found
from pipeline.errors import ParameterError
from pipeline.options import PREFIXES
from pipeline.params import Spec, param
from pipeline.plan import PARTS, Plan, method_names
from pipeline.roots import Roots
from pipeline.tasks.preprocess import Preprocess
from pipeline.text import counted

Named = tuple[str, Spec]
NEURAL_FIELDS = {"device": "device", "emb_batch_size": "batch_size"}     # a plan's value → the field of a method
ALL_BASIC = 6                          # a method with no more parameters shows all of them
BASIC = frozenset((
    "sr", "seg_min_freq", "seg_max_freq", "seg_low_cut", "seg_min_length", "seg_min_gap", "seg_rise_db", "seg_keep_db",
    "seg_segments_from", "seg_labels_as", "seg_model", "emb_model",
))
LEADS_OUT = ("Some of these recordings are links that lead out of the folders that may be used here. Copy them, or "
             "allow the folder they lie in with --data-root.")
FILES = ("seg_segments_from", "emb_network")
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class Naming:
    """What the project is called."""

    subject: str = param("", "name of the animal or data set; if not given the data folder's name")
    hdf5_output: str = param("", "the project file; if not given it is named like the subject", flag="hdf5-output")


@dataclass(frozen=True)
class Labels:
    """True labels of clips, and when they were recorded."""

    labels_file: str = param("", "table with the true label of each file", flag="labels")
    label_column: str = param("label", "its column that holds the label")
    label_regex: str = param("", "true label from the file's name: the pattern's first group")
    label_folder: bool = param(False, "true label from the sub-folder")
    time_format: str = param("", "how file names say when they were recorded, as for strptime")


@dataclass(frozen=True)
class Work:
    """How a run is carried out."""

    workers: int | None = param(None, "processes at work; all cores if not given", low=1, high=1024)
    scheduler: str = param("", "work on the dask cluster with this scheduler (tcp://host:port)")
    restart: bool = param(False, "begin anew instead of going on from what is done")
    replace: bool = param(False, "write over a project even if labels in it would be lost")


@dataclass(frozen=True)
class Group:
    """Parameters that stand together; ``folded`` are those that few people touch."""

    name: str
    title: str
    about: str = ""
    basic: list[Named] = field(default_factory=list)
    folded: list[Named] = field(default_factory=list)


def methods() -> list[Named]:
    """The choice of segmenter and embedder, as parameters."""
    about = {"segmenter": "how sounds are found", "embedder": "what stands for a sound on the map"}
    defaults = dict(zip(about, method_names({}), strict=True))
    return [(kind, Spec(kind, str, False, defaults[kind], about[kind], choices=registry.names(f"{kind}s")))
            for kind in about]


def groups(segmenter: str, embedder: str) -> list[Group]:
    """The parameters that have an effect with these methods; others are not shown."""
    seg, emb = registry.load("segmenters", segmenter), registry.load("embedders", embedder)
    neural = [(name, spec) for name, spec in _named(PARTS["neural"]) if name in NEURAL_FIELDS
              and NEURAL_FIELDS[name] in {one.name for cls in (seg, emb) for one in dataclasses.fields(cls)}]
    both = {name: (name, spec) for part in ("pca", "umap") for name, spec in _named(PARTS[part])}   # they share a seed
    return [
        _group("recordings", "Recordings", _named(PARTS["audio"])),
        _group("segmenter", f"Finding sounds: {segmenter}", _named(seg, PREFIXES["segmenters"]),
               registry.describe("segmenters", segmenter)),
        _group("embedder", f"Comparing sounds: {embedder}", _named(emb, PREFIXES["embedders"]),
               registry.describe("embedders", embedder)),
        _group("neural", "Neural models", neural),
        Group("pictures", "Spectrograms and pitch", folded=[*_named(PARTS["spectrogram"]), *_named(PARTS["pitch"])]),
        Group("map", "Map", folded=list(both.values())),
    ]


def parameters(segmenter: str, embedder: str) -> list[Named]:
    """All parameters of `groups`, in order."""
    return [one for group in groups(segmenter, embedder) for one in (*group.basic, *group.folded)]


def _named(cls: type, prefix: str = "") -> list[Named]:
    return [(prefix + spec.name, spec) for spec in params.specs(cls)]


def _group(name: str, title: str, named: list[Named], about: str = "") -> Group:
    basic = [one for one in named if one[0] in BASIC or len(named) <= ALL_BASIC]
    return Group(name, title, about, basic, [one for one in named if one not in basic])


def task(
    own: Mapping[str, Any], *, data_dir: str, output_dir: str, preset: str = "", chosen: Sequence[str] = steps.ALL,
) -> Preprocess:
    """The task that a form describes.

    own : name → value as typed, of `Naming`, `Labels`, `Work`, `methods` and `parameters`. Raises ParameterError.
    """
    base = presets.get(preset) if preset else {}
    named = {name: params.check(spec, own[name]) for name, spec in methods() if own.get(name)}
    segmenter, embedder = method_names(base | named)
    values = _checked(parameters(segmenter, embedder), own)
    fixed = {name: value for cls in (Naming, Labels, Work) for name, value in _checked(_named(cls), own).items()}
    wanted = tuple(name for name in steps.ALL if name in chosen)
    if not wanted:
        raise ParameterError("Choose at least one step that is to be done.")
    return Preprocess(
        data_dir=data_dir, output_dir=output_dir, preset=preset or "", values=values,
        steps=() if wanted == steps.ALL else wanted, **fixed, **named,
    )


def _checked(named: Sequence[Named], own: Mapping[str, Any]) -> dict[str, Any]:
    return {name: params.check(spec, own[name]) for name, spec in named if own.get(name) not in (None, "")}


def command_line(described: Preprocess) -> str:
    """The command that does the same."""
    names, given = options.flags(), dataclasses.asdict(described)
    flags = {"--" + steps.STEPS[name].flag: True for name in described.steps}
    own = {names[name]: _typed(value) for name, value in described.values.items()}
    rest = {f"--{spec.flag or name.replace('_', '-')}": given[name] for cls in (Naming, Labels, Work)
            for name, spec in _named(cls) if given[name] != spec.default}
    first = {"--data-dir": described.data_dir, "--output-dir": described.output_dir}
    kinds = {f"--{name}": given[name] for name in ("preset", "segmenter", "embedder")}
    return options.command_line("preprocess", first | kinds | own | rest | flags)


def _typed(value: Any) -> Any:
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def within(described: Preprocess, allowed: Roots) -> Preprocess:
    """The same task with real paths, all of them in the allowed folders. Raises ParameterError for any other."""
    return dataclasses.replace(
        described, values=values_within(described.values, allowed), data_dir=str(allowed.folder(described.data_dir)),
        output_dir=str(allowed.resolve(described.output_dir, must_exist=False)),
        labels_file=str(allowed.resolve(described.labels_file)) if described.labels_file else "",
        hdf5_output=str(allowed.resolve(described.hdf5_output, must_exist=False)) if described.hdf5_output else "",
    )


def values_within(values: Mapping[str, Any], allowed: Roots) -> dict[str, Any]:
    """A plan's values with real paths, all of them in the allowed folders. Raises ParameterError for any other."""
    found = {name: _allowed(value, allowed) if _may_be_path(name, value) else value for name, value in values.items()}
    tables = found.get("seg_segments_from")
    if tables and os.path.isdir(tables) and not all(map(allowed.allows, discover.files(Path(tables)))):   # noqa: PTH112
        raise ParameterError(LEADS_OUT)
    return found


def form_within(form: Mapping[str, Any], allowed: Roots) -> dict[str, Any]:
    """A form's values, those set by hand (``own``) and all (``values``), likewise."""
    return {**form, **{part: values_within(form[part], allowed) for part in ("own", "values")
                       if isinstance(form.get(part), Mapping)}}


def _may_be_path(name: str, value: Any) -> bool:
    """Whether a method may open this as a file: a text that is no word, and no hub id unless it is there as well."""
    if not isinstance(value, str) or not value:
        return False
    if name in FILES or value.startswith((".", "~", "/")) or ("/" in value and not HUB_ID.fullmatch(value)):
        return True
    return ("/" in value or name.endswith("_model")) and os.path.lexists(value)


def _allowed(value: str, allowed: Roots) -> str:
    return str(allowed.resolve(value))


def warnings(described: Preprocess, plan: Plan, problems: Sequence[str]) -> list[str]:
    """What a person should know before this run begins: labels at risk, options without effect, work that goes on."""
    told = list(problems) + [
        f"The checkpoint {model} is not on this machine: it is fetched from the hub when the run begins."
        for method in (plan.segmenter, plan.embedder) if (model := checkpoints.to_fetch(getattr(method, "model", "")))]
    if plan.hdf5.exists() and (not described.steps or "export" in described.steps):
        told.append(_about_existing(plan.hdf5, described.replace))
    if plan.work_dir.is_dir():
        told.append("An earlier run of this name left its work there: " + (
            "it is thrown away, and all begins anew." if described.restart
            else "what is finished and still fits is not made again."))
    return told


def _about_existing(project: Path, replace: bool) -> str:
    card = catalogue.card(project)
    if card.error:
        raise ParameterError(f"{card.error} Nothing is written over it: choose another project file.")
    has = f"{project} is there already, with {counted(card.n_sounds, 'sound')}"
    if not card.n_clusters:
        return f"{has} and no clusters. It is written anew."
    has = f"{has} in {counted(card.n_clusters, 'cluster')}."
    return f"{has} Labels are carried over to the sounds that are found again; " + (
        "those of others are lost (--replace)." if replace
        else "if any would be lost nothing is written, unless you give --replace.")


def refuse_links_out(found: Sequence[Found], allowed: Roots) -> None:
    """Raise ParameterError if a recording is a link that leads out of the allowed folders."""
    if not all(allowed.allows(one.path) for one in found):
        raise ParameterError(LEADS_OUT)


def usual_output(data_dir: Path, allowed: Roots, *, place: Path | None = None) -> str | None:
    """Where a project of these recordings would most likely go; None if there is no such place.

    The folder of projects that is served, one beside the recordings, or one in an allowed folder; never in the
    recordings' own folder.
    """
    served = [place] if place is not None and place.is_dir() else []
    wanted = [*served, data_dir.parent / "syllabary", *(folder / "syllabary" for folder in allowed.folders)]
    for folder in wanted:
        stands = folder if folder.exists() else folder.parent
        if allowed.allows(folder) and not folder.is_relative_to(data_dir) and os.access(stands, os.W_OK):
            return str(folder)
    return None
