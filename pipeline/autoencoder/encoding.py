"""What a trained autoencoder makes of pictures: codes, and the pictures that it makes of those again."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.autoencoder import checkpoint, network
from pipeline.errors import ParameterError

if TYPE_CHECKING:
    from pipeline.autoencoder.checkpoint import About

AT_ONCE = 512


class Model:
    """A trained network, ready to be used."""

    def __init__(self, about: About, tensors: dict[str, Any], device: str) -> None:
        self.about, self.device = about, device
        self._encoder, self._decoder = network.build(about.height, about.width, about.latent)
        for name, half in (("encoder", self._encoder), ("decoder", self._decoder)):
            half.load_state_dict(checkpoint.part(tensors, name))
            half.to(device).eval()

    def codes(self, pictures: np.ndarray) -> np.ndarray:
        """float32 (n, latent) of pictures float32 (n, height, width) in 0 … 1. Raises ParameterError for others."""
        size = (self.about.height, self.about.width)
        if pictures.shape[1:] != size:
            raise ParameterError(f"This autoencoder was trained on pictures of {size[0]} × {size[1]} pixels, not of "
                                 f"{' × '.join(map(str, pictures.shape[1:]))}.")
        return self._through(lambda batch: self._encoder((batch.unsqueeze(1) - 0.5) / 0.5), pictures,
                             (self.about.latent,))

    def pictures(self, codes: np.ndarray) -> np.ndarray:
        """float32 (n, height, width) in 0 … 1 of codes float32 (n, latent)."""
        made = self._through(lambda batch: self._decoder(batch).squeeze(1) * 0.5 + 0.5, codes,
                             (self.about.height, self.about.width))
        return np.clip(made, 0, 1)

    def _through(self, network_part: Any, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        import torch

        out = np.empty((len(values), *shape), np.float32)
        with torch.inference_mode():
            for row in range(0, len(values), AT_ONCE):
                batch = torch.from_numpy(np.ascontiguousarray(values[row:row + AT_ONCE], np.float32)).to(self.device)
                out[row:row + AT_ONCE] = network_part(batch).cpu().numpy()
        return out


def load(path: Path, *, device: str = "cpu") -> Model:
    """A model from its checkpoint, kept for the next call while the file stays the same. Raises ParameterError."""
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _load(path, changed, device)


@lru_cache(maxsize=2)
def _load(path: Path, _changed: int, device: str) -> Model:
    return Model(*checkpoint.load(path), device)
