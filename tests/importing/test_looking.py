"""A look before an import, in a process that may crash."""

from __future__ import annotations

import sys

import h5py
import numpy as np
import pytest
import soundfile

from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.importing import fronts, looking
from pipeline.importing.looking import ARRAYS, CLIPS, PROJECT, TABLE
from pipeline.run import run
from tests.factory import make_project
from tests.sounds import RATE_HZ, tone, write_songs


def test_a_project_is_told_with_what_it_has(tmp_path):
    found = looking.ask(PROJECT, make_project(tmp_path / "bird.h5", with_embeddings=False))
    assert (found.error, found.n_sounds) == ("", 60)
    assert "Taken over: the map." in found.facts
    assert any("embedding" in problem for problem in found.problems)


@pytest.mark.parametrize("what", ["text", "truncated", "absurd", "link"])
def test_a_crafted_file_becomes_a_sentence(tmp_path, what):
    path = make_project(tmp_path / "bird.h5")
    if what == "text":
        path.write_text("no project")
    elif what == "truncated":
        path.write_bytes(path.read_bytes()[:-5000])
    else:
        with h5py.File(path, "r+") as file:
            del file["segments/onset_sec"]
            if what == "absurd":
                file["segments"].create_dataset("onset_sec", (1 << 45,), "f8", chunks=(1 << 20,))
            else:
                file["segments/onset_sec"] = h5py.ExternalLink("/etc/passwd", "x")
    found = looking.ask(PROJECT, path)
    assert str(path) in found.error
    assert found.n_sounds == 0


def test_a_crash_and_an_endless_look_become_sentences(tmp_path, monkeypatch):
    crash = tmp_path / "crash"
    crash.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crash.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(crash))
    assert "crash" in looking.ask(PROJECT, tmp_path / "x.h5").error
    crash.write_text("#!/bin/sh\nexec sleep 60\n")
    assert "takes longer" in looking.ask(PROJECT, tmp_path / "x.h5", longest_s=0.2).error


def test_arrays_and_clips_are_counted(tmp_path):
    for name in ("kick/1", "kick/2", "snare/1"):
        path = tmp_path / f"clips/{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, tone(500, 0.1), RATE_HZ)
        np.save(tmp_path / f"clips/{name}.npy", np.zeros(3))
    assert looking.look(CLIPS, tmp_path / "clips").facts == ["3 clips.", "True labels from 2 sub-folders."]
    assert looking.look(ARRAYS, tmp_path / "clips").n_sounds == 3
    assert looking.look(ARRAYS, tmp_path / "clips", audio_dir=tmp_path / "clips").facts == [
        "3 arrays, 3 with a recording."]


def test_a_table_is_matched_with_its_recordings(tmp_path):
    songs = write_songs(tmp_path / "songs")
    table = tmp_path / "sounds.csv"
    table.write_text("filename,onset_sec,offset_sec,label\nbird_2024-03-01T06-00-00.wav,0.2,0.3,a\nnobody.wav,0,1,b\n")
    found = looking.look(TABLE, table, audio_dir=songs)
    assert found.facts == ["1 sound in 1 of 4 recordings."]
    assert any("nobody.wav" in problem for problem in found.problems)
    with pytest.raises(ParameterError, match="Choose the folder of recordings"):
        looking.look(TABLE, table)
    table.write_text("filename,onset_sec,offset_sec\nnobody.wav,0,1\n")
    with pytest.raises(ParameterError, match="No row"):
        looking.look(TABLE, table, audio_dir=songs)


def test_the_fronts_make_projects(tmp_path):
    songs = write_songs(tmp_path / "songs", n_files=2)
    table = tmp_path / "sounds.csv"
    table.write_text("filename,onset_sec,offset_sec,label\n" + "".join(
        f"bird_2024-03-01T06-00-00.wav,{0.2 + 0.25 * k:.2f},{0.28 + 0.25 * k:.2f},{'ab'[k % 2]}\n" for k in range(4)))
    task = fronts.from_table(table, songs, tmp_path / "out/table.h5", labels_as="clusters")
    task.check()
    plan, _problems = task.plan()
    with Dataset.open(run(plan, workers=1).project) as dataset:
        assert dataset.path == tmp_path / "out/table.h5"
        assert dataset.cluster_ids().tolist() == [1, 2, 1, 2]
    plan, _problems = fronts.from_clips(songs, tmp_path / "out/clips.h5").plan()
    with Dataset.open(run(plan, workers=1).project) as dataset:
        assert dataset.segments.label == ("day-1", "day-2")
        assert dataset.parameters["audio_sr"] == RATE_HZ
    with pytest.raises(ParameterError, match="already"):
        fronts.from_clips(songs, tmp_path / "out/clips.h5")
