"""When a recording was made, from its name, its path or its header.

A time that names no zone counts as UTC, so that what was recorded at five in the morning shows as five in the morning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from pipeline.errors import ParameterError

FIRST_YEAR, LAST_YEAR = 1950, 2100
SERIAL_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)   # of spreadsheets, and of Sound Analysis Pro
MS_PER_DAY = 86_400_000
CENTURY_FROM = 70                    # two-digit years from here on are of the 20th century
MOST_CHUNKS, MOST_LIST_BYTES = 64, 1 << 16      # a crafted header must not keep us busy

ISO = re.compile(
    r"""(?<!\d) (?P<year>19[5-9]\d|20\d\d|2100)
    (?: (?P<month>\d\d)(?P<day>\d\d) (?:[Tt_\-. /]{0,2}) (?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)
        (?P<fraction>\d{3}|[.,]\d{1,6}|[_-]\d{3}(?!\d))?
      | (?P<sep>[-_.]) (?P<month2>\d\d?)(?P=sep)(?P<day2>\d\d?) [Tt_\-. /]{1,3}
        (?P<hour2>\d\d?) (?P<tsep>[-_.:h]?) (?P<minute2>\d\d?) (?P<tsep2>[-_.:m]?) (?P<second2>\d\d?)
        (?P<fraction2>[.,]\d{1,6}|[_-]\d{3}(?!\d))?
    ) (?P<zone>Z(?![A-Za-z])|[+-]\d\d:?(?:00|15|30|45))? (?!\d)""",
    re.VERBOSE,
)
EVSONGANALY = re.compile(r"(?<![^_/\- ])(\d\d)(\d\d)(\d\d)_(\d\d)(\d\d)(?![^._/\- ])")
SOUND_ANALYSIS_PRO = re.compile(r"(?<!\d)(\d{5})\.(\d{1,8})_(\d\d?)_(\d\d?)_(\d\d?)_(\d\d?)_(\d\d?)(?!\d)")
AUDIOMOTH = re.compile(
    rb"Recorded at (\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))? (\d\d)/(\d\d)/(\d{4}) \(UTC(?:([+-]\d\d?)(?::?(\d\d))?)?\)"
)
DIRECTIVES = {
    "Y": r"\d{4}", "y": r"\d\d", "m": r"\d\d?", "d": r"\d\d?", "H": r"\d\d?", "I": r"\d\d?", "M": r"\d\d?",
    "S": r"\d\d?", "f": r"\d{1,6}", "j": r"\d{1,3}", "p": r"[AaPp][Mm]", "z": r"(?:Z|[+-]\d\d:?\d\d)",
    "b": r"[^\W\d_]+", "B": r"[^\W\d_]+", "a": r"[^\W\d_]+", "A": r"[^\W\d_]+", "%": "%",
}


def recorded_at(name: str, path: Path | None = None, *, time_format: str | None = None) -> float:
    """When a recording began, in s since 1970 UTC; NaN if neither name nor header says it.

    ``name`` is its path relative to the data folder; of several stamps the last counts. ``path`` is where to look for
    an AudioMoth's header, which knows its time zone and so wins over the name. A ``time_format`` as for strptime, to
    be found anywhere in the file's name (or, if it has a ``/``, in the path), is the only thing that counts if given;
    ParameterError if it makes no sense. Dates before 1950 or after 2100 and impossible ones are no stamps.
    """
    if time_format:
        return _seconds(_by_format(name, time_format))
    ways: tuple[Callable[[], datetime | None], ...] = (
        lambda: _from_header(path), lambda: _last(SOUND_ANALYSIS_PRO, _sound_analysis_pro, name),
        lambda: _last(ISO, _iso, name), lambda: _last(EVSONGANALY, _evsonganaly, name),
    )
    return next((_seconds(when) for way in ways if (when := way()) is not None), math.nan)


def _seconds(when: datetime | None) -> float:
    return math.nan if when is None or not FIRST_YEAR <= when.year <= LAST_YEAR else when.timestamp()


def _last(pattern: re.Pattern[str], read: Callable[[re.Match[str]], datetime | None], name: str) -> datetime | None:
    """The last stamp that is a possible time: the file's own name comes after its folders'."""
    times = [when for match in pattern.finditer(name) if (when := _possible(read, match)) is not None]
    return times[-1] if times else None


def _possible(read: Callable[[re.Match], datetime | None], match: re.Match) -> datetime | None:
    try:
        return read(match)
    except (ValueError, OverflowError):   # a thirteenth month, a 25th hour
        return None


def _iso(match: re.Match[str]) -> datetime | None:
    part = match.groupdict()
    kind = "" if part["month"] is not None else "2"   # 20210304_050607, or with something between the numbers
    texts = [part[name + kind] for name in ("month", "day", "hour", "minute", "second")]
    if kind and not _clear(part["tsep"], part["tsep2"], texts[2:]):
        return None
    fraction = (part["fraction" + kind] or "").strip(".,_-")
    return datetime(int(part["year"]), *map(int, texts), int(fraction.ljust(6, "0")), tzinfo=_zone(part["zone"]))


def _clear(first: str, second: str, texts: list[str]) -> bool:
    """Whether the hour, minute and second are told apart: both separators there, or neither and two digits each."""
    return bool(first) == bool(second) and (bool(first) or all(len(text) == 2 for text in texts))


def _zone(text: str | None) -> timezone:
    if not text or text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _evsonganaly(match: re.Match[str]) -> datetime:
    """``ddmmyy_hhmm``."""
    day, month, year, hour, minute = map(int, match.groups())
    return datetime(year + (1900 if year >= CENTURY_FROM else 2000), month, day, hour, minute, tzinfo=UTC)


def _sound_analysis_pro(match: re.Match[str]) -> datetime | None:
    """``serial.ms_month_day_hour_minute_second``; the serial must be the day that is named, give or take one."""
    serial, ms, month, day, hour, minute, second = map(int, match.groups())
    date = SERIAL_DAY_ZERO + timedelta(days=serial)
    named = datetime(date.year, month, day, hour, minute, second, tzinfo=UTC)
    if abs((named - date).total_seconds()) > 2 * MS_PER_DAY / 1000:
        return None
    exact = date + timedelta(milliseconds=ms)
    return exact if ms < MS_PER_DAY and abs((exact - named).total_seconds()) < 2 else named


def _from_header(path: Path | None) -> datetime | None:
    """What an AudioMoth wrote into the comment of its WAV file."""
    if path is None or path.suffix.lower() not in (".wav", ".wave"):
        return None
    match = AUDIOMOTH.search(_info(path))
    return match and _possible(_audiomoth, match)


def _audiomoth(match: re.Match[bytes]) -> datetime:
    hour, minute, second, ms, day, month, year, ahead_h, ahead_min = match.groups()
    numbers = [int(text) for text in (year, month, day, hour, minute, second)]
    sign = -1 if (ahead_h or b"").startswith(b"-") else 1
    zone = timezone(timedelta(hours=int(ahead_h or 0), minutes=sign * int(ahead_min or 0)))
    return datetime(*numbers, int((ms or b"").ljust(6, b"0")), zone)


def _info(path: Path) -> bytes:
    """The ``LIST`` chunks of a WAV file, cut at a bound; empty if there are none or the file cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
            is_wave = head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE"
            return b"".join(_list_chunks(file)) if is_wave else b""
    except OSError:
        return b""


