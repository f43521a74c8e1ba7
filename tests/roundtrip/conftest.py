"""Projects for round trips: with all that is awkward about sounds, names and recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from pipeline import exporting, store
from pipeline.curation.workspace import Workspace
from pipeline.roundtrip import Difference, How, compare

DURATION_S = 60.0
PATHS = ("day-1/song.wav", "day-2/song.wav", "day-2/song.flac", "odd: na?me ü.wav", "silent.wav")
CLUSTERS = ((1, "trill", "#ff0000", ""), (2, "", "#00ff00", ""), (3, 'a "b"\tc\nd', "#0000ff", ""),
            (4, "twin", "#112233", ""), (5, "twin", "#332211", ""), (6, "Ωmega, “x”; y", "#445566", ""),
            (7, "12", "#665544", ""), (8, "unassigned", "#777777", ""))
FORMATS = (("raven", {}), ("raven", {"tables": "one"}), ("raven", {"label": "number"}), ("audacity", {}),
           ("textgrid", {}), ("csv", {}), ("csv", {"tables": "each"}), ("generic_seq", {}),
           ("generic_seq", {"tables": "each"}), ("simple_seq", {}))
Sound = tuple[int, float, float, int]      # recording, onset, offset, cluster
SOUNDS: tuple[Sound, ...] = (
    (0, 0.0, 0.1, 1), (0, 0.2, 0.3, 1), (0, 0.2, 0.3, 2), (0, 0.25, 0.35, 3), (0, 0.25, 0.35, 3), (0, 0.6, 0.9, 0),
    (0, 1.0 / 3, 2.0 / 3, 4), (0, 59.9, 60.0, 5), (1, 0.1, 0.2, 6), (1, 0.3, 0.4, 7), (1, 0.5, 0.5, 1),
    (1, 0.7, 0.8, 8), (2, 0.1, 0.2, 4), (2, 0.1, 0.2, 5), (3, 12.3456789012, 12.4567890123, 2),
)


def write_project(path: Path, sounds: Sequence[Sound] = SOUNDS, *, paths: Sequence[str] = PATHS,
                  clusters: Sequence[tuple[int, str, str, str]] = CLUSTERS, data_dir: Path | None = None) -> Path:
    """A project of these sounds; their ids begin at 10, so that none is its row."""
    files, onset_s, offset_s, ids = (np.array(column) for column in zip(*sounds, strict=True))
    n, m = len(sounds), len(paths)
    with store.create(path, {"subject": "trip"}, data_dir=data_dir) as writer:
        writer.files(file_id=np.arange(m) + 5, filename=[path.rpartition("/")[2] for path in paths], path=list(paths),
                     sr=np.full(m, 32_000), duration_sec=np.full(m, DURATION_S), recorded_at=np.full(m, np.nan),
                     status=["ok"] * m)
        writer.segments(segment_id=np.arange(n) + 10, file_id=files + 5, onset_sec=onset_s,
                        duration_sec=offset_s - onset_s, cluster_id=ids.astype(np.int32))
        writer.clusters(*zip(*clusters, strict=True)) if clusters else writer.clusters([], [], [], [])
    return path


@pytest.fixture
def project(tmp_path) -> Path:
    return write_project(tmp_path / "trip.h5")


def exported(project: Path, into: Path, *, format: str, **values) -> Path:
    """What an export of the project writes: a file, or a folder."""
    if not exporting.makes_folder(format, values):
        into = into.with_name(into.name + exporting.suffix(format, values))
    with Workspace.open(project) as workspace:
        return exporting.export(workspace.dataset, workspace.labels, into, format=format, values=values)


def difference(project: Path, *tables: Path, **how) -> Difference:
    """What tables change in a project as it is now."""
    with Workspace.open(project) as workspace:
        return compare(workspace.dataset, workspace.labels, tables, How.of(how))


def changes(found: Difference) -> dict[str, object]:
    """A difference as plain values, of which each kind that has none is left out."""
    plain = {
        "relabelled": dict(zip(found.relabelled_ids.tolist(), found.relabelled_to.tolist(), strict=True)),
        "moved": {sound: (round(onset_s, 6), round(offset_s, 6)) for sound, onset_s, offset_s in zip(
            found.moved_ids.tolist(), found.moved_onset_s.tolist(), found.moved_offset_s.tolist(), strict=True)},
        "new": [(file_id, round(onset_s, 6), round(offset_s, 6), to) for file_id, onset_s, offset_s, to in zip(
            found.new_file_ids.tolist(), found.new_onset_s.tolist(), found.new_offset_s.tolist(),
            found.new_to.tolist(), strict=True)],
        "deleted": found.deleted_ids.tolist(),
    }
    return {kind: value for kind, value in plain.items() if value}
