"""The segmenter whisperseg: recordings in, sounds out, from either form; what a run makes of it; what it says."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from pipeline import audio, steps
from pipeline.__main__ import cli
from pipeline.audio import Recording
from pipeline.dataset import Dataset
from pipeline.errors import CheckpointError, ParameterError, RunError
from pipeline.plan import make_plan
from pipeline.run import Watcher, run
from pipeline.segmenters.whisperseg import Whisperseg
from pipeline.shelf import Shelf
from pipeline.whisper import features, loading
from tests.sounds import song, write_songs

LOOSE = {"eps": 0.2, "min_freq": 0.0, "time_step": 0.0025, "precision": "float32",   # random trials hardly agree
         "num_beams": 1}


def recording(samples, *, file_id=0, rate_hz=32_000):
    samples = np.asarray(samples, np.float32)
    peak = float(np.abs(samples).max(initial=0))
    return Recording(Path("a.wav"), "a.wav", file_id, rate_hz, rate_hz, 1, samples, peak)


@pytest.fixture
def heard():
    """Recordings of one clip and of two, and one of noise."""
    songs = [song([0.2 * k for k in range(1, 4 * n)], duration_s=n, seed=n, freq_hz=700 * n) for n in (1, 3)]
    noise = np.random.default_rng(0).normal(size=60_000)
    return [recording(samples, file_id=number) for number, samples in enumerate([*songs, noise])]


class Says:
    """A model that tells the same of every clip."""

    def __init__(self, text="<|10|>0<|60|>"):
        self.text = text

    def generate(self, features, *, num_beams):
        return [self.text] * len(features)


def rows(table):
    return list(zip(table.onset_s.round(9).tolist(), table.offset_s.round(9).tolist(), table.cluster, strict=True))


@pytest.mark.parametrize("form", ["hf", "ct2"])
def test_every_recording_gets_its_sounds_sorted_inside_and_with_a_type(folders, form, heard):
    found = dict(Whisperseg(model=str(folders[form]), **LOOSE).segment(heard))
    assert list(found) == [0, 1, 2]
    assert sum(map(len, found.values())) > 3
    for number, table in found.items():
        assert (np.diff(table.onset_s) >= 0).all()
        assert (table.offset_s > table.onset_s).all()
        assert (table.onset_s >= 0).all()
        assert (table.offset_s <= heard[number].duration_s + 1e-9).all()
        assert set(table.cluster) <= {"a", "b", "c"}


@pytest.mark.parametrize("values", [
    {}, {"num_trials": 1}, {"consolidation": "voting"}, {"num_beams": 4},
])
def test_both_forms_find_the_same(folders, heard, values):
    found = [{number: rows(table) for number, table in
              Whisperseg(model=str(folder), **LOOSE | values).segment(heard)} for folder in folders.values()]
    assert found[0] == found[1]
    assert any(found[0].values())


def test_how_clips_are_batched_changes_nothing(hf_folder, heard):
    small = Whisperseg(model=str(hf_folder), **LOOSE, batch_size=2)
    large = Whisperseg(model=str(hf_folder), **LOOSE, batch_size=1_000)
    alone = {one.file_id: rows(next(iter(large.segment([one])))[1]) for one in heard}
    for segmenter in (small, large):
        assert {number: rows(table) for number, table in segmenter.segment(heard)} == alone


def test_progress_is_told_batch_by_batch_up_to_the_whole(hf_folder, heard, monkeypatch):
    monkeypatch.setattr(loading, "load", lambda *_found, **_how: Says())
    told = []
    segmenter = Whisperseg(model=str(hf_folder), **LOOSE, batch_size=2)
    list(segmenter.segment(heard[:2], told=lambda file_id, share: told.append((file_id, share))))
    shares = [share for file_id, share in told if file_id == 1]
    assert shares == sorted(shares)
    assert (0, 1.0) in told
    assert told[-1] == (1, 1.0)
    assert len(told) > 3


def test_no_more_than_a_batch_of_features_lies_in_memory(hf_folder, monkeypatch):
    sizes, log_mel = [], features.log_mel
    monkeypatch.setattr(loading, "load", lambda *_found, **_how: Says())
    monkeypatch.setattr(features, "log_mel", lambda clips, **how: sizes.append(len(clips)) or log_mel(clips, **how))
    segmenter = Whisperseg(model=str(hf_folder), **LOOSE, batch_size=4)
    list(segmenter.segment([recording(np.zeros(15 * 32_000))]))
    assert max(sizes) == 4
    assert sum(sizes) == 6 + 7 + 7


class _Small:
    """A model on a device with room for two clips."""

    def __init__(self):
        self.asked = []

    def generate(self, features, *, num_beams):
        self.asked.append(len(features))
        if len(features) > 2:
            raise MemoryError
        return ["<|10|>0<|60|>"] * len(features)


def test_a_device_that_is_full_gets_smaller_batches(hf_folder, monkeypatch):
    small = _Small()
    monkeypatch.setattr(loading, "load", lambda *_found, **_how: small)
    segmenter = Whisperseg(model=str(hf_folder), **LOOSE, num_trials=1)
    (_file_id, table), = segmenter.segment([recording(np.zeros(16 * 32_000))])
    assert len(table) == 7
    assert small.asked == [7, 3, 1, 2, 4, 2, 2]


def test_one_clip_too_much_for_the_device_is_told(hf_folder, monkeypatch):
    small = _Small()
    small.generate = lambda _features, **_how: (_ for _ in ()).throw(MemoryError)
    monkeypatch.setattr(loading, "load", lambda *_found, **_how: small)
    with pytest.raises(RunError, match="too little memory for one clip"):
        list(Whisperseg(model=str(hf_folder), **LOOSE).segment([recording(np.zeros(100))]))


@pytest.mark.parametrize(("text", "expected"), [
    ("<|10|>0<|60|>", [(0.058, 0.292, "a")]),                                   # 50 and 300 ms, less 8 of blur each
    ("<|10|>1<|13|>", [(0.057, 0.058, "b")]),                                   # the blur leaves nothing: 1 ms remains
    ("<|20|>0<|21|>", []), ("<|0|>5<|300|>", []),                               # too short, of an unknown type
    ("<|100|>0<|500|>", [(0.508, 0.992, "a")]),                                 # beyond the end
])
def test_what_one_trial_tells_of_a_second_is_worked_by_hand(hf_folder, monkeypatch, text, expected):
    monkeypatch.setattr(loading, "load", lambda *_found, **_how: Says(text))
    segmenter = Whisperseg(model=str(hf_folder), **LOOSE, num_trials=1)
    (_file_id, table), = segmenter.segment([recording(np.zeros(32_000))])
    assert rows(table) == expected


# ---- in a run --------------------------------------------------------------------------------------------------------
@pytest.fixture
def songs(tmp_path):
    return write_songs(tmp_path / "songs", n_files=3)


def plan_for(songs, folder, **values):
    given = {"seg_model": str(folder), "seg_eps": 0.2, "seg_num_beams": 1, "seg_num_trials": 1, "emb_batch_size": 4,
             **values}
    return make_plan(songs, songs.parent / "out", subject="bird", values=given)


def made(report) -> Counter:
    return Counter(step for outcome in report.outcomes for step in outcome.computed)


def copy_of(folder, tmp_path):
    """A checkpoint that a test may change."""
    return Path(shutil.copytree(folder, tmp_path / "checkpoint"))


class Listening(Watcher):
    def __init__(self):
        self.begun, self.done = {}, Counter()

    def begin(self, step, total, *, title=""):
        self.begun[step] = total

    def advance(self, step, amount):
        self.done[step] += amount


def test_a_checkpoint_makes_a_project_whose_clusters_are_the_model_s_types(songs, hf_folder):
    watcher = Listening()
    plan = plan_for(songs, hf_folder, seg_num_trials=3)
    report = run(plan, workers=1, chosen=("segment", "embed", "export"), watcher=watcher)
    assert made(report) == {"segment": 3, "embed": 3}
    assert all(watcher.done[step] == pytest.approx(watcher.begun[step]) for step in ("segment", "embed"))
    with Dataset.open(report.project) as dataset:
        assert dataset.n_segments == report.n_segments > 0
        assert {cluster.name for cluster in dataset.clusters()} <= {"a", "b", "c"}
        assert dataset.parameters["segmenter"] == "whisperseg"
        assert dataset.parameters["seg_model"] == str(hf_folder)
        assert dataset.parameters["seg_num_trials"] == 3


def test_what_is_segmented_is_not_segmented_again_until_checkpoint_or_parameters_change(songs, hf_folder, tmp_path):
    folder = copy_of(hf_folder, tmp_path)
    assert made(run(plan_for(songs, folder), workers=1, chosen=("segment",))) == {"segment": 3}
    assert made(run(plan_for(songs, folder, emb_batch_size=2, device="cpu"), workers=1, chosen=("segment",))) == {}
    assert made(run(plan_for(songs, folder, seg_num_trials=2), workers=1, chosen=("segment",))) == {"segment": 3}
    os.utime(folder / "model.safetensors", ns=(1, 1))
    assert made(run(plan_for(songs, folder), workers=1, chosen=("segment",))) == {"segment": 3}


def test_a_run_that_was_stopped_goes_on_with_the_recordings_that_are_left(songs, hf_folder):
    class Stopped(Listening):
        def advance(self, step, amount):
            super().advance(step, amount)
            if self.done[step] > 2.5 * self.begun[step] / 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):     # a clip of each, one by one
        run(plan_for(songs, hf_folder, emb_batch_size=1), workers=1, chosen=("segment",), watcher=Stopped())
    assert made(run(plan_for(songs, hf_folder), workers=1, chosen=("segment",))) == {"segment": 1}


def test_a_recording_that_cannot_be_read_is_told_and_the_others_are_segmented(songs, hf_folder):
    (songs / "broken.wav").write_bytes(b"RIFF")
    report = run(plan_for(songs, hf_folder), workers=1, chosen=("segment", "export"))
    assert report.failures[0][0] == "broken.wav"
    assert "is not audio" in report.failures[0][1]
    assert made(report) == {"segment": 3}


def test_only_this_process_loads_the_model_whatever_the_number_of_workers(songs, hf_folder, monkeypatch):
    loaded, load = [], loading.load
    monkeypatch.setattr(loading, "load", lambda *found, **how: loaded.append(1) or load(*found, **how))
    report = run(plan_for(songs, hf_folder), workers=2, chosen=("spectrogram", "segment"))
    assert loaded == [1]
    assert made(report) == {"spectrogram": 3, "segment": 3}


# ---- what it says ----------------------------------------------------------------------------------------------------
def problem(folder, **values):
    with pytest.raises((CheckpointError, ParameterError)) as told:
        list(Whisperseg(model=str(folder), **values).segment([recording(np.zeros(32_000))]))
    return str(told.value)


def test_without_a_checkpoint_it_says_how_to_get_one_and_what_needs_none():
    assert "--segmenter-model FOLDER" in problem("")
    assert "--segmenter energy needs no checkpoint" in problem("")


@pytest.mark.parametrize(("lost", "sentence"), [
    ("config.json", "config.json is missing"), ("model.safetensors", "model.safetensors (the weights) is missing"),
])
def test_a_folder_that_is_not_whole_is_named_with_what_is_missing(hf_folder, tmp_path, lost, sentence):
    folder = copy_of(hf_folder, tmp_path)
    (folder / lost).unlink()
    told = problem(folder)
    assert str(folder) in told
    assert sentence in told
    assert "--segmenter energy" in told


@pytest.mark.parametrize(("name", "sentence"), [
    ("total_spec_columns", "lacks total_spec_columns"), ("cluster_codebook", "lacks cluster_codebook"),
])
def test_a_configuration_that_leaves_something_out_is_told(hf_folder, tmp_path, name, sentence):
    folder = copy_of(hf_folder, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    del config[name]
    (folder / "config.json").write_text(json.dumps(config))
    assert sentence in problem(folder)


def test_a_converted_folder_without_its_original_configuration_is_no_whisperseg(ct2_folder, tmp_path):
    folder = copy_of(ct2_folder, tmp_path)
    shutil.rmtree(folder / "hf_model")
    assert "is a Whisper model, but a WhisperSeg model is needed" in problem(folder)


def test_a_hub_id_that_cannot_be_had_offline_is_told_with_what_to_do(monkeypatch):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    told = problem("nobody/whisperseg-of-nothing")
    assert "nobody/whisperseg-of-nothing is not on this machine and cannot be fetched" in told
    assert "--segmenter energy needs no checkpoint" in told


@pytest.mark.parametrize(("values", "sentence"), [
    ({"time_step": 0.00002}, "less than one sample at 32000 Hz"),
    ({"min_freq": 20_000.0}, "leaves no band below half the sample rate, 16000 Hz"),
])
def test_values_that_give_no_spectrum_are_told(hf_folder, values, sentence):
    assert sentence in problem(hf_folder, **values)


def test_the_command_takes_the_checkpoint_alone_and_says_whose_settings_it_uses(songs, hf_folder, tmp_path):
    done = CliRunner().invoke(cli, [
        "preprocess", "--data-dir", str(songs), "--output-dir", str(tmp_path / "out"), "--segmenter-model",
        str(hf_folder), "--seg-eps", "0.5", "--seg-num-trials", "2", "--batch-size", "8", "--compute-segmentations",
        "--device", "cpu", "--sr", "32000"])
    assert done.exit_code == 0, done.output
    words = " ".join(done.output.split())
    assert "From the checkpoint: --seg-min-freq 200 and --seg-time-step 0.0025." in words
    assert "--sr 32000 as given is used; the checkpoint was trained with 16000." in words


def test_the_command_refuses_a_missing_checkpoint_before_any_work(songs, tmp_path):
    done = CliRunner().invoke(cli, ["preprocess", "--data-dir", str(songs), "--output-dir", str(tmp_path / "out"),
                                    "--segmenter", "whisperseg"])
    assert isinstance(done.exception, CheckpointError)
    assert "--segmenter energy needs no checkpoint" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_real_song_is_segmented_alike_by_both_forms(folders, data_set):
    path = min(data_set("bengalese_finch_gy6or6").rglob("*.wav"))
    decoded = audio.decode(path, rate_hz=32_000)
    heard = recording(decoded.samples[:4 * 32_000])
    found = [rows(next(iter(Whisperseg(model=str(folder), **LOOSE).segment([heard])))[1])
             for folder in folders.values()]
    assert found[0] == found[1]


def test_steps_of_one_recording_alone_find_the_same_as_a_run(songs, hf_folder):
    """On a dask cluster every recording is a job of its own."""
    plan = plan_for(songs, hf_folder)
    report = run(plan, workers=1, chosen=("segment",))
    alone = steps.process(report.jobs[0], plan, ("segment",), Shelf(plan.output_dir / "other"))
    assert alone.computed == ("segment",)
    assert alone.n_segments == report.outcomes[0].n_segments
    assert soundfile.info(report.jobs[0].path).duration == pytest.approx(alone.duration_s)