def _list_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Go from chunk to chunk by their sizes, reading none but the lists."""
    for _ in range(MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return
        size, start = int.from_bytes(head[4:], "little"), file.tell()
        if head[:4] == b"LIST":
            yield file.read(min(size, MOST_LIST_BYTES))
        file.seek(start + size + size % 2)   # chunks begin at even places


def _by_format(name: str, time_format: str) -> datetime | None:
    pattern = _pattern(time_format)
    file = PurePosixPath(name)
    subject = str(file) if "/" in time_format else file.name
    return _last(pattern, lambda match: _strptime(match.group(), time_format), subject)


def _strptime(text: str, time_format: str) -> datetime:
    when = datetime.strptime(text, time_format)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


@lru_cache(maxsize=16)
def _pattern(time_format: str) -> re.Pattern[str]:
    """What a stamp of this format looks like, so that it can be found within a name. Raises ParameterError."""
    pieces = re.split(r"%(.)", time_format)
    unknown = [letter for letter in pieces[1::2] if letter not in DIRECTIVES]
    if unknown or len(pieces) == 1 or time_format.replace("%%", "").endswith("%"):
        what = f"%{unknown[0]} is unknown" if unknown else "it holds no complete directive"
        raise ParameterError(f"The time format {time_format!r} cannot be used: {what}. Write it as for strptime, for "
                             "example %Y-%m-%d_%H%M%S.")
    texts = (DIRECTIVES[piece] if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))
    return re.compile(r"(?<!\d)" + "".join(texts) + r"(?!\d)")
