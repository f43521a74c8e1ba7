"""``info`` tells what is in a project; ``check`` finds what is wrong with it and repairs what the journal knows."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from factory import make_project

from pipeline import integrity, overview, store
from pipeline.commands import check, info
from pipeline.curation import agreement, edits, journal
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError

CLUSTERS = [(1, "trill", "#ff0000", ""), (2, "Ruf ü", "#00ff00", "")]


@pytest.fixture
def bird(tmp_path: Path) -> Path:
    """A whole project of 30 sounds in three recordings, with its recordings."""
    return make_project(tmp_path / "bird.h5", n_sounds=30, cluster_ids=[i % 3 for i in range(30)], clusters=CLUSTERS,
                        with_audio_dir=tmp_path / "audio")


def tell(command, *arguments: object):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def problems(path: Path) -> list[str]:
    return [finding.text for finding in integrity.check(path) if finding.kind == "problem"]


def change(path: Path, place: str, row: int, value: object) -> None:
    with h5py.File(path, "r+") as file:
        values = file[place][()]
        values[row] = value
        file[place][...] = values


# ---- info ------------------------------------------------------------------------------------------------------------

def test_info_counts_what_is_there(bird):
    facts = overview.of(bird)
    assert facts["recordings"]["by_status"] == {"ok": 3}
    assert facts["recordings"]["by_rate_hz"] == {"16000": 3}
    assert facts["segments"]["n"] == 30
    assert facts["segments"]["labels"] == {"a": 8, "b": 8, "c": 7, "d": 7}
    assert facts["clusters"] == {"n": 2, "unassigned": 10, "rows": [
        {"cluster_id": 1, "name": "trill", "n": 10}, {"cluster_id": 2, "name": "Ruf ü", "n": 10}]}
    assert (facts["embedding"], facts["projections"], facts["journal"]) == ((30, 16), ["umap"], None)


def test_info_as_json_is_one_document(bird):
    told = tell(info.command, bird, "--json")
    assert told.exit_code == 0
    assert json.loads(told.stdout)["project_id"] == Dataset.open(bird).project_id


def test_info_as_a_table_shows_names_and_parameters(bird):
    told = tell(info.command, bird)
    assert told.exit_code == 0
    expected = ("trill", "Ruf ü", "10 sounds unassigned", "spec_hop_length", "never edited")
    assert all(text in told.stdout for text in expected)


def test_info_lists_recordings_that_gave_nothing(tmp_path):
    with store.create(tmp_path / "x.h5", {}) as writer:
        writer.files(file_id=[0, 1], filename=["a.wav", "b.wav"], path=["a.wav", "b.wav"], sr=[8000, 0],
                     duration_sec=[1.0, np.nan], recorded_at=[np.nan] * 2, status=["ok", "cannot be read"])
        writer.segments(segment_id=[], file_id=[], onset_sec=[], duration_sec=[])
    told = tell(info.command, tmp_path / "x.h5")
    assert "1: cannot be read" in told.stdout
    assert "1 recording of unknown length" in told.stdout
    assert "unknown (1), 8000 Hz (1)" in told.stdout


def test_info_counts_the_edits_in_the_journal_and_touches_nothing(bird):
    with Workspace.open(bird) as workspace:
        workspace.edit(edits.move, segment_ids=[0, 3], to=1)
    before = {path.name: path.read_bytes() for path in bird.parent.iterdir() if path.is_file()}
    assert overview.of(bird)["journal"]["edits"] == 1
    assert "1 edits" in tell(info.command, bird).stdout
    assert {path.name: path.read_bytes() for path in bird.parent.iterdir() if path.is_file()} == before


def test_info_on_a_file_that_is_none(tmp_path):
    ran = subprocess.run([sys.executable, "-m", "pipeline", "info", tmp_path / "no.h5"], capture_output=True, text=True)
    assert ran.returncode == 1
    assert (ran.stdout, ran.stderr.startswith("Error: There is no project file")) == ("", True)


# ---- check -----------------------------------------------------------------------------------------------------------

def test_a_whole_project_is_well(bird):
    told = tell(check.command, bird)
    assert told.exit_code == 0
    assert "All is well" in told.stdout
    assert not journal.path_of(bird).exists()


def test_check_as_json_and_its_exit_code(bird):
    change(bird, "segments/onset_sec", 4, 1e6)
    ran = subprocess.run([sys.executable, "-m", "pipeline", "check", bird, "--json"], capture_output=True, text=True)
    found = json.loads(ran.stdout)
    assert (ran.returncode, found["ok"]) == (1, False)
    assert found["findings"][0]["kind"] == "problem"
    assert "Sound 4 " in found["findings"][0]["text"]


@pytest.mark.parametrize(("place", "row", "value", "complaint"), [
    ("segments/file_id", 5, 99, "Sound 5 lie in recordings that the project does not list"),
    ("segments/onset_sec", 3, -1.0, "Sound 3 begin before"),
    ("segments/onset_sec", slice(2, 4), 1e6, "2 sounds (first: 2) begin before or end after"),
    ("segments/duration_sec", 3, 0.0, "Sound 3 last no time"),
    ("segments/pca", 7, np.nan, "segments/pca of Sound 7 is not finite"),
    ("segments/cluster_id", 0, 77, "table of clusters does not have: 77"),
    ("clusters/cluster_id", 1, 1, "same number more than once"),
    ("embeddings/segment_id", 0, 500, "embeddings speaks of sounds that the project does not have"),
    ("embeddings/segment_id", 0, 1, "embeddings has ids that repeat"),
    ("embeddings/raw", 0, np.inf, "embeddings/raw holds values that are not finite"),
    ("projections/umap/segment_id", 0, 500, "projections/umap speaks of sounds"),
    ("projections/umap/values", 0, np.nan, "projections/umap holds places"),
])
def test_each_thing_that_does_not_fit_is_told(bird, place, row, value, complaint):
    change(bird, place, row, value)
    assert any(complaint in text for text in problems(bird)), problems(bird)


def test_a_missing_spectrogram_and_one_of_a_stranger(bird):
    with h5py.File(bird, "r+") as file:
        file.move("spectrograms/2", "spectrograms/44")
    assert problems(bird) == [
        "1 recordings without fault have no spectrogram (first: recording 2).",
        "There is a spectrogram of recording 44, which the project does not list (1 in all).",
    ]


def test_a_damaged_spectrogram_is_found_wherever_it_is_damaged(tmp_path):
    path = make_project(tmp_path / "long.h5", n_sounds=1500, n_files=1)
    with h5py.File(path) as file:
        item = file["spectrograms/0"]
        chunk = item.id.get_chunk_info(item.id.get_num_chunks() - 1)
    with path.open("r+b") as raw:
        raw.seek(chunk.byte_offset)
        raw.write(b"\x5a" * (chunk.size // 2))
    assert any("the spectrogram of recording 0 cannot be read" in text for text in problems(path))


def test_what_is_no_fault_is_a_note(tmp_path):
    path = make_project(tmp_path / "bird.h5", with_spectrograms=False)
    findings = integrity.check(path)
    assert {finding.kind for finding in findings} == {"note"}
    assert any("no spectrograms" in finding.text for finding in findings)
    assert any("3 of 3 recordings are not where" in finding.text for finding in findings)


def edit_and_die(path: Path) -> None:
    """Make an edit, and be killed before the file has it."""
    workspace = Workspace.open(path)
    agreement.settle = lambda *_arguments: 0
    workspace.edit(edits.move, segment_ids=[0, 3, 6], to=1)
    os.kill(os.getpid(), signal.SIGKILL)


def test_labels_that_a_crash_kept_from_the_file_are_repaired_from_the_journal(bird):
    child = multiprocessing.get_context("fork").Process(target=edit_and_die, args=(bird,))
    child.start()
    child.join()
    assert tell(check.command, bird, "--json").exit_code == 0
    with Dataset.open(bird) as dataset:
        assert dataset.cluster_ids()[[0, 3, 6]].tolist() == [1, 1, 1]


def test_what_was_repaired_is_told_once(bird):
    child = multiprocessing.get_context("fork").Process(target=edit_and_die, args=(bird,))
    child.start()
    child.join()
    told = [[finding.text for finding in integrity.check(bird)] for _ in range(2)]
    assert told == [["The labels of 3 sounds were brought back from the journal."], []]


def test_a_journal_of_another_project_is_a_problem_and_stays(bird, tmp_path):
    with Workspace.open(bird) as workspace:
        workspace.edit(edits.move, segment_ids=[0], to=1)
    make_project(bird, n_sounds=12, seed=3)
    kept = journal.path_of(bird).read_bytes()
    assert len(problems(bird)) == 1
    assert journal.path_of(bird).read_bytes() == kept


def test_check_on_a_file_that_cannot_be_opened(tmp_path):
    with pytest.raises(ProjectError, match="There is no project file"):
        integrity.check(tmp_path / "no.h5")


def labels_in(path: Path) -> list[int]:
    with h5py.File(path, locking=False) as file:
        return file["segments/cluster_id"][:].tolist()


@pytest.mark.parametrize(("keep", "cluster_id"), [("journal", 7), ("file", 9)])
def test_whoever_finds_the_file_changed_by_another_program_can_say_what_holds(bird, keep, cluster_id):
    with Workspace.open(bird, user="me") as workspace:
        workspace.edit(edits.move, segment_ids=list(range(30)), to=7)
    with h5py.File(bird, "r+") as file:
        file["segments/cluster_id"][:] = 9
        file["clusters/cluster_id"][3] = 9
    undecided = tell(check.command, bird)
    assert undecided.exit_code == 1
    assert "check PROJECT --keep" in " ".join(undecided.stdout.replace("│", " ").split())
    assert labels_in(bird) == [9] * 30
    decided = tell(check.command, bird, "--keep", keep)
    assert decided.exit_code == 0, decided.stdout
    assert labels_in(bird) == [cluster_id] * 30
    assert tell(check.command, bird).exit_code == 0


def test_a_write_that_was_cut_short_is_finished_even_if_nothing_tells_that_it_was_begun(bird):
    child = multiprocessing.get_context("fork").Process(target=edit_and_die, args=(bird,))
    child.start()
    child.join()
    with h5py.File(bird, "r+") as file:
        file["segments/cluster_id"][0] = 1
    told = tell(check.command, bird)
    assert told.exit_code == 0, told.stdout
    assert "The labels of 2 sounds were brought back" in told.stdout
    assert np.array(labels_in(bird))[[0, 3, 6]].tolist() == [1, 1, 1]
