"""What the recordings in a folder are, by their headers alone: how many, how long, at which rates, and what is odd.

Nothing is decoded. What was read is kept under each file's size and time stamp, so that a second look is quick.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock

from pipeline import discover, presets, probing, settings
from pipeline.audio import HIGHEST_RATE_HZ, LOWEST_RATE_HZ, Probe
from pipeline.discover import Found
from pipeline.errors import ParameterError, SyllabaryError
from pipeline.text import counted, listed, printable

MOST_S = 180.0                         # then the headers that were not read yet are left unread, which is told
MOST_NAMED, MOST_UNREADABLE = 3, 200
LONG_S = 3600.0
TELL_EVERY_S = 0.2
Progress = Callable[[int, int], None]
Looked = tuple[Found, Probe | str, int]


@dataclass(frozen=True)
class Survey:
    """What a folder of recordings holds.

    n_bytes, duration_s : of all together, as far as headers tell      n_read : headers that could be read
    rates_hz, channels, formats : each with how many recordings have it, the most frequent first
    unreadable : (name, why), the first `MOST_UNREADABLE` of ``n_unreadable``
    longest : (name, s)      outside : recordings that links lead to, beyond the allowed folders
    warnings : sentences about what is odd
    """

    folder: str
    n_recordings: int = 0
    n_read: int = 0
    n_bytes: int = 0
    duration_s: float = 0.0
    rates_hz: list[tuple[int, int]] = field(default_factory=list)
    channels: list[tuple[int, int]] = field(default_factory=list)
    formats: list[tuple[str, int]] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    n_unreadable: int = 0
    longest: tuple[str, float] = ("", 0.0)
    outside: int = 0
    warnings: list[str] = field(default_factory=list)

    @property
    def usual_rate_hz(self) -> int:
        """The most frequent sample rate; 0 if none is known."""
        return self.rates_hz[0][0] if self.rates_hz else 0


def survey(
    folder: Path, *, progress: Progress | None = None, is_allowed: Callable[[Path], bool] | None = None,
) -> Survey:
    """Look at every recording of a folder, at any depth.

    progress : told how many headers of how many are done      is_allowed : whether a path may be read at all

    Raises ParameterError for a folder that is missing, unreadable or without recordings.
    """
    found = discover.recordings(folder)
    allowed = [one for one in found if is_allowed(one.path)] if is_allowed else found
    if not allowed:
        raise ParameterError(f"There is no recording in {folder} but links that lead out of the allowed folders.")
    kept = _Headers(folder)
    looked = kept.look(allowed, progress or (lambda _done, _total: None))
    kept.keep()
    return _summary(folder, allowed, looked, outside=len(found) - len(allowed))


def against_rate(seen: Survey, rate_hz: int) -> list[str]:
    """Sentences about a sample rate to work at that does not fit what was recorded."""
    usual = seen.usual_rate_hz
    if not usual:
        return []
    if usual > 2 * rate_hz:
        fitting = presets.for_rate(usual)
        return [f"Most recordings were made at {khz(usual)}, but {khz(rate_hz)} is chosen to work at: whatever is "
                f"above {khz(rate_hz / 2)} will be lost. The preset {fitting} works at "
                f"{khz(presets.PRESETS[fitting]['sr'])}."]
    if usual < rate_hz / 2:
        return [f"Most recordings were made at {khz(usual)}, but {khz(rate_hz)} is chosen to work at: that takes "
                "longer and finds nothing more."]
    return []


def khz(rate_hz: float) -> str:
    """A rate or frequency as people write it: ``44.1 kHz``."""
    return f"{rate_hz / 1000:.6g} kHz"


def length(duration_s: float) -> str:
    """A length of audio as people write it: ``41 s``, ``5.2 min``, ``3.1 h``."""
    if duration_s < 60:
        return f"{duration_s:.3g} s"
    return f"{duration_s / 60:.1f} min" if duration_s < 3600 else f"{duration_s / 3600:,.1f} h"


def as_json(seen: Survey) -> dict[str, Any]:
    """Plain values, for a file or for another program."""
    return dataclasses.asdict(seen)


def from_json(values: dict[str, Any]) -> Survey:
    """A survey from `as_json`'s values. Raises TypeError for others."""
    pairs = {name: [tuple(pair) for pair in values[name]] for name in _PAIRS}
    return Survey(**{**values, **pairs, "longest": tuple(values["longest"])})


