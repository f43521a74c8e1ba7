"""Checkpoints of neural models: which are on this machine, what they are, and what is missing in them.

A checkpoint is a folder: Hugging Face's form (``config.json`` and ``model.safetensors``) or CTranslate2's
(``config.json``, ``model.bin``, a vocabulary). Only configurations and the heads of weight files are read here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import checkpoint_files as files
from pipeline.errors import CheckpointError
from pipeline.text import printable

WHISPERSEG, WHISPER, AUDIO = "whisperseg", "whisper", "audio encoder"
HF, CT2 = "hf", "ct2"
EXAMPLES = {WHISPERSEG: "nccratliri/whisperseg-base-animal-vad", WHISPER: "openai/whisper-base",
            AUDIO: "facebook/hubert-base-ls960"}
HUB_ID = re.compile(r"[A-Za-z0-9_][\w.-]*(/[\w.-]+)?")
DEEPEST, MOST_SEEN = 3, 20_000         # when folders are looked through for checkpoints


@dataclass(frozen=True)
class Checkpoint:
    """What is known of a checkpoint without loading it.

    name : its hub id, or its folder      kind : WHISPERSEG, WHISPER, AUDIO, or empty if it is none of them
    form : HF or CT2      family : the architecture, as its configuration calls it      n_bytes : size on disk
    rate_hz, n_mels, n_dims, n_columns : sample rate, mel bands, length of a frame's vector, spectrogram columns that
    it sees at once; 0 where its configuration is silent      problems : sentences; with any it cannot be used
    notes : sentences that do no harm
    """

    name: str
    folder: Path
    kind: str = ""
    form: str = ""
    family: str = ""
    n_bytes: int = 0
    rate_hz: int = 0
    n_mels: int = 0
    n_dims: int = 0
    n_columns: int = 0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check(folder: Path, *, name: str = "") -> Checkpoint:
    """What kind of checkpoint a folder holds, and what is missing. Never raises for what the folder holds."""
    folder = Path(folder).expanduser().absolute()
    name = name or str(folder)
    if not folder.is_dir():
        return Checkpoint(name, folder, problems=("there is no such folder",))
    try:
        config = files.read_json(folder / files.CONFIG)
        form = CT2 if (folder / files.CT2_WEIGHTS).is_file() else HF
        return _converted(name, folder, config) if form == CT2 else _plain(name, folder, config)
    except ValueError as error:
        return Checkpoint(name, folder, n_bytes=_size(folder), problems=(str(error),))
    except OSError as error:
        return Checkpoint(name, folder, problems=(f"it cannot be read: {error.strerror}",))


def find(folders: Iterable[Path] = (), *, hub: bool = True) -> list[Checkpoint]:
    """The checkpoints of audio models in these folders and, with ``hub``, in the hub's cache, by kind and name.

    Folders are looked through to a depth of `DEEPEST`; those whose names begin with a dot are passed over.
    """
    found = {one.folder: one for folder in folders for one in map(check, _candidates(Path(folder).expanduser()))}
    if hub:
        found |= {one.folder: one for one in (check(folder, name=name) for name, folder in _cached())}
    return sorted((one for one in found.values() if one.kind), key=lambda one: (one.kind != WHISPERSEG, one.kind,
                                                                              one.name))


def locate(model: str, *, kinds: tuple[str, ...], fetch: bool = True) -> Checkpoint:
    """The checkpoint that a folder or hub id means, downloaded if it has to be and ``fetch``.

    kinds : any of them will do; the first is the one that is usual
    Raises CheckpointError, with what to do, if it is not here and cannot be had, is incomplete, or is none of these
    ``kinds``.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return _fit(check(folder, name=model), kinds)
    if folder.exists():
        raise CheckpointError(f"{printable(model)} is a file. A checkpoint is a folder: give the one it lies in.")
    if not HUB_ID.fullmatch(model):
        raise CheckpointError(f"The folder {printable(model)} does not exist. Check its spelling, or give a hub id "
                              f"such as {EXAMPLES[kinds[0]]}.")
    cached = dict(_cached()).get(model)
    here = check(cached, name=model) if cached else None
    if (here and not here.problems) or not fetch:
        return _fit(here or Checkpoint(model, Path(), problems=("it is not on this machine",)), kinds)
    return _fit(check(_download(model, kinds), name=model), kinds)


