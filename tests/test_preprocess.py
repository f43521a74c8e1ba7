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
        return subprocess.run(command(data_dir, *(more or WITHOUT_MAP)), cwd=root, capture_output=True, text=True, timeout=300)
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
    (["--no-such-flag"], 2, "no-such-flag"),
])
def test_wrong_arguments_give_a_sentence_and_a_code(songs, preprocess, arguments, code, words):
    done = preprocess(songs, *WITHOUT_MAP, *arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_is_missing_or_empty_is_told(tmp_path, preprocess):
    assert preprocess(tmp_path / "gone").returncode == 2
    (tmp_path / "empty").mkdir()
    done = preprocess(tmp_path / "empty")
    assert done.returncode == 2
    assert "There is no recording in" in done.stderr


def test_if_none_can_be_read_it_fails_with_the_reasons(tmp_path, preprocess):
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs/a.wav").write_text("text")
    done = preprocess(tmp_path / "songs")
    assert done.returncode == 1
    assert "None of the 1 recordings could be read" in done.stderr
    assert "Traceback" not in done.stderr


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
        soundfile.write(songs / f"{number:02}.wav", song([0.5 + k for k in range(28)], duration_s=30, seed=number), 32_000)
    started = subprocess.Popen(command(songs, *WITHOUT_MAP, "--workers", "2"), cwd=root, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)
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
