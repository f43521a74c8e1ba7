"""The beginnings of several sounds in one answer, for pages where pointing at a sound plays it at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline import audio, playback, recordings
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import AudioError

LONGEST_S = 0.5               # of what is heard; ultrasound, being slowed down, has shorter beginnings
RATES_HZ = (8_000, 32_000)    # enough to know a sound by, and half the bytes of a whole one
MOST_CLIPS = 32               # in one answer: at most a megabyte
MISSING = -1                  # instead of a number of samples: the recording is not there, or damaged


def packed(dataset: Dataset, labels: Labels, segment_ids: Sequence[int]) -> bytes:
    """The first ``LONGEST_S`` of each sound, as loud as is pleasant, ultrasound slowed down; little-endian.

    int32 (1,), the number of clips n; int32 (n, 3), of each its sound's id, rate in Hz, number of samples or
    ``MISSING``; then the samples, int16, one clip after the other. Raises EditError for unknown sounds.
    """
    rows = labels.rows_of(np.asarray(segment_ids))
    clips = [_clip(dataset, int(row)) for row in rows]
    sizes = [MISSING if samples is None else len(samples) for samples, _rate_hz in clips]
    rates_hz = [rate_hz for _samples, rate_hz in clips]
    head = np.stack([np.asarray(segment_ids), rates_hz, sizes], axis=1).astype("<i4")
    body = [samples.tobytes() for samples, _rate_hz in clips if samples is not None]
    return b"".join([np.array([len(clips)], "<i4").tobytes(), head.tobytes(), *body])


def _clip(dataset: Dataset, row: int) -> tuple[np.ndarray | None, int]:
    """The beginning of one sound, int16 (n,), and its rate in Hz; (None, 0) if it cannot be read."""
    segments, files = dataset.segments, dataset.files
    file_id, onset_s = int(segments.file_id[row]), float(segments.onset_s[row])
    speed = playback.default_speed(int(files.sr[files.row_of(file_id)]))
    offset_s = onset_s + min(float(segments.duration_s[row]), LONGEST_S * speed)
    try:
        return _heard(recordings.path_of(dataset, file_id), onset_s, offset_s, speed)
    except AudioError:      # the others are heard all the same; who asks for the whole sound is told why
        return None, 0


def _heard(path: Path, onset_s: float, offset_s: float, speed: float) -> tuple[np.ndarray, int]:
    samples, rate_hz = audio.read_part(path, onset_s, offset_s)
    samples, rate_hz = playback.playable(samples, round(rate_hz * speed), within_hz=RATES_HZ)
    samples = playback.levelled(playback.faded(samples, rate_hz))
    return np.round(samples * 32767).astype("<i2"), rate_hz
