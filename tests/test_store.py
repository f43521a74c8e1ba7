"""Writing projects: complete or not at all, and laid out as others expect."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from factory import make_project

from pipeline import schema, store
from pipeline.dataset import Dataset
from pipeline.errors import ProjectError

FILES = {"file_id": [0], "filename": ["a.wav"], "path": ["day/a.wav"], "sr": [16000], "duration_sec": [1.0],
         "recorded_at": [np.nan], "status": ["ok"]}
SOUNDS = {"segment_id": [0, 1], "file_id": [0, 0], "onset_sec": [0.1, 0.5], "duration_sec": [0.1, 0.2]}


def write(
    path: Path, *, files: dict | None = None, segments: dict | None = None,
    then: Callable[[store.Writer], object] = lambda writer: None,
) -> Path:
    with store.create(path, {}) as writer:
        writer.files(**(FILES | (files or {})))
        writer.segments(**(SOUNDS | (segments or {})))
        then(writer)
    return path


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".part")]


def test_a_project_has_every_needed_data_set_of_the_schema(tmp_path):
    with h5py.File(make_project(tmp_path / "bird.h5")) as file:
        missing = [entry.path for entry in schema.SCHEMA if entry.needed and entry.path not in file]
        wrong = [entry.path for entry in schema.SCHEMA if entry.path in file and entry.dtype != schema.TEXT
                 and file[entry.path].dtype != np.dtype(entry.dtype)]
    assert (missing, wrong) == ([], [])


def test_the_root_says_what_the_file_is(tmp_path):
    with h5py.File(make_project(tmp_path / "bird.h5")) as file:
        attrs = dict(file.attrs)
        assert file["umap_maprange"].shape == (4,)
    assert (attrs["format"], attrs["format_version"]) == ("syllabary", 1)
    assert {"created", "software", "project_id"} <= set(attrs)


def test_cluster_ids_lie_at_a_fixed_place_where_they_can_be_overwritten(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=60, cluster_ids=[i % 3 for i in range(60)])
    with h5py.File(path) as file:
        item = file["segments/cluster_id"]
        assert (item.chunks, item.compression, item.dtype) == (None, None, np.dtype("<i4"))
        offset = item.id.get_offset()
    with path.open("rb") as raw:
        raw.seek(offset)
        assert np.array_equal(np.frombuffer(raw.read(240), "<i4"), np.arange(60) % 3)


def test_the_table_of_clusters_has_room_and_doubles_when_it_is_full(tmp_path):
    few = make_project(tmp_path / "few.h5", clusters=[(1, "trill", "#112233", "")])
    many = make_project(tmp_path / "many.h5", clusters=[(k, f"c{k}", "#112233", "") for k in range(1, 1026)])
    with h5py.File(few) as file:
        assert file["clusters/cluster_id"][:3].tolist() == [1, -1, -1]
        assert {name: file[f"clusters/{name}"].shape for name in file["clusters"]} == dict.fromkeys(
            ("cluster_id", "name", "color", "note"), (1024,))
        assert all(file[f"clusters/{name}"].id.get_offset() for name in file["clusters"])
    with h5py.File(many) as file:
        assert file["clusters/name"].shape == (2048,)
        assert file["clusters/name"][1024] == b"c1025"


def test_names_are_cut_after_a_whole_character():
    assert schema.fixed_texts(["é" * 40], 63)[0] == ("é" * 31).encode()
    assert schema.fixed_texts(["a\0b"], 64)[0] == b"ab"


def test_an_exception_leaves_the_old_file_as_it_was(tmp_path):
    path = write(tmp_path / "bird.h5")
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError):
        write(path, then=lambda writer: 1 / 0)
    assert path.read_bytes() == before
    assert leftovers(tmp_path) == []


def test_a_killed_writer_leaves_the_old_file_as_it_was(tmp_path):
    path = write(tmp_path / "bird.h5")
    before = path.read_bytes()

    def die(_writer: store.Writer) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    child = multiprocessing.get_context("fork").Process(target=write, args=(path,), kwargs={"then": die})
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert path.read_bytes() == before


def test_what_a_killed_writer_left_is_swept_up_after_a_week(tmp_path):
    old, young, other = (tmp_path / name for name in (".bird.h5.1.part", ".bird.h5.2.part", ".wren.h5.1.part"))
    for path in (old, young, other):
        path.touch()
    for path in (old, other):
        os.utime(path, (0, 0))
    write(tmp_path / "bird.h5")
    assert [path.exists() for path in (old, young, other)] == [False, True, True]


def fill_the_disk(path: Path) -> None:
    """Write a project where no file may grow beyond 100 kB; exits 0 if that ends in a sentence."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    try:
        make_project(path, n_sounds=5000)
    except ProjectError as error:
        os._exit(0 if "could not be written" in str(error) else 3)
    os._exit(2)


def test_a_full_disk_leaves_the_old_file_as_it_was(tmp_path):
    path = write(tmp_path / "bird.h5")
    before = path.read_bytes()
    child = multiprocessing.get_context("fork").Process(target=fill_the_disk, args=(path,))
    child.start()
    child.join()
    assert child.exitcode == 0
    assert path.read_bytes() == before
    assert leftovers(tmp_path) == []


