"""What a WhisperSeg model is trained with: recordings beside tables of their sounds."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar

import numpy as np

from pipeline import audio, recordings
from pipeline.curation.labels import UNASSIGNED, Labels
from pipeline.dataset import Dataset
from pipeline.errors import AudioError, ExportError
from pipeline.exporters._audio import missing, unreadable
from pipeline.exporters._files import Exporter, Files
from pipeline.exporters._rows import csv_line
from pipeline.kept_with import kept_with_dataset
from pipeline.params import param
from pipeline.text import printable

BLOCK_S = 60.0
BYTES_A_SAMPLE = 4                     # at most: what a recording is written with depends on itself


@dataclass(frozen=True)
class Whisperseg(Exporter):
    """WhisperSeg training data: for each recording a mono WAV and a CSV ``onset,offset,cluster`` of the same name.

    Times are in seconds; a sound's cluster is its name, or C and its number where it has none. The tables can be read
    back by ``--segments-from``. Recordings keep their own sample rate.
    """

    unassigned: str = param("Vocal", "What unassigned sounds are called.")
    silent: bool = param(False, "Add recordings without a sound, as examples of silence.")

    FOR: ClassVar[str] = "training WhisperSeg"

    def files(self, dataset: Dataset, labels: Labels, name: str) -> Files:
        """Of each recording the WAV and the table.

        Raises ExportError, when it is made, if a recording is not where it is looked for, or cannot be read any more.
        """
        rows_of, stems = _rows_by_file(dataset), _stems(dataset, self.silent)
        file_ids = list(stems)
        names = [f"{stem}{ending}" for stem in stems.values() for ending in (".wav", ".csv")]

        def lines(place: int) -> Iterator[str] | None:
            rows = rows_of.get(file_ids[place // 2], np.zeros(0, np.int64))
            return self._table(dataset, labels, rows) if place % 2 else None

        with_sounds = (2 * place + 1 for place, file_id in enumerate(file_ids) if file_id in rows_of)
        return Files(names, lines, fill=lambda place, path: _write_sound(dataset, file_ids[place // 2], path),
                     shown=next(with_sounds, min(1, len(names))))

    def notes(self, dataset: Dataset, labels: Labels) -> list[str]:
        """Sentences about what is not in the export, or will keep it from being made."""
        n_left = len(dataset.files) - len(_file_ids(dataset, self.silent))
        has = "recording without a sound is" if n_left == 1 else "recordings without a sound are"
        told = [f"{n_left} {has} left out."] if n_left else []
        return [*told, *missing(dataset)]

    def n_bytes(self, dataset: Dataset, labels: Labels) -> int:
        """How much room it takes, at most."""
        rows = [dataset.files.row_of(file_id) for file_id in _file_ids(dataset, self.silent)]
        return int(np.nansum(dataset.files.duration_s[rows] * dataset.files.sr[rows])) * BYTES_A_SAMPLE

    def _table(self, dataset: Dataset, labels: Labels, rows: np.ndarray) -> Iterator[str]:
        onset_s, duration_s = dataset.segments.onset_s[rows], dataset.segments.duration_s[rows]
        names = [self._name(labels, number) for number in labels.ids[rows].tolist()]
        yield "onset,offset,cluster"
        yield from map(csv_line, sorted(zip(onset_s.round(6).tolist(), (onset_s + duration_s).round(6).tolist(), names,
                                            strict=True)))

    def _name(self, labels: Labels, number: int) -> str:
        if number == UNASSIGNED:
            return self.unassigned
        return (labels.clusters[number].name if number in labels.clusters else "") or f"C{number}"


def _rows_by_file(dataset: Dataset) -> dict[int, np.ndarray]:
    order = np.argsort(dataset.segments.file_id, kind="stable")
    file_ids, first = np.unique(dataset.segments.file_id[order], return_index=True)
    return dict(zip(file_ids.tolist(), np.split(order, first[1:]), strict=True)) if len(order) else {}


@kept_with_dataset(most=2)
def _file_ids(dataset: Dataset, silent: bool) -> list[int]:
    """The recordings that are written: those with sounds, and with ``silent`` those in which none were found."""
    with_sounds = set(np.unique(dataset.segments.file_id).tolist())
    wanted = "no sounds found" if silent else None
    return [file_id for file_id, status in zip(dataset.files.file_id.tolist(), dataset.files.status, strict=True)
            if file_id in with_sounds or status == wanted]


@kept_with_dataset(most=2)
def _stems(dataset: Dataset, silent: bool) -> dict[int, str]:
    """Names of the files without their endings: the recording's own where only one has it, else with its folders."""
    file_ids = _file_ids(dataset, silent)
    paths = {file_id: PurePosixPath(dataset.files.path[dataset.files.row_of(file_id)]) for file_id in file_ids}
    counts = Counter(path.stem.casefold() for path in paths.values())
    return dict(_unique(paths, counts))


def _unique(paths: dict[int, PurePosixPath], counts: Counter[str]) -> Iterator[tuple[int, str]]:
    taken: set[str] = set()
    for file_id, path in paths.items():
        whole = re.sub(r"[/\\]", "__", str(path.with_suffix("")))
        stem = path.stem if counts[path.stem.casefold()] == 1 else whole
        if stem.casefold() in taken:            # bird.wav beside bird.flac
            stem = f"{whole}__{file_id}"
        taken.add(stem.casefold())
        yield file_id, stem


def _write_sound(dataset: Dataset, file_id: int, into: Path) -> None:
    source = recordings.path_of(dataset, file_id)
    try:
        about = audio.probe(source)
        if about.n_channels == 1 and about.format.upper().startswith("WAV"):
            shutil.copyfile(source, into)
        else:
            _write_mono(audio.decode(source, rate_hz=None, channel=dataset.parameters.get("channel")), into)
    except AudioError as error:
        raise unreadable(dataset, error) from error
    except OSError as error:
        raise ExportError(f"{printable(str(source))} cannot be copied ({error.strerror}).") from error


def _write_mono(recording: audio.Recording, into: Path) -> None:
    import soundfile

    subtype = "PCM_16" if recording.peak <= 1 else "FLOAT"
    with soundfile.SoundFile(into, "w", recording.rate_hz, 1, subtype=subtype, format="WAV") as file:
        for _first, samples in recording.blocks(BLOCK_S):
            file.write(samples)
