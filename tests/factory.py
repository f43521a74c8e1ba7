"""Small true projects for tests, and a large one: made through `store.create`, as `preprocess` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import store
from pipeline.curation import colours

RATE_HZ = 16_000
HOP_SAMPLES = 64
N_FREQ = 48
SOUND_S = 0.08
STEP_S = 0.15               # from one onset to the next
PARAMETERS = {
    "subject": "factory", "audio_sr": RATE_HZ, "sr_processing": RATE_HZ, "sr_original": RATE_HZ, "spec_n_fft": 256,
    "spec_hop_length": HOP_SAMPLES, "spec_min_freq": 312.0, "spec_max_freq": 7000.0, "umap_n_neighbors": 15,
    "pca_n_components": 4, "seg_model": "energy", "emb_model": "logmel",
}


def make_project(
    path: Path | str,
    *,
    n_sounds: int = 60,
    n_files: int = 3,
    n_types: int = 4,
    seed: int = 0,
    with_spectrograms: bool = True,
    with_embeddings: bool = True,
    with_labels: bool = True,
    with_audio_dir: Path | str | None = None,
    cluster_ids: Sequence[int] | None = None,
    clusters: Sequence[tuple[int, str, str, str]] = (),
    project_id: str | None = None,
    parameters: dict[str, Any] | None = None,
) -> Path:
    """A project of ``n_sounds`` tones of ``n_types`` pitches, spread evenly over the recordings.

    Sound i is of type i mod n_types, its true label is ``a``, ``b``, …; types lie far apart on the map and in the
    embedding. ``cluster_ids`` (n_sounds,) are all 0 unless given; ``clusters`` are rows (id, name, colour, note);
    numbers in use without a row get one without a name.
    With ``with_audio_dir`` the recordings are written there as WAV files, in two folders ``day-1`` and ``day-2``.
    """
    path = Path(path)
    sounds = _Sounds(n_sounds, n_files, n_types, np.random.default_rng(seed))
    with store.create(path, PARAMETERS | (parameters or {}), project_id=project_id, data_dir=with_audio_dir) as writer:
        writer.files(**_file_columns(sounds))
        writer.segments(**_segment_columns(sounds, cluster_ids, with_labels=with_labels))
        if with_embeddings:
            writer.embeddings(sounds.ids, sounds.embedding, {"emb_model": "logmel"})
            writer.projection("umap", sounds.ids, sounds.umap, attrs={"seed": seed})
        rows = _cluster_rows(cluster_ids, clusters)
        writer.clusters(*zip(*rows, strict=True)) if rows else writer.clusters([], [], [], [])
        if with_spectrograms:
            _write_spectrograms(writer, sounds)
        writer.step("segment", fingerprint="0" * 32, versions={"numpy": np.__version__})
    if with_audio_dir is not None:
        _write_audio(Path(with_audio_dir), sounds)
    return path


def make_large_project(path: Path | str, n_sounds: int = 100_000, *, n_files: int = 40, seed: int = 0) -> Path:
    """A project of many sounds whose recordings have spectrograms, made in seconds."""
    return make_project(path, n_sounds=n_sounds, n_files=n_files, n_types=26, seed=seed)


class _Sounds:
    """Where the sounds lie, and of which type they are."""

    def __init__(self, n_sounds: int, n_files: int, n_types: int, rng: np.random.Generator) -> None:
        self.ids = np.arange(n_sounds, dtype=np.int32)
        self.file_ids = (np.arange(n_sounds) * n_files // max(n_sounds, 1)).astype(np.int32)
        first_of_file = np.searchsorted(self.file_ids, np.arange(n_files))
        self.onset_s = 0.05 + STEP_S * (np.arange(n_sounds) - first_of_file[self.file_ids])
        self.duration_s = np.full(n_sounds, SOUND_S) - rng.integers(0, 20, n_sounds) / 1000
        self.types = np.arange(n_sounds) % n_types
        self.n_files, self.n_types = n_files, n_types
        angle = 2 * np.pi * self.types / n_types
        centres = 10 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        self.umap = (centres + rng.normal(0, 0.3, (n_sounds, 2))).astype(np.float32)
        spread = rng.normal(0, 0.1, (n_sounds, 16))
        self.embedding = (spread + np.eye(n_types, 16)[self.types] * 5).astype(np.float32)

    def file_duration_s(self) -> np.ndarray:
        ends = np.full(self.n_files, 0.2)
        np.maximum.at(ends, self.file_ids, self.onset_s + STEP_S)
        return np.ceil(ends * RATE_HZ) / RATE_HZ

    def paths(self) -> list[str]:
        return [f"day-{1 + (2 * row) // self.n_files}/song_{row:03d}.wav" for row in range(self.n_files)]

    def tone_hz(self, sound_type: int) -> float:
        return 800 + 5000 * sound_type / self.n_types

    def label_of(self, sound_type: int) -> str:
        return chr(ord("a") + int(sound_type) % 26)


def _file_columns(sounds: _Sounds) -> dict[str, Any]:
    paths = sounds.paths()
    m = sounds.n_files
    return {
        "file_id": np.arange(m), "filename": [Path(path).name for path in paths], "path": paths,
        "sr": np.full(m, RATE_HZ), "duration_sec": sounds.file_duration_s(),
        "recorded_at": 1.7e9 + 3600.0 * np.arange(m), "status": ["ok"] * m,
        "day": [path.split("/")[0] for path in paths], "note": [""] * m,
    }


def _segment_columns(sounds: _Sounds, cluster_ids: Sequence[int] | None, *, with_labels: bool) -> dict[str, Any]:
    labels = [sounds.label_of(sound_type) for sound_type in range(sounds.n_types)]
    return {
        "segment_id": sounds.ids, "file_id": sounds.file_ids, "onset_sec": sounds.onset_s,
        "duration_sec": sounds.duration_s, "umap": sounds.umap, "pca": sounds.embedding[:, :4],
        "cluster_id": np.zeros(len(sounds.ids), np.int32) if cluster_ids is None else np.asarray(cluster_ids),
        "label": [labels[sound_type] for sound_type in sounds.types] if with_labels else None,
    }


def _cluster_rows(
    cluster_ids: Sequence[int] | None, clusters: Sequence[tuple[int, str, str, str]]
) -> list[tuple[int, str, str, str]]:
    named = {row[0]: row for row in clusters}
    used = sorted({int(k) for k in cluster_ids if k > 0}) if cluster_ids is not None else []
    unnamed = [(k, "", colours.of(k), "") for k in used if k not in named]
    return sorted([*named.values(), *unnamed])


def _write_spectrograms(writer: store.Writer, sounds: _Sounds) -> None:
    """A bar at the pitch of each sound, on the floor of −80 dB."""
    hop_s = HOP_SAMPLES / RATE_HZ
    for file_id, duration_s in enumerate(sounds.file_duration_s()):
        values = np.full((N_FREQ, int(duration_s / hop_s) + 1), -127, np.int8)
        for row in np.flatnonzero(sounds.file_ids == file_id):
            begin, end = sounds.onset_s[row], sounds.onset_s[row] + sounds.duration_s[row]
            bar = int((sounds.tone_hz(sounds.types[row]) - 312) / (7000 - 312) * (N_FREQ - 1))
            values[bar:bar + 3, int(begin / hop_s):int(end / hop_s) + 1] = -10
        writer.spectrogram(file_id, values, db_per_step=80 / 127, freq_hz=(312.0, 7000.0), hop_s=hop_s)


def _write_audio(folder: Path, sounds: _Sounds) -> None:
    import soundfile

    for file_id, name in enumerate(sounds.paths()):
        samples = np.zeros(int(sounds.file_duration_s()[file_id] * RATE_HZ), np.float32)
        for row in np.flatnonzero(sounds.file_ids == file_id):
            begin = int(sounds.onset_s[row] * RATE_HZ)
            time_s = np.arange(int(sounds.duration_s[row] * RATE_HZ)) / RATE_HZ
            samples[begin:begin + len(time_s)] = 0.5 * np.sin(2 * np.pi * sounds.tone_hz(sounds.types[row]) * time_s)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, samples, RATE_HZ)
