"""Numbers as they stand in a report."""

from __future__ import annotations

import datetime
import math
from typing import Any

from pipeline.browse import THIN, thousands
from pipeline.text import printable

MINUS = "\N{MINUS SIGN}"


def frequency(value_hz: float) -> str:
    """``440 Hz``, ``3.2 kHz``, ``44.1 kHz``."""
    if value_hz >= 1000:
        return f"{value_hz / 1000:.{1 if value_hz < 99_950 else 0}f}".removesuffix(".0") + f"{THIN}kHz"
    return f"{value_hz:.0f}{THIN}Hz"


def pitch(value_hz: float) -> str:
    """A frequency in three digits: ``373 Hz``, ``1.24 kHz``."""
    if value_hz < 999.5:
        return f"{value_hz:.0f}{THIN}Hz"
    return f"{value_hz / 1000:.{max(0, 2 - int(math.log10(value_hz / 1000)))}f}{THIN}kHz"


def band(low_hz: float | None, high_hz: float | None) -> str:
    """`` between 312 Hz and 10 kHz``, or what is known of it, with a blank before."""
    if low_hz and high_hz:
        return f" between {frequency(low_hz)} and {frequency(high_hz)}"
    return f" above {frequency(low_hz)}" if low_hz else f" below {frequency(high_hz)}" if high_hz else ""


def long_duration(seconds: float) -> str:
    """``3.2 s``, ``3 min 13 s``, ``5 h 20 min``."""
    if seconds < 60:
        return f"{seconds:.1f}{THIN}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{THIN}min {rest}{THIN}s"
    return f"{thousands(minutes // 60)}{THIN}h {minutes % 60}{THIN}min"


def percent(share: float) -> str:
    """``12 %``, ``1.2 %``, ``< 0.1 %``; never nothing of something, nor all of less."""
    value = 100 * share
    if 0 < value < 0.1:
        return f"<{THIN}0.1{THIN}%"
    if 99.9 < value < 100:
        return f">{THIN}99.9{THIN}%"
    return f"{value:.{1 if value < 10 and value else 0}f}".removesuffix(".0") + f"{THIN}%"


def minus(value: float) -> str:
    """A number with a true minus sign."""
    return f"{value:g}".replace("-", MINUS)


def day(seconds: float) -> str:
    """``14 March 2026`` of seconds since 1970."""
    at = moment(seconds)
    return f"{at.day} {at:%B} {at.year}" if at else "unknown"


def minute(seconds: float) -> str:
    """``2026-03-14 06:40`` of seconds since 1970."""
    at = moment(seconds)
    return f"{at:%Y-%m-%d %H:%M}" if at else "unknown"


def moment(seconds: float) -> datetime.datetime | None:
    """The time, without a zone; None outside the years 1 … 9999."""
    if not math.isfinite(seconds):
        return None
    try:
        return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    except OverflowError:
        return None


def plain(value: Any) -> str:
    """A stored parameter as text: yes or no, numbers in few digits."""
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    return printable(str(value))


def without_folders(text: str) -> str:
    """A parameter that is a full path as its last part: a report goes to people who need not know where it lies."""
    is_path = len(text) < 4096 and (text.startswith(("/", "~/", "\\\\")) or text[1:3] in (":\\", ":/"))
    return "…/" + text.replace("\\", "/").rstrip("/").rpartition("/")[2] if is_path else text


def seconds(value_s: float) -> str:
    """``500 ms``, ``2.5 s``, ``0 s``; without needless digits."""
    if 0 < value_s < 1:
        return f"{1000 * value_s:g}{THIN}ms"
    return f"{value_s:g}{THIN}s"


def signed(value: float) -> str:
    """``+2``, ``−5.5``."""
    return f"{value:+g}".replace("-", MINUS)
