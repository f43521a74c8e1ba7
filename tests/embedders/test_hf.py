"""Audio encoders of Hugging Face: of several families, each with its own extractor, refused with a sentence if none."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pipeline.embedders import _audio_encoder
from pipeline.embedders.hf import Hf
from pipeline.errors import CheckpointError, ParameterError
from tests.embedders import models
from tests.sounds import RATE_HZ, tone

FAMILIES = {"wav2vec2": models.wav2vec2, "hubert": models.hubert, "ast": models.ast, "clap": models.clap,
            "wav2vec2-masked": lambda folder: models.wav2vec2(folder, masked=True)}
N_DIMS = {"clap": 64}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, tmp_path_factory):
    """(name, folder) of a tiny checkpoint of each family."""
    return request.param, FAMILIES[request.param](tmp_path_factory.mktemp(request.param))


def embed(folder, *sounds: np.ndarray, rate_hz: int = RATE_HZ, **values) -> np.ndarray:
    return Hf(model=str(folder), **{"device": "cpu", **values}).embed((sound, rate_hz) for sound in sounds)


def test_any_sound_gives_a_finite_vector_and_neighbours_do_not_matter(family):
    name, folder = family
    rng = np.random.default_rng(0)
    sounds = [rng.normal(0, 0.1, n).astype(np.float32) for n in (1, 90, 3200, 9000, 80_000)]
    sounds.append(np.zeros(3000, np.float32))
    together = embed(folder, *sounds, style="mean_std", longest=2.0)
    assert together.shape == (6, 2 * N_DIMS.get(name, models.N_DIMS))
    assert together.dtype == np.float32
    assert np.isfinite(together).all()
    alone = np.concatenate([embed(folder, sound, style="mean_std", longest=2.0) for sound in sounds])
    assert np.allclose(together, alone, atol=1e-4)
    assert embed(folder, style="mean_std").shape == (0, together.shape[1])


def test_different_sounds_come_out_different_and_loudness_only_where_it_is_not_normalised(family):
    _name, folder = family
    vectors = embed(folder, tone(1500, 0.1), tone(3500, 0.1), tone(1500, 0.3), style="mean")
    assert np.linalg.norm(vectors[0] - vectors[1]) > 1e-3
    assert np.linalg.norm(vectors[0] - vectors[2]) > 1e-3


def test_a_waveform_model_gets_what_its_own_extractor_makes(tmp_path):
    import torch
    from transformers import AutoFeatureExtractor, AutoModel

    folder = models.wav2vec2(tmp_path / "model", masked=True)
    sound = tone(1500, 0.3, rate_hz=16_000)
    given = AutoFeatureExtractor.from_pretrained(folder)(sound, sampling_rate=16_000, return_tensors="pt")
    with torch.inference_mode():
        frames = AutoModel.from_pretrained(folder).eval()(**given).last_hidden_state[0].numpy()
    found = embed(folder, sound, rate_hz=16_000, style="mean")[0]
    assert np.allclose(found, frames.mean(axis=0), atol=1e-3)


def test_only_frames_of_the_sound_count(tmp_path):
    folder = models.ast(tmp_path / "ast")
    encoder = _audio_encoder.load(Hf(model=str(folder), device="cpu")._checkpoint, device="cpu")
    frames, n_frames = encoder.frames([np.ones(8_000, np.float32), np.ones(20_000, np.float32)], 20_000)
    assert frames.shape == (2, 12, models.N_DIMS)         # 128 columns of 10 ms in steps of 10, patches of 16
    assert n_frames.tolist() == [5, 12]


def test_sounds_are_cut_where_one_says_and_heard_slower_where_one_asks(tmp_path):
    folder = models.hubert(tmp_path / "hubert")
    long = np.concatenate([tone(1500, 0.2, rate_hz=16_000), tone(4000, 0.2, rate_hz=16_000)])
    cut = embed(folder, long, rate_hz=16_000, longest=0.2, style="mean")
    assert np.allclose(cut, embed(folder, long[:3200], rate_hz=16_000, style="mean"), atol=1e-5)
    slow = embed(folder, long, rate_hz=160_000, slow=10, style="mean")
    assert np.allclose(slow, embed(folder, long, rate_hz=16_000, style="mean"), atol=1e-4)
    assert Hf(model=str(folder), longest=2.0, slow=10).longest_s == 0.2


def test_a_text_model_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"is no audio model \(its type is bert\)"):
        Hf(model=str(models.bert(tmp_path / "bert")))


def test_a_model_with_code_of_its_own_is_refused_and_its_code_never_run(tmp_path):
    folder = models.hubert(tmp_path / "own")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "songbert", "auto_map": {"AutoConfig": "code.Config", "AutoModel": "code.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text("raise SystemExit('this was run')")
    with pytest.raises(CheckpointError, match="code of its own, which is never run"):
        embed(folder, tone(1500, 0.1))


def test_a_type_that_the_library_does_not_know_is_named(tmp_path):
    folder = models.hubert(tmp_path / "odd")
    config = json.loads((folder / "config.json").read_text()) | {"model_type": "songbert"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match="'songbert'"):
        embed(folder, tone(1500, 0.1))


def test_a_whisper_model_is_sent_to_its_own_embedder(tmp_path):
    with pytest.raises(CheckpointError, match=r"is a Whisper model, .*This one is for --embedder whisper"):
        Hf(model=str(models.whisper(tmp_path / "whisper")))


def test_without_a_checkpoint_it_says_so():
    with pytest.raises(ParameterError, match="embedder hf needs a checkpoint"):
        Hf()