_PAIRS = ("rates_hz", "channels", "formats", "unreadable")


class _Headers:
    """The headers of a folder's recordings, kept between surveys."""

    def __init__(self, folder: Path) -> None:
        self._file = _file_of(folder, "headers")
        self._before = _read(self._file)
        self._now: dict[str, Any] = {}

    def look(self, found: list[Found], progress: Progress) -> list[Looked]:
        """(recording, header or why there is none, bytes) of each that was looked at in time."""
        stamps = {one.name: _stamp(one.path) for one in found}
        fresh = [one for one in found if self._before.get(one.name, [None])[0] != stamps[one.name]]
        self._now = {one.name: self._before[one.name] for one in found if self._before.get(one.name, [None])[0]
                     == stamps[one.name]}
        until, told, answers = time.monotonic() + MOST_S, 0.0, probing.probe_all([one.path for one in fresh])
        for n, (one, answer) in enumerate(zip(fresh, answers, strict=True), start=1):
            header = answer if isinstance(answer, str) else dataclasses.astuple(answer)
            self._now[one.name] = [stamps[one.name], header]
            if (now := time.monotonic()) > told + TELL_EVERY_S:
                told = now
                progress(len(found) - len(fresh) + n, len(found))
            if now > until:
                break
        answers.close()
        return [(one, _header(self._now[one.name][1]), stamps[one.name][0]) for one in found if one.name in self._now]

    def keep(self) -> None:
        """Write down what is known now."""
        _write(self._file, self._now)


def _header(kept: Any) -> Probe | str:
    return kept if isinstance(kept, str) else Probe(*kept)


def _stamp(path: Path) -> list[int]:
    try:
        about = path.stat()
        return [about.st_size, about.st_mtime_ns]
    except OSError:   # gone since it was found: reading it will say so
        return [0, 0]


def _summary(folder: Path, found: list[Found], looked: list[Looked], *, outside: int) -> Survey:
    bad = [(one.name, why) for one, header, _size in looked if (why := _trouble(header))]
    good = [(one.name, header, size) for one, header, size in looked if not _trouble(header)]
    lengths = {name: header.duration_s for name, header, _size in good if math.isfinite(header.duration_s)}
    headers = [header for _name, header, _size in good]
    seen = Survey(
        folder=str(folder), n_recordings=len(found), n_read=len(good), n_bytes=sum(size for *_, size in looked),
        duration_s=float(sum(lengths.values())), rates_hz=Counter(one.rate_hz for one in headers).most_common(),
        channels=Counter(one.n_channels for one in headers).most_common(),
        formats=Counter(one.format for one in headers).most_common(), unreadable=bad[:MOST_UNREADABLE],
        n_unreadable=len(bad), longest=max(lengths.items(), key=lambda one: one[1], default=("", 0.0)), outside=outside,
    )
    unread = len(found) - len(looked)
    return dataclasses.replace(seen, warnings=list(_warnings(seen, good, unread)))


def _trouble(header: Probe | str) -> str:
    if isinstance(header, str):
        return header
    if not LOWEST_RATE_HZ <= header.rate_hz <= HIGHEST_RATE_HZ:
        return f"has a sample rate of {header.rate_hz} Hz; {khz(LOWEST_RATE_HZ)} to {khz(HIGHEST_RATE_HZ)} can be used"
    return "holds no samples" if header.duration_s == 0 else ""


