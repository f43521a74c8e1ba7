"""A tiny WhisperSeg checkpoint, made on the spot in both forms, with the real ones' tokens, codebooks and file names.

Its weights are random, but for two nudges without which it would never tell a sound: by its place in the text a token
is a time, a type or the end, so that every text is a row of sounds. Which times and types depends on what it hears.
"""

from __future__ import annotations

import json
from pathlib import Path

N_COLUMNS = 1000
FIRST_SPECIAL, FIRST_TIME, N_WORDS = 50_257, 50_364, 51_865
SPECIES = tuple(f"<|{name}|>" for name in
                ("zebra_finch", "bengalese_finch", "mouse", "marmoset", "human", "unknown", "animal"))
TYPES = {"a": 0, "b": 1, "c": 2}
SEGMENTATION = {"sr": 16_000, "min_frequency": 200, "spec_time_step": 0.0025}
N_SOUNDS = 8                          # in each text


def make(folder: Path, *, seed: int = 0, d_model: int = 32, layers: int = 1, heads: int = 2, settings: bool = True,
         n_sounds: int = N_SOUNDS, **config) -> Path:
    """The checkpoint in Hugging Face's form; ``config`` wins over what is its own."""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(seed)
    about = {
        "vocab_size": N_WORDS, "d_model": d_model, "encoder_layers": layers, "decoder_layers": layers,
        "encoder_attention_heads": heads, "decoder_attention_heads": heads, "encoder_ffn_dim": 4 * d_model,
        "decoder_ffn_dim": 4 * d_model, "max_source_positions": N_COLUMNS // 2, "pad_token_id": FIRST_SPECIAL,
        "bos_token_id": FIRST_SPECIAL, "eos_token_id": FIRST_SPECIAL, "decoder_start_token_id": FIRST_SPECIAL + 1,
        "total_spec_columns": N_COLUMNS, "cluster_codebook": TYPES, "init_std": 0.3,
        "species_codebook": {name.strip("<|>"): name for name in SPECIES},
        **({"default_segmentation_config": SEGMENTATION} if settings else {}), **config,
    }
    model = WhisperForConditionalGeneration(WhisperConfig(**about))
    _nudge(model, n_sounds)
    model.generation_config.suppress_tokens = [220, 300]
    model.generation_config.begin_suppress_tokens = [220, FIRST_SPECIAL]
    model.save_pretrained(folder)
    write_tokenizer(folder)
    return folder


def _nudge(model, n_sounds: int) -> None:
    """Raise times, types and the end where their turn is, by the last three places of every vector.

    A place's own vector makes up for that of the token that stands there, so that only the next token's turn counts.
    """
    import torch

    words, places = model.model.decoder.embed_tokens.weight, model.model.decoder.embed_positions.weight
    time, kind, end = torch.eye(3) * 20
    with torch.no_grad():
        for layer in model.model.decoder.layers:        # nothing else writes to these places
            for last in (layer.self_attn.out_proj, layer.encoder_attn.out_proj, layer.fc2):
                last.weight[-3:] = last.bias[-3:] = 0
            layer.encoder_attn.out_proj.weight *= 4     # what is heard counts, and the place more than the last word
        places *= 4
        words[:, -3:] = -20
        for first, last, own in ((FIRST_TIME, FIRST_TIME + N_COLUMNS // 2 + 1, time), (15, 18, kind),
                                 (FIRST_SPECIAL, FIRST_SPECIAL + 1, end)):
            words[first:last, -3:] = own
        here = torch.full((3,), -20.0)
        for turn, place in enumerate(places[2:]):
            then = end if turn >= 3 * n_sounds else kind if turn % 3 == 1 else time
            place[-3:] = then / 2 - here
            here = then


def convert(folder: Path, into: Path, *, quantization: str | None = None) -> Path:
    """The same in CTranslate2's form, as the published converter lays it out."""
    import ctranslate2
    from transformers import WhisperConfig

    ctranslate2.converters.TransformersConverter(str(folder)).convert(str(into), quantization=quantization)
    write_tokenizer(into / "hf_model")
    WhisperConfig.from_pretrained(folder).save_pretrained(into / "hf_model")
    return into


def words() -> dict[str, int]:
    """The tokens that are no special ones: bytes first, as in every byte-level vocabulary, then fillers."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    signs = [chr(code) for code in plain] + [chr(256 + n) for n in range(256 - len(plain))]
    fillers = [f"filler{number}" for number in range(len(signs), FIRST_SPECIAL)]
    return {word: number for number, word in enumerate([*signs, *fillers])}


def special_words() -> dict[str, int]:
    """The special tokens of the old multilingual Whisper, then WhisperSeg's own from 50364 on."""
    from transformers.models.whisper.tokenization_whisper import LANGUAGES

    languages = [f"<|{code}|>" for code in list(LANGUAGES)[:99]]
    old = ["<|endoftext|>", "<|startoftranscript|>", *languages, "<|translate|>", "<|transcribe|>", "<|startoflm|>",
           "<|startofprev|>", "<|nocaptions|>", "<|notimestamps|>"]
    own = [*(f"<|{tick}|>" for tick in range(N_COLUMNS + 1)), *SPECIES]
    return {word: FIRST_SPECIAL + number for number, word in enumerate([*old, *own])}


def write_tokenizer(folder: Path) -> None:
    """The tokenizer's files, as the version of transformers that trained the published checkpoints writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    special = special_words()
    added = {str(number): {"content": word, "lstrip": False, "normalized": False, "rstrip": False,
                           "single_word": False, "special": True} for word, number in special.items()}
    end = "<|endoftext|>"
    about = {"added_tokens_decoder": added, "additional_special_tokens": [word for word in special if word != end],
             "bos_token": end, "eos_token": end, "unk_token": end, "tokenizer_class": "WhisperTokenizer"}
    _write(folder / "vocab.json", words() | {end: FIRST_SPECIAL})
    _write(folder / "added_tokens.json", {word: number for word, number in special.items() if word != end})
    _write(folder / "tokenizer_config.json", about)
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")


def _write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
