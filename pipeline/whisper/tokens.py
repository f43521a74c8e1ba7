"""The words of a WhisperSeg model: what it is asked, and what its answer means."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import CheckpointError

PROMPT = ("<|startoftranscript|>", "<|en|>", "<|notimestamps|>")
END = "<|endoftext|>"
SEGMENT = re.compile(r"<\|([0-9]+)\|>(\d+?)<\|([0-9]+)\|>")
COLUMNS_A_TICK = 2                    # the encoder halves the spectrum, and times are told in its steps
Segment = tuple[float, float, str]    # onset and offset in s, type


def parse(text: str, *, time_step_s: float, start_s: float, types: Mapping[int, str]) -> list[Segment]:
    """The sounds that a text tells of a clip that begins at ``start_s``, in the text's order.

    types : the names of the types by their numbers
    Sounds of an unknown type, and those that do not end after they begin, are passed over.
    """
    found = ((int(onset), int(number), int(offset)) for onset, number, offset in SEGMENT.findall(text))
    return [(onset * time_step_s * COLUMNS_A_TICK + start_s, offset * time_step_s * COLUMNS_A_TICK + start_s,
             types[number]) for onset, number, offset in found if number in types and offset > onset]


def time_token(tick: int) -> str:
    """The token of a time."""
    return f"<|{tick}|>"


def vocabulary(folder: Path) -> dict[int, str]:
    """The tokens of a checkpoint by their numbers, as its tokenizer's files tell them, whichever there are.

    Read here and not by ``transformers``, whose newer versions refuse the tokenizers of older ones. Raises
    CheckpointError if there are none, or they cannot be understood.
    """
    numbers: dict[str, int] = {}
    try:
        whole = _read(folder / "tokenizer.json")
        numbers |= whole.get("model", {}).get("vocab", {})
        numbers |= {token["content"]: token["id"] for token in whole.get("added_tokens", [])}
        numbers |= _read(folder / "vocab.json") | _read(folder / "added_tokens.json")
        added = _read(folder / "tokenizer_config.json").get("added_tokens_decoder", {})
        numbers |= {token["content"]: int(number) for number, token in added.items()}
        found = {int(number): str(token) for token, number in numbers.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CheckpointError(f"The tokenizer in {folder} cannot be understood ({error}). Copy the checkpoint "
                              "again.") from error
    if not found:
        raise CheckpointError(f"The checkpoint {folder} has no tokenizer: tokenizer.json, or vocab.json with "
                              "added_tokens.json, is missing.")
    return found


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
