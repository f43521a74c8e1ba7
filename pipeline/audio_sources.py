"""Where samples come from: libsndfile, or ffmpeg for what libsndfile cannot read."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline import sandbox, vetting
from pipeline.errors import AudioError

BLOCK_SAMPLES = 1 << 20          # of all channels together
MOST_PROBE_S = 30
FFMPEG_SUFFIXES = {".m4a", ".aac", ".wma", ".mp4", ".m4b", ".webm", ".mka", ".amr", ".ac3"}


class Source:
    """An open recording: its rate in Hz, channels, duration in s and format."""

    rate_hz: int
    n_channels: int
    duration_s: float
    format: str

    @property
    def block_frames(self) -> int:
        """Frames that are read at a time: fewer where there are many channels."""
        return max(1024, BLOCK_SAMPLES // max(1, self.n_channels))

    def blocks(self, first: int = 0, last: int | None = None, *, dtype: str = "float32") -> Iterator[np.ndarray]:
        """The samples from frame ``first`` up to ``last`` (None: the end), as (n, channels) blocks of ``dtype``."""
        raise AssertionError("each source reads in its own way")

    def notes(self) -> tuple[str, ...]:
        """What a person should know about the file."""
        return ()


@contextlib.contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a recording by its content. Raises AudioError with a sentence."""
    sandbox.refuse_outside(path)
    if not path.is_file():
        raise AudioError(f"{path} is not a file that can be read.")
    if path.stat().st_size == 0:
        raise AudioError(f"{path} is empty (0 bytes).")
    import soundfile

    vetting.vet(path, "recording")
    try:
        file = soundfile.SoundFile(os.fsencode(path))
    except soundfile.LibsndfileError as error:
        with _open_ffmpeg(path, str(getattr(error, "error_string", error))) as source:
            yield source
        return
    except OSError as error:
        raise AudioError(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        yield SndfileSource(file)


class SndfileSource(Source):
    """A file that libsndfile reads; it knows the format by the content."""

    def __init__(self, file: object) -> None:
        self._file = file
        self.rate_hz, self.n_channels = file.samplerate, file.channels
        self.duration_s = file.frames / file.samplerate
        self.format = f"{file.format} {file.subtype}"

    def blocks(self, first: int = 0, last: int | None = None, *, dtype: str = "float32") -> Iterator[np.ndarray]:
        import soundfile

        n_left = None if last is None else last - first
        try:
            if first:
                self._file.seek(min(first, self._file.frames))
            while n_left is None or n_left > 0:
                n_wanted = self.block_frames if n_left is None else min(self.block_frames, n_left)
                block = self._file.read(n_wanted, dtype=dtype, always_2d=True)
                if not len(block):
                    return
                n_left = None if n_left is None else n_left - len(block)
                yield block
        except soundfile.LibsndfileError as error:
            raise AudioError(f"{os.fsdecode(self._file.name)} is damaged and cannot be decoded: {error}.") from error

    def notes(self) -> tuple[str, ...]:
        shorter = "(should be" in self._file.extra_info
        return ("the file is shorter than its header says",) if shorter else ()


@contextlib.contextmanager
def _open_ffmpeg(path: Path, reason: str) -> Iterator[Source]:
    """Read what libsndfile cannot, if its name says that ffmpeg might."""
    reason = reason.strip().rstrip(".")
    if path.suffix.lower() not in FFMPEG_SUFFIXES:
        raise AudioError(f"{path} is not audio that can be read ({reason}).")
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        raise AudioError(f"{path} needs ffmpeg to be read: install ffmpeg, or convert the file to WAV or FLAC.")
    yield FfmpegSource(path)


class FfmpegSource(Source):
    """A file that ffmpeg decodes, through a pipe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        stream = self._probe()
        try:
            self.rate_hz, self.n_channels = int(stream["sample_rate"]), int(stream["channels"])
            self.duration_s, self.format = float(stream.get("duration") or "nan"), stream.get("codec_name", "ffmpeg")
        except (LookupError, ValueError):
            self.rate_hz = self.n_channels = 0
        if self.rate_hz <= 0 or self.n_channels <= 0:
            raise AudioError(f"{self._path} does not say its sample rate and channels. Convert it to WAV or FLAC.")

    def _arguments(self) -> list[str]:
        # "file:" and the white list keep odd names and crafted playlists from becoming anything but this file.
        return ["-v", "error", "-protocol_whitelist", "file,pipe", "-i", f"file:{os.fspath(self._path.absolute())}"]

    def _probe(self) -> dict:
        show = ["-select_streams", "a:0", "-show_entries", "stream=sample_rate,channels,duration,codec_name"]
        command = ["ffprobe", *self._arguments(), *show, "-of", "json"]
        try:
            result = subprocess.run(command, capture_output=True, check=False, timeout=MOST_PROBE_S)
        except subprocess.TimeoutExpired:
            raise AudioError(f"{self._path} is not understood by ffmpeg within {MOST_PROBE_S} s.") from None
        streams = json.loads(result.stdout or b"{}").get("streams", [])
        if result.returncode or not streams:
            raise AudioError(f"{self._path} is not audio that ffmpeg can read.")
        return streams[0]

    def blocks(self, first: int = 0, last: int | None = None, *, dtype: str = "float32") -> Iterator[np.ndarray]:
        seek = ["-ss", f"{first / self.rate_hz:.6f}"] if first else []
        n_left = None if last is None else last - first
        output = ["-map", "0:a:0", "-f", "f32le", "-c:a", "pcm_f32le", "-"]
        with subprocess.Popen(["ffmpeg", "-nostdin", *seek, *self._arguments(), *output],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            frame_bytes = 4 * self.n_channels
            while n_left is None or n_left > 0:
                n_wanted = self.block_frames if n_left is None else min(self.block_frames, n_left)
                data = process.stdout.read(n_wanted * frame_bytes)
                n_frames = len(data) // frame_bytes
                if not n_frames:
                    break
                n_left = None if n_left is None else n_left - n_frames
                values = np.frombuffer(data[:n_frames * frame_bytes], "<f4").reshape(n_frames, self.n_channels)
                yield values.astype(dtype, copy=False)
            if n_left is not None:
                process.terminate()
            elif process.wait():
                words = process.stderr.read().decode(errors="replace").strip().splitlines() or ["no reason given"]
                raise AudioError(f"{self._path} cannot be decoded by ffmpeg: {words[-1]}.")
