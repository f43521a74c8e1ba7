"""The files of a checkpoint, read as far as their heads: nothing is unpickled and no weight is loaded."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

CONFIG, PROCESSOR, CT2_WEIGHTS, SAFE, PICKLED = (
    "config.json", "preprocessor_config.json", "model.bin", "model.safetensors", "pytorch_model.bin")
VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
ORIGINAL = "hf_model"                  # where a converted WhisperSeg keeps its tokenizer and original configuration
WHISPER_SPEC = "WhisperSpec"
LARGEST_JSON = 64 << 20
MOST_TEXT, MOST_VARIABLES = 1 << 12, 1 << 16


def read_json(path: Path) -> dict[str, Any]:
    """A configuration; empty if there is none. Raises ValueError for one that cannot be understood."""
    if not path.is_file():
        return {}
    if path.stat().st_size > LARGEST_JSON:
        raise ValueError(f"{path.name} is too large for a configuration")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name} is no JSON ({error})") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds no table of values")
    return found


def weights(folder: Path) -> tuple[list[str], list[str]]:
    """Names of the files with a Hugging Face checkpoint's weights, and sentences about what is wrong with them.

    ``model.safetensors`` is preferred to ``pytorch_model.bin``; either may be cut into shards that an index lists.
    """
    for name in (SAFE, PICKLED):
        if (folder / name).is_file():
            return [name], list(_cut_short(folder, [name]))
        if (folder / f"{name}.index.json").is_file():
            listed = read_json(folder / f"{name}.index.json").get("weight_map", {})
            shards = sorted({str(shard) for shard in listed.values()})
            return shards, list(_cut_short(folder, shards))
    return [], [f"{SAFE} (the weights) is missing"]


def _cut_short(folder: Path, names: list[str]) -> Iterator[str]:
    for name in names:
        path = folder / name
        if not path.is_file():
            yield f"{name} (a part of the weights) is missing"
        elif name.endswith(".safetensors") and path.stat().st_size < _safetensors_size(path):
            yield f"{name} is cut short: copy or download it again"


def _safetensors_size(path: Path) -> float:
    """How long the file has to be by its own head; infinite if the head cannot be read."""
    with path.open("rb") as file:
        start = file.read(8)
        n_head = struct.unpack("<Q", start)[0] if len(start) == 8 else LARGEST_JSON + 1
        if n_head > LARGEST_JSON:
            return math.inf
        try:
            head = json.loads(file.read(n_head))
            return 8 + n_head + max((about["data_offsets"][1] for name, about in head.items()
                                     if name != "__metadata__"), default=0)
        except (ValueError, KeyError, TypeError, AttributeError):
            return math.inf


def ct2_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of each variable in a CTranslate2 ``model.bin``; empty if it holds no Whisper model.

    Raises ValueError if the file is cut short. The layout is that of CTranslate2's ``model_spec.py``: version, name
    and revision of the specification, then each variable's name, shape, type, length and values.
    """
    with path.open("rb") as file:
        try:
            version, spec = _number(file, "<I"), _text(file)
            if spec != WHISPER_SPEC or version < 5:
                return {}
            _number(file, "<I")
            n_variables = min(_number(file, "<I"), MOST_VARIABLES)
            shapes = dict(_variable(file) for _ in range(n_variables))
        except struct.error:
            raise ValueError(f"{path.name} is cut short: copy or download it again") from None
        if file.tell() > path.stat().st_size:
            raise ValueError(f"{path.name} is cut short: copy or download it again")
    return shapes


def _variable(file: BinaryIO) -> tuple[str, tuple[int, ...]]:
    name, n_axes = _text(file), _number(file, "<B")
    shape = struct.unpack(f"<{n_axes}I", file.read(4 * n_axes))
    _number(file, "<B")
    n_bytes = _number(file, "<I")
    file.seek(n_bytes, 1)
    return name, shape


def _number(file: BinaryIO, layout: str) -> int:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))[0]


def _text(file: BinaryIO) -> str:
    n_bytes = _number(file, "<H")
    if n_bytes > MOST_TEXT:
        raise struct.error("no CTranslate2 text")
    return file.read(n_bytes).rstrip(b"\0").decode("utf-8", "replace")
