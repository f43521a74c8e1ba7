"""From a project to the file of its report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline import store
from pipeline.curation.workspace import Workspace
from pipeline.errors import ExportError
from pipeline.report import content, exemplars, page
from pipeline.report.exemplars import Shown
from pipeline.report.groups import Material
from pipeline.report.options import Options
from pipeline.text import counted, size_text
from pipeline.watcher import Watcher

SUFFIXES = (".html", ".htm")
BEGINNING = 4_096              # of a file, in which a report says that it is one
NO_EXEMPLARS = Shown({}, 0, 0, False, False, ())
BYTES_PER_MB = 1e6
SPARE_BYTES = 2_000            # for sentences about what was left out
COUNT = "count"
STEPS = ({"step": COUNT, "title": "counts", "unit": ""}, {"step": exemplars.STEP, "title": "exemplars", "unit": ""})


@dataclass(frozen=True)
class Written:
    """A report that was written: ``notes`` are sentences about what is not in it."""

    path: Path
    n_bytes: int
    n_clusters: int
    n_exemplars: int
    notes: tuple[str, ...]

    @property
    def summary(self) -> str:
        """What there is, in a sentence."""
        return (f"{self.path.name}: {counted(self.n_clusters, 'cluster')}, {counted(self.n_exemplars, 'exemplar')}, "
                f"{size_text(self.n_bytes)}.")


def beside(project: Path) -> Path:
    """Where the report of a project lies unless it is put elsewhere: ``bird.h5`` → ``bird.report.html``."""
    return project.with_name(f"{project.stem}.report.html")


def check_place(path: Path) -> None:
    """Raise ExportError unless a report can be written there: nothing is there, or an earlier report."""
    if path.suffix.lower() not in SUFFIXES:
        raise ExportError(f"{path} does not look like a page. Let the report's name end in .html.")
    if not path.resolve().parent.is_dir():
        raise ExportError(f"There is no folder {path.resolve().parent}. Create it, or choose another.")
    if path.exists() and not is_report(path):
        raise ExportError(f"{path} is there already, and is no report of Syllabary. Choose another name, or remove it.")


def is_report(path: Path) -> bool:
    """Whether a file is a report that this module wrote."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return page.GENERATOR.encode() in file.read(BEGINNING)


def write(project: Path | str, path: Path | str | None = None, options: Options | None = None, *,
          watcher: Watcher | None = None) -> Written:
    """Write the report of a project, with its labels as they are now, to ``path`` (usually beside it).

    An earlier report there is replaced, whole or not at all. Raises ExportError or ProjectError.
    """
    project, options, watcher = Path(project).expanduser().absolute(), options or Options(), watcher or Watcher()
    path = beside(project) if path is None else Path(path).expanduser().absolute()
    check_place(path)
    with Workspace.open(project) as workspace:
        text, clusters, shown, notes = _made(workspace, options, watcher)
    data = text.encode()
    with store.replacing(path) as temporary:
        temporary.write_bytes(data)
    return Written(path, len(data), clusters, sum(len(one) for one in shown.of.values()), tuple(notes))


def _made(workspace: Workspace, options: Options, watcher: Watcher) -> tuple[str, int, Shown, list[str]]:
    material = Material(workspace.dataset, workspace.labels, options)
    watcher.begin(COUNT, 1, title="counts")
    bare = content.gathered(workspace, material)
    watcher.advance(COUNT, 1)
    n_bytes = len(page.rendered(content.with_exemplars(bare, material, NO_EXEMPLARS)).encode())
    room = round(options.max_mb * BYTES_PER_MB) - n_bytes - SPARE_BYTES
    shown = exemplars.gather(
        workspace.dataset, material.scene, material.partition, material.places, n=options.exemplars,
        with_sound=options.sounds, most_bytes=max(0, room), watcher=watcher)
    whole = content.with_exemplars(bare, material, shown)
    return page.rendered(whole), len(material.partition.clusters), shown, whole["shown"]
