"""Sounds that stand for their cluster: which, what they look like, and how they sound."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline import audio, browse, orders, playback, recordings, tiles
from pipeline.browse import Scene
from pipeline.curation.labels import UNASSIGNED
from pipeline.dataset import Dataset
from pipeline.errors import AudioError
from pipeline.report.counting import Partition
from pipeline.watcher import Watcher

STEP = "exemplars"
HEIGHT_PX = 64
ZOOM = HEIGHT_PX / tiles.ROW_HEIGHT_PX
LONGEST_S = 1.0                # that is heard of one sound
HIGHEST_HZ = 48_000
MOST_COMPARED = 2_000          # of larger clusters so many are drawn, and the most typical of those are shown
SEED = 0
AROUND_BYTES, LONGEST_SIGN = 600, 10     # of one exemplar's elements; of one sign of a name, where it is escaped


@dataclass(frozen=True)
class Exemplar:
    """One sound: ``tile`` and ``sound`` are addresses that hold their data, empty if there is none.

    is_cut : whether only its beginning is heard      is_wider : whether only its beginning is seen
    """

    segment_id: int
    tile: str
    width_px: int
    sound: str
    onset_s: float
    duration_s: float
    recording: str
    is_cut: bool
    is_wider: bool

    @property
    def n_bytes(self) -> int:
        """What it takes in the file at most, with the elements and words around it."""
        return len(self.tile) + len(self.sound) + LONGEST_SIGN * len(self.recording) + AROUND_BYTES


@dataclass(frozen=True)
class Shown:
    """The exemplars of every cluster, by place in the partition, and what became of those that were asked for.

    n_each : how many there are of each cluster at most      n_silent : without sound, as their recordings are not there
    is_short : whether there are fewer than asked for, as the file would be too large
    is_mute : whether sounds were left out for the same reason      speeds : at which sounds are heard, 1 or slower
    """

    of: dict[int, tuple[Exemplar, ...]]
    n_each: int
    n_silent: int
    is_short: bool
    is_mute: bool
    speeds: tuple[float, ...]


def style(scene: Scene) -> tiles.Style:
    """How the tiles of a report are drawn: one scale for all."""
    return tiles.Style(HEIGHT_PX, scene.px_per_ms * ZOOM)


def typical_rows(dataset: Dataset, partition: Partition, place: int, n: int) -> np.ndarray:
    """The rows of the ``n`` most typical sounds of a cluster, int64; drawn at random of the unassigned.

    Typical are those whose neighbours within the cluster are nearest, by principal components or on the map.
    """
    rows = partition.rows(place)
    rng = np.random.default_rng(SEED)
    if partition.numbers[place] == UNASSIGNED:
        return rng.permutation(rows)[:n]
    if len(rows) > MOST_COMPARED:
        rows = np.sort(rng.choice(rows, MOST_COMPARED, replace=False))
    segments = dataset.segments
    if segments.pca is None and segments.umap is None:
        return rows[:n]
    space = "pca" if segments.pca is not None else "map"
    return orders.sort("typical", orders.Sounds(dataset, rows, space=space))[:n]


def gather(dataset: Dataset, scene: Scene, partition: Partition, places: Sequence[int], *, n: int, with_sound: bool,
           most_bytes: int, watcher: Watcher) -> Shown:
    """Exemplars of the clusters at ``places``, the first of each, then the second of each, as long as they fit.

    A round of exemplars that would take more than ``most_bytes`` in all is left out. If the first round does not fit,
    it is tried without sound, and then ends where it must.
    """
    maker = _Maker(dataset, scene, with_sound=with_sound)
    chosen = {place: typical_rows(dataset, partition, place, n) for place in places} if n else {}
    watcher.begin(STEP, max(1, sum(len(rows) for rows in chosen.values())), title="exemplars")
    found: dict[int, list[Exemplar]] = {place: [] for place in places}
    used, is_short, is_mute = 0, False, False
    for turn in range(n):
        made = {place: maker.make(int(rows[turn])) for place, rows in chosen.items() if turn < len(rows)}
        watcher.advance(STEP, len(made))
        size = sum(one.n_bytes for one in made.values())
        if used + size > most_bytes:
            is_short = True
            if turn == 0:
                made, is_mute = _fitting(made, most_bytes), with_sound
            else:
                break
        for place, one in made.items():
            found[place].append(one)
        used += sum(one.n_bytes for one in made.values())
        if is_mute:
            break
    shown = {place: tuple(exemplars) for place, exemplars in found.items()}
    n_silent = sum(not one.sound for exemplars in shown.values() for one in exemplars) if with_sound and not is_mute \
        else 0
    return Shown(shown, max((len(one) for one in shown.values()), default=0), n_silent, is_short, is_mute,
                 tuple(sorted(maker.speeds)))


def _fitting(made: dict[int, Exemplar], most_bytes: int) -> dict[int, Exemplar]:
    """The exemplars without sound, as many as fit."""
    silent = {place: replace(one, sound="", is_cut=False) for place, one in made.items()}
    room = np.cumsum([one.n_bytes for one in silent.values()]) <= most_bytes
    return {place: one for (place, one), fits in zip(silent.items(), room, strict=True) if fits}


class _Maker:
    """Makes exemplars of one project."""

    def __init__(self, dataset: Dataset, scene: Scene, *, with_sound: bool) -> None:
        self._dataset, self._scene, self._style, self._with_sound = dataset, scene, style(scene), with_sound
        self._pictured = set(dataset.spectrogram_file_ids())
        self.speeds: set[float] = set()

    def make(self, row: int) -> Exemplar:
        """The exemplar of the sound in that row."""
        segments, files = self._dataset.segments, self._dataset.files
        file_id, duration_s = int(segments.file_id[row]), float(segments.duration_s[row])
        shades = browse.tile(self._dataset, self._scene, row, self._style) if file_id in self._pictured else None
        width = int(tiles.widths_px(np.array([duration_s]), self._style.px_per_ms)[0])
        sound, is_cut = self._heard(row) if self._with_sound else (b"", False)
        at = files.row_of(file_id)
        tile = b"" if shades is None else tiles.png(shades)
        return Exemplar(
            int(segments.segment_id[row]), _address("image/png", tile), width, _address("audio/flac", sound),
            float(segments.onset_s[row]), duration_s,
            files.path[at] or files.filename[at], is_cut,
            tiles.shown_s(duration_s, self._style.px_per_ms) < duration_s)

    def _heard(self, row: int) -> tuple[bytes, bool]:
        """A sound as FLAC (mono, 16 bits), ultrasound slowed down; nothing if its recording cannot be read."""
        segments, files = self._dataset.segments, self._dataset.files
        file_id = int(segments.file_id[row])
        speed = playback.default_speed(int(files.sr[files.row_of(file_id)]))
        onset_s, duration_s = float(segments.onset_s[row]), float(segments.duration_s[row])
        heard_s = min(duration_s, LONGEST_S * speed)
        try:
            samples, rate_hz = audio.read_part(recordings.path_of(self._dataset, file_id), onset_s, onset_s + heard_s)
        except AudioError:
            return b"", False
        self.speeds.add(speed)
        return flac(samples, round(rate_hz * speed)), heard_s < duration_s


def flac(samples: np.ndarray, rate_hz: int) -> bytes:
    """A sound, float32 (n,), for a browser: levelled, faded, at a rate that can be played, without loss beyond that."""
    import soundfile

    samples, rate_hz = playback.playable(samples, rate_hz)
    target = io.BytesIO()
    ready = playback.levelled(playback.faded(samples, rate_hz))
    soundfile.write(target, np.clip(ready, -1, 1), rate_hz, format="FLAC", subtype="PCM_16")
    return target.getvalue()


def _address(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}" if data else ""
