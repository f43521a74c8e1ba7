"""Whisper's encoder as an embedder: exact, equal in both forms, finite for any sound, honest about what it cuts."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from pipeline import params, steps
from pipeline.checkpoints import check
from pipeline.embedders import _whisper_encoder
from pipeline.embedders.whisper import Whisper
from pipeline.errors import CheckpointError, ParameterError
from pipeline.plan import make_plan
from pipeline.run import run
from pipeline.shelf import Shelf
from pipeline.whisper import features
from tests.embedders import models
from tests.sounds import RATE_HZ, tone, write_songs

STEP_S, N_COLUMNS = 0.0025, 200


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return models.whisper(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def converted(checkpoint, tmp_path_factory):
    pytest.importorskip("ctranslate2")
    return models.converted(checkpoint, tmp_path_factory.mktemp("ct2") / "model")


def embed(checkpoint, *sounds: np.ndarray, rate_hz: int = RATE_HZ, **values) -> np.ndarray:
    values = {"window": N_COLUMNS, "device": "cpu", **values}
    return Whisper(model=str(checkpoint), **values).embed((sound, rate_hz) for sound in sounds)


def by_hand(checkpoint, sound: np.ndarray) -> np.ndarray:
    """All frames of one sound, through the library's own encoder with its positions cut off."""
    import torch
    from transformers import WhisperModel

    encoder = WhisperModel.from_pretrained(checkpoint).eval().encoder
    made = torch.from_numpy(features.log_mel([sound], rate_hz=RATE_HZ, time_step_s=STEP_S, n_columns=N_COLUMNS))
    with torch.inference_mode():
        x = torch.nn.functional.gelu(encoder.conv2(torch.nn.functional.gelu(encoder.conv1(made)))).permute(0, 2, 1)
        x = x + encoder.embed_positions.weight[:N_COLUMNS // 2]
        for layer in encoder.layers:
            x = layer(x, None)
        return encoder.layer_norm(x)[0].numpy()


def test_vectors_are_those_of_the_encoder_s_frames(checkpoint):
    sound = tone(1500, 0.1)                            # 40 columns of 2.5 ms are 20 frames
    frames = by_hand(checkpoint, sound)
    expected = {"first_timebin": frames[0], "mean": frames[:20].mean(axis=0), "max": frames[:20].max(axis=0),
                "mean_std": np.concatenate([frames[:20].mean(axis=0), frames[:20].std(axis=0)])}
    for style, vector in expected.items():
        assert np.allclose(embed(checkpoint, sound, style=style)[0], vector, atol=1e-5), style


@pytest.mark.parametrize("style", ["first_timebin", "mean"])
def test_both_forms_give_the_same(checkpoint, converted, style):
    sounds = [tone(1500, 0.1), tone(3500, 0.2), np.zeros(3200, np.float32)]
    plain = embed(checkpoint, *sounds, style=style)
    assert np.allclose(embed(converted, *sounds, style=style, precision="float32"), plain, atol=2e-5)
    whole_numbers = embed(converted, *sounds, style=style)          # int8 is what a CPU is given
    cosine = (whole_numbers * plain).sum(axis=1) / np.linalg.norm(whole_numbers, axis=1) / np.linalg.norm(plain, axis=1)
    assert (cosine > 0.99).all()


@pytest.mark.parametrize("style", ["first_timebin", "mean_std"])
@pytest.mark.parametrize("rate_hz", [2_500, 384_000])
def test_any_sound_gives_a_finite_vector(checkpoint, style, rate_hz):
    rng = np.random.default_rng(0)
    sounds = [rng.normal(0, 0.1, n).astype(np.float32) for n in (1, 2, 80, rate_hz * 4)] + [np.zeros(500, np.float32)]
    vectors = embed(checkpoint, *sounds, rate_hz=rate_hz, style=style, batch_size=2)
    assert vectors.shape == (5, models.N_DIMS * (2 if style == "mean_std" else 1))
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert vectors.any(axis=1).all()


def test_sounds_taken_together_come_out_as_alone(checkpoint):
    sounds = [tone(freq, length) for freq, length in ((1500, 0.1), (900, 0.02), (3500, 0.4))]
    together = embed(checkpoint, *sounds, style="mean")
    alone = np.concatenate([embed(checkpoint, sound, style="mean") for sound in sounds])
    assert np.allclose(together, alone, atol=1e-5)
    assert embed(checkpoint).shape == (0, models.N_DIMS)


def test_what_lies_beyond_the_window_has_no_effect(checkpoint):
    long = np.concatenate([tone(1500, 0.5), tone(4000, 0.3)])     # 200 columns are half a second
    assert np.allclose(embed(checkpoint, long, style="max"), embed(checkpoint, long[:RATE_HZ // 2], style="max"))


def test_step_and_lowest_frequency_count(checkpoint):
    sound = tone(1500, 0.1)
    usual = embed(checkpoint, sound)
    assert not np.allclose(embed(checkpoint, sound, time_step=0.005), usual, atol=1e-3)
    assert not np.allclose(embed(checkpoint, sound, min_freq=1000), usual, atol=1e-3)


def test_the_number_of_mel_bands_comes_from_the_checkpoint(tmp_path):
    large = models.whisper(tmp_path / "large", n_mels=128)
    assert check(large).n_mels == 128
    assert np.isfinite(embed(large, tone(1500, 0.1))).all()


def test_a_window_is_never_longer_than_the_checkpoint_s(checkpoint):
    sound = tone(1500, 0.1)
    assert np.allclose(embed(checkpoint, sound, window=1000), embed(checkpoint, sound, window=models.N_COLUMNS))


@pytest.mark.parametrize(("model", "words"), [
    ("", "needs a checkpoint"),
    ("/nowhere/at/all", "does not exist"),
])
def test_a_checkpoint_that_cannot_be_is_refused_before_any_work(model, words):
    with pytest.raises((CheckpointError, ParameterError), match=words):
        params.make(Whisper, {"model": model})


def test_a_checkpoint_of_another_kind_says_which_embedder_it_is_for(tmp_path):
    with pytest.raises(CheckpointError, match=r"is an audio encoder, but .*--embedder hf"):
        Whisper(model=str(models.hubert(tmp_path / "hubert")))


def test_whole_numbers_are_for_the_converted_form(checkpoint):
    with pytest.raises(ParameterError, match="int8 is for checkpoints in CTranslate2's form"):
        embed(checkpoint, tone(1500, 0.1), precision="int8")


def test_a_run_embeds_with_the_checkpoint_and_anew_when_it_changes(tmp_path, caplog):
    caplog.set_level(logging.ERROR)
    folder = models.whisper(tmp_path / "whisper")
    songs = write_songs(tmp_path / "songs", n_files=2, n_sounds=3)
    values = {"emb_model": str(folder), "emb_window": 20, "emb_style": "mean", "device": "cpu"}
    make = lambda: make_plan(songs, tmp_path / "out", subject="bird", values=values)  # noqa: E731
    report = run(make(), chosen=["embed"], workers=1)
    assert make().embedder_name == "whisper"
    assert any("longer than 0.05 s" in text for text in _notes(make())), "80-ms sounds in a window of 50 ms"
    assert {step for outcome in report.outcomes for step in outcome.computed} >= {"segment", "embed"}
    again = run(make(), chosen=["embed"], workers=1)
    assert not any(outcome.computed for outcome in again.outcomes)
    _whisper_encoder._loaded.cache_clear()
    models.whisper(folder, seed=1)
    changed = run(make(), chosen=["embed"], workers=1)
    assert [outcome.computed for outcome in changed.outcomes] == [("embed",)] * 2


def test_sounds_of_many_recordings_share_batches_and_come_out_as_alone(checkpoint, tmp_path, monkeypatch):
    songs = write_songs(tmp_path / "songs", n_files=7, n_sounds=1)
    (songs / "broken.wav").write_bytes(b"RIFF")
    values = {"segmenter": "files", "emb_model": str(checkpoint), "emb_window": 20, "emb_style": "mean",
              "emb_batch_size": 4, "device": "cpu"}
    plan = make_plan(songs, tmp_path / "out", subject="bird", values=values)
    sizes, log_mel = [], features.log_mel
    monkeypatch.setattr(features, "log_mel", lambda sounds, **how: sizes.append(len(sounds)) or log_mel(sounds, **how))
    monkeypatch.setattr(steps, "SOUNDS_AT_ONCE", 5)
    report = run(plan, chosen=["embed"], workers=1)
    assert sizes == [4, 1, 2]                          # in groups of five sounds, for which what was done is kept
    assert [name for name, _reason in report.failures] == ["broken.wav"]
    shelves = [Shelf(tmp_path / "alone"), Shelf(plan.work_dir)]
    for job, done in zip(report.jobs, report.outcomes, strict=True):
        alone = steps.process(job, plan, ("segment", "embed"), shelves[0])
        assert (alone.status, alone.keys) == (done.status, done.keys)
        if done.status == "ok":
            assert done.computed == ("segment", "embed")
            one, other = (shelf.get("embed", dict(done.keys)["embed"])[0]["vectors"] for shelf in shelves)
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_what_cannot_be_embedded_together_is_tried_alone_and_told(checkpoint, tmp_path, monkeypatch):
    songs = write_songs(tmp_path / "songs", n_files=3, n_sounds=1)
    values = {"segmenter": "files", "emb_model": str(checkpoint), "emb_window": 20, "device": "cpu"}
    plan = make_plan(songs, tmp_path / "out", subject="bird", values=values)
    log_mel = features.log_mel

    def none_together(sounds, **how):
        if len(sounds) > 1:
            raise MemoryError
        return log_mel(sounds, **how)

    monkeypatch.setattr(features, "log_mel", none_together)
    report = run(plan, chosen=["embed"], workers=1)
    assert [outcome.computed for outcome in report.outcomes] == [("segment", "embed")] * 3


def _notes(plan) -> list[str]:
    class Notes:
        def __init__(self) -> None:
            self.texts = []

        def begin(self, *_given, **_named) -> None: ...
        def advance(self, *_given, **_named) -> None: ...

        def note(self, sentence: str) -> None:
            self.texts.append(sentence)

    notes = Notes()
    run(plan, chosen=["embed"], workers=1, watcher=notes)
    return notes.texts
