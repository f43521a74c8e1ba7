"""From the id of an array to the sound it was made from: by a ``mapping.json``, or by the names of recordings."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import audio, discover, text_tables
from pipeline.errors import AudioError, TableError
from pipeline.matching import match_names

MAPPING = "mapping.json"
MOST_NAMED = 3


@dataclass(frozen=True)
class Link:
    """Where a sound lies: the recording's name, as the mapping has it or relative to the folder of recordings.

    onset_s : from the start of the recording      duration_s : NaN if it is not known
    """

    recording: str
    onset_s: float = 0.0
    duration_s: float = math.nan


@dataclass(frozen=True)
class Links:
    """The sound of each id that has one, and sentences about what could not be linked."""

    by_id: Mapping[str, Link] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def durations_s(self) -> dict[str, float]:
        """The length of every sound where it is known."""
        return {name: link.duration_s for name, link in self.by_id.items() if link.duration_s > 0}


def find(ids: Iterable[str], *, mapping: Path | None = None, audio_dir: Path | None = None) -> Links:
    """The sounds of ``ids``; a mapping goes before the names of recordings.

    mapping : a list of ``{"id", "path", "onset_sec", "duration_sec"}``, of which only ``id`` and ``path`` are needed,
        or a table from id to path or to such an entry
    audio_dir : recordings whose path relative to it is the id, but for the extension; or whose base name is, where
        only one recording has it

    Raises TableError for a mapping that cannot be understood, ParameterError for a folder without recordings.
    """
    ids = list(ids)
    links, problems = read_mapping(mapping) if mapping is not None else {}, []
    if audio_dir is not None:
        recordings = {found.name: found.path for found in discover.recordings(audio_dir)}
        links, unreadable = _measured(_by_name(ids, links, list(recordings)), recordings)
        problems += unreadable
    by_id = {name: links[name] for name in ids if name in links}
    if mapping is not None or audio_dir is not None:
        problems += _unlinked([name for name in ids if name not in by_id], len(ids))
    return Links(by_id, tuple(problems))


def read_mapping(path: Path) -> dict[str, Link]:
    """The sounds that a ``mapping.json`` names, by id. Raises TableError with the entry that is wrong."""
    try:
        document = json.loads(text_tables.read_text(Path(path)))
    except (ValueError, RecursionError) as error:
        raise TableError(f"{path} is no valid JSON: {error}.") from error
    if isinstance(document, dict):
        document = [{"id": name, **(entry if isinstance(entry, dict) else {"path": entry})}
                    for name, entry in document.items()]
    if not isinstance(document, list):
        raise TableError(f"{path} must hold a list of entries with id and path.")
    links: dict[str, Link] = {}
    for number, entry in enumerate(document, start=1):
        name, link = _link(entry, f"{path}, entry {number}")
        if links.setdefault(name, link) != link:
            raise TableError(f"{path}, entry {number}: {name!r} has another sound above. Keep one of them.")
    return links


def _link(entry: Any, place: str) -> tuple[str, Link]:
    if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in ("id", "path")):
        raise TableError(f"{place}: an entry needs the texts id and path.")
    numbers = [entry.get("onset_sec", 0.0), entry.get("duration_sec")]
    numbers[1] = math.nan if numbers[1] is None else numbers[1]
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
        raise TableError(f"{place}: onset_sec and duration_sec must be numbers.")
    onset_s, duration_s = map(float, numbers)
    if not (math.isfinite(onset_s) and onset_s >= 0) or duration_s <= 0 or math.isinf(duration_s):
        raise TableError(f"{place}: onset_sec must be at least 0 and duration_sec more than 0.")
    return entry["id"], Link(entry["path"], onset_s, duration_s)


def _by_name(ids: list[str], links: Mapping[str, Link], names: list[str]) -> dict[str, Link]:
    """The links with recordings' names as they are in the folder, and by their names those of all other ids."""
    texts = {name: links[name].recording if name in links else name for name in ids}
    matched = match_names([text for name, text in texts.items() if name in links], names).by_text
    free = match_names([text for name, text in texts.items() if name not in links], names).by_text
    found = {}
    for name, text in texts.items():
        recording = (matched if name in links else free).get(text)
        if recording is not None:
            link = links.get(name, Link(recording))
            found[name] = Link(recording, link.onset_s, link.duration_s)
    return found


def _measured(links: Mapping[str, Link], recordings: Mapping[str, Path]) -> tuple[dict[str, Link], list[str]]:
    """The links with the lengths of recordings where no other is known, and what could not be read."""
    whole = {link.recording for link in links.values() if math.isnan(link.duration_s)}
    lengths, problems = {}, []
    for name in sorted(whole):
        try:
            lengths[name] = audio.probe(recordings[name]).duration_s
        except AudioError as error:
            problems.append(str(error))
    known = {name: _with_length(link, lengths) for name, link in links.items()}
    return known, problems


def _with_length(link: Link, lengths: Mapping[str, float]) -> Link:
    rest_s = lengths.get(link.recording, math.nan) - link.onset_s
    return Link(link.recording, link.onset_s, rest_s) if math.isnan(link.duration_s) and rest_s > 0 else link


def _unlinked(ids: list[str], n: int) -> list[str]:
    if not ids:
        return []
    more = ", …" if len(ids) > MOST_NAMED else ""
    return [f"{len(ids)} of {n} arrays have no recording ({', '.join(map(repr, ids[:MOST_NAMED]))}{more})."]
