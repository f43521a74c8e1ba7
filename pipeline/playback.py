"""One sound for the ear: cut from its recording, at a rate that a browser can play."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from pipeline import audio
from pipeline.errors import AudioError

PLAYABLE_HZ = (8_000, 48_000)     # browsers promise 3 … 96 kHz; sound cards are happiest here
ULTRASOUND_FROM_HZ = 96_000       # a recording at a higher rate was made for what nobody hears
SLOWEST, FASTEST = 1 / 32, 4.0
EDGE_S = 0.004                    # fade in and out, against clicks
PEAK, MOST_GAIN = 0.7, 30.0


def default_speed(rate_hz: int) -> float:
    """1, or 1/16 for recordings of ultrasound, which brings 20 … 100 kHz down to 1.3 … 6.3 kHz."""
    return 1 / 16 if rate_hz > ULTRASOUND_FROM_HZ else 1.0


def wav(path: Path, onset_s: float, offset_s: float, *, speed: float = 1.0, margin_s: float = 0.0) -> bytes:
    """A stretch of a recording as a WAV file (16-bit, mono), ``speed`` times as fast, as by a tape recorder.

    ``margin_s`` of what lies before and after comes with it. Raises AudioError with a sentence if the recording is
    missing or damaged, or the speed cannot be had.
    """
    if not SLOWEST <= speed <= FASTEST:
        raise AudioError(f"Sounds can be played {SLOWEST:g} to {FASTEST:g} times as fast, not {speed:g} times.")
    if not path.is_file():
        raise AudioError(f"The recording {path} is not there. Put it back in its place, or point the page to the "
                         "folder that holds it, to hear its sounds.")
    samples, rate_hz = audio.read_part(path, max(0.0, onset_s - margin_s), offset_s + margin_s)
    samples, rate_hz = playable(samples, round(rate_hz * speed))
    return _encode(levelled(faded(samples, rate_hz)), rate_hz)


def playable(
    samples: np.ndarray, rate_hz: int, *, within_hz: tuple[int, int] = PLAYABLE_HZ,
) -> tuple[np.ndarray, int]:
    """The same sound at a rate in ``within_hz``: resampled only if it must be. float32 (n,), rate in Hz."""
    lowest, highest = within_hz
    if lowest <= rate_hz <= highest or not len(samples):
        return samples, min(max(rate_hz, lowest), highest)
    import soxr

    target_hz = highest if rate_hz > highest else lowest
    return soxr.resample(samples, rate_hz, target_hz).astype(np.float32), target_hz


def faded(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """With a short fade at both ends, never longer than a quarter of the sound."""
    n_edge = min(round(EDGE_S * rate_hz), len(samples) // 4)
    if not n_edge:
        return samples
    rise = np.sin(np.linspace(0, np.pi / 2, n_edge, dtype=np.float32)) ** 2
    return np.concatenate([samples[:n_edge] * rise, samples[n_edge:-n_edge], samples[-n_edge:] * rise[::-1]])


def levelled(samples: np.ndarray) -> np.ndarray:
    """As loud as is pleasant: quiet sounds louder, but not without bounds, so that silence stays silent."""
    peak = float(np.abs(samples).max()) if len(samples) else 0.0
    return samples * min(PEAK / peak, MOST_GAIN) if peak else samples


def _encode(samples: np.ndarray, rate_hz: int) -> bytes:
    import soundfile

    target = io.BytesIO()
    soundfile.write(target, samples, rate_hz, format="WAV", subtype="PCM_16")
    return target.getvalue()
