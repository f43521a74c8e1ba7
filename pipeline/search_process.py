"""Files that are searched by, heard in a process of their own: they are unknown, and an embedder may be a neural model.

The process ends when it has heard one; a server that answers requests never loads a model.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import audio, sandbox, settings
from pipeline.dataset import Dataset
from pipeline.errors import RunError, SyllabaryError
from pipeline.search_hearing import Heard, Span, hear

LONGEST_S = 180
WAIT_S = 30
LOWER_PRIORITY = 5
MOST_MEMORY_BYTES = 6 << 30
NEURAL = ("whisper", "hf", "autoencoder", "whisperseg")     # their libraries map more memory than they use
ROOT = Path(__file__).resolve().parent.parent
_few_at_a_time = threading.BoundedSemaphore(2)


def heard(project: Path, path: Path, into: Path, *, span: Span | None = None) -> dict[str, Any]:
    """Hear a recording, see `search_hearing.hear`: what is known of it as plain values; its arrays go to ``into``.

    Raises RunError if there is no answer in time or the process ends without one, and what the process raises, as
    RunError.
    """
    if not _few_at_a_time.acquire(timeout=WAIT_S):
        raise RunError("Other files are being looked at on this server. Wait for them, then try again.")
    question = {"project": os.fsencode(project).hex(), "path": os.fsencode(path).hex(),
                "into": os.fsencode(into).hex(), "span": span}
    try:
        done = subprocess.run([sys.executable, "-m", "pipeline.search_process"], input=json.dumps(question), text=True,
                              capture_output=True, timeout=LONGEST_S, cwd=ROOT, check=False,
                              env={**os.environ, "HF_HUB_OFFLINE": "1"})      # nobody who searches fetches a model
    except subprocess.TimeoutExpired:
        raise RunError(f"{path.name} took more than {LONGEST_S // 60} minutes and was given up. Take a shorter "
                       "file.") from None
    finally:
        _few_at_a_time.release()
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise RunError(f"{path.name} ended the program that heard it, so it cannot be searched by. Is it damaged, or "
                       "too long?")
    answer = json.loads(lines[-1])
    if "problem" in answer:
        raise RunError(answer["problem"])
    return answer


def answer(project: Path, path: Path, into: Path, span: Span | None) -> dict[str, Any]:
    """What the process answers; it writes the arrays."""
    try:
        with Dataset.open(project) as dataset:
            _limit(dataset)
            found = hear(dataset, path, span=span)
    except SyllabaryError as error:
        return {"problem": str(error)}
    except MemoryError:
        return {"problem": f"{path.name} needs more memory than is given to hear it. Take a shorter file."}
    np.savez(into, **_arrays(found))
    return {"pieces": [asdict(one) for one in found.pieces], "duration_s": found.duration_s, "notes": found.notes,
            "vectors": list(found.vectors), "reasons": found.reasons, "rate_hz": audio.probe(path).rate_hz}


def _limit(dataset: Dataset) -> None:
    """Where no neural model is at work, memory has a limit."""
    if not {str(dataset.parameters.get(name)) for name in ("segmenter", "embedder")} & set(NEURAL):
        sandbox.limit(MOST_MEMORY_BYTES)


def _arrays(found: Heard) -> dict[str, np.ndarray]:
    pictures = {f"picture-{number}": picture for number, picture in enumerate(found.pictures)}
    return {f"vectors-{number}": values for number, values in enumerate(found.vectors.values())} | pictures


def main() -> None:
    """Answer the one question on stdin, on stdout."""
    os.nice(LOWER_PRIORITY)
    settings.keep_compiled_code()
    question = json.load(sys.stdin)
    project, path, into = (Path(os.fsdecode(bytes.fromhex(question[name]))) for name in ("project", "path", "into"))
    span = tuple(question["span"]) if question["span"] else None
    sys.stdout.write("\n" + json.dumps(answer(project, path, into, span)) + "\n")


if __name__ == "__main__":
    main()
