"""WhisperSeg in Hugging Face's form, by ``transformers`` and torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import CheckpointError
from pipeline.whisper import tokens

MOST_TOKENS = 448                      # of prompt and answer together, as published


class HuggingFace:
    """A checkpoint in memory."""

    def __init__(self, folder: Path, names: dict[int, str], *, device: str, precision: str) -> None:
        """Load it. Raises CheckpointError if its files do not fit each other."""
        import torch
        from transformers import WhisperForConditionalGeneration
        from transformers.utils import logging

        logging.disable_progress_bar()      # of a second, in the midst of ours
        types = {"float32": torch.float32, "float16": torch.float16}
        try:
            model = WhisperForConditionalGeneration.from_pretrained(folder, dtype=types[precision],
                                                                    local_files_only=True)
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            raise CheckpointError(f"The checkpoint {folder} cannot be loaded: {error}") from error
        self._names, self._device, self._type = names, device, types[precision]
        numbers = {name: number for number, name in names.items()}
        self._prompt = [numbers[name] for name in tokens.PROMPT]
        model.generation_config = _generation(model, numbers[tokens.END], self._prompt[0])
        self._model = model.to(device).eval()

    def generate(self, features: np.ndarray, *, num_beams: int) -> list[str]:
        """The text of each clip. Raises MemoryError if they do not fit onto the device together."""
        import torch
        from transformers import GenerationMixin

        heard = torch.from_numpy(features).to(self._device, self._type)
        asked = {"input_features": heard, "attention_mask": torch.ones_like(heard[:, 0], dtype=torch.long),
                 "decoder_input_ids": torch.tensor([self._prompt] * len(features), device=self._device)}
        try:
            with torch.inference_mode():    # Whisper's own `generate` would add rules for speech
                numbers = GenerationMixin.generate(self._model, num_beams=num_beams, **asked)
        except torch.OutOfMemoryError as error:
            raise MemoryError(str(error)) from error
        return ["".join(self._names.get(number, "") for number in row) for row in numbers.tolist()]


def _generation(model: Any, end: int, start: int) -> Any:
    """How texts are generated: nothing of the checkpoint's own settings but the tokens that it never says."""
    from transformers import GenerationConfig

    kept = {name: getattr(model.generation_config, name, None) or getattr(model.config, name, None)
            for name in ("suppress_tokens", "begin_suppress_tokens")}
    return GenerationConfig(max_length=MOST_TOKENS, do_sample=False, eos_token_id=end, pad_token_id=end,
                            decoder_start_token_id=start, **{name: ids for name, ids in kept.items() if ids})
