"""``preprocess`` as a person meets it: exit codes, sentences, interruptions, odd names, a cluster of workers."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.dataset import Dataset
from tests.sounds import song, write_songs

WITHOUT_MAP = ("--compute-spectrograms", "--compute-pitch", "--compute-embeddings", "--export-hdf5")


@pytest.fixture
def songs(tmp_path) -> Path:
    return write_songs(tmp_path / "songs")


@pytest.fixture
def command(python, root):
    """Starts ``python -m pipeline preprocess``; without the map, whose compilation takes long, unless asked."""
    def arguments(data_dir: Path, *more: str) -> list[str]:
        out = data_dir.parent / "out"
        return [python, "-m", "pipeline", "preprocess", "--data-dir", str(data_dir), "--output-dir", str(out),
                "--subject", "bird", *more]
    return arguments


@pytest.fixture
def preprocess(command, root):
    def call(data_dir: Path, *more: str) -> subprocess.CompletedProcess:
        return subprocess.run(command(data_dir, *(more or WITHOUT_MAP)), cwd=root, capture_output=True, text=True,
                              timeout=300)
    return call


def project(songs: Path) -> Dataset:
    return Dataset.open(songs.parent / "out/bird.h5")


def test_a_folder_of_songs_becomes_a_project(songs, preprocess):
    done = preprocess(songs, "--all", "--n-neighbors", "5")
    assert done.returncode == 0, done.stderr
    assert "4 of 4 recordings gave 24 sounds" in done.stderr
    assert "Traceback" not in done.stderr
    with project(songs) as dataset:
        assert dataset.n_segments == 24
        assert dataset.segments.umap.any()


def test_it_ends_well_if_one_recording_works_and_tells_the_others(songs, preprocess):
    (songs / "no.wav").write_text("text")
    done = preprocess(songs)
    assert done.returncode == 0
    assert "no.wav" in done.stderr
    assert "is not audio" in " ".join(done.stderr.split())


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["--n-fft", "3"], 2, "n_fft is 3, but must be"),
    (["--n-fft", "many"], 2, "n-fft"),
    (["--preset", "dragon"], 2, "dragon"),
    (["--segmenter", "dragon"], 2, "dragon"),
    (["--segments-from", "/nowhere.csv"], 2, "/nowhere.csv"),
    (["--segmenter", "table"], 2, "give it with --segments-from"),
    (["--segmenter-model", "/some/checkpoint"], 2, "The folder /some/checkpoint does not exist"),
    (["--labels", "/nowhere.csv"], 2, "The table /nowhere.csv does not exist"),
    (["--time-format", "rubbish"], 2, "The time format 'rubbish' cannot be used"),
    (["--no-such-flag"], 2, "no-such-flag"),
])
def test_wrong_arguments_give_a_sentence_and_a_code(songs, preprocess, arguments, code, words):
    done = preprocess(songs, *WITHOUT_MAP, *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (songs.parent / "out").exists(), "refused before any work"


def test_what_a_lab_s_old_script_gives_is_taken_and_what_has_no_effect_is_told(songs, preprocess):
    done = preprocess(songs, "--export-hdf5", "--seg-min-freq", "400", "--seg-eps", "0.02", "--seg-num-trials", "3",
                      "--embedding-style", "mean", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert "--seg-eps and --seg-num-trials have no effect with the segmenter energy." in done.stderr
    assert "--embedding-style has no effect with the embedder logmel." in done.stderr
    assert "--seg-min-freq" not in done.stderr
    with project(songs) as dataset:
        assert dataset.parameters["seg_min_freq"] == 400
        assert dataset.parameters["device"] == "cpu"


def test_a_step_that_looks_for_no_sounds_does_not_say_that_there_are_none(songs, preprocess):
    done = preprocess(songs, "--compute-pitch")
    assert done.returncode == 0, done.stderr
    assert "4 of 4 recordings were worked on" in done.stderr
    assert "0 sounds" not in done.stderr
    assert "map" not in done.stderr


def test_the_project_file_may_lie_in_a_folder_that_is_not_there_yet(songs, preprocess, tmp_path):
    done = preprocess(songs, "--export-hdf5", "--hdf5-output", str(tmp_path / "new/deep/bird.h5"))
    assert done.returncode == 0, done.stderr
    with Dataset.open(tmp_path / "new/deep/bird.h5") as dataset:
        assert dataset.n_segments == 24


@pytest.mark.parametrize(("place", "words"), [
    ("a-folder", "is a folder"), ("notes.txt", "not an HDF5 file"),
    ("notes.txt/bird.h5", "a part of this path is a file"),
    ("/proc/bird.h5", "No project file can be written at"), ("circle", "No project file can be written at"),
    ("n" * 300, "File name too long"),
])
def test_a_place_where_no_project_can_be_is_refused_before_the_work(songs, preprocess, tmp_path, place, words):
    (tmp_path / "a-folder").mkdir()
    (tmp_path / "notes.txt").write_text("text")
    (tmp_path / "circle").symlink_to("circle")
    done = preprocess(songs, "--export-hdf5", "--hdf5-output", str(tmp_path / place))
    assert done.returncode == 1
    assert words in done.stderr
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "notes.txt").read_text() == "text"


def test_an_output_folder_that_cannot_be_one_is_told(songs, preprocess, tmp_path):
    (tmp_path / "out").write_text("text")
    done = preprocess(songs, "--compute-segmentations")
    assert done.returncode == 1
    assert f"The output folder {tmp_path / 'out'} cannot be used: Not a directory." in " ".join(done.stderr.split())


def test_a_table_of_other_recordings_writes_no_empty_project(songs, preprocess, tmp_path):
    (tmp_path / "other.csv").write_text("filename,onset_sec,offset_sec\nother.wav,0.1,0.2\n")
    done = preprocess(songs, "--export-hdf5", "--segments-from", str(tmp_path / "other.csv"))
    assert done.returncode == 1
    assert "The table gives no sound for any recording" in done.stderr
    assert "other.wav" in done.stderr
    assert not (tmp_path / "out/bird.h5").exists()


def test_a_folder_that_is_missing_or_empty_is_told(tmp_path, preprocess):
    assert preprocess(tmp_path / "gone").returncode == 2
    (tmp_path / "empty").mkdir()
    done = preprocess(tmp_path / "empty")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: There is no recording in")


def test_if_none_can_be_read_it_fails_with_the_reasons(tmp_path, preprocess):
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs/a.wav").write_text("text")
    done = preprocess(tmp_path / "songs")
    assert done.returncode == 1
    assert "The one recording could not be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reason_that_all_recordings_share_is_told_once(songs, preprocess):
    done = preprocess(songs, "--compute-segmentations", "--seg-min-freq", "9000", "--seg-max-freq", "8000")
    assert done.returncode == 1
    assert "None of the 4 recordings could be used" in done.stderr
    assert done.stderr.count("No frequency can be told") == 1
    assert "4 recordings: No frequency" in done.stderr


def test_odd_names_break_nothing(tmp_path, preprocess):
    songs = tmp_path / "so\nngs <b>'\""
    names = ["new\nline.wav", "<img src=x onerror=alert(1)>.wav", "quote'\"s.wav", "[red]rich.wav", "ñandú 鳥.WAV",
             "-dash.wav", os.fsdecode(b"bytes-\xff\xfe.wav")]
    songs.mkdir()
    for name in names:
        soundfile.write(os.fsencode(songs / name), song([0.5, 1.0]), 32_000, format="WAV")
    (songs / "folder.wav").mkdir()
    (songs / "folder.wav" / "loop").symlink_to(songs)
    (songs / "dangling.wav").symlink_to(tmp_path / "gone.wav")
    (songs / "[bad].wav").write_text("text")
    done = preprocess(songs)
    assert done.returncode == 0, done.stderr
    assert "7 of 8 recordings gave 14 sounds" in done.stderr
    with project(songs) as dataset:
        assert set(dataset.files.path) >= {"new\nline.wav", "[red]rich.wav", "bytes-\\xff\\xfe.wav"}


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_goes_on_where_it_was(tmp_path, command, preprocess, root, end):
    songs = tmp_path / "songs"
    songs.mkdir()
    for number in range(24):
        sung = song([0.5 + k for k in range(28)], duration_s=30, seed=number)
        soundfile.write(songs / f"{number:02}.wav", sung, 32_000)
    started = subprocess.Popen(command(songs, *WITHOUT_MAP, "--workers", "2"), cwd=root, stderr=subprocess.PIPE,
                               text=True, start_new_session=True)
    finished = tmp_path / "out/bird.work/embed"
    deadline = time.monotonic() + 60
    while len(list(finished.glob("*.npz"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(started.pid, end)
    _out, told = started.communicate(timeout=60)
    kept = {path: path.stat().st_mtime_ns for path in finished.glob("*.npz")}
    assert 3 <= len(kept) < 24
    assert not (tmp_path / "out/bird.h5").exists()
    assert "Traceback" not in told
    if end == signal.SIGINT:
        assert started.returncode == 130
        assert "Run the same command again" in told
    done = preprocess(songs)
    assert done.returncode == 0, done.stderr
    assert all(path.stat().st_mtime_ns == mtime_ns for path, mtime_ns in kept.items())
    with project(songs) as dataset:
        assert dataset.n_segments == 24 * 28
    assert not list(finished.glob("*.part"))


def test_a_dask_cluster_of_two_processes_does_the_same(songs, preprocess, root):
    distributed = pytest.importorskip("distributed")
    assert preprocess(songs).returncode == 0
    with project(songs) as dataset:
        alone = dataset.embedding()
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        done = preprocess(songs, *WITHOUT_MAP, "--restart", "--scheduler", cluster.scheduler_address)
    assert done.returncode == 0, done.stderr
    with project(songs) as dataset:
        assert np.array_equal(dataset.embedding(), alone)


def test_a_scheduler_that_does_not_answer_is_told(songs, preprocess):
    done = preprocess(songs, *WITHOUT_MAP, "--scheduler", "tcp://127.0.0.1:1")
    assert done.returncode == 1
    assert "No dask scheduler answers at tcp://127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_awkward_real_files_are_read_or_refused_with_a_sentence(data_set, tmp_path, preprocess):
    songs = tmp_path / "songs"
    songs.symlink_to(data_set("formats_edge"))
    done = preprocess(songs, *WITHOUT_MAP, "--segmenter", "files")
    assert done.returncode == 0, done.stderr
    with project(songs) as dataset:
        status = dict(zip(dataset.files.path, dataset.files.status, strict=True))
        assert len(status) == 45
        for name in ("made_text_not_audio.wav", "made_truncated_header.wav", "made_zero_bytes.wav", "empty_2c.wav"):
            assert status[name] != "ok"
        assert sum(why == "ok" for why in status.values()) >= 37
        assert dataset.n_segments == sum(why == "ok" for why in status.values())
