"""Labels follow their sounds when a project is made anew, one to one, or it is said which would be lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.curation import agreement, edits, journal
from pipeline.curation.carry import Sounds, carry_over, match
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from tests import factory
from tests.curation import projects


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Seven sounds in two recordings; C1 “trill” has the first three, C2 the last."""
    path = factory.make_project(tmp_path / "bird.h5", n_sounds=7, n_files=2, with_spectrograms=False)
    with Workspace.open(path, user="me") as workspace:
        workspace.edit(edits.assign, segment_ids=[0, 1, 2], name="trill")
        workspace.edit(edits.assign, segment_ids=[6])
    return path


def places(project: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with Dataset.open(project) as dataset:
        segments, files = dataset.segments, dataset.files
        paths = np.array([files.path[files.row_of(file_id)] for file_id in segments.file_id], object)
        return paths, segments.onset_s.copy(), segments.duration_s.copy()


def test_the_same_sounds_in_another_order_keep_their_labels(project):
    paths, onset_s, duration_s = places(project)
    order = np.array([6, 0, 5, 1, 4, 2, 3])
    carried = carry_over(project, paths=paths[order], onset_s=onset_s[order], duration_s=duration_s[order])
    assert carried.cluster_ids.tolist() == [2, 1, 0, 1, 0, 1, 0]
    assert carried.cluster_ids.dtype == np.int32
    assert (carried.n_same, carried.n_labelled, carried.n_lost) == (7, 4, 0)
    assert [(info.cluster_id, info.name) for info in carried.clusters] == [(1, "trill"), (2, "")]


def test_within_a_millisecond_it_is_the_same_sound_and_beyond_not(project):
    paths, onset_s, duration_s = places(project)
    onset_s[0] += 0.001
    duration_s[1] -= 0.001
    onset_s[2] += 0.0012
    duration_s[6] += 0.0012
    carried = carry_over(project, paths=paths, onset_s=onset_s, duration_s=duration_s)
    assert carried.cluster_ids.tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert carried.lost_segment_ids.tolist() == [2, 6]


def test_the_same_time_in_another_recording_is_another_sound(project):
    paths, onset_s, duration_s = places(project)
    carried = carry_over(project, paths=["elsewhere/" + path for path in paths], onset_s=onset_s, duration_s=duration_s)
    assert (carried.cluster_ids.tolist(), carried.n_same, carried.n_lost) == ([0] * 7, 0, 4)


def test_no_sounds_carry_nothing(project):
    carried = carry_over(project, paths=[], onset_s=np.empty(0), duration_s=np.empty(0))
    assert (len(carried.cluster_ids), carried.n_lost) == (0, 4)


def test_matching_is_one_to_one_and_the_closest_first():
    old = Sounds(np.array(["a"] * 3, object), np.array([1.0, 1.0006, 5.0]), np.full(3, 0.1))
    new = Sounds(np.array(["a"] * 3, object), np.array([1.0005, 1.0001, 1.0004]), np.full(3, 0.1))
    old_rows, new_rows = match(old, new)
    assert sorted(zip(old_rows.tolist(), new_rows.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_many_sounds_in_many_recordings_find_themselves_again():
    chance = np.random.default_rng(3)
    names = np.array(["a", "b", "day-2/ä"], object)
    old = Sounds(names[chance.integers(0, 3, 5000)], chance.permutation(5000) * 0.01, np.full(5000, 0.05))
    kept = chance.permutation(5000)[:3000]
    apart_s = chance.uniform(-9e-4, 9e-4, 3000)
    new = Sounds(old.paths[kept], old.onset_s[kept] + apart_s, old.duration_s[kept] - apart_s)
    old_rows, new_rows = match(old, new)
    assert sorted(new_rows.tolist()) == list(range(3000))
    assert old_rows.tolist() == kept[new_rows].tolist()


def test_a_journal_is_retired_when_its_project_is_made_anew(project):
    aside = agreement.retire_journal(project)
    assert aside.exists()
    assert not journal.path_of(project).exists()
    projects.make(project, n=3)
    with Workspace.open(project) as workspace:
        assert workspace.labels.ids.tolist() == [0, 0, 0]
    assert agreement.retire_journal(project) is None
