"""A WhisperSeg checkpoint, found, understood and loaded, once in each process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline import checkpoint_files, checkpoints
from pipeline.checkpoints import CT2, WHISPERSEG, Checkpoint
from pipeline.errors import CheckpointError, ParameterError
from pipeline.text import listed, printable
from pipeline.whisper import tokens
from pipeline.whisper.models import Model

AUTO, CPU, CUDA = "auto", "cpu", "cuda"
WITHOUT = ("Give the folder of a WhisperSeg checkpoint by --segmenter-model FOLDER, or its hub id on a machine with "
           "access, such as nccratliri/whisperseg-base-animal-vad; --segmenter energy needs no checkpoint.")


@dataclass(frozen=True)
class About:
    """What a WhisperSeg checkpoint says of itself.

    n_columns : spectrum columns it sees at once      n_mels : their bands
    types : names of the types of sounds by their numbers
    """

    n_columns: int
    n_mels: int
    types: Mapping[int, str]


def find(model: str) -> Checkpoint:
    """The checkpoint that a folder or hub id means, fetched if it has to be. Raises CheckpointError."""
    if not model:
        raise CheckpointError(f"The segmenter whisperseg needs a checkpoint. {WITHOUT}")
    try:
        return _found(model)
    except CheckpointError as error:
        raise CheckpointError(f"{error} {WITHOUT}") from error


def checked(model: str) -> str:
    """A checkpoint as a parameter gives it, its folder in full: workers may stand in another one.

    A hub id is left as it is, and not asked for yet. Raises CheckpointError.
    """
    folder = Path(model).expanduser()
    if model and checkpoints.HUB_ID.fullmatch(model) and not folder.exists():
        return model
    about(find(model))
    return str(folder.absolute())


@lru_cache(maxsize=4)
def _found(model: str) -> Checkpoint:
    return checkpoints.locate(model, kinds=(WHISPERSEG,))


def files_of(found: Checkpoint) -> tuple[Path, ...]:
    """The files that a checkpoint's answers depend on: they stand for its identity."""
    inside = (path for folder in (found.folder, found.folder / checkpoint_files.ORIGINAL)
              for pattern in ("*.json", "*.safetensors", "*.bin", "*.txt") for path in folder.glob(pattern))
    return tuple(sorted(inside))


def configuration(folder: Path) -> dict[str, Any]:
    """A checkpoint's original configuration, whatever its form; empty if there is none."""
    return (checkpoint_files.read_json(folder / checkpoint_files.ORIGINAL / checkpoint_files.CONFIG)
            or checkpoint_files.read_json(folder / checkpoint_files.CONFIG))


def stated(model: str, *, fetch: bool = True) -> dict[str, Any]:
    """The configuration of a checkpoint that may not be here yet; its weights are left where they are.

    Empty if there is none, or none can be had: what is wrong is told when the checkpoint itself is wanted.
    """
    folder = Path(model).expanduser() if model else None
    try:
        if folder is not None and folder.is_dir():
            return configuration(folder)
        here = checkpoints.locate(model, kinds=(WHISPERSEG,), fetch=False) if model else None
        return configuration(here.folder) if here else {}
    except CheckpointError:
        return _asked_for(model) if fetch else {}
    except (ValueError, OSError):
        return {}


@lru_cache(maxsize=8)
def _asked_for(model: str) -> dict[str, Any]:
    """A configuration from the hub: a few kB."""
    import huggingface_hub
    from huggingface_hub.errors import HFValidationError, HTTPError

    for name in (f"{checkpoint_files.ORIGINAL}/{checkpoint_files.CONFIG}", checkpoint_files.CONFIG):
        try:
            return checkpoint_files.read_json(Path(huggingface_hub.hf_hub_download(model, name)))
        except (HFValidationError, HTTPError, OSError, ValueError):
            continue
    return {}


def about(found: Checkpoint) -> About:
    """What it says of itself. Raises CheckpointError if it does not say what is needed."""
    config = configuration(found.folder)
    missing = [name for name in ("total_spec_columns", "cluster_codebook") if not config.get(name)]
    if missing:
        raise CheckpointError(f"The config.json of {printable(found.name)} lacks {listed(missing)}, so its answers "
                              "cannot be understood. Copy the configuration of the trained model too.")
    try:
        types = {int(number): str(name) for name, number in config["cluster_codebook"].items()}
        return About(int(config["total_spec_columns"]), found.n_mels, types)
    except (TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"The config.json of {printable(found.name)} cannot be understood ({error}).") from error


def load(found: Checkpoint, *, device: str, precision: str) -> Model:
    """The checkpoint in memory; kept for the next time. Raises CheckpointError or ParameterError."""
    where = place(device)
    exact = _precision(precision, found.form, where)
    stamp = tuple((str(path), path.stat().st_mtime_ns) for path in files_of(found))
    return _loaded(found, where, exact, stamp)


def place(device: str) -> str:
    """``cpu`` or ``cuda``, for "auto" too. Raises ParameterError if there is no CUDA device."""
    import torch

    if device == CUDA and not torch.cuda.is_available():
        raise ParameterError("--device cuda: torch finds no CUDA device here. Leave --device out to use the CPU; the "
                             "README says how to install torch for a GPU.")
    return (CUDA if torch.cuda.is_available() else CPU) if device == AUTO else device


def _precision(precision: str, form: str, device: str) -> str:
    """Half on a GPU; on a CPU whole numbers of 8 bits where the form knows them."""
    if precision == AUTO:
        return "float16" if device == CUDA else "int8" if form == CT2 else "float32"
    if precision == "int8" and form != CT2:
        raise ParameterError("--seg-precision int8 is for checkpoints in CTranslate2's form; this one is in Hugging "
                             "Face's: choose float32 or float16.")
    return precision


@lru_cache(maxsize=1)
def _loaded(found: Checkpoint, device: str, precision: str, _stamp: tuple) -> Model:
    if found.form == CT2:
        from pipeline.whisper.models.ct2 import Ctranslate2

        _refuse_unspoken(found, set(_ct2_words(found.folder)))
        return Ctranslate2(found.folder, device=device, precision=precision)
    from pipeline.whisper.models.hf import HuggingFace

    names = tokens.vocabulary(found.folder)
    _refuse_unspoken(found, set(names.values()))
    return HuggingFace(found.folder, names, device=device, precision=precision)


def _ct2_words(folder: Path) -> list[str]:
    import json

    path = next(folder / name for name in checkpoint_files.VOCABULARIES if (folder / name).is_file())
    text = path.read_text(encoding="utf-8")
    return json.loads(text) if path.suffix == ".json" else text.splitlines()


def _refuse_unspoken(found: Checkpoint, words: set[str]) -> None:
    """CheckpointError if it lacks words that every WhisperSeg model has."""
    last = about(found).n_columns // tokens.COLUMNS_A_TICK
    needed = (*tokens.PROMPT, tokens.END, tokens.time_token(0), tokens.time_token(last))
    missing = [word for word in needed if word not in words]
    if missing:
        raise CheckpointError(f"The tokenizer of {printable(found.name)} lacks {listed(missing)}, so it is not that of "
                              f"a WhisperSeg model. Copy the checkpoint with all its files. {WITHOUT}")
