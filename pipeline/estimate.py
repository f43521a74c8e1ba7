"""How long a run will take and how much room it needs, told before it begins; and a refusal where there is no room.

Room follows from the plan: what each step keeps is known once the lengths of the recordings and the number of sounds
are. The number of sounds is what the segmenter finds in a few recordings.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import audio, costs, importers, params, pieces, settings, spectrogram, steps, trial
from pipeline.costs import Material
from pipeline.errors import ParameterError, RunError, SyllabaryError
from pipeline.plan import Plan, make_plan
from pipeline.segmenters.energy import Energy
from pipeline.survey import Survey
from pipeline.text import printable, size_text

# Bytes, as shelf.py and store.py write them.
PROJECT_BYTES, RECORDING_BYTES = 1_250_000, 10_000
ROUNDED = 1.02
NEURAL_DIMS = 1_280                        # of an embedder that cannot be asked
MOST_PROBED, MOST_TRIED = 200, 6
TRIED_SAMPLES = 1 << 20
MOST_SOUNDS_PER_S = 25.0                   # if even so many fit, nothing has to be tried
LEAST_LEFT_BYTES = 50_000_000              # room that a run leaves to others


@dataclass(frozen=True)
class Estimate:
    """What a run will need.

    seconds : from, to; (0, 0) if unknown      n_bytes : in all      kept_bytes : there already, from earlier runs
    free_bytes : on the output's volume      untimed : a method whose time is not known and not counted
    """

    n_recordings: int
    duration_s: float
    n_sounds: int
    seconds: tuple[float, float]
    n_bytes: int
    kept_bytes: int
    free_bytes: int
    untimed: str = ""

    @property
    def wanted_bytes(self) -> int:
        """Room that is needed besides what is there already."""
        return max(0, self.n_bytes - self.kept_bytes)

    @property
    def is_enough(self) -> bool:
        """Whether there is room for the run."""
        return self.wanted_bytes + LEAST_LEFT_BYTES <= self.free_bytes

    @property
    def words(self) -> str:
        """``About 3–5 min, 210 MB; 48 GB free.``"""
        besides = f" besides {self.untimed}" if self.untimed else ""
        took = f"{span_text(*self.seconds)}{besides}, " if self.seconds[1] else ""
        return f"About {took}{size_text(self.n_bytes)}; {size_text(self.free_bytes)} free."

    def refusal(self, where: Path) -> str:
        """Why the run is not begun."""
        return (f"There is not enough room in {printable(str(where))}: the run needs about "
                f"{size_text(self.wanted_bytes)}, and {size_text(self.free_bytes)} are free. Choose an output folder "
                "on another drive, or make room.")


def material(jobs: Sequence[steps.Job]) -> Material:
    """What some recordings are, by the headers of at most ``MOST_PROBED`` of them and the size of all."""
    chosen = _spread(jobs, MOST_PROBED)
    known = [(job, about) for job in chosen if (about := _probed(job.path)) is not None]
    n_bytes = sum(job.n_bytes for job, _about in known)
    if not known or not n_bytes:
        return Material(len(jobs), 0.0, 0.0)
    duration_s = sum(about.duration_s for _job, about in known)
    share = sum(job.n_bytes for job in jobs) / n_bytes if len(known) < len(jobs) else 1.0
    rate_hz = sum(about.duration_s * about.rate_hz for _job, about in known) / max(duration_s, 1e-9)
    paths = tuple(job.path for job, _about in _spread(known, MOST_TRIED))
    return Material(len(jobs), duration_s * share, rate_hz, paths)


def surveyed(seen: Survey, paths: Iterable[Path]) -> Material:
    """The same from a survey, which has read every header."""
    n = sum(count for _rate, count in seen.rates_hz)
    rate_hz = sum(rate * count for rate, count in seen.rates_hz) / n if n else 0.0
    return Material(seen.n_recordings, seen.duration_s, rate_hz, tuple(_spread(list(paths), MOST_TRIED)))


def _spread(every: Sequence[Any], n: int) -> list[Any]:
    """At most n of them, evenly from first to last."""
    if len(every) <= n:
        return list(every)
    return [every[row] for row in np.linspace(0, len(every) - 1, n).astype(int)]


def _probed(path: Path) -> audio.Probe | None:
    try:
        found = audio.probe(path)
    except SyllabaryError:      # the run will tell of it
        return None
    return found if math.isfinite(found.duration_s) else None


def estimate(plan: Plan, of: Material, *, chosen: Iterable[str] = steps.ALL, workers: int | None = None) -> Estimate:
    """What a run of a plan over some material needs. Raises ParameterError for values that cannot be."""
    wanted = steps.with_needs(chosen)
    density = sounds_per_s(plan, of)
    n_sounds, sounding_s = round(density[0] * of.duration_s), density[1] * of.duration_s
    n_bytes = _disk_bytes(plan, of, n_sounds, wanted)
    amount = costs.Amount(of, n_sounds, sounding_s, n_bytes)
    seconds, untimed = costs.seconds(plan, amount, wanted, workers=workers or settings.n_cores())
    return Estimate(of.n_recordings, of.duration_s, n_sounds, seconds, n_bytes, _kept_bytes(plan.work_dir),
                    free_bytes(plan.output_dir), untimed)


def check_room(plan: Plan, jobs: Sequence[steps.Job], *, chosen: Iterable[str] = steps.ALL) -> None:
    """Refuse a run for which there is no room. Raises RunError.

    Where there is plenty, no recording is decoded to find that out.
    """
    of, wanted = material(jobs), steps.with_needs(chosen)
    free, most_sounds = free_bytes(plan.output_dir), round(MOST_SOUNDS_PER_S * of.duration_s) + of.n_recordings
    if _disk_bytes(plan, of, most_sounds, wanted) + LEAST_LEFT_BYTES <= free:
        return
    found = estimate(plan, of, chosen=chosen)
    if not found.is_enough:
        raise RunError(found.refusal(plan.output_dir))


def free_bytes(folder: Path) -> int:
    """What is free on the volume that a folder lies on, or will lie on."""
    here = folder.absolute()
    while not here.exists() and here != here.parent:
        here = here.parent
    return shutil.disk_usage(here).free


def _kept_bytes(work_dir: Path) -> int:
    """What earlier runs have left for this one."""
    return sum(path.stat().st_size for path in work_dir.glob("*/*.np[yz]")) if work_dir.is_dir() else 0


# ---- how many sounds


def sounds_per_s(plan: Plan, of: Material) -> tuple[float, float]:
    """(sounds, seconds that are sound) in a second of recording, by a trial on a few recordings.

    A method that is slow to try is taken to find what `energy` finds.
    """
    if plan.segmenter_name == "files":
        return of.n_recordings / max(of.duration_s, 1e-9), 1.0
    if plan.segmenter_name == "table":
        return _in_table(plan, of)
    stands_in = Energy(min_freq=plan.spectrogram.spec_min_freq)
    method = plan.segmenter if plan.segmenter_name == "energy" else stands_in
    tried = [found for path in of.paths if (found := _tried(path, _changed(path), plan.audio, method)) is not None]
    length_s = sum(length for length, _n, _s in tried)
    if not length_s:
        return 0.0, 0.0
    return sum(n for _l, n, _s in tried) / length_s, sum(sounding for _l, _n, sounding in tried) / length_s


def _in_table(plan: Plan, of: Material) -> tuple[float, float]:
    table = importers.read_segments(Path(plan.segmenter.segments_from))
    length_s = max(of.duration_s, 1e-9)
    return len(table) / length_s, float(np.sum(table.offset_s - table.onset_s)) / length_s


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=256)
def _tried(path: Path, changed_ns: int, how: Any, method: Any) -> tuple[float, int, float] | None:
    """(length, sounds, seconds that are sound) of a stretch of a recording; None if it cannot be read."""
    try:
        heard = _stretch(pieces.Place(path, path.name, changed_ns, how))
        step_s = max(method.time_step, trial.least_time_step_s(method, heard))
        found = replace(method, time_step=step_s).find(heard)
    except ParameterError:
        raise
    except SyllabaryError:
        return None
    return heard.duration_s, len(found), float(np.sum(found.offset_s - found.onset_s))


@lru_cache(maxsize=MOST_TRIED)
def _stretch(where: pieces.Place) -> audio.Recording:
    about = pieces.probe(where)
    length_s = TRIED_SAMPLES / max(about.rate_hz, where.audio.sr)
    begin_s = max(0.0, (about.duration_s - length_s) / 2)
    return pieces.part(where, begin_s, begin_s + length_s)


# ---- how much room


def _disk_bytes(plan: Plan, of: Material, n_sounds: int, wanted: tuple[str, ...]) -> int:
    """What lies on the disk when the run is over: each result on the shelf, and again in the project."""
    n_dims, n_pca = _n_dims(plan), min(plan.pca.n_pca, max(n_sounds, 1))
    each = {
        "spectrogram": costs.n_frames(plan, of) * _n_rows(plan) * ROUNDED,
        "pitch": 8.0 * costs.pitch_frames(plan, of),
        "segment": 40.0 * n_sounds,
        "embed": 4.0 * n_dims * n_sounds,
        "project": 4.0 * (n_sounds * (n_pca + 2) + min(n_pca, n_dims) * n_dims) if "embed" in wanted else 0.0,
    }
    shelf = sum(size for name, size in each.items() if name in wanted) + RECORDING_BYTES / 4 * of.n_recordings
    project = shelf + PROJECT_BYTES + RECORDING_BYTES * of.n_recordings
    return math.ceil(shelf + (project if "export" in wanted else 0))


def _n_rows(plan: Plan) -> int:
    return len(spectrogram.rows_kept(plan.spectrogram, plan.audio.sr)[0])


def _n_dims(plan: Plan) -> int:
    own = params.values(plan.embedder)
    return own["bands"] * own["frames"] + 1 if {"bands", "frames"} <= set(own) else NEURAL_DIMS


# ---- in words


def span_text(low_s: float, high_s: float) -> str:
    """``10–20 s``, ``1–2 min``, ``3–5 min``, ``2–4 h``: rounded, in the unit of the longer one."""
    unit, size = ("s", 1) if high_s < 90 else ("min", 60) if high_s < 5400 else ("h", 3600)
    low, high = (_rounded(seconds / size) for seconds in (low_s, high_s))
    return f"{low}–{high} {unit}" if low != high else f"{high} {unit}"


def _rounded(number: float) -> str:
    if number < 9.5:
        return f"{max(1, round(number))}"
    step = 5 if number < 100 else 10 ** (math.floor(math.log10(number)) - 1)
    return f"{round(number / step) * step}"


def for_form(form: Mapping[str, Any], seen: Survey) -> dict[str, Any]:
    """What a person is told beside the form, as plain values: words, is_enough, and the numbers behind them.

    What cannot be in a half-filled form is told where it stands; here there is nothing to say then.
    """
    try:
        found = of_form(form, seen)
    except SyllabaryError:
        return {"words": "", "is_enough": True}
    words = found.words if found.is_enough else found.refusal(Path(form["output_dir"]))
    return {"words": words, "is_enough": found.is_enough, "n_sounds": found.n_sounds, "n_bytes": found.n_bytes,
            "seconds": [round(second, 1) for second in found.seconds]}


def of_form(form: Mapping[str, Any], seen: Survey) -> Estimate:
    """The estimate for what a form says about a folder that was surveyed. Raises ParameterError for what cannot be."""
    data_dir = Path(form["data_dir"])
    plan = make_plan(data_dir, Path(form["output_dir"]), subject=form.get("subject") or data_dir.name or "project",
                     values=trial.plan_values(form))
    return estimate(plan, surveyed(seen, [found.path for found in pieces.recordings(data_dir)]))
