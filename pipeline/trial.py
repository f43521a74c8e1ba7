"""A trial before a run: the sounds that some settings find in one recording, and how well they agree with the truth.

What does not depend on what was changed is kept: the decoded recording, and the levels of the band in which `energy`
looks for sounds. So a changed threshold is answered at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import importers, measures, params, pieces, settling, spectrogram
from pipeline.audio import Recording
from pipeline.errors import ParameterError, SyllabaryError
from pipeline.measures import Counts, Intervals
from pipeline.pieces import MOST_SHOWN_S, Piece, Place
from pipeline.plan import make_segmenter, method_names
from pipeline.segmenters.energy import LEVEL_PARAMETERS, Energy
from pipeline.segments import SegmentTable
from pipeline.spectrogram import SpectrogramParams
from pipeline.text import counted

QUICK = ("energy", "files", "table")   # the others are tried when a person asks for it, in a process of their own
DEAF = ("files", "table")              # these look at names and lengths alone
MOST_WORK_SAMPLES = 1 << 30             # in all windows together
MOST_SOUNDS = 1_200                    # of each kind in one answer
TRUTH_NAME = "labels.csv"
Span = tuple[float, float]             # from, to in s


@dataclass(frozen=True)
class Asked:
    """What is tried: which recording of which folder, with which values, seen from where to where.

    values : of a plan, by their names in it      truth : a table of true sounds, or None
    is_wanted : whether a person has asked for a method that may take long
    """

    data_dir: Path
    name: str
    values: Mapping[str, Any]
    from_s: float = 0.0
    to_s: float = MOST_SHOWN_S
    truth: Path | None = None
    tolerance_s: float = 0.01
    is_wanted: bool = False


def plan_values(form: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a plan out of those of a form: its ``preset``, ``segmenter``, ``embedder`` and what was set itself.

    That is ``own``; without it ``values``, which may hold the preset's, too. A method that is named wins over both.
    """
    set_by_hand = form.get("own") if "own" in form else form.get("values")
    named = {name: form[name] for name in ("segmenter", "embedder") if form.get(name)}
    return settling.settle({**(set_by_hand or {}), **named}, preset=form.get("preset") or "", fetch=False)[0]


@lru_cache(maxsize=4)
def _levels(where: Place, number: int, hearing: Energy) -> np.ndarray:
    return hearing.levels(pieces.numbered(where, number).recording)


@lru_cache(maxsize=16)
def _by_energy(where: Place, number: int, method: Energy) -> SegmentTable:
    same = {name: getattr(method, name) for name in LEVEL_PARAMETERS}
    levels = _levels(where, number, dataclasses.replace(Energy(), **same))
    return method.find_in(levels, pieces.numbered(where, number).recording.duration_s)


def _silent(heard: Piece) -> Recording:
    """Stands for the whole of a recording where only name and length matter; takes no memory."""
    n_samples = max(1, round(heard.duration_s * heard.recording.rate_hz))
    return dataclasses.replace(heard.recording, samples=np.broadcast_to(np.float32(0), n_samples))


def sounds(where: Place, at_s: float, values: Mapping[str, Any]) -> SegmentTable:
    """The sounds that a quick method finds in the piece around a time, in seconds from the recording's beginning.

    They are those of a run where the piece is the whole recording. Raises ParameterError, AudioError, TableError.
    """
    method, number = make_segmenter(values), pieces.piece_number(where, at_s)
    heard = pieces.numbered(where, number)
    if not isinstance(method, Energy):
        return next(iter(method.segment([_silent(heard)])))[1]
    if method.time_step < least_time_step_s(method, heard.recording):
        raise ParameterError(f"A window of {method.window:g} s every {method.time_step:g} s is too much work for a "
                             "preview of this recording: give a longer --seg-time-step. A run can do it, but slowly.")
    found = _by_energy(where, number, method)
    return SegmentTable(found.onset_s + heard.begin_s, found.offset_s + heard.begin_s)


def least_time_step_s(method: Energy, heard: Recording) -> float:
    """The shortest time step at which the levels of a recording are a matter of seconds."""
    return heard.duration_s * method.window * heard.rate_hz / MOST_WORK_SAMPLES


