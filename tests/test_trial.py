"""A trial finds what a run would find, scores it against a table, and says what cannot be."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from sounds import song, tone, write_songs

from pipeline import audio, measures, pieces, presets, surroundings, trial, trial_picture, trial_process
from pipeline.errors import ParameterError, RunError
from pipeline.measures import Intervals
from pipeline.plan import make_plan
from pipeline.run import run
from pipeline.segmenters.energy import LEVEL_PARAMETERS, Energy
from pipeline.shelf import Shelf
from pipeline.spectrogram import SpectrogramParams
from pipeline.steps import load_segments

FIRST = "day-1/bird_2024-03-01T06-00-00.wav"
ONSETS_S = [0.2 + 0.25 * k for k in range(6)]


@pytest.fixture
def songs(tmp_path):
    return write_songs(tmp_path / "songs")


def asked(folder, name=FIRST, values=None, **more) -> trial.Asked:
    return trial.Asked(folder, name, values or {}, **more)


def table_of(path, rows) -> None:
    lines = [f"{name},{onset_s},{offset_s},a" for name, onset_s, offset_s in rows]
    path.write_text("\n".join(["filename,onset_sec,offset_sec,label", *lines]), encoding="utf-8")


def run_segments(data_dir, out, values, name):
    """What a full run finds in one recording."""
    plan = make_plan(data_dir, out, subject="x", values=values)
    report = run(plan, chosen=["segment"], workers=1)
    row = [job.name for job in report.jobs].index(name)
    return load_segments(Shelf(plan.work_dir), dict(report.outcomes[row].keys)["segment"])


@pytest.mark.parametrize("values", [
    {}, {"sr": 16_000, "seg_min_freq": 500, "seg_rise_db": 14.0}, {"seg_whiten": True, "seg_time_step": 0.001},
    presets.get("zebra-finch"),
])
def test_it_finds_what_a_run_finds(songs, tmp_path, values):
    where = pieces.place(songs, FIRST, values)
    found, expected = trial.sounds(where, 0.5, values), run_segments(songs, tmp_path / "out", values, FIRST)
    assert len(expected) == 6
    np.testing.assert_array_equal(found.onset_s, expected.onset_s)
    np.testing.assert_array_equal(found.offset_s, expected.offset_s)


def test_it_finds_what_a_run_finds_in_real_song(data_set, tmp_path):
    folder = data_set("bengalese_finch_gy6or6")
    values, names = presets.get("bengalese-finch"), [found.name for found in pieces.recordings(folder)]
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / names[3]).symlink_to(folder / names[3])
    found = trial.sounds(pieces.place(folder, names[3], values), 1.0, values)
    expected = run_segments(tmp_path / "one", tmp_path / "out", values, names[3])
    assert len(found) > 20
    np.testing.assert_array_equal(found.onset_s, expected.onset_s)
    np.testing.assert_array_equal(found.offset_s, expected.offset_s)


def test_only_the_parameters_of_the_levels_change_the_levels(songs):
    """Else a trial would go on with levels that are out of date."""
    heard = audio.decode(songs / FIRST, rate_hz=32_000)
    usual = Energy().levels(heard)
    changed = {"rise_db": 20.0, "rise_share": 0.9, "keep_db": 9.0, "keep_share": 0.6, "drop_db": 9.0, "drop_span": 0.2,
               "dip_db": 3.0, "dip_span": 0.2, "min_gap": 0.1, "min_length": 0.2, "floor_span": 1.0, "delay": 0.1}
    assert set(changed) | set(LEVEL_PARAMETERS) == set(Energy.__dataclass_fields__)
    np.testing.assert_array_equal(Energy(**changed).levels(heard), usual)


def test_files_and_tables_are_tried_as_they_are(songs, tmp_path):
    answer = trial.look(asked(songs, values={"segmenter": "files"}))
    assert answer["sounds"] == {"onset_s": [0.0], "offset_s": [2.0]}
    assert answer["summary"] == "1 sound in 2.0 s, 2000 ms long."
    table_of(tmp_path / "table.csv", [(FIRST, 0.5, 0.75), ("day-2/bird_2024-03-02T06-00-00.wav", 0.1, 0.2)])
    values = {"seg_segments_from": str(tmp_path / "table.csv")}
    assert trial.look(asked(songs, values=values))["sounds"] == {"onset_s": [0.5], "offset_s": [0.75]}
    table_of(tmp_path / "table.csv", [(FIRST, 0.6, 0.75), (FIRST, 1.1, 1.2)])
    assert trial.look(asked(songs, values=values))["sounds"]["onset_s"] == [0.6, 1.1]


def test_hits_and_misses_are_told_with_both_scores(songs, tmp_path):
    truth = tmp_path / "truth.csv"
    rows = [(FIRST, onset_s, onset_s + 0.08) for onset_s in ONSETS_S[:5]] + [(FIRST, 1.8, 1.9)]
    table_of(truth, [*rows, ("day-2/bird_2024-03-02T06-00-00.wav", 0.1, 0.2)])
    answer = trial.look(asked(songs, truth=truth, tolerance_s=0.01))
    assert answer["sounds"]["hit"] == [1, 1, 1, 1, 1, 0]
    assert answer["truth"]["hit"] == [1, 1, 1, 1, 1, 0]
    assert answer["truth"]["onset_s"] == [*ONSETS_S[:5], 1.8]
    found = Intervals.of(answer["sounds"]["onset_s"], answer["sounds"]["offset_s"])
    true = Intervals.of(answer["truth"]["onset_s"], answer["truth"]["offset_s"])
    score = answer["score"]
    assert (score["n_true"], score["n_found"], score["n_hit"]) == (6, 6, 5)
    assert score["segment"]["f1"] == pytest.approx(5 / 6, abs=1e-4)
    assert score["frame"]["f1"] == pytest.approx(measures.frame_counts(found, true).f1, abs=1e-3)
    wide = trial.look(asked(songs, truth=truth, tolerance_s=0.5))
    assert wide["score"]["n_hit"] == 6


def test_a_table_that_cannot_be_read_or_does_not_name_the_recording_is_told_beside_the_sounds(songs, tmp_path):
    (tmp_path / "clips.csv").write_text("filename,label\na.wav,x\n", encoding="utf-8")
    answer = trial.look(asked(songs, truth=tmp_path / "clips.csv"))
    assert len(answer["sounds"]["onset_s"]) == 6
    assert answer["truth"] is None
    assert "onset_sec" in answer["words"][0]
    table_of(tmp_path / "other.csv", [("day-2/bird_2024-03-02T06-00-00.wav", 0.1, 0.2)])
    answer = trial.look(asked(songs, truth=tmp_path / "other.csv"))
    assert answer["score"]["n_true"] == 0
    assert "no row for this recording" in answer["words"][0]


def test_what_cannot_be_is_a_sentence(songs):
    assert "between 2000" in trial.look(asked(songs, values={"sr": 3}))["problem"]
    assert "There is no recording 'x.wav'" in trial.look(asked(songs, name="x.wav"))["problem"]
    answer = trial.look(asked(songs, values={"seg_min_freq": 20_000.0}))
    assert "No frequency can be told" in answer["problem"]
    assert answer["freq_hz"][0] > 0                       # what can be shown is shown
    answer = trial.look(asked(songs, values={"spec_min_freq": 9_000.0, "spec_max_freq": 9_001.0}))
    assert answer["freq_hz"] is None
    assert len(answer["sounds"]["onset_s"]) == 6
    (songs / "broken.wav").write_bytes(b"RIFF nothing of the kind")
    pieces._recordings.cache_clear()
    assert "broken.wav" in trial.look(asked(songs, name="broken.wav"))["problem"]


def test_settings_that_would_keep_everybody_waiting_are_not_tried(songs, monkeypatch):
    monkeypatch.setattr(trial, "MOST_WORK_SAMPLES", 1 << 20)
    assert "too much work for a preview" in trial.look(asked(songs, values={"seg_time_step": 0.0001}))["problem"]
    assert trial.look(asked(songs, values={"seg_time_step": 0.002}))["problem"] == ""


def test_a_recording_that_has_changed_is_decoded_anew(songs):
    assert len(trial.look(asked(songs))["sounds"]["onset_s"]) == 6
    soundfile.write(songs / FIRST, song([0.5, 1.0]), 32_000)
    assert len(trial.look(asked(songs))["sounds"]["onset_s"]) == 2


def test_of_a_long_recording_a_piece_is_heard_and_told(songs, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_SAMPLES", 1 << 18)      # 4 s at 32 kHz
    onsets_s = [0.3 + 0.5 * k for k in range(58)]
    soundfile.write(songs / "long.wav", song(onsets_s, duration_s=30.0), 32_000)
    pieces._recordings.cache_clear()
    answer = trial.look(asked(songs, name="long.wav", from_s=11.0, to_s=13.0))
    begin_s, end_s = answer["span"]
    assert begin_s <= 11 <= 13 <= end_s <= begin_s + 10
    assert answer["most_s"] < 10
    assert "judged here by" in answer["words"][0]
    inside = [onset_s for onset_s in onsets_s if begin_s < onset_s + 0.04 < end_s]
    assert answer["sounds"]["onset_s"] == pytest.approx(inside, abs=0.01)
    assert {trial.look(asked(songs, name="long.wav", from_s=29.0, to_s=30.0))["span"][1]} == {30.0}


def test_an_answer_stays_small_however_many_sounds_there_are(songs, monkeypatch):
    monkeypatch.setattr(trial, "MOST_SOUNDS", 20)
    soundfile.write(songs / "many.wav", song([0.1 + 0.2 * k for k in range(100)], duration_s=21.0), 32_000)
    pieces._recordings.cache_clear()
    answer = trial.look(asked(songs, name="many.wav", from_s=4.0, to_s=6.0))
    assert "100 sounds" in answer["summary"]
    assert answer["span"] == (2.0, 8.0)
    assert len(answer["sounds"]["onset_s"]) == 20
    assert answer["sounds"]["onset_s"] == sorted(answer["sounds"]["onset_s"])
    assert all(2.0 < onset_s < 8.0 for onset_s in answer["sounds"]["onset_s"])
    assert len(json.dumps(answer)) < 5_000


def test_a_picture_has_the_sounds_where_they_are(songs):
    where, params = pieces.place(songs, FIRST, {}), SpectrogramParams()
    shades = trial_picture.picture(where, -1, params, surroundings.on_grid(0, 2000))
    assert shades.shape == (surroundings.HEIGHT_PX, surroundings.WIDTH_PX)
    loud = shades.max(axis=0).astype(int)
    middles = [round((onset_s + 0.04) / 2 * surroundings.WIDTH_PX) for onset_s in ONSETS_S]
    gaps = [round((onset_s + 0.16) / 2 * surroundings.WIDTH_PX) for onset_s in ONSETS_S]
    assert loud[middles].min() > 230
    assert loud[gaps].max() < 180


def test_parts_of_a_picture_are_on_one_scale(tmp_path):
    loud_then_faint = np.concatenate([tone(2_000, 2.0), 0.01 * tone(2_000, 2.0)])
    soundfile.write(tmp_path / "two.wav", loud_then_faint, 32_000)
    where, params = pieces.place(tmp_path, "two.wav", {}), SpectrogramParams()
    first = trial_picture.picture(where, -1, params, surroundings.on_grid(0, 2000))
    second = trial_picture.picture(where, -1, params, surroundings.on_grid(2000, 4000))
    assert first[:, 256].max() > second[:, 256].max() + 60
    assert not trial_picture.picture(where, -1, params, surroundings.on_grid(4000, 6000))[:, 1:].any()
    assert not trial_picture.picture(where, -1, params, surroundings.on_grid(8000, 10_000)).any()


def test_an_absurd_window_makes_no_absurd_work(songs):
    where = pieces.place(songs, FIRST, {})
    params = SpectrogramParams(n_fft=65_536, hop_length=1)
    piece = pieces.numbered(where, -1)
    thinned = trial_picture._thinned(params, piece, surroundings.on_grid(0, 2000))
    assert 2 * 32_000 / thinned.hop_length * params.n_fft <= 2 * trial_picture.MOST_VALUES


def test_a_method_that_takes_long_waits_until_it_is_asked_and_is_then_remembered(songs, monkeypatch, tmp_path):
    monkeypatch.setenv("SYLLABARY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(trial, "QUICK", ())              # `energy` stands for a neural one
    waiting = trial.look(asked(songs, to_s=1.0))
    assert waiting["sounds"] is None
    assert waiting["waits"]
    tried = trial.look(asked(songs, to_s=1.0, is_wanted=True))
    assert tried["sounds"]["onset_s"] == pytest.approx([0.2, 0.45, 0.7, 0.95], abs=0.01)
    assert trial.look(asked(songs, to_s=1.0))["sounds"] == tried["sounds"]
    assert trial.look(asked(songs, to_s=1.0, values={"seg_rise_db": 11.0}))["sounds"] is None


def test_what_goes_wrong_in_the_process_is_a_sentence(songs, monkeypatch, tmp_path):
    monkeypatch.setenv("SYLLABARY_CACHE", str(tmp_path / "cache"))
    where = pieces.place(songs, FIRST, {})
    with pytest.raises(RunError, match="No frequency can be told"):
        trial_process.sounds(where, (0.0, 1.0), {"seg_min_freq": 20_000.0}, is_wanted=True)
    monkeypatch.setattr(trial_process.sys, "executable", "/bin/false")
    with pytest.raises(RunError, match="ended without a result"):
        trial_process.sounds(where, (0.0, 1.0), {}, is_wanted=True)
    with pytest.raises(ParameterError, match="rise_db"):
        trial_process.sounds(where, (0.0, 1.0), {"seg_rise_db": -1}, is_wanted=True)


def test_values_of_a_form_become_those_of_a_plan():
    form = {"preset": "bat", "segmenter": "files", "embedder": None, "values": {"sr": 300_000, "channel": None}}
    values = trial.plan_values(form)
    assert (values["sr"], values["segmenter"]) == (300_000, "files")
    assert values["n_fft"] == presets.get("bat")["n_fft"]
    assert "channel" not in values
    both = {"preset": "bat", "segmenter": "files", "values": presets.get("bat"), "own": {"sr": 250_000}}
    assert [trial.plan_values(both)[name] for name in ("segmenter", "sr")] == ["files", 250_000]
