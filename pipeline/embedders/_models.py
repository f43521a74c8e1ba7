"""How neural embedders come to their checkpoint."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pipeline import checkpoints
from pipeline.checkpoints import Checkpoint
from pipeline.errors import ParameterError


def chosen(model: str, *, embedder: str, kinds: tuple[str, ...]) -> str:
    """A checkpoint as a parameter gives it, its folder in full: workers may stand in another one.

    What cannot be is refused before any recording is decoded: ParameterError, CheckpointError.
    """
    if not model:
        raise ParameterError(f"The embedder {embedder} needs a checkpoint: give its folder or hub id with "
                             "--embedder-model, or take the embedder logmel, which needs none.")
    folder = Path(model).expanduser()
    if checkpoints.HUB_ID.fullmatch(model) and not folder.exists():
        return model                                   # from the hub; fetched when the run begins
    checkpoints.locate(model, kinds=kinds)
    return str(folder.absolute())


@lru_cache(maxsize=4)
def located(model: str, kinds: tuple[str, ...]) -> Checkpoint:
    """`checkpoints.locate`, once for each process: it is asked for with every recording."""
    return checkpoints.locate(model, kinds=kinds)
