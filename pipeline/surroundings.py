"""A sound in its recording: pictures, waveform and sounds of a stretch of it.

Stretches come from a fixed grid (``SPANS_MS``), so that the same ones are asked for again and can be kept.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import audio, playback, recordings, spectrogram, tiles
from pipeline.dataset import Dataset
from pipeline.errors import AudioError, ParameterError, ProjectError

SPANS_MS = tuple(125 * 2 ** level for level in range(10))    # 125 ms … 64 s
WIDTH_PX, HEIGHT_PX = 512, 128
MADE_SAMPLES = 8_000_000         # recordings up to here get a spectrogram at once if the project holds none
MADE_LEVEL_PERCENT = (40, 99.8)
MOST_PLAYED_MS = 60_000
LATEST_MS = 10 * 86_400_000       # no recording is longer than ten days


@dataclass(frozen=True)
class Stretch:
    """A part of a recording, in whole ms."""

    from_ms: int
    to_ms: int

    @property
    def from_s(self) -> float:
        """Where it begins, in s."""
        return self.from_ms / 1000

    @property
    def to_s(self) -> float:
        """Where it ends, in s."""
        return self.to_ms / 1000


@dataclass(frozen=True, eq=False)
class Frames:
    """Some of a recording's spectrogram: int8 (n_freq, n_frames) from frame ``first`` on, and what the values mean.

    levels : the range of values that pictures show
    """

    values: np.ndarray
    first: int
    hop_s: float
    levels: tuple[float, float]


def on_grid(from_ms: int, to_ms: int) -> Stretch:
    """A stretch of the grid. Raises ParameterError for any other."""
    span_ms = to_ms - from_ms
    if span_ms not in SPANS_MS or from_ms % span_ms or to_ms > LATEST_MS:
        raise ParameterError(f"Pictures of a recording begin at a multiple of their length, which is one of "
                             f"{', '.join(map(str, SPANS_MS))} ms.")
    return Stretch(from_ms, to_ms)


def any_stretch(from_ms: int, to_ms: int) -> Stretch:
    """A stretch to be heard. Raises ParameterError for one that is empty or very long."""
    if not (0 < to_ms - from_ms <= MOST_PLAYED_MS and to_ms <= LATEST_MS):
        raise ParameterError(f"Between 1 and {MOST_PLAYED_MS} ms of a recording can be played at a time.")
    return Stretch(from_ms, to_ms)


def place(dataset: Dataset, row: int) -> dict[str, Any]:
    """Where one sound comes from, as plain values: recording, when it was made, times in s."""
    sounds = dataset.segments
    file_id, onset_s = int(sounds.file_id[row]), float(sounds.onset_s[row])
    file_row = dataset.files.row_of(file_id)
    return {"file": file_id, "name": dataset.files.path[file_row], "onset_s": round(onset_s, 6),
            "duration_s": round(float(sounds.duration_s[row]), 6),
            "recorded": moment(float(dataset.files.recorded_at[file_row]) + onset_s)}


def moment(time_s: float) -> str:
    """``2019-06-28 06:28:42``, as the recorder's clock had it; empty if unknown."""
    if not np.isfinite(time_s):
        return ""
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=time_s)).strftime("%Y-%m-%d %H:%M:%S")


def about(dataset: Dataset, file_id: int) -> dict[str, Any]:
    """What a view of a recording must know first, as plain values. Raises ProjectError for an unknown recording.

    freq_hz : of the lowest and the highest row of its pictures, or None if there are none, and ``why`` says why
    """
    row = dataset.files.row_of(file_id)
    freq_hz, why = _frequencies(dataset, file_id)
    return {"file": file_id, "name": dataset.files.path[row], "recorded": moment(float(dataset.files.recorded_at[row])),
            "duration_s": round(duration_s(dataset, file_id), 6), "freq_hz": freq_hz, "why": why,
            "audio": recordings.path_of(dataset, file_id).is_file(),
            "speed": playback.default_speed(int(dataset.files.sr[row]))}


def duration_s(dataset: Dataset, file_id: int) -> float:
    """The length of a recording; where the project does not know it, the end of its last sound."""
    stated = float(dataset.files.duration_s[dataset.files.row_of(file_id)])
    rows = _rows(dataset, file_id)
    ends_s = dataset.segments.onset_s[rows] + dataset.segments.duration_s[rows]
    return float(max(stated if np.isfinite(stated) else 0.0, ends_s.max(initial=0.0)))


def sounds(dataset: Dataset, file_id: int, part: Stretch) -> dict[str, list]:
    """The sounds that lie wholly or partly in a stretch: ids, onsets and offsets in s. Labels are told elsewhere."""
    dataset.files.row_of(file_id)
    segments, rows = dataset.segments, _rows(dataset, file_id)
    onset_s, offset_s = segments.onset_s[rows], segments.onset_s[rows] + segments.duration_s[rows]
    inside = (onset_s < part.to_s) & (offset_s > part.from_s)
    order = np.flatnonzero(inside)[np.argsort(onset_s[inside], kind="stable")]
    return {"ids": segments.segment_id[rows][order].tolist(), "onset_s": np.round(onset_s[order], 4).tolist(),
            "offset_s": np.round(offset_s[order], 4).tolist()}


def _rows(dataset: Dataset, file_id: int) -> np.ndarray:
    return np.flatnonzero(dataset.segments.file_id == file_id)


def picture(dataset: Dataset, file_id: int, part: Stretch, levels: tuple[float, float]) -> np.ndarray:
    """A stretch as shades, uint8 (HEIGHT_PX, WIDTH_PX); 0 beyond the recording.

    levels : what stored values become quietest and loudest
    From the stored spectrogram, or made from a recording that is short enough. Raises ProjectError or AudioError.
    """
    return drawn(_frames(dataset, file_id, part, levels), part)


