"""The energy segmenter on sounds whose borders are known to the sample."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline import measures, params, presets
from pipeline.audio import Recording
from pipeline.errors import ParameterError
from pipeline.measures import Intervals
from pipeline.segmenters import _levels, energy
from pipeline.segmenters.energy import Energy
from pipeline.segments import SegmentTable

RATE_HZ = 32_000


def recording(samples: np.ndarray, rate_hz: int = RATE_HZ) -> Recording:
    samples = np.asarray(samples, np.float32)
    peak = float(np.abs(samples).max()) if len(samples) else 0.0
    return Recording(Path("bird.wav"), "bird.wav", 7, rate_hz, rate_hz, 1, samples, peak)


def noise(duration_s: float, level: float = 1e-3, *, rate_hz: int = RATE_HZ, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, round(duration_s * rate_hz)).astype(np.float32)


def add_tone(samples: np.ndarray, onset_s: float, length_s: float, *, level: float = 0.1, freq_hz: float = 3000.0,
             rate_hz: int = RATE_HZ) -> None:
    first, n = round(onset_s * rate_hz), round(length_s * rate_hz)
    t = np.arange(n) / rate_hz
    ramp = np.clip(np.minimum(t, t[::-1]) / 0.002, 0, 1)
    samples[first:first + n] += (level * ramp * np.sin(2 * np.pi * freq_hz * t)).astype(np.float32)


def find(samples: np.ndarray, rate_hz: int = RATE_HZ, **values: float) -> SegmentTable:
    return Energy(**values).find(recording(samples, rate_hz))


def assert_found(found: SegmentTable, onsets_s, length_s: float, *, within_s: float = 0.005) -> None:
    np.testing.assert_allclose(found.onset_s, onsets_s, atol=within_s)
    np.testing.assert_allclose(found.offset_s, np.add(onsets_s, length_s), atol=within_s)


# ---- sounds ----------------------------------------------------------------------------------------------------------

def test_tones_are_found_where_they_are():
    samples, onsets_s = noise(4), [0.3, 0.5, 1.0, 1.23, 3.5]
    for onset_s in onsets_s:
        add_tone(samples, onset_s, 0.06)
    assert_found(find(samples), onsets_s, 0.06)


@pytest.mark.parametrize("gain", [1e-4, 0.1, 8.0])
def test_gain_changes_nothing(gain):
    samples = noise(3)
    add_tone(samples, 1.0, 0.1)
    plain, changed = find(samples), find(samples * np.float32(gain))
    np.testing.assert_allclose(changed.onset_s, plain.onset_s, atol=1e-4)
    np.testing.assert_allclose(changed.offset_s, plain.offset_s, atol=1e-4)


def test_sounds_at_the_very_ends_reach_to_the_ends():
    samples = noise(2)
    samples[:RATE_HZ // 10] += noise(0.1, 0.1, seed=1)
    samples[-RATE_HZ // 10:] += noise(0.1, 0.1, seed=2)
    found = find(samples)
    assert found.onset_s[0] == 0
    assert found.offset_s[-1] == 2
    assert_found(found, [0.0, 1.9], 0.1)


def test_between_digital_silence_too():
    samples = np.zeros(RATE_HZ * 2, np.float32)
    add_tone(samples, 0.5, 0.1)
    add_tone(samples, 1.0, 0.1)
    assert_found(find(samples), [0.5, 1.0], 0.1)


def test_a_noise_floor_that_drifts_by_20_db_is_followed():
    samples = noise(120) * np.logspace(0, 1, 120 * RATE_HZ, dtype=np.float32)
    onsets_s = np.arange(1, 119, 2.5)
    for onset_s in onsets_s:
        add_tone(samples, onset_s, 0.08, level=0.03 * 10 ** (onset_s / 120))
    assert_found(find(samples), onsets_s, 0.08)


def test_a_hum_that_sets_in_is_no_sound():
    samples = noise(60)
    samples[30 * RATE_HZ:] += noise(30, 0.01, seed=1)
    for onset_s in (5.0, 15.0, 45.0, 55.0):
        add_tone(samples, onset_s, 0.1, level=0.3)
    found = find(samples)
    loud = [k for k, onset_s in enumerate(found.onset_s) if min(abs(onset_s - t) for t in (5, 15, 45, 55)) < 0.01]
    assert len(loud) == 4
    np.testing.assert_allclose((found.offset_s - found.onset_s)[loud], 0.1, atol=0.01)


def test_quiet_calls_beside_loud_song():
    samples, onsets_s = noise(10), np.arange(0.5, 9.5, 0.5)
    for number, onset_s in enumerate(onsets_s):
        add_tone(samples, onset_s, 0.08, level=0.5 if number % 2 else 0.02)      # 28 dB apart
    assert_found(find(samples), onsets_s, 0.08, within_s=0.006)


@pytest.mark.parametrize("gap_s", [0.012, 0.016, 0.03])
def test_neighbours_with_a_short_gap_are_two(gap_s):
    samples = noise(2)
    add_tone(samples, 0.5, 0.06)
    add_tone(samples, 0.56 + gap_s, 0.06)
    assert_found(find(samples), [0.5, 0.56 + gap_s], 0.06)


def test_neighbours_that_touch_are_split_where_the_level_dips():
    samples = noise(2, 1e-5)
    dip = np.ones(len(samples), np.float32)
    add_tone(samples, 0.5, 0.15)
    at = round(0.57 * RATE_HZ)
    dip[at:at + RATE_HZ // 60] = 0.01                      # 40 dB down for 17 ms, yet far above the noise
    assert len(find(samples * dip)) == 2
    assert len(find(samples * dip, dip_db=60, drop_db=60)) == 1


def test_short_sounds_and_short_gaps_are_governed_by_their_parameters():
    samples = noise(2)
    add_tone(samples, 0.5, 0.02)
    add_tone(samples, 1.0, 0.05)
    add_tone(samples, 1.08, 0.05)
    assert len(find(samples)) == 3
    assert_found(find(samples, min_length=0.04), [1.0, 1.08], 0.05)
    assert_found(find(samples, min_length=0.04, min_gap=0.04), [1.0], 0.13)
    assert len(find(samples, min_length=0.2)) == 0


def test_what_lies_outside_of_the_band_is_not_heard():
    samples = noise(3)
    for onset_s, freq_hz in ((0.5, 200), (1.0, 3000), (1.5, 12_000)):
        add_tone(samples, onset_s, 0.1, freq_hz=freq_hz)
    assert_found(find(samples), [1.0], 0.1)
    assert_found(find(samples, min_freq=5000, max_freq=0), [1.5], 0.1)
    assert_found(find(samples, min_freq=0, low_cut=400), [1.0], 0.1)


def test_weighing_by_noise_finds_a_whistle_in_coloured_noise():
    coloured = np.cumsum(noise(6, seed=3)).astype(np.float32)        # falls by 6 dB an octave
    coloured -= coloured.mean()
    for onset_s in (1.0, 2.0, 4.0):
        add_tone(coloured, onset_s, 0.15, level=3e-3, freq_hz=7000)
    assert len(find(coloured, max_freq=0)) == 0
    assert_found(find(coloured, max_freq=0, whiten=True), [1.0, 2.0, 4.0], 0.15, within_s=0.01)


def test_a_lab_that_sets_its_borders_late():
    samples = noise(2)
    add_tone(samples, 1.0, 0.1)
    plain, late = find(samples), find(samples, delay=0.005)
    np.testing.assert_allclose(late.onset_s - plain.onset_s, 0.005)
    np.testing.assert_allclose(late.offset_s - plain.offset_s, 0.005)


@pytest.mark.parametrize(("name", "freq_hz", "length_s"), [
    ("zebra-finch", 3000, 0.08), ("bengalese-finch", 3000, 0.08), ("canary", 3000, 0.02), ("marmoset", 7000, 0.2),
    ("mouse-usv", 70_000, 0.05), ("meerkat", 900, 0.1), ("human", 300, 0.4), ("bat", 45_000, 0.005),
    ("fly", 200, 0.1),
])
def test_every_preset_finds_its_kind_of_sound(name, freq_hz, length_s):
    values = presets.get(name)
    rate_hz = values["sr"]
    segmenter = params.make(Energy, {key.removeprefix("seg_"): value for key, value in values.items()})
    samples, onsets_s = noise(4, rate_hz=rate_hz), np.array([0.5, 1.5, 3.0])
    for onset_s in onsets_s:
        add_tone(samples, onset_s, length_s, level=0.2, freq_hz=freq_hz, rate_hz=rate_hz)
    assert_found(segmenter.find(recording(samples, rate_hz)), onsets_s, length_s, within_s=max(0.006, length_s / 10))


# ---- what is no sound ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("samples", [
    np.zeros(0), np.zeros(1), np.ones(1), np.zeros(RATE_HZ), np.ones(RATE_HZ), np.full(5, 0.5), noise(0.001),
    noise(0.02), noise(5), noise(5) + 0.5,
], ids=["empty", "one zero", "one sample", "silence", "constant", "five samples", "1 ms", "20 ms", "noise", "offset"])
def test_nothing_is_found_where_nothing_is(samples):
    for segmenter in (Energy(), Energy(whiten=True)):
        with np.errstate(all="raise"):
            assert len(segmenter.find(recording(samples))) == 0


def test_a_click_is_no_sound():
    samples = noise(3)
    samples[RATE_HZ] = 0.9
    assert len(find(samples)) == 0


def test_a_band_above_half_the_sample_rate_is_told():
    with pytest.raises(ParameterError, match=r"between 35000 Hz and 10000 Hz at a sample rate of 32000 Hz"):
        find(noise(1), min_freq=35_000)
    with pytest.raises(ParameterError, match="less than one sample"):
        find(noise(1), time_step=0.00002)


# ---- blocks ----------------------------------------------------------------------------------------------------------

@pytest.fixture
def song() -> np.ndarray:
    rng, samples = np.random.default_rng(5), noise(40)
    for onset_s in np.arange(0.5, 39, 0.2):
        add_tone(samples, onset_s, rng.uniform(0.01, 0.19), level=10 ** rng.uniform(-2.5, -0.3))
    return samples


@pytest.mark.parametrize("whiten", [False, True])
def test_the_borders_of_blocks_leave_no_trace(song, monkeypatch, whiten):
    whole = find(song, whiten=whiten)
    assert len(whole) > 100
    for n_samples, n_frames in ((1 << 12, 333), (12_345, 50), (1 << 14, 101)):
        monkeypatch.setattr(_levels, "BLOCK_SAMPLES", n_samples)
        monkeypatch.setattr(energy, "DETECT_FRAMES", n_frames)
        cut = find(song, whiten=whiten)
        np.testing.assert_allclose(cut.onset_s, whole.onset_s, atol=1e-6)
        np.testing.assert_allclose(cut.offset_s, whole.offset_s, atol=1e-6)


def test_the_same_recording_gives_the_same_sounds(song):
    first, second = find(song), find(song.copy())
    assert first.onset_s.tobytes() == second.onset_s.tobytes()
    assert first.offset_s.tobytes() == second.offset_s.tobytes()


def test_segment_walks_through_recordings_one_by_one(song):
    recordings = iter([recording(song), replace(recording(np.zeros(9)), file_id=8)])
    found = Energy().segment(recordings)
    file_id, table = next(found)
    assert (file_id, len(table) > 100) == (7, True)
    assert next(recordings).file_id == 8
    assert list(found) == []


def test_memory_does_not_grow_with_the_samples(tmp_path):
    rate_hz, duration_s = 384_000, 100
    samples = np.memmap(tmp_path / "long.f32", np.float32, "w+", shape=(rate_hz * duration_s,))
    for second in range(duration_s):
        part = samples[second * rate_hz:(second + 1) * rate_hz]
        part[:] = noise(1, rate_hz=rate_hz, seed=second)
        add_tone(part, 0.5, 0.01, freq_hz=50_000, rate_hz=rate_hz)
    long = Recording(Path("bat.wav"), "bat.wav", 0, rate_hz, rate_hz, 1, samples, 0.11)
    segmenter = Energy(min_freq=15_000, max_freq=0, time_step=0.001, window=0.002, min_length=0.002)
    segmenter.find(recording(noise(1)))               # what is imported late is no part of this
    tracemalloc.start()
    found = segmenter.find(long)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == duration_s
    assert most_bytes < 0.2 * samples.nbytes


# ---- real birds ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "least"), [
    ("bengalese_finch_gy6or6", 0.975), ("bengalese_finch_koumura_bird0", 0.965), ("zebra_finch_G402_typed", 0.98),
])
def test_birds_that_people_labelled(name, least, data_set):
    from pipeline import audio
    from pipeline.importers import read_segments

    table = read_segments(data_set(name) / "labels.csv")
    counts = measures.Counts()
    for file in sorted(set(table.recording))[:8]:
        rows = [row for row, text in enumerate(table.recording) if text == file]
        truth = Intervals(table.onset_s[rows], table.offset_s[rows])
        found = Energy().find(audio.decode(data_set(name) / file, rate_hz=RATE_HZ))
        counts += measures.segment_counts(Intervals(found.onset_s, found.offset_s), truth)
    assert counts.f1 >= least
