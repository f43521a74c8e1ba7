"""How fast neural embedders are, and how well their vectors fall into types.

    python benchmarks/embedding.py speed [--size base] [--device cpu]
    python benchmarks/embedding.py types --model CHECKPOINT [--embedder whisper] [FOLDER]

``speed`` makes a Whisper encoder of a published size with random weights, in both forms, and embeds sounds of 100 ms.
``types`` embeds the true sounds of each set in FOLDER (or SYLLABARY_DATA) with a checkpoint, by every pooling, beside
``logmel``, and scores clusters as benchmarks/clusters.py does.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import click  # noqa: E402
import clusters  # noqa: E402
import numpy as np  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from pipeline import params, registry, settings  # noqa: E402
from pipeline.embedders import _pooling  # noqa: E402

SIZES = {"tiny": (384, 4, 6), "base": (512, 6, 8), "small": (768, 12, 12), "large": (1280, 32, 20)}
RATE_HZ, SOUND_S = 32_000, 0.1
WINDOWS = (1000, 200)


@click.group()
def cli() -> None:
    """Neural embedders, measured."""
    settings.keep_compiled_code()


@cli.command()
@click.option("--size", type=click.Choice(list(SIZES)), default="base", show_default=True)
@click.option("--sounds", "n_sounds", default=64, show_default=True)
@click.option("--device", default="auto", show_default=True)
def speed(size: str, n_sounds: int, device: str) -> None:
    """Sounds in a second, and times faster than the sounds themselves."""
    table = Table("form", "window", "sounds/s", "× real time", "CPU s a sound",
                  title=f"Whisper {size}, sounds of {SOUND_S * 1e3:g} ms")
    rng = np.random.default_rng(0)
    clips = [(rng.normal(0, 0.1, round(SOUND_S * RATE_HZ)).astype(np.float32), RATE_HZ) for _ in range(n_sounds)]
    with tempfile.TemporaryDirectory() as scratch:
        for form, folder in _checkpoints(Path(scratch), size):
            for window in WINDOWS:
                values = {"model": str(folder), "window": window}
                method = params.make(registry.load("embedders", "whisper"), values)
                object.__setattr__(method, "device", device)
                method.embed(clips[:8])                   # loading is not counted
                begun, cpu_begun = time.perf_counter(), time.process_time()
                method.embed(clips)
                rate = n_sounds / (time.perf_counter() - begun)
                cpu_s = (time.process_time() - cpu_begun) / n_sounds    # says more on a machine that is shared
                table.add_row(form, str(window), f"{rate:.1f}", f"{rate * SOUND_S:.2f}", f"{cpu_s:.3f}")
    Console().print(table)


def _checkpoints(scratch: Path, size: str) -> list[tuple[str, Path]]:
    import ctranslate2
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    from tests.whisper import checkpoint

    torch.manual_seed(0)
    n_dims, n_layers, n_heads = SIZES[size]
    config = WhisperConfig(d_model=n_dims, encoder_layers=n_layers, encoder_attention_heads=n_heads,
                           encoder_ffn_dim=4 * n_dims, decoder_layers=1, decoder_attention_heads=n_heads,
                           decoder_ffn_dim=n_dims)
    plain, converted = scratch / "hf", scratch / "ct2"
    WhisperForConditionalGeneration(config).save_pretrained(plain)
    checkpoint.write_tokenizer(plain)
    ctranslate2.converters.TransformersConverter(str(plain)).convert(str(converted))
    return [("Hugging Face", plain), ("CTranslate2", converted)]


@cli.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", required=True, help="Folder or hub id.")
@click.option("--embedder", default="whisper", show_default=True)
@click.option("--set", "names", multiple=True, default=clusters.SETS, show_default=True)
@click.option("--window", default=WINDOWS[0], show_default=True)
def types(folder: Path | None, model: str, embedder: str, names: tuple[str, ...], window: int) -> None:
    """Agreement of clusters with the true types, by every pooling."""
    folder = folder or Path(os.environ.get("SYLLABARY_DATA") or ROOT / "data")
    table = Table("set", "embedder", "sounds", "types", "clusters", "NMI", "ACC", "ARI", "V")
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            table.add_row(name, "logmel", *clusters.score(folder / name, Path(scratch)))
            for style in _pooling.STYLES:
                values = {"embedder": embedder, "emb_model": model, "emb_style": style, "emb_window": window}
                scores = clusters.score(folder / name, Path(scratch), values=values)
                table.add_row(name, f"{embedder} {style}", *scores)
    Console().print(table)


if __name__ == "__main__":
    cli()
