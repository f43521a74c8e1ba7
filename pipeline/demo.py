"""The demo project: simulated song, segmented and laid out by the same pipeline as any recording.

The boundaries are those that the default segmenter finds. Since the birds are simulated, what they sang is known: each
found sound carries its true type, so that clusters and curation can be scored on the demo.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline import audio, discover, importers, registry, run, songs
from pipeline.plan import make_plan
from pipeline.segments import SegmentTable

SUBJECT = "demo"
MOST = 0.5
MAP = {"min_dist": 0.3}   # few and clear types: at the default each would shrink to a dot


def make(folder: Path, *, seed: int = 7, watcher: run.Watcher | None = None, workers: int | None = None) -> run.Report:
    """Make ``folder/demo.h5`` with everything it is made of beside it.

    ``folder`` then holds ``recordings/`` (one folder a day), ``labels.csv`` (what was sung when), ``segments.csv``
    (what the segmenter found, with the true types) and the project. Raises LabelsAtRiskError if there is a project
    with edits already.
    """
    labels, segments = songs.record(folder, seed=seed), folder / "segments.csv"
    _write(segments, found(folder / "recordings", labels))
    values = {"segmenter": "table", "seg_segments_from": str(segments), **MAP}
    plan = make_plan(folder / "recordings", folder, subject=SUBJECT, values=values)
    return run.run(plan, watcher=watcher, workers=workers)


def found(recordings: Path, labels: Path) -> Iterator[tuple[str, SegmentTable]]:
    """The name of each recording with the sounds found in it, labelled by the true table."""
    names = [recording.name for recording in discover.recordings(recordings)]
    truth, _problems = importers.match(importers.read_segments(labels), names)
    segmenter = registry.load("segmenters", "energy")()
    for file_id, name in enumerate(names):
        recording = audio.decode(recordings / name, rate_hz=songs.RATE_HZ, name=name, file_id=file_id)
        (_file_id, table), = segmenter.segment([recording])
        yield name, labelled(table, truth[name])


def labelled(table: SegmentTable, truth: SegmentTable) -> SegmentTable:
    """``table`` with the label of the true sound that most of each lies in; "" where most of it lies in none.

    Not one to one: the strokes of a rustling wing are found as sounds of their own.
    """
    texts = [""] * len(table)
    for label, onset_s, offset_s in zip(truth.label, truth.onset_s, truth.offset_s, strict=True):
        shared_s = np.minimum(table.offset_s, offset_s) - np.maximum(table.onset_s, onset_s)
        for row in np.flatnonzero(shared_s > MOST * (table.offset_s - table.onset_s)):
            texts[row] = label
    return SegmentTable.of(table.onset_s, table.offset_s, label=texts)


def _write(path: Path, tables: Iterator[tuple[str, SegmentTable]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("filename", "onset_sec", "offset_sec", "label"))
        for name, table in tables:
            rows = zip(table.onset_s, table.offset_s, table.label, strict=True)
            writer.writerows((name, f"{onset_s:.5f}", f"{offset_s:.5f}", label) for onset_s, offset_s, label in rows)
