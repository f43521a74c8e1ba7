"""The projects this process has open, each once, with a workspace for each person who works on it."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from functools import cached_property, partial
from pathlib import Path

from pages._ui import access
from pipeline import browse, catalogue
from pipeline.curation.desk import Desk
from pipeline.curation.shared import Shared
from pipeline.curation.workspace import Workspace
from pipeline.errors import ProjectError

IDLE_S = 1800.0            # a workspace that nobody has asked for so long is closed, and then its project
REPLACED_CLOSE_S = 60.0    # so long requests that are under way may go on with a file that was replaced


class _Project:
    """A project that is open, and what the pages need of its data set again and again."""

    def __init__(self, path: Path) -> None:
        self.shared = Shared(path)
        self.used_at = time.monotonic()

    @cached_property
    def scene(self) -> browse.Scene:
        """Coordinates, durations and scales; they do not change while the project is open."""
        return browse.scene(self.shared.dataset)


class OpenProject:
    """A project as one person has it: its name in addresses, its file, their workspace."""

    def __init__(self, slug: str, project: _Project, workspace: Workspace) -> None:
        self.slug, self.path, self.workspace = slug, workspace.path, workspace
        self._project = project

    @property
    def scene(self) -> browse.Scene:
        """Coordinates, durations and scales."""
        return self._project.scene

    @property
    def desk(self) -> Desk:
        """What the person works on in the current mode: clusters or draft."""
        return Desk.of(self.workspace)

    @property
    def version(self) -> str:
        """Changes when the project has got other sounds, so that nothing kept of the old ones is taken for the new."""
        return self._project.shared.identity

    @property
    def name(self) -> str:
        """What a page has to hand back to be sure that it speaks of these sounds, see `open_project`."""
        return f"{self.slug}@{self.version}"


_open: dict[str, _Project] = {}
_replaced: list[tuple[float, _Project]] = []
_lock = threading.Lock()
_opening: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)   # one project's opening holds up no other


def open_project(name: str, *, at_least: int = 0) -> OpenProject:
    """The project of that name, as the person who asks has it; opened now if it is not yet.

    name : its name in addresses, or `OpenProject.name`; then it must have the same sounds as when the page was made
    at_least : a revision that the browser has seen; it may have been made by another process that serves it too

    Raises ProjectError for one that is not known, or not to this person.
    """
    slug = access.plain(name)
    access.require("viewer", slug)
    version = name.removeprefix(slug).removeprefix("@")
    project = _project(slug)
    workspace = project.shared.workspace(access.user(), permit=partial(access.require, "annotator", slug))
    opened = OpenProject(slug, project, workspace)
    if version and version != opened.version:
        raise ProjectError("The project has got other sounds since this page was loaded, or another map. Load the page "
                           "again.")
    Desk.of(workspace, at_least=at_least)
    return opened


def open_workspace(name: str, *, at_least: int = 0) -> Workspace:
    """The workspace of the project of that name, see `open_project`."""
    return open_project(name, at_least=at_least).workspace


def close_all() -> None:
    """Close every workspace, so that each file holds what its journal does."""
    with _lock:
        projects = [*_open.values(), *[project for _since, project in _replaced]]
        _open.clear()
        _replaced.clear()
    for project in projects:
        project.shared.close()


def _project(slug: str) -> _Project:
    """The open project; opened anew if another file has taken its place, as after a run."""
    _close_idle()
    with _lock:
        opening = _opening[slug]
    with opening:
        project = _open.get(slug)
        if project is not None and not project.shared.is_current():
            _let_go(slug)
            project = None
        if project is None:
            path = catalogue.path_of(slug)
            project = _Project(path)
            with _lock:
                _open[slug] = project
            catalogue.remember(path)
    project.used_at = time.monotonic()
    return project


def _let_go(slug: str) -> None:
    with _lock:
        project = _open.pop(slug)
    if project.shared.is_overwritten():
        project.shared.close()
    else:
        with _lock:
            _replaced.append((time.monotonic(), project))


def _close_idle() -> None:
    """Let go of what nobody has asked for in a while. What was done there is in the journals."""
    now = time.monotonic()
    with _lock:
        left = [slug for slug, project in _open.items() if project.used_at < now - IDLE_S]
        projects = [_open.pop(slug) for slug in left]
        projects += [project for since, project in _replaced if since < now - REPLACED_CLOSE_S]
        _replaced[:] = [(since, project) for since, project in _replaced if since >= now - REPLACED_CLOSE_S]
        staying = list(_open.values())
    for project in projects:
        project.shared.close()
    for project in staying:
        project.shared.leave_idle(IDLE_S)
