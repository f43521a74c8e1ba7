"""The autoencoder: its size, its way through training, and what it keeps."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.autoencoder import checkpoint, encoding, network, training
from pipeline.autoencoder.training import Training
from pipeline.errors import ParameterError
from pipeline.watcher import Watcher

QUICK = {"latent": 4, "batch_size": 16, "device": "cpu"}


def bars(n: int, size: int = 28) -> np.ndarray:
    """Pictures of one bright bar each, upright or lying, anywhere: float32 (n, size, size)."""
    random = np.random.default_rng(0)
    pictures = np.zeros((n, size, size), np.float32)
    for number, picture in enumerate(pictures):
        at = random.integers(4, size - 4)
        picture[(slice(None), slice(at, at + 3)) if number % 2 else (slice(at, at + 3), slice(None))] = 1
    return pictures


def n_parameters(half) -> int:
    return sum(weights.numel() for weights in half.parameters())


def test_the_network_has_the_published_size():
    encoder, decoder = network.build(48, 96, 128)
    assert (n_parameters(encoder), n_parameters(decoder)) == (1_305_728, 1_314_689)


@pytest.mark.parametrize(("height", "width"), [(48, 96), (28, 28), (8, 16)])
def test_pictures_come_back_at_their_own_size(height, width):
    import torch

    encoder, decoder = network.build(height, width, 5)
    codes = encoder(torch.zeros(3, 1, height, width))
    assert codes.shape == (3, 5)
    assert decoder(codes).shape == (3, 1, height, width)


@pytest.mark.parametrize(("height", "width"), [(30, 30), (48, 95), (4, 4)])
def test_pictures_that_would_not_are_refused(height, width):
    with pytest.raises(ParameterError, match="do not come back at their own size"):
        network.build(height, width, 5)


def test_training_lowers_the_loss_and_codes_tell_pictures_apart(tmp_path):
    pictures = bars(160)
    about = training.train(pictures, tmp_path / "model.safetensors", how=Training(epochs=12, **QUICK), feature="mel")
    assert about.losses[-1][1] < 0.5 * about.losses[0][1]
    model = encoding.load(tmp_path / "model.safetensors")
    assert model.about.feature == "mel"
    codes = model.codes(pictures)
    assert codes.shape == (160, 4)
    again = model.pictures(codes)
    assert again.shape == pictures.shape
    assert np.abs(again - pictures).mean() < np.abs(pictures - pictures.mean(axis=0)).mean()


def test_a_stopped_training_goes_the_way_it_would_have_gone(tmp_path):
    class StopAfterTwo(Watcher):
        def note(self, sentence):
            if sentence.startswith("Epoch 2"):
                raise KeyboardInterrupt

    pictures, how = bars(60), Training(epochs=4, **QUICK)
    whole = training.train(pictures, tmp_path / "whole.safetensors", how=how)
    with pytest.raises(KeyboardInterrupt):
        training.train(pictures, tmp_path / "part.safetensors", how=how, watcher=StopAfterTwo())
    parts = training.train(pictures, tmp_path / "part.safetensors", how=how)
    np.testing.assert_allclose(parts.losses, whole.losses, rtol=1e-5)


def test_other_pictures_begin_anew(tmp_path):
    path, how = tmp_path / "model.safetensors", Training(epochs=1, **QUICK)
    training.train(bars(40), path, how=how)
    assert len(training.train(1 - bars(40), path, how=how).losses) == 1


def test_a_finished_training_is_not_done_again_but_can_be_gone_on_with(tmp_path):
    path, pictures = tmp_path / "model.safetensors", bars(40)
    first = training.train(pictures, path, how=Training(epochs=2, **QUICK))
    assert training.train(pictures, path, how=Training(epochs=2, **QUICK)).losses == first.losses
    assert len(training.train(pictures, path, how=Training(epochs=3, **QUICK)).losses) == 3


def test_it_ends_where_nothing_gets_better(tmp_path):
    random = np.random.default_rng(0).random((40, 28, 28)).astype(np.float32)
    about = training.train(random, tmp_path / "model.safetensors",
                           how=Training(epochs=60, patience=2, learning_rate=0.05, **QUICK))
    assert about.finished == "no better loss for 2 epochs"
    assert len(about.losses) == about.best + 2


def test_too_few_pictures_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="9 pictures are too few"):
        training.train(bars(9), tmp_path / "model.safetensors")


def test_pictures_of_another_size_are_refused(tmp_path):
    training.train(bars(20), tmp_path / "model.safetensors", how=Training(epochs=1, **QUICK))
    with pytest.raises(ParameterError, match="trained on pictures of 28 × 28 pixels, not of 48 × 96"):
        encoding.load(tmp_path / "model.safetensors").codes(np.zeros((1, 48, 96), np.float32))


def test_a_file_that_is_no_autoencoder_is_refused(tmp_path):
    from safetensors.numpy import save_file

    (tmp_path / "text.safetensors").write_text("nothing")
    save_file({"a": np.zeros(3, np.float32)}, tmp_path / "other.safetensors")
    for name, why in (("text", "cannot be read"), ("other", "another kind of model"), ("none", "is not there")):
        with pytest.raises(ParameterError, match=why):
            checkpoint.load(tmp_path / f"{name}.safetensors")