def to_fetch(model: str) -> str:
    """The hub id, if ``model`` is one whose checkpoint is not on this machine; else an empty text."""
    is_id = HUB_ID.fullmatch(model) and not Path(model).expanduser().exists()
    return model if is_id and model not in dict(_cached()) else ""


def inputs(checkpoint: Checkpoint) -> tuple[Path, ...]:
    """The files that make a checkpoint what it is: its configuration and its weights."""
    names = [files.CT2_WEIGHTS] if checkpoint.form == CT2 else files.weights(checkpoint.folder)[0]
    return tuple(checkpoint.folder / name for name in (files.CONFIG, *names))


def _fit(found: Checkpoint, kinds: tuple[str, ...]) -> Checkpoint:
    """The checkpoint, if it is whole and one of these kinds; else CheckpointError."""
    if found.problems:
        raise CheckpointError(f"The checkpoint {printable(found.name)} cannot be used: {'; '.join(found.problems)}.")
    if found.kind not in kinds:
        raise CheckpointError(f"The checkpoint {printable(found.name)} is {_described(found)}, but "
                              f"{' or '.join(_article(kind) for kind in kinds)} is needed.{_fitting(found.kind)}")
    return found


def _described(found: Checkpoint) -> str:
    return _article(found.kind) if found.kind else f"no audio model (its type is {found.family or 'not given'})"


def _article(kind: str) -> str:
    return {WHISPERSEG: "a WhisperSeg model", WHISPER: "a Whisper model", AUDIO: "an audio encoder"}[kind]


def _fitting(kind: str) -> str:
    methods = {WHISPERSEG: "--segmenter whisperseg or --embedder whisper", WHISPER: "--embedder whisper",
               AUDIO: "--embedder hf"}
    return f" This one is for {methods[kind]}." if kind else ""


def _plain(name: str, folder: Path, config: dict[str, Any]) -> Checkpoint:
    """A folder in Hugging Face's form."""
    if not config:
        return Checkpoint(name, folder, n_bytes=_size(folder), problems=(f"{files.CONFIG} is missing",))
    family, (names, problems) = str(config.get("model_type", "")), files.weights(folder)
    processor = _processor(folder)
    notes = []
    if any(name.endswith(".bin") for name in names):
        notes.append("its weights are a pickle; only plain numbers are read from it, but safetensors are to be "
                     "preferred")
    if "auto_map" in config:
        notes.append("it comes with program code of its own, which is never run")
    kind = _kind(config, processor)
    if kind == AUDIO and not processor:
        problems = [*problems, f"{files.PROCESSOR} is missing"]
    return Checkpoint(name, folder, kind, HF, family, _size(folder), problems=tuple(problems), notes=tuple(notes),
                      **_numbers(config, processor))


def _converted(name: str, folder: Path, config: dict[str, Any]) -> Checkpoint:
    """A folder in CTranslate2's form."""
    shapes = files.ct2_shapes(folder / files.CT2_WEIGHTS)
    if not shapes:
        return Checkpoint(name, folder, form=CT2, n_bytes=_size(folder),
                          problems=(f"{files.CT2_WEIGHTS} holds no Whisper model for CTranslate2",))
    original = files.read_json(folder / files.ORIGINAL / files.CONFIG)
    n_dims, n_mels, *_ = shapes.get("encoder/conv1/weight", (0, 0))
    n_positions = shapes.get("encoder/position_encodings/encodings", (0,))[0]
    problems = [] if config else [f"{files.CONFIG} is missing"]
    if not any((folder / vocabulary).is_file() for vocabulary in files.VOCABULARIES):
        problems.append(f"{files.VOCABULARIES[0]} is missing")
    own = _numbers(original, {}) if original else {}
    numbers = own | {"n_mels": n_mels, "n_dims": n_dims, "n_columns": own.get("n_columns") or 2 * n_positions}
    kind = WHISPERSEG if _kind(original, {}) == WHISPERSEG else WHISPER
    return Checkpoint(name, folder, kind, CT2, "whisper", _size(folder), problems=tuple(problems), **numbers)


def _kind(config: dict[str, Any], processor: dict[str, Any]) -> str:
    if config.get("model_type") == "whisper":
        return WHISPERSEG if {"total_spec_columns", "cluster_codebook"} & set(config) else WHISPER
    has_sound = "sampling_rate" in processor or bool({"audio_config", "conv_stride", "num_mel_bins"} & set(config))
    return AUDIO if has_sound else ""


