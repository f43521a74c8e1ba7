"""The bottleneck of an autoencoder that was trained on pictures of sounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import registry, vectors
from pipeline.errors import ParameterError
from pipeline.params import param


@dataclass(frozen=True)
class Autoencoder:
    """The code that a trained autoencoder gives the picture of each sound (see ``train-autoencoder``)."""

    network: str = param("", "file of the trained autoencoder (.safetensors)", unit="file")
    autoencoder_device: str = param("auto", "where the network runs", choices=("auto", "cpu", "cuda"))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The file it depends on. Raises ParameterError if there is none."""
        if not Path(self.network).expanduser().is_file():
            raise ParameterError("The embedder autoencoder needs a trained network: train one with 'python -m pipeline "
                                 "train-autoencoder', then name its file with --emb-network.")
        return (str(Path(self.network).expanduser()),)

    def embed(self, clips: Iterable[tuple[np.ndarray, int]]) -> np.ndarray:
        """float32 (n_clips, latent); each clip is (samples float32 (n,), rate in Hz)."""
        import soxr

        from pipeline.autoencoder import encoding, training

        model = encoding.load(Path(self.inputs[0]), device=training.device_of(self.autoencoder_device))
        about = model.about
        if not about.feature:
            raise ParameterError(f"{self.network} was not trained on pictures of sounds, so it cannot embed any.")
        method = registry.load("features", about.feature)()
        pictures = [vectors.image(method.matrix(_filtered(soxr.resample(samples, rate_hz, about.feature_sr), about),
                                                about.feature_sr))
                    for samples, rate_hz in clips]
        if not pictures:
            return np.zeros((0, about.latent), np.float32)
        return model.codes(np.stack(pictures).astype(np.float32) / 255)


def _filtered(samples: np.ndarray, about: object) -> np.ndarray:
    from pipeline.feature_sets import low_passed

    samples = samples if len(samples) else np.zeros(1, np.float32)
    return low_passed(samples, about.feature_sr, about.lowpass) if about.lowpass else samples
