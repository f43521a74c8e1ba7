"""The demo project: simulated song through the real pipeline, true types kept, good enough to be curated."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import audio, demo, songs
from pipeline.dataset import Dataset
from pipeline.segments import SegmentTable


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The demo as ``python -m pipeline demo`` makes it."""
    from pipeline.commands.demo import command

    made = tmp_path_factory.mktemp("demo") / "with a space"
    done = CliRunner().invoke(command, [str(made)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "demo.h5" in done.stderr
    return made


@pytest.fixture(scope="module")
def dataset(folder):
    """Its project."""
    opened = Dataset.open(folder / "demo.h5")
    yield opened
    opened.close()


def test_all_recordings_are_in_with_their_days_and_times(dataset):
    assert len(dataset.files.file_id) == 16
    assert set(dataset.files.status) == {"ok"}
    assert set(dataset.files.day) == set(songs.DAYS)
    assert np.isfinite(dataset.files.recorded_at).all()
    assert (np.diff(dataset.files.recorded_at[np.argsort(dataset.files.path)]) != 0).all()


def test_nearly_every_sound_is_found_and_carries_its_true_type(folder, dataset):
    sung = Counter(line.rsplit(",", 1)[1] for line in (folder / "labels.csv").read_text().splitlines()[1:])
    found = Counter(dataset.segments.label)
    for label in songs.KINDS:
        assert abs(found[label] - sung[label]) <= 0.03 * sung[label] + 1, label
    assert found[""] <= 0.02 * dataset.n_segments


def test_sounds_of_one_type_lie_together_on_the_map(dataset):
    labels = np.array(dataset.segments.label)
    sure = np.isin(labels, list(songs.KINDS))
    assert neighbours_agree(dataset.segments.umap[sure], labels[sure]) > 0.97


def neighbours_agree(points, labels):
    """The share of points whose nearest neighbour has the same label."""
    distance = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distance, np.inf)
    return float(np.mean(labels[distance.argmin(axis=1)] == labels))


def test_the_project_can_be_seen_and_heard(dataset):
    for file_id in dataset.files.file_id:
        assert dataset.spectrogram(file_id, 0.0, 1.0).size > 0
        assert dataset.audio_path(file_id).is_file()
        assert audio.probe(dataset.audio_path(file_id)).duration_s == pytest.approx(songs.DURATION_S)


def test_nothing_is_assigned_yet(dataset):
    assert not dataset.cluster_ids().any()


def test_making_it_again_keeps_what_is_there(folder, dataset):
    before = dataset.segments.umap.copy()
    report = demo.make(folder)
    again = Dataset.open(report.project)
    assert np.array_equal(again.segments.umap, before)
    again.close()


def test_a_found_sound_takes_the_label_of_what_it_lies_in():
    truth = SegmentTable.of([1.0, 2.0], [1.5, 2.5], label=["a", "b"])
    found = SegmentTable.of([0.0, 1.01, 1.3, 2.0, 2.4], [0.5, 1.2, 1.49, 2.52, 2.8])
    assert demo.labelled(found, truth).label == ("", "a", "a", "b", "")


def test_a_recording_without_any_true_sound_gets_no_labels():
    nothing = SegmentTable.of([], [], label=[])
    assert demo.labelled(SegmentTable.of([0.0], [0.5]), nothing).label == ("",)
