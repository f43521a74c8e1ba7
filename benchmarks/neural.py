"""How fast a WhisperSeg model of Whisper's base size finds sounds, in both forms: prints the table in README.

The weights are random, but the work is that of trained ones: eight sounds are told of every clip. Speed is audio over
the CPU time of all cores together, so that other work on the machine does not count.

    python benchmarks/neural.py [--seconds 20] [--batch-size 8]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pipeline.audio import Recording
from pipeline.segmenters.whisperseg import Whisperseg
from tests.whisper import checkpoint

BASE = {"d_model": 512, "layers": 6, "heads": 8, "init_std": 0.02}
RATE_HZ, STEP_S = 32_000, 0.0025
ROWS = (("Hugging Face", "float32"), ("CTranslate2", "float32"), ("CTranslate2", "int8"))
SETTINGS = ((1, 1), (3, 4))           # trials, beams


def main() -> None:
    """Print one row for each form and precision."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--batch-size", type=int, default=8)
    given = options.parse_args()
    noise = np.random.default_rng(0).normal(0, 0.1, round(given.seconds * RATE_HZ)).astype(np.float32)
    heard = Recording(Path("noise.wav"), "noise.wav", 0, RATE_HZ, RATE_HZ, 1, noise, 1.0)
    print("| form | numbers | 1 trial, 1 beam | 3 trials, 4 beams |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        hf = checkpoint.make(Path(folder) / "hf", **BASE)
        folders = {"Hugging Face": hf, "CTranslate2": checkpoint.convert(hf, Path(folder) / "ct2")}
        for form, precision in ROWS:
            speeds = [_speed(folders[form], precision, heard, given.batch_size, *setting) for setting in SETTINGS]
            print(f"| {form} | {precision} | " + " | ".join(f"{speed:.2f} ×" for speed in speeds) + " |", flush=True)


def _speed(folder: Path, precision: str, heard: Recording, batch_size: int, n_trials: int, n_beams: int) -> float:
    segmenter = Whisperseg(model=str(folder), min_freq=0.0, time_step=STEP_S, num_trials=n_trials, num_beams=n_beams,
                           precision=precision, batch_size=batch_size, device="cpu")
    short = Recording(heard.path, heard.name, 0, RATE_HZ, RATE_HZ, 1, heard.samples[:RATE_HZ], 1.0)
    list(segmenter.segment([short]))                  # loads the model
    start = time.process_time()
    list(segmenter.segment([heard]))
    return heard.duration_s / (time.process_time() - start)


if __name__ == "__main__":
    main()