def test_a_project_without_sounds_is_not_kept(tmp_path):
    with pytest.raises(ProjectError, match="needs a table of sounds"), store.create(tmp_path / "bird.h5", {}) as writer:
        writer.files(**FILES)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ProjectError, match=r"nowhere.*could not be written"):
        write(tmp_path / "nowhere" / "bird.h5")


def test_a_link_stays_a_link_and_permissions_stay(tmp_path):
    real = write(tmp_path / "real.h5")
    real.chmod(0o640)
    link = tmp_path / "link.h5"
    link.symlink_to(real)
    write(link, segments={"cluster_id": [4, 5]})
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    with Dataset.open(real) as dataset:
        assert dataset.cluster_ids().tolist() == [4, 5]


def test_a_new_file_may_be_read_by_whom_the_umask_allows(tmp_path):
    old = os.umask(0o022)
    try:
        assert stat.S_IMODE(write(tmp_path / "bird.h5").stat().st_mode) == 0o644
    finally:
        os.umask(old)


@pytest.mark.parametrize(("segments", "complaint"), [
    ({"file_id": [0, 7]}, "id 7"),
    ({"segment_id": [3, 3]}, "repeat"),
    ({"onset_sec": [0.1]}, "different lengths"),
    ({"onset_sec": [0.1, np.nan]}, "not finite"),
    ({"umap": [[0, 0], [np.inf, 0]]}, "not finite"),
    ({"cluster_id": [1, 2**40]}, "do not fit"),
    ({"cluster_id": [1, 1.5]}, "whole numbers"),
    ({"umap": [0, 1]}, "2 axes"),
    ({"colour": [0, 1]}, "unknown"),
])
def test_columns_that_do_not_fit_are_refused(tmp_path, segments, complaint):
    with pytest.raises(ProjectError, match=complaint):
        write(tmp_path / "bird.h5", segments=segments)
    assert list(tmp_path.iterdir()) == []


def test_features_of_strangers_are_refused(tmp_path):
    with pytest.raises(ProjectError, match="id 9"):
        write(tmp_path / "bird.h5", then=lambda writer: writer.feature("pitch", [0, 9], np.zeros((2, 1))))


def test_no_sounds_at_all_make_a_useful_file(tmp_path):
    none = {name: [] for name in SOUNDS} | {"umap": np.zeros((0, 2)), "pca": np.zeros((0, 0))}
    with Dataset.open(write(tmp_path / "bird.h5", segments=none)) as dataset:
        assert (dataset.n_segments, len(dataset.files)) == (0, 1)
        assert dataset.cluster_ids().tolist() == []
        assert dataset.level_range() == (-127.0, 0.0)


def test_undecodable_names_are_escaped_and_the_recording_is_found(tmp_path):
    name = os.fsdecode(b"caf\xe9.wav")
    try:
        (tmp_path / name).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    with store.create(tmp_path / "bird.h5", {}, data_dir=tmp_path) as writer:
        writer.files(**(FILES | {"path": [name], "filename": [name]}))
        writer.segments(**SOUNDS)
    with Dataset.open(tmp_path / "bird.h5") as dataset:
        assert dataset.files.path == ("caf\\xe9.wav",)
        assert dataset.audio_path(0).exists()


def test_parameters_keep_their_types_and_older_names_are_written_too(tmp_path):
    values = {"spec_hop_length": 128, "seg_eps": 0.02, "subject": "Bird ä", "emb_model": None, "flag": True}
    with store.create(tmp_path / "bird.h5", values, data_dir=tmp_path) as writer:
        writer.files(**FILES)
        writer.segments(**SOUNDS)
        writer.step("segment", fingerprint="abc", versions={"numpy": "2"})
    with Dataset.open(tmp_path / "bird.h5") as dataset:
        assert dataset.parameters == values | {"emb_model": "", "hop_length": 128, "data_dir": str(tmp_path)}
        assert dataset.steps == {"step_segment_fingerprint": "abc", "step_segment_versions": '{"numpy": "2"}'}


def test_spectrograms_are_chunked_along_time(tmp_path):
    with h5py.File(make_project(tmp_path / "bird.h5", n_files=1, n_sounds=60)) as file:
        item = file["spectrograms/0"]
        assert item.chunks[0] == item.shape[0]
        assert item.chunks[1] < item.shape[1]
        assert file["spectrograms/file_id"][()].tolist() == [0]


def test_amending_adds_a_set_and_replaces_one_of_the_same_name(tmp_path):
    path = make_project(tmp_path / "bird.h5", n_sounds=4)
    for label in (1, 2):
        with store.amend(path) as writer:
            writer.labeling("hdbscan", [0, 1, 2, 3], [label, 0, 0, -1], attrs={"min_size": 5})
    with Dataset.open(path) as dataset:
        found = dataset.labeling("hdbscan")
        assert found.label.tolist() == [2, 0, 0, -1]
        assert found.attrs == {"min_size": 5}
        assert dataset.embedding().shape == (4, 16)


def test_the_schema_as_a_table_names_every_data_set():
    table = schema.markdown()
    assert all(f"`{entry.path}`" in table for entry in schema.SCHEMA)
