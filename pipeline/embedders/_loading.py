"""Models of ``transformers`` from their checkpoints, quietly, and in words why not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pipeline.checkpoints import Checkpoint
from pipeline.errors import CheckpointError
from pipeline.text import printable


def load(auto_class: Any, checkpoint: Checkpoint, **options: Any) -> Any:
    """What one of the library's classes makes of a checkpoint. Raises CheckpointError.

    Code that comes with a checkpoint is never run.
    """
    with _quiet():
        try:
            return auto_class.from_pretrained(checkpoint.folder, local_files_only=True, trust_remote_code=False,
                                              **options)
        except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
            raise unloadable(checkpoint, error) from error


def unloadable(checkpoint: Checkpoint, error: Exception) -> CheckpointError:
    """What to tell of a checkpoint that looks whole and yet cannot be loaded."""
    name, first = printable(checkpoint.name), (str(error).strip().splitlines() or [type(error).__name__])[0]
    if "trust_remote_code" in str(error):
        return CheckpointError(f"The checkpoint {name} needs program code of its own, which is never run here. Choose "
                               "one whose type is part of the transformers library.")
    if "does not recognize this architecture" in str(error):
        return CheckpointError(f"The installed transformers library does not know models of the type "
                               f"{checkpoint.family!r}, which {name} is. Choose another checkpoint.")
    return CheckpointError(f"The checkpoint {name} cannot be loaded: {printable(first)}")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and advice of the library among a run's own words."""
    from transformers.utils import logging

    level, has_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if has_bars:
            logging.enable_progress_bar()