def _warnings(seen: Survey, good: list[tuple[str, Probe, int]], unread: int) -> Iterator[str]:
    if unread:
        yield (f"The headers of {counted(unread, 'recording')} were not read: that would have taken too long. All will "
               "be used.")
    if seen.outside:
        yield (f"{counted(seen.outside, 'recording')} outside the allowed folders (links lead there): such a folder "
               "cannot be used from here. Copy them, or allow their folder with --data-root.")
    if len(seen.rates_hz) > 1:
        told = listed([f"{n} at {khz(rate)}" for rate, n in seen.rates_hz[:MOST_NAMED]])
        more = f", and {len(seen.rates_hz) - MOST_NAMED} more rates" if len(seen.rates_hz) > MOST_NAMED else ""
        yield f"The recordings have different sample rates: {told}{more}. All are brought to the one you choose."
    if len(seen.channels) > 1:
        told = listed([f"{n} with {counted(channels, 'channel')}" for channels, n in seen.channels[:MOST_NAMED]])
        yield f"Some recordings have more channels than others: {told}. They are averaged unless you name a channel."
    if seen.longest[1] > LONG_S:
        name, length_s = seen.longest
        yield f"The longest recording, {printable(name)}, is {length_s / 3600:.1f} h long."
    yield from _twice(good)


def _twice(good: list[tuple[str, Probe, int]]) -> Iterator[str]:
    """Recordings with one base name, size and length in several sub-folders are most likely copies."""
    places: dict[tuple[str, int, float], list[str]] = {}
    for name, header, size in good:
        places.setdefault((name.rpartition("/")[2], size, header.duration_s), []).append(name)
    twins = [names for names in places.values() if len(names) > 1]
    if twins:
        n = sum(len(names) - 1 for names in twins)
        shown = " and ".join(printable(name) for name in twins[0][:2])
        yield (f"{counted(n, 'recording')} that may be a copy: the same name, size and length in two sub-folders "
               f"({shown}).")


def follow(folder: Path, *, anew: bool = False, is_allowed: Callable[[Path], bool] | None = None) -> dict[str, Any]:
    """How the survey of a folder stands, for a page that asks again and again; ``anew`` begins one.

    ``state`` is running (with ``done`` and ``total``), done (with ``survey``) or failed (with ``why``). It goes on
    whoever asks, in whichever process of the server, and there is only one of a folder at a time.
    """
    file = _file_of(folder, "state")
    lock = filelock.FileLock(file.with_suffix(".lock"), timeout=0, thread_local=False)
    known = _read(file)
    if not anew and known.get("state") in ("done", "failed"):
        return known
    try:
        lock.acquire()
    except filelock.Timeout:
        return known or {"state": "running", "done": 0, "total": 0}
    state = {"state": "running", "done": 0, "total": 0}
    _write(file, state)
    threading.Thread(target=_follow, args=(folder, file, lock, is_allowed), daemon=True).start()
    return state


def _follow(
    folder: Path, file: Path, lock: filelock.BaseFileLock, is_allowed: Callable[[Path], bool] | None,
) -> None:
    def tell(done: int, total: int) -> None:
        _write(file, {"state": "running", "done": done, "total": total})

    try:
        seen = survey(folder, progress=tell, is_allowed=is_allowed)
        _write(file, {"state": "done", "survey": as_json(seen)})
    except (SyllabaryError, OSError) as error:
        _write(file, {"state": "failed", "why": str(error)})
    finally:
        lock.release()


def _file_of(folder: Path, what: str) -> Path:
    kept = settings.cache_dir() / "surveys"
    kept.mkdir(exist_ok=True, mode=0o700)
    return kept / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()[:24]}.{what}.json"


def _read(file: Path) -> dict[str, Any]:
    """What was kept. What cannot be read counts as nothing: all of it can be made again."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _write(file: Path, values: dict[str, Any]) -> None:
    temporary = file.with_suffix(f".{os.getpid()}.part")
    temporary.write_text(json.dumps(values), encoding="utf-8")
    temporary.replace(file)
