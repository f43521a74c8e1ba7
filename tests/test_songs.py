"""The demo's birds sing as birds do, the same song for the same seed, and the true table says what they sang."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import soundfile

from pipeline import songs, syllables


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The demo's recordings and the rows of its true table."""
    folder = tmp_path_factory.mktemp("songs")
    with songs.record(folder).open(encoding="utf-8") as file:
        return folder / "recordings", list(csv.DictReader(file))


def fingerprint(folder):
    """One number for everything in a folder: names and bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.wav")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def test_there_is_about_three_minutes_of_song_with_every_type_in_it(recorded):
    folder, rows = recorded
    duration_s = sum(soundfile.info(path).duration for path in folder.rglob("*.wav"))
    counts = Counter(row["label"] for row in rows)
    assert 150 < duration_s < 220
    assert 600 < len(rows) < 1300
    assert set(counts) == {*songs.KINDS, songs.CAGE}
    assert min(counts[label] for label in songs.KINDS) >= 20


def test_the_recordings_lie_in_a_folder_per_day_and_carry_their_time(recorded):
    folder, rows = recorded
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.wav"))
    assert len(names) == 16
    assert {name.split("/")[0] for name in names} == set(songs.DAYS)
    assert all(name.split("/")[0] == name.split("_")[1][:10] for name in names)
    assert {row["filename"] for row in rows} == set(names)


def test_nothing_clips_and_nothing_is_silent(recorded):
    folder, _rows = recorded
    for path in folder.rglob("*.wav"):
        samples, rate_hz = soundfile.read(path)
        assert rate_hz == 32_000
        assert 0.15 < np.abs(samples).max() < 0.9
        assert abs(samples.mean()) < 1e-3
        assert np.sqrt(np.mean(samples[:3200] ** 2)) > 1e-4, "the background is heard before the first sound"


def test_the_true_sounds_are_in_order_apart_and_louder_than_what_lies_between(recorded):
    folder, rows = recorded
    name = rows[0]["filename"]
    mine = [(float(row["onset_sec"]), float(row["offset_sec"]), row["label"])
            for row in rows if row["filename"] == name]
    samples, rate_hz = soundfile.read(folder / name)
    for (_on, off, _label), (following, _off, _next) in pairwise(mine):
        assert following - off > 0.02
        gap = samples[round((off + 0.006) * rate_hz):round((following - 0.002) * rate_hz)]
        assert np.sqrt(np.mean(gap**2)) < 0.02
    for onset_s, offset_s, label in mine:
        if label != songs.CAGE:
            assert np.abs(samples[round(onset_s * rate_hz):round(offset_s * rate_hz)]).max() > 0.05


def test_the_same_seed_gives_the_same_sounds_and_another_gives_others(recorded, tmp_path):
    songs.record(tmp_path / "again")
    songs.record(tmp_path / "other", seed=8)
    assert fingerprint(tmp_path / "again" / "recordings") == fingerprint(recorded[0])
    assert fingerprint(tmp_path / "other" / "recordings") != fingerprint(recorded[0])


@pytest.mark.parametrize("kind", syllables.REPERTOIRE, ids=lambda kind: kind.label)
def test_a_syllable_begins_and_ends_softly_and_comes_out_a_little_different_each_time(kind):
    rng = np.random.default_rng(0)
    one, other = syllables.sing(kind, rng), syllables.sing(kind, rng)
    assert np.isfinite(one).all()
    assert max(abs(one[0]), abs(one[-1])) < 0.02 * np.abs(one).max()
    assert 0.7 * kind.duration_s < len(one) / syllables.RATE_HZ < 1.35 * kind.duration_s
    assert len(one) != len(other) or not np.allclose(one, other)


def test_pitch_and_tempo_do_what_they_say():
    kind = songs.KINDS["whistle"]
    low = syllables.sing(kind, np.random.default_rng(1))
    high = syllables.sing(kind, np.random.default_rng(1), pitch=1.5, tempo=2.0)
    assert len(high) == pytest.approx(len(low) / 2, abs=1)
    assert strongest_hz(high) == pytest.approx(1.5 * strongest_hz(low), rel=0.03)


def strongest_hz(samples):
    """The frequency with the most energy."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 16))
    return spectrum.argmax() * syllables.RATE_HZ / (1 << 16)
