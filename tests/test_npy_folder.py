"""Folders of arrays: every shape, every way to be unusable told, and recordings found by id."""

from __future__ import annotations

import json
import math
import tracemalloc

import numpy as np
import pytest
import soundfile

from pipeline import npy_links
from pipeline.errors import ParameterError, TableError
from pipeline.npy_folder import NpyReading


def save(folder, **arrays):
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        path = folder / f"{name.replace('__', '/')}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.asarray(array))
    return folder


def status(vectors):
    return {row.id: row.status for row in vectors.rows}


FRAMES = np.arange(12.0).reshape(4, 3)


def test_three_shapes_give_one_width_and_ids_are_relative_paths(tmp_path):
    folder = save(tmp_path / "arrays", a=[1.0, 2, 3], day__b=FRAMES, day__c=FRAMES[None].astype(np.float16))
    vectors = NpyReading().read(folder)
    assert vectors.ids == ("a", "day/b", "day/c")
    assert vectors.values.dtype == np.float32
    assert np.array_equal(vectors.values, [[1, 2, 3], FRAMES.mean(axis=0), FRAMES.mean(axis=0)])
    assert not vectors.refused


@pytest.mark.parametrize("array", [np.asfortranarray(FRAMES), FRAMES.astype(">f4"), FRAMES.astype(np.int16)])
def test_order_and_type_of_numbers_do_not_matter(tmp_path, array):
    vectors = NpyReading().read(save(tmp_path / "arrays", a=array))
    assert np.allclose(vectors.values, FRAMES.mean(axis=0))


def test_masked_mean_leaves_the_padding_out(tmp_path):
    folder = save(tmp_path / "arrays", short=FRAMES, long=FRAMES)
    reading = NpyReading(pooling="masked_mean", window_s=4.0)
    vectors = reading.read(folder, durations_s={"short": 1.2, "long": 99.0})
    assert np.allclose(vectors.values, [FRAMES.mean(axis=0), FRAMES[:2].mean(axis=0)])
    assert "duration" in status(reading.read(folder, durations_s={"long": 1.0}))["short"]
    with pytest.raises(ParameterError, match="audio-dir"):
        reading.read(folder)


def test_flatten_keeps_every_number_and_wants_one_length(tmp_path):
    folder = save(tmp_path / "arrays", a=FRAMES, b=FRAMES + 1, c=FRAMES[:2])
    vectors = NpyReading(pooling="flatten").read(folder)
    assert np.array_equal(vectors.values, [FRAMES.ravel(), FRAMES.ravel() + 1])
    assert "6 numbers" in status(vectors)["c"]
    assert "pooling mean" in status(vectors)["c"]


def test_none_takes_vectors_only(tmp_path):
    vectors = NpyReading(pooling="none").read(save(tmp_path / "arrays", a=[1, 2, 3], b=[[4, 5, 6]], c=FRAMES))
    assert vectors.ids == ("a", "b")
    assert "4 frames" in status(vectors)["c"]