def drawn(frames: Frames, part: Stretch) -> np.ndarray:
    """Frames as the picture of a stretch: uint8 (HEIGHT_PX, WIDTH_PX), 0 where there are none."""
    from PIL import Image

    shades = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
    n_freq, n_frames = frames.values.shape
    left, right = (time_s / frames.hop_s + 0.5 - frames.first for time_s in (part.from_s, part.to_s))
    inner = max(left, 0.0), min(right, float(n_frames))
    begin, end = (round((edge - left) / (right - left) * WIDTH_PX) for edge in inner)
    if end > begin and inner[1] > inner[0]:
        size, box = (end - begin, HEIGHT_PX), (inner[0], 0, inner[1], n_freq)
        image = tiles.image(frames.values, frames.levels)
        shades[:, begin:end] = np.asarray(image.resize(size, Image.Resampling.BILINEAR, box=box))
    return shades


def _frames(dataset: Dataset, file_id: int, part: Stretch, levels: tuple[float, float]) -> Frames:
    if not _is_stored(dataset, file_id):
        made, made_levels = _made_of(dataset, file_id)
        return Frames(made.values, 0, made.hop_s, made_levels)
    hop_s = dataset.spectrogram_scale(file_id).hop_s
    onset_s = max(0.0, part.from_s - hop_s)
    values = dataset.spectrogram(file_id, onset_s, part.to_s + hop_s)
    if values is None or part.from_s >= duration_s(dataset, file_id):
        raise ProjectError(f"Recording {file_id} has nothing at {part.from_s:g} s.")
    return Frames(values, int(np.floor(onset_s / hop_s)), hop_s, levels)


def _is_stored(dataset: Dataset, file_id: int) -> bool:
    return file_id in dataset.spectrogram_file_ids()


def _frequencies(dataset: Dataset, file_id: int) -> tuple[list[float] | None, str]:
    """(of the lowest and highest row, "") or (None, why there are no pictures)."""
    if _is_stored(dataset, file_id):
        return list(dataset.spectrogram_scale(file_id).freq_hz), ""
    try:
        return list(_made_of(dataset, file_id)[0].freq_hz), ""
    except (AudioError, ProjectError) as error:
        return None, str(error)


def _made_of(dataset: Dataset, file_id: int) -> tuple[spectrogram.Spectrogram, tuple[float, float]]:
    """A spectrogram made now, and its levels. Raises AudioError, or ProjectError where that would take too long."""
    path = recordings.path_of(dataset, file_id)
    if not path.is_file():
        raise AudioError(f"The project holds no spectrogram of this recording, and {path} is not there to make one.")
    return _made(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _made(path: Path, _changed_ns: int) -> tuple[spectrogram.Spectrogram, tuple[float, float]]:
    found = audio.probe(path)
    if found.duration_s * found.rate_hz > MADE_SAMPLES:
        raise ProjectError(f"The project holds no spectrogram of {path.name}, which is too long to make one at once. "
                           "Preprocess it again with spectrograms to see them here.")
    recording = audio.decode(path, rate_hz=None)
    params = spectrogram.SpectrogramParams(spec_min_freq=0.0, spec_max_freq=recording.rate_hz / 2)
    made = spectrogram.compute(recording, params)
    low, high = np.percentile(made.values[:, ::max(1, made.values.shape[1] // 4096)], MADE_LEVEL_PERCENT)
    return made, (float(low), float(max(high, low + 1)))


def wave(dataset: Dataset, file_id: int, part: Stretch) -> np.ndarray:
    """The waveform of a stretch: float32 (WIDTH_PX, 2), lowest and highest sample; NaN beyond the recording.

    Raises AudioError if the recording is missing or damaged.
    """
    path = recordings.path_of(dataset, file_id)
    if not path.is_file():
        raise AudioError(f"The recording {path} is not there.")
    samples, rate_hz = audio.read_part(path, part.from_s, part.to_s)
    return envelope(samples, n_whole=(part.to_s - part.from_s) * rate_hz)


def wave_bytes(dataset: Dataset, file_id: int, part: Stretch) -> bytes:
    """The waveform for the browser: little-endian float32, lowest and highest of each px."""
    return np.ascontiguousarray(wave(dataset, file_id, part), "<f4").tobytes()


def envelope(samples: np.ndarray, *, n_whole: float) -> np.ndarray:
    """The lowest and highest of ``samples`` in ``WIDTH_PX`` equal parts of ``n_whole`` of them: float32 (WIDTH_PX, 2).

    Parts beyond the samples are NaN.
    """
    found = np.full((WIDTH_PX, 2), np.nan, np.float32)
    starts = np.floor(np.arange(WIDTH_PX) * n_whole / WIDTH_PX).astype(np.int64)
    starts = starts[starts < len(samples)]
    if len(starts):
        found[:len(starts), 0] = np.minimum.reduceat(samples, starts)
        found[:len(starts), 1] = np.maximum.reduceat(samples, starts)
    return found


def sound(dataset: Dataset, file_id: int, part: Stretch, *, speed: float | None = None) -> bytes:
    """A stretch for the ear, as WAV; ``speed`` None is as recorded, but ultrasound slowed down.

    Raises AudioError if it cannot be read.
    """
    rate_hz = int(dataset.files.sr[dataset.files.row_of(file_id)])
    path = recordings.path_of(dataset, file_id)
    return playback.wav(path, part.from_s, part.to_s, speed=speed or playback.default_speed(rate_hz))
