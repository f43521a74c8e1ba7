"""A trained autoencoder on disk: its numbers as safetensors, with what it was trained on beside them.

One file holds all that training needs to go on: weights, the optimiser's state, the losses so far.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import store
from pipeline.errors import ParameterError

if TYPE_CHECKING:
    import torch

FORMAT = "syllabary-autoencoder"


@dataclass
class About:
    """What a checkpoint was trained on, and how far.

    feature, feature_sr, lowpass : what the pictures show, empty if they came from elsewhere
    losses : per epoch (training, validation), summed over a picture's pixels, mean over pictures
    best : the epoch whose weights are the encoder and the decoder; ``since`` epochs without a better one
    """

    height: int
    width: int
    latent: int
    seed: int
    n_pictures: int
    fingerprint: str
    feature: str = ""
    feature_sr: int = 0
    lowpass: float = 0.0
    losses: list[tuple[float, float]] = field(default_factory=list)
    best: int = 0
    since: int = 0
    finished: str = ""
    schedule: dict[str, Any] = field(default_factory=dict)


def save(path: Path, about: About, tensors: dict[str, torch.Tensor]) -> None:
    """Write a checkpoint; whoever reads meanwhile sees the old one or the new one."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    with store.replacing(path) as temporary:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary,
                  metadata={"format": FORMAT, "about": json.dumps(asdict(about))})


def load(path: Path) -> tuple[About, dict[str, torch.Tensor]]:
    """What was saved. Raises ParameterError for a file that is missing or is no autoencoder."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise ParameterError(f"{path} is not there. Train an autoencoder first: python -m pipeline train-autoencoder.")
    try:
        with safe_open(path, framework="pt") as file:
            known = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
    except (SafetensorError, OSError, ValueError) as error:
        raise ParameterError(f"{path} cannot be read as an autoencoder ({error}). Train it again.") from error
    if known.get("format") != FORMAT:
        raise ParameterError(f"{path} holds another kind of model, not an autoencoder of Syllabary.")
    about = About(**json.loads(known["about"]))
    about.losses = [tuple(pair) for pair in about.losses]
    return about, tensors


def part(tensors: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    """The tensors of one part, such as ``encoder``, by their names within it."""
    return {key.removeprefix(f"{name}."): tensor for key, tensor in tensors.items() if key.startswith(f"{name}.")}