def test_whatever_cannot_be_used_is_told_and_the_rest_is_there(tmp_path):
    folder = save(tmp_path / "arrays", good=[1.0, 2], also=[3.0, 4], other=[1.0, 2, 3], nan=[1.0, math.nan],
                  far=[1e300, 1], none=np.zeros((0, 2)), scalar=np.float32(3), stack=np.zeros((2, 3, 2)),
                  text=np.array(["a", "b"]), complex=np.array([1j, 2]))
    np.save(folder / "object.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    (folder / "empty.npy").write_bytes(b"")
    (folder / "noise.npy").write_bytes(b"this is no array at all")
    (folder / "archive.npy").write_bytes(b"PK\x03\x04" + bytes(40))
    (folder / "cut.npy").write_bytes((folder / "good.npy").read_bytes()[:-3])
    (folder / "notes.txt").write_text("not looked at")
    (folder / "._good.npy").write_bytes(b"left by macOS")
    vectors = NpyReading().read(folder)
    assert vectors.ids == ("also", "good")
    why = status(vectors)
    assert len(why) == 15
    expected = {"other": "3 numbers", "nan": "finite", "far": "finite", "none": "no values", "scalar": "shape ()",
                "stack": "shape (2, 3, 2)", "text": "real numbers", "complex": "real numbers", "object": "objects",
                "empty": "empty", "noise": "no array", "archive": "no array", "cut": "ends too early"}
    for name, words in expected.items():
        assert words in why[name], name


def test_an_unreadable_file_is_told(tmp_path):
    folder = save(tmp_path / "arrays", a=[1.0], b=[2.0])
    (folder / "b.npy").unlink()
    (folder / "b.npy").mkdir()                       # a folder of that name is no file
    (folder / "c.npy").symlink_to(folder / "nowhere")
    assert NpyReading().read(folder).ids == ("a",)


def test_two_files_of_one_id_are_both_told(tmp_path):
    folder = save(tmp_path / "arrays", a=[1.0])
    (folder / "a.NPY").write_bytes((folder / "a.npy").read_bytes())
    vectors = NpyReading().read(folder)
    assert len(vectors.rows) == 2
    assert len(vectors.refused) == 1


def test_nothing_usable_is_an_error(tmp_path):
    with pytest.raises(ParameterError, match="not there"):
        NpyReading().read(tmp_path / "missing")
    (tmp_path / "bare").mkdir()
    with pytest.raises(ParameterError, match=r"no \.npy file"):
        NpyReading().read(tmp_path / "bare")
    with pytest.raises(TableError, match="None of the 1"):
        NpyReading().read(save(tmp_path / "bad", a=[math.nan]))


def test_memory_does_not_grow_with_the_size_of_the_files(tmp_path):
    folder = tmp_path / "arrays"
    folder.mkdir()
    big = np.zeros((1500, 1280), np.float32)         # 7.7 MB
    for number in range(12):
        np.save(folder / f"{number}.npy", big)
    tracemalloc.start()
    NpyReading().read(folder)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * big.nbytes


def test_recordings_are_found_by_id_with_their_length(tmp_path):
    sounds = tmp_path / "sounds"
    (sounds / "day").mkdir(parents=True)
    soundfile.write(sounds / "day" / "b.wav", np.zeros(800), 8000)
    soundfile.write(sounds / "a.flac", np.zeros(4000), 8000)
    links = npy_links.find(["a", "b", "gone"], audio_dir=sounds)
    assert links.by_id == {"a": npy_links.Link("a.flac", 0.0, 0.5), "b": npy_links.Link("day/b.wav", 0.0, 0.1)}
    assert links.durations_s == {"a": 0.5, "b": 0.1}
    assert "1 of 3" in links.problems[0]


def test_a_mapping_says_where_in_its_recording_a_sound_lies(tmp_path):
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps([{"id": "x", "path": "s/long.wav", "onset_sec": 1, "duration_sec": 0.25},
                                   {"id": "y", "path": "s/long.wav", "onset_sec": 3.5}]))
    assert npy_links.find(["x", "y"], mapping=mapping).durations_s == {"x": 0.25}
    soundfile.write(tmp_path / "long.wav", np.zeros(32000), 8000)
    links = npy_links.find(["x", "y"], mapping=mapping, audio_dir=tmp_path)
    assert links.by_id["x"] == npy_links.Link("long.wav", 1.0, 0.25)
    assert links.by_id["y"] == npy_links.Link("long.wav", 3.5, 0.5)


@pytest.mark.parametrize("text", ["{", "3", '[{"id": "x"}]', '[{"id": "x", "path": "a", "onset_sec": -1}]',
                                  '[{"id": "x", "path": "a", "duration_sec": "long"}]'])
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path, text):
    (tmp_path / "mapping.json").write_text(text)
    with pytest.raises(TableError, match=r"mapping\.json"):
        npy_links.find(["x"], mapping=tmp_path / "mapping.json")
