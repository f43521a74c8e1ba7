"""Whatever is edited, in whatever format: the new project is as the tables say, and they then change nothing more."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pipeline import store
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.embedders.logmel import Logmel
from pipeline.roundtrip import How, applying
from tests.factory import make_project
from tests.roundtrip.conftest import CLUSTERS, FORMATS, Sound, changes, difference, exported, write_project

UNIQUE = tuple(row for row in CLUSTERS if row[0] in (1, 2, 3, 6))
NUMBERS = (0, 1, 2, 3, 6)
ALL = {"left_out_are_deleted": True}


def drawn(rng: np.random.Generator, n: int) -> list[Sound]:
    """Sounds on a coarse grid, so that many overlap, touch, or are the same."""
    onset_s = rng.integers(0, 40, n) / 8
    offset_s = onset_s + rng.integers(1, 12, n) / 16
    columns = (rng.integers(0, 4, n), onset_s, offset_s, rng.choice(NUMBERS, n))
    return list(zip(*(column.tolist() for column in columns), strict=True))


def edited(rng: np.random.Generator, sounds: list[Sound]) -> list[Sound]:
    """Some moved, some with another label, some gone, some new; at least one is left in each recording."""
    kept = [sound for place, sound in enumerate(sounds) if place < 8 or rng.random() > 0.1]
    moved = [(file, onset_s + shift, offset_s + shift, number) for (file, onset_s, offset_s, number), shift in zip(
        kept, np.where(rng.random(len(kept)) < 0.2, rng.integers(1, 9, len(kept)) / 1000, 0).tolist(), strict=True)]
    named = [(*sound[:3], int(rng.choice(NUMBERS)) if rng.random() < 0.2 else sound[3]) for sound in moved]
    return named + drawn(rng, 5)


def as_told(path: Path) -> Counter:
    """What a project holds, by recording, times and name of the cluster."""
    with Workspace.open(path) as workspace:
        table, labels = workspace.dataset.segments, workspace.labels
        rows = zip(table.file_id.tolist(), table.onset_s.round(6).tolist(),
                   (table.onset_s + table.duration_s).round(6).tolist(), labels.ids.tolist(), strict=True)
        return Counter((*row[:3], labels.clusters[row[3]].name or row[3]) for row in rows)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("format", "values"), FORMATS)
def test_a_project_becomes_what_the_tables_say(tmp_path, format, values, seed):
    rng = np.random.default_rng(seed)
    before = [(file, 50.0, 50.5, number) for file in range(4) for number in (1, 6)] + drawn(rng, 40)
    project = write_project(tmp_path / "old.h5", before, clusters=UNIQUE)
    target = write_project(tmp_path / "target.h5", edited(rng, before), clusters=UNIQUE)
    tables = exported(target, tmp_path / "out", format=format, **values)
    if format == "csv":             # ids of another project: as if somebody had made the table anew
        for path in [tables] if tables.is_file() else tables.rglob("*.csv"):
            lines = path.read_text(encoding="utf-8").splitlines()
            path.write_text("\n".join([lines[0], *[line[line.index(","):] for line in lines[1:]]]), encoding="utf-8")
    found = difference(project, tables, **ALL)
    assert found.problems == ()
    applying.make_project(project, [tables], tmp_path / "new.h5", how=How.of(ALL), seen=found.fingerprint)
    assert as_told(tmp_path / "new.h5") == as_told(target)
    assert changes(difference(tmp_path / "new.h5", tables, **ALL)) == {}
    with Dataset.open(project) as old, Dataset.open(tmp_path / "new.h5") as new:
        assert not set(new.segments.segment_id.tolist()) & set(found.deleted_ids.tolist())
        assert new.segments.segment_id.max() == old.segments.segment_id.max() + len(found.new_file_ids)


@pytest.mark.parametrize("seed", range(4))
def test_sounds_that_nobody_edited_keep_everything_to_the_byte(tmp_path, monkeypatch, seed):
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(Logmel, "embed", lambda self, clips: np.array([[len(clip)] * 16 for clip, _hz in clips], "f4"))
    project = make_project(tmp_path / "old.h5", n_sounds=60, with_audio_dir=tmp_path / "audio",
                           cluster_ids=rng.integers(0, 5, 60), clusters=[(1, "trill", "#ff0000", "a note")])
    with store.amend(project) as writer:
        chosen = np.sort(rng.choice(60, 40, replace=False)).astype(np.int32)
        writer.feature("some", chosen, rng.normal(size=(40, 3)).astype("f4"), columns="abc")
        writer.projection("pca", np.arange(60), np.zeros((60, 2), "f4"), extra={     # the factory's own components
            "mean": np.zeros(16, "f4"), "components": np.eye(4, 16, dtype="f4")})
        writer.labeling("found", chosen, rng.integers(-1, 3, 40), probability=rng.random((40, 3)).astype("f4"))
    out = exported(project, tmp_path / "out", format="csv")
    lines = out.read_text(encoding="utf-8").splitlines()
    touched = sorted(rng.choice(60, 12, replace=False).tolist())
    for place, sound in enumerate(touched):
        cells = lines[sound + 1].split(",")
        cells[5 if place % 3 == 0 else 7] = "0.0123" if place % 3 == 0 else "renamed"
        lines[sound + 1] = "" if place % 3 == 2 else ",".join(cells)
    out.write_text("\n".join([*lines, ",".join(["", *lines[1].split(",")[1:]]) if lines[1] else ""]), encoding="utf-8")
    applying.make_project(project, [out], tmp_path / "new.h5", how=How.of(ALL))
    stays = [sound for sound in range(60) if sound not in touched]
    assert _all_of(project, stays) == _all_of(tmp_path / "new.h5", stays)
    with Dataset.open(project) as old, Dataset.open(tmp_path / "new.h5") as new:
        assert new.clusters()[0] == old.clusters()[0]
        assert (new.spectrogram(1, 0, 9) == old.spectrogram(1, 0, 9)).all()


def _all_of(project: Path, ids: list[int]) -> dict[str, bytes]:
    with Workspace.open(project) as workspace:
        dataset, rows = workspace.dataset, workspace.dataset.rows_of(ids)
        segments, labeling = dataset.segments, dataset.labeling("found")
        truth = "\0".join(segments.label[row] for row in rows.tolist()).encode()
        parts = {"id": segments.segment_id, "file": segments.file_id, "onset": segments.onset_s,
                 "duration": segments.duration_s, "umap": segments.umap, "pca": segments.pca,
                 "cluster": workspace.labels.ids, "embedding": dataset.embedding(), "map": dataset.projection("umap"),
                 "feature": dataset.feature("some").values, "labeling": labeling.label, "soft": labeling.probability}
        own = {name: np.ascontiguousarray(values[rows]).tobytes() for name, values in parts.items()}
        return {"truth": truth, **own}
