"""What a browser asks to be imported or extended, as a run: paths in the allowed folders only, nothing written over."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import discover, preparing
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.extending import newcomers
from pipeline.importing import fronts, looking, place
from pipeline.importing.looking import ARRAYS, CLIPS, PROJECT, TABLE, Look
from pipeline.roots import Roots
from pipeline.segmenters.table import TRUTH
from pipeline.text import counted

PATIENCE_S = 30.0            # a person who waits for a look


@dataclass(frozen=True)
class Wanted:
    """What is to be imported, as texts from a form.

    audio_dir : recordings, which a table needs and arrays may have      labels_as : see `segmenters.table`
    """

    kind: str
    source: str = ""
    audio_dir: str = ""
    folder: str = ""
    name: str = ""
    labels_as: str = TRUTH
    label_folder: bool = False


def look(wanted: Wanted, roots: Roots) -> Look:
    """What an import would find, looked at in a process of its own. Raises ParameterError for a refused path."""
    source, audio_dir = _places(wanted, roots)
    return looking.ask(wanted.kind, source, audio_dir=audio_dir, longest_s=PATIENCE_S)


def run_of(wanted: Wanted, roots: Roots) -> tuple[str, dict[str, Any]]:
    """The kind of run that does it, and its values. Raises ParameterError for what will not do."""
    source, audio_dir = _places(wanted, roots)
    output = _output(wanted, roots)
    if wanted.kind == PROJECT:
        return "import_project", {"source": str(source), "output": str(output)}
    if wanted.kind == ARRAYS:
        return "import_npy", {"source": str(source), "output": str(output), "audio_dir": str(audio_dir or ""),
                              "label_folder": wanted.label_folder}
    if wanted.kind == CLIPS:
        return "preprocess", dataclasses.asdict(fronts.from_clips(source, output))
    if audio_dir is None:
        raise ParameterError("Choose the folder of recordings that the table speaks of.")
    return "preprocess", dataclasses.asdict(fronts.from_table(source, audio_dir, output, labels_as=wanted.labels_as))


def usual_place(source: str, roots: Roots, *, served: Path | None) -> tuple[str, str]:
    """The folder and the name that a project of this would most likely get; empty where nothing can be said."""
    try:
        path = roots.resolve(source.strip())
    except ParameterError:       # told beside the field
        return "", ""
    folder = preparing.usual_output(path if path.is_dir() else path.parent / path.stem, roots, place=served) or ""
    name = path.stem if path.is_file() else path.name
    return folder, _free(folder, name)


def look_at_newcomers(project: Path, folder: str, roots: Roots) -> Look:
    """What a project would be extended by. Raises ParameterError or ProjectError."""
    data_dir = newcomers_folder(folder, roots)
    with Dataset.open(project) as dataset:
        found = newcomers.find(dataset, data_dir)
    n, new = len(found.new), [one.path for one in found.new[:3]]
    facts = [f"{counted(n, 'new recording')}: {', '.join(new)}{', …' if n > 3 else ''}."] if n else []
    return Look(n, facts, found.problems, "" if n else "There is no recording in it that the project does not have.")


def newcomers_folder(folder: str, roots: Roots) -> Path:
    """The folder that a project is to be extended from. Raises ParameterError if it, or a recording, lies elsewhere."""
    data_dir = roots.folder(folder.strip())
    preparing.refuse_links_out(discover.recordings(data_dir), roots)
    return data_dir


def _places(wanted: Wanted, roots: Roots) -> tuple[Path, Path | None]:
    """The real paths of what is read, none of which leads out of the allowed folders."""
    if wanted.kind not in looking.TITLES:
        raise ParameterError("Choose what is to be imported.")
    if not wanted.source.strip():
        raise ParameterError("Choose it first.")
    source = roots.folder(wanted.source.strip()) if wanted.kind in (ARRAYS, CLIPS) else roots.resolve(
        wanted.source.strip())
    if wanted.kind == PROJECT and source.is_dir():
        raise ParameterError(f"{source} is a folder. Choose the .h5 file in it.")
    needs_audio = wanted.kind in (ARRAYS, TABLE) and wanted.audio_dir.strip()
    audio_dir = roots.folder(wanted.audio_dir.strip()) if needs_audio else None
    _refuse_links_out(source, audio_dir, wanted.kind, roots)
    return source, audio_dir


def _refuse_links_out(source: Path, audio_dir: Path | None, kind: str, roots: Roots) -> None:
    if kind in (ARRAYS, TABLE) and source.is_dir() and not all(map(roots.allows, discover.files(source))):
        raise ParameterError(preparing.LEADS_OUT)
    recordings = source if kind == CLIPS else audio_dir
    if recordings is not None:
        preparing.refuse_links_out(discover.recordings(recordings), roots)


def _output(wanted: Wanted, roots: Roots) -> Path:
    name = wanted.name.strip().removesuffix(".h5")
    if not name or name.startswith(".") or "/" in name or not name.isprintable():
        raise ParameterError(f"The project cannot be called {name!r}: give a name without / that does not begin with "
                             "a dot.")
    if not wanted.folder.strip():
        raise ParameterError("Choose the folder that the project goes to.")
    return place.check(roots.resolve(wanted.folder.strip(), must_exist=False) / f"{name}.h5")


def _free(folder: str, name: str) -> str:
    """The name, with a number behind it if there is such a project already."""
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    return next((one for one in names if not (Path(folder) / f"{one}.h5").exists()), name)
