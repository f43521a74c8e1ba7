"""The projects this process has open: one workspace for each, found by its name in addresses."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path

from pipeline import browse, catalogue, settings
from pipeline.curation.desk import Desk
from pipeline.curation.workspace import Workspace


class OpenProject:
    """A workspace, and what the pages need of its data set again and again."""

    def __init__(self, slug: str, path: Path) -> None:
        self.slug, self.path = slug, path
        self.workspace = Workspace.open(path, user=settings.user_name())

    @cached_property
    def scene(self) -> browse.Scene:
        """Coordinates, durations and scales; they do not change while the project is open."""
        return browse.scene(self.workspace.dataset)

    @property
    def desk(self) -> Desk:
        """What the person works on in the current mode: clusters or draft."""
        return Desk.of(self.workspace)


_open: dict[str, OpenProject] = {}
_lock = threading.Lock()


def open_project(slug: str, *, at_least: int = 0) -> OpenProject:
    """The open project of that name; opened now if it is not yet. Raises ProjectError for one that is not known.

    at_least : a revision that the browser has seen; it may have been made by another process that serves it too
    """
    with _lock:
        if slug not in _open:
            path = catalogue.path_of(slug)
            _open[slug] = OpenProject(slug, path)
            catalogue.remember(path)
        project = _open[slug]
    Desk.of(project.workspace, at_least=at_least)
    return project


def open_workspace(slug: str, *, at_least: int = 0) -> Workspace:
    """The workspace of the project of that name."""
    return open_project(slug, at_least=at_least).workspace


def close_all() -> None:
    """Close every workspace, so that each file holds what its journal does."""
    with _lock:
        while _open:
            _slug, project = _open.popitem()
            project.workspace.close()