def true_sounds(truth: Path, data_dir: Path, name: str) -> tuple[Intervals, bool]:
    """(the sounds that a table lists in a recording, whether it lists the recording at all).

    Raises TableError, ParameterError.
    """
    path = truth.expanduser().absolute()
    if not path.exists():
        raise ParameterError(f"The table {path} does not exist. Choose another.")
    about = path.stat()
    by_name = _truth(path, about.st_mtime_ns, Path(data_dir), pieces.now())
    table = by_name.get(name)
    return (measures.NOTHING, False) if table is None else (Intervals(table.onset_s, table.offset_s), True)


@lru_cache(maxsize=2)
def _truth(path: Path, _changed_ns: int, data_dir: Path, _when: int) -> dict[str, SegmentTable]:
    return importers.match(importers.read_segments(path), [found.name for found in pieces.recordings(data_dir)])[0]


def look(asked: Asked) -> dict[str, Any]:
    """A trial, as plain values for the page; what cannot be is told in ``problem``, since a form is half filled often.

    name, duration_s, rate_hz, freq_hz, piece      what is looked at, and where pictures of it are
    span : from where to where ``sounds`` and ``truth`` are listed, in s      words : sentences for the person
    sounds : onset_s, offset_s, hit (with a truth) of what is found; None if it waits to be asked for
    """
    try:
        where = pieces.place(asked.data_dir, asked.name, asked.values)
        return _about(asked, where) | _tried(asked, where)
    except SyllabaryError as error:
        return {"problem": str(error), "name": asked.name}


def _about(asked: Asked, where: Place) -> dict[str, Any]:
    from pipeline import playback

    about = pieces.probe(where)
    found = {"name": where.name, "duration_s": round(about.duration_s, 4), "rate_hz": about.rate_hz,
             "speed": playback.default_speed(about.rate_hz), "changed": str(where.mtime_ns),
             "piece": pieces.piece_number(where, _middle(asked)), "most_s": round(pieces.most_shown_s(where), 4),
             "slow": method_names(asked.values)[0] not in QUICK}
    try:
        frequencies = spectrogram.rows_kept(params.make(SpectrogramParams, asked.values), where.audio.sr)[1]
        return found | {"freq_hz": [float(frequencies[0]), float(frequencies[-1])]}
    except ParameterError as error:
        return found | {"freq_hz": None, "why_no_picture": str(error)}


def _middle(asked: Asked) -> float:
    return (asked.from_s + asked.to_s) / 2


def _tried(asked: Asked, where: Place) -> dict[str, Any]:
    try:
        heard = pieces.piece(where, _middle(asked))
        if method_names(asked.values)[0] not in QUICK:
            return _answer(asked, heard, *_slowly(asked, where))
        span_s = (0.0, heard.duration_s) if _is_deaf(asked) else (float(heard.begin_s), heard.end_s)
        return _answer(asked, heard, span_s, sounds(where, _middle(asked), asked.values))
    except SyllabaryError as error:
        return {"problem": str(error), "sounds": None, "truth": None}


def _is_deaf(asked: Asked) -> bool:
    return method_names(asked.values)[0] in DEAF


def _slowly(asked: Asked, where: Place) -> tuple[Span, SegmentTable | None]:
    from pipeline import trial_process

    make_segmenter(asked.values)    # what is wrong with the values is told at once
    span_s = asked.from_s, min(asked.to_s, asked.from_s + MOST_SHOWN_S, pieces.probe(where).duration_s)
    return span_s, trial_process.sounds(where, span_s, asked.values, is_wanted=asked.is_wanted)


def _answer(asked: Asked, heard: Piece, span_s: Span, table: SegmentTable | None) -> dict[str, Any]:
    """The trial in words and numbers."""
    true, words = _true(asked, span_s)
    told = {"problem": "", "waits": table is None, "words": _caveats(asked, heard) + words}
    if table is None:
        listed = None if true is None else _listed(true, None, asked, span_s)
        return told | {"span": span_s, "sounds": None, "truth": listed, "score": None, "summary": ""}
    found = _inside(Intervals(table.onset_s, table.offset_s), span_s)
    shown_s = _shown_span(asked, span_s, found, true)
    told |= {"span": shown_s, "summary": summary(found, span_s)}
    if true is None:
        return told | {"sounds": _listed(found, None, asked, shown_s), "truth": None, "score": None}
    hit = measures.matched_rows(found, true, tolerance_s=asked.tolerance_s)
    met = measures.matched_rows(true, found, tolerance_s=asked.tolerance_s)
    return told | {"sounds": _listed(found, hit, asked, shown_s), "truth": _listed(true, met, asked, shown_s),
                   "score": _score(found, true, asked.tolerance_s)}


