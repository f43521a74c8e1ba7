"""Projects for the tests of the report."""

from __future__ import annotations

import pytest
from factory import make_project

from pipeline import store
from pipeline.curation.workspace import Workspace
from pipeline.report.groups import Material
from pipeline.report.options import Options


@pytest.fixture
def project(tmp_path):
    """Twelve tones in three recordings with sound: three clusters, one of them named, and three unassigned sounds."""
    clusters = [(1, "rise", "#2dc3ff", "seen at dawn"), (2, "", "#ff6900", ""), (3, "fall", "#00a500", "")]
    return make_project(tmp_path / "bird.h5", n_sounds=12, n_files=3, n_types=3, with_audio_dir=tmp_path / "audio",
                        cluster_ids=[1, 2, 3, 1, 2, 3, 1, 2, 3, 0, 0, 0], clusters=clusters)


@pytest.fixture
def build(tmp_path):
    """``build(files, sounds)`` → a bare project of recordings and sounds, given column by column."""
    def made(files, sounds, name="bare.h5"):
        path = tmp_path / name
        m, n = len(files["path"]), len(sounds.get("onset_sec", ()))
        columns = {"file_id": range(m), "filename": [one.rpartition("/")[2] for one in files["path"]],
                   "sr": [16_000] * m, "duration_sec": [60.0] * m, "recorded_at": [float("nan")] * m,
                   "status": ["ok"] * m} | files
        values = {"segment_id": range(n), "file_id": [0] * n, "onset_sec": [], "duration_sec": [0.1] * n,
                  "cluster_id": [0] * n} | sounds
        with store.create(path, {"subject": "bare"}) as writer:
            writer.files(**columns)
            writer.segments(**values)
            writer.clusters([], [], [], [])
        return path
    return made


@pytest.fixture
def opened():
    """``opened(path, **options)`` → (workspace, material) of a project, closed after the test."""
    workspaces = []

    def make(path, **options):
        workspaces.append(Workspace.open(path, user="anna"))
        workspace = workspaces[-1]
        return workspace, Material(workspace.dataset, workspace.labels, Options(**options))
    yield make
    for workspace in workspaces:
        workspace.close()
