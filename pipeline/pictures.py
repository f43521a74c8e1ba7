"""Spectrograms as a project keeps them, read piece by piece."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from pipeline import hdf5, upgrades
from pipeline.errors import ProjectError
from pipeline.tables import Files

DEFAULT_DB_PER_STEP = 80 / 127
MOST_OPEN = 64               # each open data set may keep 1 MB of unpacked chunks


@dataclass(frozen=True)
class SpectrogramScale:
    """dB = value · db_per_step; ``freq_hz`` of the first and the last row; frame i is centred at i · hop_s."""

    db_per_step: float
    freq_hz: tuple[float, float]
    hop_s: float


class Pictures:
    """The spectrograms of an open file. Not safe for several threads at once: `Dataset` holds the lock."""

    def __init__(self, layout: upgrades.Layout, files: Files) -> None:
        self._layout, self._files = layout, files
        self._open: OrderedDict[int, tuple[h5py.Dataset, SpectrogramScale]] = OrderedDict()

    def read(self, file_id: int, onset_s: float, offset_s: float) -> np.ndarray | None:
        """The frames between two times: int8 (n_freq, n_frames), at least one frame, clipped to the recording."""
        found = self._find(int(file_id))
        if found is None:
            return None
        item, scale = found
        n_frames = item.shape[1]
        first = int(np.clip(np.floor(onset_s / scale.hop_s), 0, max(n_frames - 1, 0)))
        last = int(np.clip(np.ceil(offset_s / scale.hop_s) + 1, first + 1, max(n_frames, first + 1)))
        with hdf5.guarded(self._layout.path, f"the spectrogram of recording {file_id}"):
            return item[:, first:last]

    def scale(self, file_id: int) -> SpectrogramScale:
        """What the values mean. Raises ProjectError for a recording without a spectrogram."""
        found = self._find(int(file_id))
        if found is None:
            raise ProjectError(f"{self._layout.path} has no spectrogram of recording {file_id}.")
        return found[1]

    def close(self) -> None:
        """Let go of all that is open."""
        self._open.clear()

    def _find(self, file_id: int) -> tuple[h5py.Dataset, SpectrogramScale] | None:
        if file_id in self._open:
            self._open.move_to_end(file_id)
            return self._open[file_id]
        name = self._layout.spectrograms.get(file_id)
        if name is None:
            return None
        item = hdf5.dataset(hdf5.required_group(self._layout.handle, "spectrograms"), name)
        if item is None or item.ndim != 2 or item.dtype != np.int8:
            raise ProjectError(f"{self._layout.path}: spectrograms/{name} is not a table of int8. Make the "
                               "project again.")
        self._open[file_id] = item, self._scale_of(item, file_id)
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        return self._open[file_id]

    def _scale_of(self, item: h5py.Dataset, file_id: int) -> SpectrogramScale:
        """From the attributes, or from the parameters where an older tool wrote none."""
        parameters = self._layout.parameters
        attrs = upgrades.attributes(self._layout.path, item)
        rate_hz = self._rate_hz(file_id)
        hop_s = _number(attrs.get("hop_s")) or _ratio(parameters.get("spec_hop_length"), rate_hz)
        if not hop_s:
            raise ProjectError(f"{self._layout.path}: the time between frames of {item.name} is unknown (no hop or no "
                               "sample rate). Make the project again.")
        limits = attrs.get("freq_hz")
        if np.shape(limits) != (2,):
            limits = _number(parameters.get("spec_min_freq")), _number(parameters.get("spec_max_freq")) or rate_hz / 2
        db_per_step = _number(attrs.get("db_per_step")) or DEFAULT_DB_PER_STEP
        return SpectrogramScale(db_per_step, (float(limits[0]), float(limits[1])), hop_s)

    def _rate_hz(self, file_id: int) -> float:
        """The rate that spectrograms were made at, or the recording's own."""
        parameters = self._layout.parameters
        stated = _number(parameters.get("sr_processing")) or _number(parameters.get("audio_sr"))
        return stated or float(self._files.sr[self._files.row_of(file_id)])


def _ratio(hop: Any, rate_hz: float) -> float:
    return _number(hop) / rate_hz if rate_hz else 0.0


def _number(value: Any) -> float:
    """A positive, finite number out of a file; 0 for anything else."""
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
    return float(value) if usable else 0.0
