"""Features of the sounds of a project: joined by id, gone on with, told where they are missing."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from PIL import Image

from pipeline import feature_sets, run, store, vectors
from pipeline.__main__ import cli
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, RunError
from pipeline.feature_sets import Preparation, Wanted
from pipeline.features.mfcc import Mfcc
from tests import factory, sounds

MFCC = Wanted(("mfcc",), ("mean_std",))


@pytest.fixture
def project(tmp_path):
    return factory.make_project(tmp_path / "bird.h5", n_sounds=12, with_audio_dir=tmp_path / "audio")


def feature(path, name):
    with Dataset.open(path) as dataset:
        return dataset.feature(name)


def test_each_sound_has_the_feature_of_its_own_stretch_of_audio(project):
    made = feature_sets.compute(project, Wanted(("mfcc",), ("mean",), Preparation(sr=factory.RATE_HZ)), workers=1)
    assert made.sets == ["mfcc_mean"]
    assert not made.missing.any()
    with Dataset.open(project) as dataset:
        row = 7
        samples, _rate = soundfile.read(dataset.audio_path(dataset.segments.file_id[row]), dtype="float32")
        first = round(dataset.segments.onset_s[row] * factory.RATE_HZ)
        clip = samples[first:first + round(dataset.segments.duration_s[row] * factory.RATE_HZ)]
        values = dataset.feature("mfcc_mean").values
    np.testing.assert_allclose(values[row], Mfcc().matrix(clip, factory.RATE_HZ).mean(axis=1), rtol=1e-3, atol=1e-2)


def test_two_processes_make_the_same(project):
    feature_sets.compute(project, MFCC, workers=1)
    alone = feature(project, "mfcc_mean_std").values
    feature_sets.compute(project, MFCC, workers=2)
    np.testing.assert_array_equal(feature(project, "mfcc_mean_std").values, alone)


def test_ids_that_are_not_in_order_are_joined_all_the_same(tmp_path):
    project = factory.make_project(tmp_path / "bird.h5", n_sounds=12, with_audio_dir=tmp_path / "audio")
    feature_sets.compute(project, MFCC, workers=1)
    in_order = feature(project, "mfcc_mean_std").values
    with Dataset.open(project) as dataset:
        ids = dataset.segments.segment_id
    with store.amend(project) as writer:
        turned = np.argsort(-ids)
        writer.feature("turned", ids[turned], in_order[turned])
    np.testing.assert_array_equal(feature(project, "turned").values, in_order)


def test_a_recording_that_is_gone_is_told_and_leaves_its_sounds_without(project, tmp_path):
    gone = next((tmp_path / "audio").rglob("*.wav"))
    gone.unlink()
    made = feature_sets.compute(project, MFCC, workers=1)
    assert len(made.problems) == 1
    assert gone.name in made.problems[0]
    values = feature(project, "mfcc_mean_std").values
    np.testing.assert_array_equal(np.isnan(values).all(axis=1), made.missing)
    assert 0 < made.missing.sum() < 12


def test_without_any_recording_nothing_is_written(project, tmp_path):
    for path in (tmp_path / "audio").rglob("*.wav"):
        path.unlink()
    before = project.read_bytes()
    with pytest.raises(RunError, match="None of 3 recordings could be used"):
        feature_sets.compute(project, MFCC, workers=1)
    assert project.read_bytes() == before


def test_an_interrupted_run_goes_on_where_it_was(project, monkeypatch):
    class Stop(run.Watcher):
        def advance(self, step, amount):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        feature_sets.compute(project, MFCC, watcher=Stop(), workers=1)
    calls = []
    real = Mfcc.matrix
    monkeypatch.setattr(Mfcc, "matrix", lambda *arguments: calls.append(1) or real(*arguments))
    feature_sets.compute(project, MFCC, workers=1)
    assert len(calls) == 8        # of twelve: the first recording's four were done


def test_what_another_filter_would_give_is_not_taken_for_this(project):
    feature_sets.compute(project, MFCC, workers=1)
    plain = feature(project, "mfcc_mean_std").values
    feature_sets.compute(project, Wanted(("mfcc",), preparation=Preparation(lowpass=2_000)), workers=1)
    assert np.abs(feature(project, "mfcc_mean_std").values - plain).max() > 1


def test_a_low_pass_keeps_time_and_lets_go_of_what_is_high():
    t = np.arange(44_100) / 44_100
    low, high = np.sin(2 * np.pi * 500 * t), np.sin(2 * np.pi * 15_000 * t)
    made = feature_sets.low_passed((low + high).astype(np.float32), 44_100, 8_192)
    inside = slice(1_000, -1_000)
    np.testing.assert_allclose(made[inside], low[inside], atol=1e-3)


@pytest.mark.parametrize("n", [1, 5, 30])
def test_a_low_pass_takes_the_shortest_sounds(n):
    assert np.isfinite(feature_sets.low_passed(np.ones(n, np.float32), 44_100, 8_192)).all()


@pytest.mark.parametrize("wanted", [Wanted(("loudness",)), Wanted(("mfcc",), ("median",))])
def test_what_does_not_exist_is_refused(project, wanted):
    with pytest.raises(ParameterError, match="There is no"):
        feature_sets.compute(project, wanted)


def test_the_command_makes_a_project_of_a_folder_and_keeps_files(tmp_path):
    for label, freq_hz in (("low", 500), ("high", 4_000)):
        for number in range(3):
            path = tmp_path / "drums" / label / f"{number}.WAV"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, sounds.tone(freq_hz, 0.2, rate_hz=22_050), 22_050)
    (tmp_path / "drums" / "low" / "broken.wav").write_text("no audio")
    result = CliRunner().invoke(cli, [
        "features", str(tmp_path / "drums"), "--features", "mel,summary", "--vector", "mean", "--keep", "arrays",
        "--keep", "images", "--keep", "audio", "--output-dir", str(tmp_path / "out"), "--workers", "1"])
    assert result.exit_code == 0, result.output
    project = tmp_path / "out" / "drums.h5"
    with Dataset.open(project) as dataset:
        assert sorted(set(dataset.segments.label)) == ["high", "low"]
        assert dataset.names("features") == ["mel_mean", "pitch", "summary_mean"]
    rows = list(csv.DictReader((tmp_path / "out" / "metadata.csv").open(encoding="utf-8")))
    assert [row["label"] for row in rows] == ["high"] * 3 + ["low"] * 3
    assert {row["extension"] for row in rows} == {".WAV"}
    name = rows[0]["name"]
    matrix = np.load(tmp_path / "out" / "mel" / "arrays" / f"{name}.npy")
    assert matrix.shape[0] == 128
    picture = np.asarray(Image.open(tmp_path / "out" / "mel" / "images" / f"{name}.png"))
    np.testing.assert_array_equal(picture, vectors.image(matrix))
    assert soundfile.info(tmp_path / "out" / "audio" / f"{name}.wav").samplerate == 22_050


def test_files_want_a_folder(project):
    result = CliRunner().invoke(cli, ["features", str(project), "--keep", "images"])
    assert isinstance(result.exception, ParameterError)
