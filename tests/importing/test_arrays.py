"""A folder of arrays becomes a project: ids from paths, recordings linked by name, everything told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline import integrity
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, ProjectError
from pipeline.extend import extend
from pipeline.importing import arrays
from pipeline.tasks.import_npy import ImportNpy
from pipeline.watcher import Watcher
from tests.sounds import RATE_HZ, tone

NAMES = [f"{kind}/{number}" for kind in ("kick", "snare") for number in range(4)]


def vector(name: str) -> np.ndarray:
    """Alike within a folder, and different for each name."""
    rng = np.random.default_rng(sum(map(ord, name)))
    return (10 * ("kick" in name) * np.eye(1, 6)[0] + rng.normal(0, 0.1, 6)).astype(np.float32)


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in NAMES:
        path = tmp_path / f"arrays/{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, vector(name))
    return tmp_path / "arrays"


@pytest.fixture
def audio(tmp_path) -> Path:
    for number, name in enumerate(NAMES):
        path = tmp_path / f"audio/{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, tone(500 + 100 * number, 0.1 + 0.02 * number), RATE_HZ)
    return tmp_path / "audio"


def by_path(dataset: Dataset) -> dict[str, int]:
    """The row of the sound in each recording."""
    return {dataset.files.path[at]: row for row, at in enumerate(dataset.files.rows_of(dataset.segments.file_id))}


def test_every_array_is_a_sound_and_keeps_its_vector(folder, tmp_path):
    done = arrays.make(folder, tmp_path / "out/new.h5", values={"n_neighbors": 3})
    assert (done.n_sounds, done.n_linked, done.refused) == (8, 0, [])
    assert any("neither seen nor heard" in note for note in done.notes)
    with Dataset.open(done.project) as dataset:
        rows = by_path(dataset)
        assert sorted(rows) == NAMES
        for name, row in rows.items():
            assert dataset.embedding()[row].tolist() == vector(name).tolist()
        assert np.isfinite(dataset.segments.umap).all()
        assert dataset.segments.umap.any()
        assert dataset.segments.segment_id.tolist() == list(range(8))
        assert set(dataset.files.status) == {arrays.NO_RECORDING}
        assert dataset.spectrogram(0, 0, 1) is None
        assert dataset.parameters["umap_n_neighbors"] == 3
    assert [row.text for row in integrity.check(done.project) if row.kind == "problem"] == []


def test_recordings_give_pictures_and_lengths(folder, audio, tmp_path):
    (audio / "snare/3.wav").unlink()
    done = arrays.make(folder, tmp_path / "new.h5", audio_dir=audio, label_folder=True, workers=1)
    assert done.n_linked == 7
    assert any("1 of 8" in note for note in done.notes)
    with Dataset.open(done.project) as dataset:
        rows = by_path(dataset)
        for number, name in enumerate(NAMES[:-1]):
            row = rows[f"{name}.wav"]
            assert dataset.segments.duration_s[row] == pytest.approx(0.1 + 0.02 * number, abs=1e-3)
            assert dataset.embedding()[row].tolist() == vector(name).tolist()
            assert dataset.segments.label[row] == name.split("/")[0]
            assert dataset.spectrogram(dataset.segments.file_id[row], 0, 0.1).size
            assert dataset.audio_path(dataset.segments.file_id[row]).is_file()
        assert dataset.files.status[dataset.files.row_of(dataset.segments.file_id[rows["snare/3"]])] == \
            arrays.NO_RECORDING
    assert [row.text for row in integrity.check(done.project) if row.kind == "problem"] == []


def test_several_sounds_of_one_recording_are_linked_by_a_mapping(folder, tmp_path, audio):
    soundfile.write(audio / "song.wav", np.tile(tone(800, 0.1), 10), RATE_HZ)
    entries = [{"id": name, "path": "song.wav", "onset_sec": 0.9 - 0.1 * number, "duration_sec": 0.1}
               for number, name in enumerate(NAMES)]
    (tmp_path / "mapping.json").write_text(json.dumps(entries))
    done = arrays.make(folder, tmp_path / "new.h5", audio_dir=audio, mapping=tmp_path / "mapping.json", workers=1)
    with Dataset.open(done.project) as dataset:
        assert dataset.files.path == ("song.wav",)
        assert np.allclose(dataset.segments.onset_s, 0.2 + 0.1 * np.arange(8))
        for row, name in enumerate(reversed(NAMES)):
            assert dataset.embedding()[row].tolist() == vector(name).tolist()


def test_files_that_are_no_arrays_are_in_the_table_with_the_reason(folder, tmp_path):
    (folder / "bad.npy").write_text("no array")
    np.save(folder / "wide.npy", np.zeros(9))
    task = ImportNpy(str(folder), str(tmp_path / "new.h5"))
    task.check()
    result = task.perform(Watcher())
    assert result["summary"] == "8 arrays became sounds; 2 files could not be used."
    with Dataset.open(tmp_path / "new.h5") as dataset:
        status = dict(zip(dataset.files.path, dataset.files.status, strict=True))
        assert "no array" in status["bad"]
        assert "9 numbers" in status["wide"]


@pytest.mark.parametrize("n", [1, 2])
def test_few_arrays_are_a_project_too(tmp_path, n):
    (tmp_path / "arrays").mkdir()
    for number in range(n):
        np.save(tmp_path / f"arrays/{number}.npy", np.arange(4.0) + number)
    with Dataset.open(arrays.make(tmp_path / "arrays", tmp_path / "new.h5").project) as dataset:
        assert dataset.segments.umap.tolist() == [[0, 0]] * n


def test_such_a_project_is_not_extended_by_recordings(folder, audio, tmp_path):
    done = arrays.make(folder, tmp_path / "new.h5")
    with pytest.raises(ProjectError, match="made from arrays"):
        extend(done.project, audio)


def test_a_folder_without_arrays_is_refused_before_the_work(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ParameterError, match="There is no"):
        ImportNpy(str(tmp_path / "empty"), str(tmp_path / "new.h5")).check()


def test_a_look_counts_without_making_anything(folder, audio, tmp_path):
    assert arrays.look(folder).n_arrays == 8
    found = arrays.look(folder, audio_dir=audio)
    assert (found.n_arrays, found.n_linked, found.problems) == (8, 8, [])