def _processor(folder: Path) -> dict[str, Any]:
    """How a checkpoint wants its sounds prepared; empty if it does not say."""
    of_both = files.read_json(folder / "processor_config.json").get("feature_extractor", {})
    return files.read_json(folder / files.PROCESSOR) or (of_both if isinstance(of_both, dict) else {})


def _numbers(config: dict[str, Any], processor: dict[str, Any]) -> dict[str, int]:
    of_audio = config.get("audio_config")
    own = config | (of_audio if isinstance(of_audio, dict) else {})
    segmentation = config.get("default_segmentation_config")
    rate_hz = segmentation.get("sr") if isinstance(segmentation, dict) else processor.get("sampling_rate")
    columns = config.get("total_spec_columns") or 2 * _whole(config.get("max_source_positions"))
    dims = next((own[key] for key in ("d_model", "hidden_size") if own.get(key)), 0)
    return {"rate_hz": _whole(rate_hz), "n_mels": _whole(own.get("num_mel_bins")), "n_dims": _whole(dims),
            "n_columns": _whole(columns)}


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and 0 < value < 1e9 else 0


def _size(folder: Path) -> int:
    """Bytes of a checkpoint's files; those of the hub's cache are links, and what they lead to counts."""
    inside = (path for name in ("*", f"{files.ORIGINAL}/*") for path in folder.glob(name))
    return sum(path.stat().st_size for path in inside if path.is_file())


def _candidates(folder: Path) -> Iterator[Path]:
    """Folders that may be checkpoints: those with a configuration."""
    waiting, n_seen = [(folder, 0)], 0
    while waiting and n_seen < MOST_SEEN:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                inside = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except OSError:   # a folder that may not be read holds nothing that could be used
            continue
        n_seen += len(inside)
        if (files.CONFIG, False) in inside:
            yield here.absolute()
        elif depth < DEEPEST:
            waiting += [(here / name, depth + 1) for name, is_folder in inside
                        if is_folder and not name.startswith(".")]


def _cached() -> Iterator[tuple[str, Path]]:
    """(hub id, folder) of each model in the hub's cache, in its main revision or else the newest."""
    import huggingface_hub
    from huggingface_hub.errors import CacheNotFound

    try:
        repositories = huggingface_hub.scan_cache_dir(huggingface_hub.constants.HF_HUB_CACHE).repos
    except (CacheNotFound, ValueError, OSError):   # nothing was ever downloaded here
        return
    for repository in repositories:
        if repository.repo_type == "model" and repository.revisions:
            newest = max(repository.revisions, key=lambda one: ("main" in one.refs, one.last_modified))
            yield repository.repo_id, newest.snapshot_path


def _download(model: str, kinds: tuple[str, ...]) -> Path:
    """Fetch a checkpoint from the hub: first what says what it is, then the weights. Raises CheckpointError."""
    import huggingface_hub
    from huggingface_hub.errors import HFValidationError, HTTPError, RepositoryNotFoundError

    small = ["*.json", "*.txt", f"{files.ORIGINAL}/*"]
    try:
        folder = Path(huggingface_hub.snapshot_download(model, allow_patterns=small))
        listed = huggingface_hub.list_repo_files(model)
        found = check(folder, name=model)
        if found.form == HF and found.family and found.kind not in kinds and files.CT2_WEIGHTS not in listed:
            return folder                              # another kind of model: its weights need not come
        huggingface_hub.snapshot_download(model, allow_patterns=[*small, *_weights_of(listed)])
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise CheckpointError(f"There is no folder {printable(model)}, and the hub shows no model of that name (a "
                              "private one needs HF_TOKEN). Check its spelling.") from error
    except (OSError, HTTPError) as error:
        raise CheckpointError(f"The checkpoint {printable(model)} is not on this machine and cannot be fetched from "
                              "the hub (offline, or no way there). Give a folder that holds it, or fetch it once on "
                              f"a machine with access: hf download {printable(model)}.") from error
    return folder


def _weights_of(listed: Iterable[str]) -> list[str]:
    """Of all files of a repository those that hold the weights, in the form that is preferred."""
    names = set(listed)
    for pattern in (files.SAFE, "model-*.safetensors", files.CT2_WEIGHTS, files.PICKLED):
        start, _star, end = pattern.partition("*")
        found = sorted(name for name in names if name == pattern or (_star and name.startswith(start)
                                                                     and name.endswith(end)))
        if found:
            return found
    return sorted(name for name in names if name.startswith("pytorch_model-") and name.endswith(".bin"))