def _true(asked: Asked, span_s: Span) -> tuple[Intervals | None, list[str]]:
    """(the true sounds of a stretch, what is to be said about them); None without a table that can be read."""
    if asked.truth is None:
        return None, []
    try:
        every, is_listed = true_sounds(asked.truth, asked.data_dir, asked.name)
    except SyllabaryError as error:
        return None, [str(error)]
    silent = "The table of true sounds has no row for this recording, so none is expected in it."
    return _inside(every, span_s), [] if is_listed else [silent]


def _caveats(asked: Asked, heard: Piece) -> list[str]:
    if heard.is_whole or _is_deaf(asked):
        return [f"{note}." for note in heard.recording.notes]
    return [f"This recording is long: it is judged here by {heard.begin_s} … {heard.end_s:.0f} s alone. A run hears "
            "all of it, so levels may differ a little."]


def _inside(every: Intervals, span_s: Span) -> Intervals:
    """Those that lie in a stretch by their middles, so that none counts in two."""
    middle = (every.onset_s + every.offset_s) / 2
    return every.take((middle >= span_s[0]) & (middle <= span_s[1] + 1e-9))


def _score(found: Intervals, true: Intervals, tolerance_s: float) -> dict[str, Any]:
    by_segment = measures.segment_counts(found, true, tolerance_s=tolerance_s)
    return {"segment": _rounded(by_segment), "frame": _rounded(measures.frame_counts(found, true)),
            "n_true": by_segment.n_true, "n_found": by_segment.n_found, "n_hit": by_segment.n_hit}


def _rounded(counts: Counts) -> dict[str, float]:
    return {name: round(value, 4) for name, value in counts.scores().items()}


def _shown_span(asked: Asked, span_s: Span, *lists: Intervals | None) -> Span:
    """All of the piece if its sounds fit into an answer, else what is on the screen and as much on both sides."""
    if all(len(one) <= MOST_SOUNDS for one in lists if one is not None):
        return span_s
    length_s = asked.to_s - asked.from_s
    return max(span_s[0], asked.from_s - length_s), min(span_s[1], asked.to_s + length_s)


def _listed(every: Intervals, hit: np.ndarray | None, asked: Asked, span_s: Span) -> dict[str, list]:
    """Those in a stretch, plain; beyond ``MOST_SOUNDS`` the ones nearest to what is looked at."""
    rows = np.flatnonzero((every.offset_s >= span_s[0]) & (every.onset_s <= span_s[1]))
    if len(rows) > MOST_SOUNDS:
        nearest = np.argsort(np.abs(every.onset_s[rows] - _middle(asked)), kind="stable")[:MOST_SOUNDS]
        rows = np.sort(rows[nearest])
    listed = {name: np.round(getattr(every, name)[rows], 4).tolist() for name in ("onset_s", "offset_s")}
    return listed if hit is None else listed | {"hit": hit[rows].astype(int).tolist()}


def summary(found: Intervals, span_s: Span) -> str:
    """How many sounds, how dense and how long, in a line."""
    n, length_s = len(found), span_s[1] - span_s[0]
    if not n:
        return f"No sounds in {length_s:.1f} s."
    shortest, median, longest = np.percentile(1000 * (found.offset_s - found.onset_s), (0, 50, 100))
    if n == 1:
        return f"1 sound in {length_s:.1f} s, {median:.0f} ms long."
    rate = f", {n / length_s:.1f} per second" if length_s > 0 else ""
    lengths = f"{shortest:.0f} to {longest:.0f} ms, median {median:.0f} ms"
    return f"{counted(n, 'sound')} in {length_s:.1f} s{rate}; {lengths}."
