"""Training: until the validation loss no longer falls; what is done is kept after every epoch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline import params
from pipeline.autoencoder import checkpoint, network
from pipeline.autoencoder.checkpoint import About
from pipeline.errors import ParameterError
from pipeline.params import param
from pipeline.shelf import fingerprint
from pipeline.watcher import Watcher

if TYPE_CHECKING:
    import torch

STEP = "autoencoder"
FEWEST = 10
VALIDATION_SHARE = 0.2
BEST_BY = 1e-3           # a loss is better if it is lower by this share


@dataclass(frozen=True)
class Training:
    """How the network is trained: Adam on the summed squared error, with a falling learning rate."""

    latent: int = param(128, "length of the code", low=1, high=4096)
    epochs: int = param(450, "greatest number of epochs", low=1, high=100_000)
    patience: int = param(30, "epochs without a better validation loss after which training ends", low=1, high=10_000)
    batch_size: int = param(64, "pictures in a batch", low=1, high=4096)
    learning_rate: float = param(1e-3, "learning rate at the beginning", low=1e-7, high=1)
    slower: float = param(0.2, "factor on the learning rate where the loss stays on a plateau", low=0.01, high=0.99)
    plateau: int = param(20, "epochs on a plateau before that", low=1, high=10_000)
    seed: int = param(42, "seed of weights, split and order", low=0, high=2**31 - 1)
    device: str = param("auto", "where it is trained", choices=("auto", "cpu", "cuda"))


def train(
    pictures: np.ndarray, path: Path, *, how: Training | None = None, watcher: Watcher | None = None,
    restart: bool = False, **about: object,
) -> About:
    """Train on ``pictures`` float32 (n, height, width) in 0 … 1 and keep the best network at ``path``.

    A checkpoint there of the same pictures and parameters is gone on with. ``about`` is kept with it (see `About`).
    Raises ParameterError for fewer pictures than `FEWEST`.
    """
    how, watcher = how or Training(), watcher or Watcher()
    if len(pictures) < FEWEST:
        raise ParameterError(f"{len(pictures)} pictures are too few to train an autoencoder; it takes {FEWEST}.")
    work = _Work(pictures, path, how, restart, about)
    watcher.begin(STEP, how.epochs, title="training")
    watcher.advance(STEP, len(work.about.losses))
    while not work.about.finished:
        loss, check = work.epoch()
        watcher.advance(STEP, 1)
        watcher.note(f"Epoch {len(work.about.losses)}: loss {loss:.1f}, validation {check:.1f}.")
    watcher.advance(STEP, how.epochs - len(work.about.losses))
    return work.about


class _Work:
    """A network in training."""

    def __init__(self, pictures: np.ndarray, path: Path, how: Training, restart: bool, about: dict) -> None:
        import torch

        self.how, self.path, self.device = how, path, device_of(how.device)
        self.generator = torch.Generator().manual_seed(how.seed)
        order = torch.randperm(len(pictures), generator=self.generator)
        n_check = max(1, round(VALIDATION_SHARE * len(pictures)))
        data = torch.from_numpy(np.ascontiguousarray(pictures, np.float32)).unsqueeze(1)
        self.check, self.rest = data[order[:n_check]], data[order[n_check:]]
        n, height, width = pictures.shape
        self.about = About(height, width, how.latent, how.seed, n, _key(pictures, how), **about)
        torch.manual_seed(how.seed)
        self.encoder, self.decoder = (half.to(self.device) for half in network.build(height, width, how.latent))
        self.weights = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.adam = torch.optim.Adam(self.weights, lr=how.learning_rate)
        self.schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(self.adam, factor=how.slower, patience=how.plateau)
        self.best: dict[str, torch.Tensor] = {}
        if not restart and path.is_file():
            self._go_on()

    def epoch(self) -> tuple[float, float]:
        """One pass over the pictures: (training loss, validation loss); the checkpoint is written."""
        import torch

        self.generator.manual_seed(self.how.seed + 1 + len(self.about.losses))   # a resumed run goes the same way
        order, total = torch.randperm(len(self.rest), generator=self.generator), 0.0
        for rows in order.split(self.how.batch_size):
            loss = self._loss(self.rest[rows])
            self.adam.zero_grad()
            (loss / len(rows)).backward()
            self.adam.step()
            total += loss.item()
        with torch.no_grad():
            check = sum(self._loss(batch).item() for batch in self.check.split(1024)) / len(self.check)
        self._note(total / len(self.rest), check)
        return self.about.losses[-1]

    def _loss(self, batch: torch.Tensor) -> torch.Tensor:
        """Squared error summed over the pixels of all pictures of a batch."""
        from torch.nn import functional

        batch = (batch.to(self.device) - 0.5) / 0.5
        return functional.mse_loss(self.decoder(self.encoder(batch)), batch, reduction="sum")

    def _note(self, loss: float, check: float) -> None:
        about = self.about
        is_better = not self.best or check < (1 - BEST_BY) * about.losses[about.best - 1][1]
        about.losses.append((loss, check))
        self.schedule.step(check)
        about.since = 0 if is_better else about.since + 1
        if is_better:
            about.best, self.best = len(about.losses), self._halves()
        about.finished = self._why_finished()
        about.schedule = {name: value for name, value in self.schedule.state_dict().items()
                          if isinstance(value, (int, float, list))}
        checkpoint.save(self.path, about, self._tensors())

    def _why_finished(self) -> str:
        """A reason, or nothing as long as there is none."""
        if self.about.since >= self.how.patience:
            return f"no better loss for {self.how.patience} epochs"
        return f"{self.how.epochs} epochs done" if len(self.about.losses) >= self.how.epochs else ""

    def _halves(self) -> dict[str, torch.Tensor]:
        named = (("encoder", self.encoder), ("decoder", self.decoder))
        return {f"{half}.{name}": tensor.detach().clone() for half, module in named
                for name, tensor in module.state_dict().items()}

    def _tensors(self) -> dict[str, torch.Tensor]:
        """The best network, and all that training needs to go on."""
        now = {f"now.{name}": tensor for name, tensor in self._halves().items()}
        state = {f"adam.{number}.{name}": value for number, values in self.adam.state_dict()["state"].items()
                 for name, value in values.items()}
        return {**self.best, **now, **state}

    def _go_on(self) -> None:
        """Take over what a stopped training of the same pictures has done."""
        about, tensors = checkpoint.load(self.path)
        if about.fingerprint != self.about.fingerprint:
            return
        self.about = about
        self.about.finished = self._why_finished()    # it may have been stopped by other limits than now
        self.best = {name: tensor for name, tensor in tensors.items() if name.startswith(("encoder.", "decoder."))}
        for half in ("encoder", "decoder"):
            getattr(self, half).load_state_dict(checkpoint.part(tensors, f"now.{half}"))
        state = self.adam.state_dict()
        for number in range(len(self.weights)):
            state["state"][number] = checkpoint.part(tensors, f"adam.{number}")
        self.adam.load_state_dict(state)
        self.schedule.load_state_dict({**self.schedule.state_dict(), **about.schedule})
        for group, rate in zip(self.adam.param_groups, about.schedule.get("_last_lr", []), strict=False):
            group["lr"] = rate


def _key(pictures: np.ndarray, how: Training) -> str:
    """Stands for these pictures and everything that training depends on but its length."""
    free = ("epochs", "patience", "device")
    return fingerprint(pictures, {name: value for name, value in params.values(how).items() if name not in free})


def device_of(name: str) -> str:
    """``cuda`` if asked for, or if ``auto`` and there is one. Raises ParameterError if it is asked for in vain."""
    import torch

    has_one = torch.cuda.is_available()
    if name == "cuda" and not has_one:
        raise ParameterError("There is no CUDA device on this machine. Use --device cpu.")
    return "cuda" if name == "cuda" or (name == "auto" and has_one) else "cpu"
