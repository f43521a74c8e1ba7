"""Which recordings of a folder a project does not have yet, and what they are to be called in it."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import audio, discover, recordings
from pipeline.dataset import Dataset
from pipeline.errors import AudioError
from pipeline.text import counted

MOST_NAMED = 3


@dataclass(frozen=True)
class Newcomer:
    """One recording that the project does not have.

    found : where it lies, named as in ``base``      path : what the project calls it, unique there
    data_dir : the folder that ``path`` is relative to, if that is not the project's; else empty
    """

    found: discover.Found
    path: str
    data_dir: str = ""


@dataclass(frozen=True)
class Newcomers:
    """What a folder has for a project.

    base : the folder that the recordings' own names are relative to
    home : the folder of the project's recordings, as a text for the project
    known : names of recordings that the project has      changed : those it has with another content
    """

    base: Path
    home: str
    new: list[Newcomer] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Sentences about what was passed over."""
        told = []
        if self.known:
            told.append(f"{counted(len(self.known), 'recording')} {_are(self.known)} in the project already and "
                        f"stay{'s' if len(self.known) == 1 else ''} as {_them(self.known)} ({_some(self.known)}).")
        if self.changed:
            told.append(f"{counted(len(self.changed), 'recording')} {_have(self.changed)} changed since the project "
                        f"was made and {_are(self.changed)} passed over ({_some(self.changed)}). Give them other "
                        "names, or make the project anew with 'preprocess'.")
        return told


def find(dataset: Dataset, folder: Path) -> Newcomers:
    """Compare the recordings in ``folder``, at any depth, with those of the project.

    A recording is the same if it lies in the same place, or has the same path in its folder, and the same content.
    Raises ParameterError for a folder that is missing or without recordings.
    """
    found = discover.recordings(folder)
    folder = folder.expanduser().resolve()
    home = _home(dataset, folder)
    base = home if folder.is_relative_to(home) else folder
    prefix = "" if base == folder else f"{discover.name_of(os.path.relpath(folder, base))}/"
    result = Newcomers(base, _told_home(dataset, home))
    old = _Old(dataset, home)
    outside: list[discover.Found] = []
    for one in found:
        listed = discover.Found(one.path, prefix + one.name)
        place = _joined(base, listed.name)
        known_as = old.path_of(place, listed)
        if known_as is not None:
            (result.changed if old.is_changed(known_as, one.path) else result.known).append(known_as)
        elif Path(place).is_relative_to(home):
            result.new.append(Newcomer(listed, discover.name_of(os.path.relpath(place, home))))
        else:
            outside.append(listed)
    result.new.extend(_named_apart(outside, base, set(dataset.files.path)))
    return result


class _Old:
    """The recordings that the project has, by where they lie and by what they are called."""

    def __init__(self, dataset: Dataset, home: Path) -> None:
        self._dataset, files = dataset, dataset.files
        bases = {text: (dataset.path.parent / text).resolve() if text else home for text in set(files.data_dir)}
        places = [_joined(bases[text], path) for text, path in zip(files.data_dir, files.path, strict=True)]
        self._by_place = dict(zip(places, files.path, strict=True))
        self._places = {path: place for place, path in self._by_place.items()}
        self._rows = {path: row for row, path in enumerate(files.path)}

    def path_of(self, place: str, listed: discover.Found) -> str | None:
        """What the project calls a recording, or None if it does not have it."""
        if place in self._by_place:
            return self._by_place[place]
        same_name = listed.name if listed.name in self._rows else None
        return same_name if same_name and self._is_copy(same_name, listed.path) else None

    def is_changed(self, path: str, now: Path) -> bool:
        """Whether rate or length are not those of the recording that the project was made from."""
        files, row = self._dataset.files, self._rows[path]
        if not files.sr[row]:        # it could not be read then
            return False
        try:
            about = audio.probe(now)
        except AudioError:
            return True
        rate_hz = int(files.sr[row])
        return about.rate_hz != rate_hz or abs(about.duration_s - float(files.duration_s[row])) > _tolerance_s(rate_hz)

    def _is_copy(self, path: str, other: Path) -> bool:
        """Whether a file elsewhere is a recording of the project, byte for byte, or by its length if that is gone."""
        original = Path(self._places[path])
        if original.is_file():
            return filecmp.cmp(original, other, shallow=False)
        return not self.is_changed(path, other)


def _tolerance_s(rate_hz: int) -> float:
    """Formats with padding tell another length in their header than they decode to; 50 ms, or 2 samples if longer."""
    return max(0.05, 2 / rate_hz)


def _home(dataset: Dataset, folder: Path) -> Path:
    """Where the project's recordings are: where it says, or in ``folder``, if they are there instead."""
    stated = recordings.folder_of(dataset).resolve()
    absent = not any(path.is_file() for path in _sample(dataset, stated))
    return folder if absent and any(path.is_file() for path in _sample(dataset, folder)) else stated


def _sample(dataset: Dataset, folder: Path) -> Iterable[Path]:
    own = [path for path, elsewhere in zip(dataset.files.path, dataset.files.data_dir, strict=True) if not elsewhere]
    step = max(1, len(own) // recordings.MOST_LOOKED_FOR)
    return (folder / path for path in own[::step] if path)


def _told_home(dataset: Dataset, home: Path) -> str:
    """As the project has it where that is right, so that a relative folder stays one."""
    stated = dataset.data_dir
    return stated if stated and (dataset.path.parent / stated).resolve() == home else str(home)


def _named_apart(found: Sequence[discover.Found], base: Path, taken: set[str]) -> list[Newcomer]:
    """Names for recordings that do not lie in the project's folder: with as many of their folders as set them apart."""
    for depth in range(1, len(base.parts)):
        prefix, data_dir = "/".join(base.parts[-depth:]), base.parents[depth - 1]
        paths = [f"{discover.name_of(prefix)}/{one.name}" for one in found]
        if taken.isdisjoint(paths):
            break
    else:
        data_dir, paths = base, [one.name for one in found]
    return [Newcomer(one, path, str(data_dir)) for one, path in zip(found, paths, strict=True)]


def _joined(folder: Path, name: str) -> str:
    return os.path.normpath(f"{discover.name_of(folder)}/{name}")


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:MOST_NAMED])) + (", …" if len(names) > MOST_NAMED else "")


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _have(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _them(names: Sequence[str]) -> str:
    return "it is" if len(names) == 1 else "they are"
