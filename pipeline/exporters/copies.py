"""The sounds themselves, cut out of their recordings and sorted into a folder for each cluster."""

from __future__ import annotations

import bisect
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import ClassVar

import numpy as np

from pipeline import audio, orders, recordings
from pipeline.arrange.cutting import Cut
from pipeline.arrange.project_files import WHOLE_S
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import AudioError
from pipeline.exporters._audio import missing, unreadable
from pipeline.exporters._chosen import BYTES_A_FILE, Chosen, name_of, one_line
from pipeline.exporters._files import Files, one
from pipeline.exporters._names import safe_part, short
from pipeline.params import param

COPY, LINK, LIST = "copy", "link", "list"
FOLDER, ORIGINALS = "clusters", "original_filenames.txt"
SAMPLE_BYTES = 3             # of one channel, about
FEWEST_DIGITS, MOST_SUFFIX = 5, 10
COLUMNS = ("name", "recording", "onset_s", "duration_s", "cluster")


@dataclass(frozen=True)
class Copies(Chosen):
    """Sorted copies: the sounds as sound files, a folder for each cluster, with original_filenames.txt.

    ``clusters/cluster_0001_trill/00000_day-1_song_1.250.wav``, numbered within each cluster, at the recording's own
    rate, channels and precision. A recording that is one sound is copied as it is. The list has the columns name,
    recording, onset_s, duration_s and cluster, with tabs between.
    """

    how: str = param(COPY, "What is made: copies; hard links where a sound is a whole recording, and copies where "
                     "not; or only the list.", choices=(COPY, LINK, LIST))
    order: str = param("time", "What the numbers follow within a cluster.",
                       choices=("time", "duration", "typical", "outlier", "chain", "leaf"))
    margin: float = param(0.0, "How much of the recording before and after each sound comes with it.", unit="s",
                          low=0.0, high=10.0)

    FOR: ClassVar[str] = "samplers, TidalCycles, listening"
    PIECES: ClassVar[tuple[float, float]] = (1, 0)

    @property
    def SUFFIX(self) -> str:
        """The ending of the list; a folder has none."""
        return ".txt" if self.how == LIST else ""

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """The list, and the sound files.

        Raises ParameterError if the project lacks what the order needs; ExportError, when it is made, for a recording
        that is not where it is looked for or cannot be read.
        """
        placed = _Placed(dataset, labels, self.rows(labels), self.order, self.margin)
        placed.check()
        if self.how == LIST:
            return one(name, placed.lines)
        return Files(_Names(placed), lambda place: None if place else placed.lines(),
                     fill=lambda place, path: _put(placed, placed.row(place - 1), path, link=self.how == LINK),
                     about="Of the sound files, this list says where they are from.")

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export, or will keep it from being made."""
        absent = [] if self.how == LIST else missing(dataset)
        return [*super().notes(dataset, labels), *absent]

    def n_bytes(self, dataset: Dataset, labels: Labels) -> int:
        """How much room it takes, about: of one channel."""
        text = super().n_bytes(dataset, labels)
        if self.how == LIST:
            return text
        rows = self.rows(labels)
        rate_hz = dataset.files.sr[dataset.files.rows_of(dataset.segments.file_id[rows])]
        samples = (dataset.segments.duration_s[rows] + 2 * self.margin) * rate_hz
        return text + round(float(samples.sum()) * SAMPLE_BYTES) + len(rows) * BYTES_A_FILE


class _Placed:
    """The sounds of all clusters one after the other; a cluster is put in order when it is come to."""

    def __init__(self, dataset: Dataset, labels: Labels, rows: np.ndarray, order: str, margin_s: float) -> None:
        self.dataset, self.labels, self.order, self.margin_s = dataset, labels, order, margin_s
        numbers, counts = np.unique(labels.ids[rows], return_counts=True)
        last = np.argsort(numbers == UNASSIGNED, kind="stable")          # unassigned ones come last
        self.numbers = numbers[last].tolist()
        self.bounds = np.concatenate([[0], np.cumsum(counts[last])]).tolist()
        self._among, self._ordered = rows, {}

    def __len__(self) -> int:
        return self.bounds[-1]

    def check(self) -> None:
        """Raise ParameterError if the sounds cannot be put in that order."""
        orders.sort(self.order, orders.Sounds(self.dataset, self._among[:1]))

    def row(self, place: int) -> int:
        """The row of the sound in that place of all."""
        which = self._cluster_at(place)
        return int(self._rows(which)[place - self.bounds[which]])

    def name(self, place: int) -> str:
        """The path of that sound's file."""
        which, row = self._cluster_at(place), self.row(place)
        digits = max(FEWEST_DIGITS, len(str(self.bounds[which + 1] - self.bounds[which] - 1)))
        recording, ending = PurePosixPath(self._path(row)), self._ending(row)
        words = [f"{place - self.bounds[which]:0{digits}d}",
                 *(safe_part(part) for part in (recording.parent.name, recording.stem) if part)]
        return f"{FOLDER}/{self._folder(self.numbers[which])}/{short('_'.join(words), ending)}{ending}"

    def _ending(self, row: int) -> str:
        if not self.is_whole(row):
            return f"_{self.dataset.segments.onset_s[row]:.3f}.wav"
        suffix = PurePosixPath(self._path(row)).suffix
        return f".{safe_part(suffix[1:])[:MOST_SUFFIX]}" if suffix else ""

    def lines(self) -> Iterator[str]:
        """The list: a heading, then a line for each file."""
        yield "\t".join(COLUMNS)
        segments = self.dataset.segments
        for place in range(len(self)):
            row = self.row(place)
            yield "\t".join((self.name(place), one_line(self._path(row)), f"{segments.onset_s[row]:.6f}",
                             f"{segments.duration_s[row]:.6f}", self._title(self.numbers[self._cluster_at(place)])))

    def is_whole(self, row: int) -> bool:
        """Whether a sound is all of its recording, so that this can be copied as it is."""
        return bool(self._whole[row])

    @cached_property
    def _whole(self) -> np.ndarray:
        segments, files = self.dataset.segments, self.dataset.files
        file_rows = files.rows_of(segments.file_id)
        alone = np.bincount(file_rows, minlength=len(files))[file_rows] == 1
        rest_s = files.duration_s[file_rows] - segments.duration_s
        return alone & (segments.onset_s < WHOLE_S) & (rest_s < WHOLE_S)

    def _path(self, row: int) -> str:
        return self.dataset.files.path[self.dataset.files.row_of(self.dataset.segments.file_id[row])]

    def _cluster_at(self, place: int) -> int:
        return bisect.bisect_right(self.bounds, place) - 1

    def _rows(self, which: int) -> np.ndarray:
        if which not in self._ordered:
            rows = self._among[self.labels.ids[self._among] == self.numbers[which]]
            self._ordered[which] = orders.sort(self.order, orders.Sounds(self.dataset, rows))
        return self._ordered[which]

    def _title(self, number: int) -> str:
        return name_of(self.labels, number, nothing="unassigned")

    def _folder(self, number: int) -> str:
        name = one_line(self.labels.clusters[number].name) if number in self.labels.clusters else ""
        return short(safe_part(f"cluster_{number:04d}" + (f"_{name.replace('/', '_')}" if name else "")), "")


class _Names(Sequence):
    """The list's name, then those of the sound files, each made when it is asked for."""

    def __init__(self, placed: _Placed) -> None:
        self._placed = placed

    def __len__(self) -> int:
        return 1 + len(self._placed)

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self._placed.name(place - 1) if place else ORIGINALS


def _put(placed: _Placed, row: int, path: Path, *, link: bool) -> None:
    """Make the file of one sound."""
    dataset, segments = placed.dataset, placed.dataset.segments
    source = recordings.path_of(dataset, int(segments.file_id[row]))
    try:
        if placed.is_whole(row):
            audio.probe(source)              # a project can name anything as its recording
            _copy(source, path, link=link)
            return
        onset_s = float(segments.onset_s[row])
        end_s = onset_s + float(segments.duration_s[row])
        with path.open("w+b") as file:
            Cut(source, max(0.0, onset_s - placed.margin_s), end_s + placed.margin_s).write(file)
    except AudioError as error:
        raise unreadable(dataset, error) from error


def _copy(source: Path, path: Path, *, link: bool) -> None:
    if link:
        with suppress(OSError):              # another disk, or one that has no links
            os.link(source.resolve(), path)
            return
    shutil.copyfile(source, path)
