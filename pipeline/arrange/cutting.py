"""A part of a recording as a file of its own, sample for sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from pipeline.audio_sources import Source, open_source
from pipeline.errors import AudioError

EXACT = {"PCM_U8": "PCM_16", "PCM_S8": "PCM_16", "PCM_16": "PCM_16", "PCM_24": "PCM_24", "PCM_32": "PCM_32"}


@dataclass(frozen=True)
class Cut:
    """A stretch of a recording, with all its channels."""

    path: Path
    from_s: float
    to_s: float

    @property
    def times(self) -> str:
        """Where it lies, as addresses of media have it: ``#t=1.25,1.31``."""
        return f"#t={self.from_s:.6g},{self.to_s:.6g}"

    @property
    def named_after(self) -> Path:
        """``song_0001250ms.wav``, in the folder of the recording: what names of copies are made from."""
        return self.path.with_name(f"{self.path.stem}_{round(1000 * self.from_s):07d}ms.wav")

    def write(self, target: Path | BinaryIO) -> None:
        """Make a WAV file of it, at its rate and in its own precision. Raises AudioError, OSError.

        Of a path soundfile waits until it is on the disk, of an open file it does not.
        """
        import soundfile

        with open_source(self.path) as source:
            first = max(0, round(self.from_s * source.rate_hz))
            last = max(first + 1, round(self.to_s * source.rate_hz))
            subtype, blocks = _samples(source, first, last)
            with soundfile.SoundFile(target, "w", source.rate_hz, source.n_channels, subtype, format="WAV") as file:
                for block in blocks:
                    file.write(block)
                n_written = file.frames
        if not n_written:
            raise AudioError(f"{self.path} holds no samples at {self.from_s:.3f} s.")


def _samples(source: Source, first: int, last: int) -> tuple[str, Iterator[np.ndarray]]:
    """As whole numbers where they are stored as such, else as they are decoded: (subtype, blocks)."""
    subtype = EXACT.get(source.format.rpartition(" ")[2])
    return subtype or "FLOAT", source.blocks(first, last, dtype="int32" if subtype else "float32")
