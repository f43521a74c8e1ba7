"""Trials of methods that take long or need much memory, in a process of their own; what was found is kept.

The process ends with its trial: a server that answers requests never loads a neural model.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import params, pieces, settings
from pipeline.errors import RunError, SyllabaryError
from pipeline.pieces import Place
from pipeline.plan import AudioParams, make_segmenter, method_names
from pipeline.segments import SegmentTable
from pipeline.shelf import fingerprint

LONGEST_S = 600
KEPT_BYTES = 8_000_000
LOWER_PRIORITY = 10
ROOT = Path(__file__).resolve().parent.parent
Span = tuple[float, float]
_one_at_a_time = threading.Lock()


def sounds(where: Place, span_s: Span, values: Mapping[str, Any], *, is_wanted: bool) -> SegmentTable | None:
    """The sounds in a stretch of a recording; None if they are not known yet and nobody has asked to wait for them.

    Raises RunError if the process ends without an answer or another trial is under way, and whatever the method
    raises, as RunError.
    """
    import diskcache

    key = _key(where, span_s, values)
    with diskcache.Cache(settings.cache_dir() / "trials", size_limit=KEPT_BYTES) as kept:
        known = kept.get(key)
        if known is None and is_wanted:
            known = _asked(where, span_s, values)
            kept.set(key, known)
    if known is None:
        return None
    found = json.loads(known)
    return SegmentTable.of(found["onset_s"], found["offset_s"])


def _key(where: Place, span_s: Span, values: Mapping[str, Any]) -> str:
    return fingerprint(where.path, where.mtime_ns, params.values(where.audio), list(span_s), method_names(values)[0],
                       params.values(make_segmenter(values)))


def _asked(where: Place, span_s: Span, values: Mapping[str, Any]) -> str:
    """The answer of the process, as JSON."""
    if not _one_at_a_time.acquire(blocking=False):
        raise RunError("Another trial is under way on this server. Wait for it, then try again.")
    question = {"path": os.fsencode(where.path).hex(), "name": where.name, "audio": params.values(where.audio),
                "span_s": span_s, "values": dict(values)}
    try:
        done = subprocess.run([sys.executable, "-m", "pipeline.trial_process"], input=json.dumps(question), text=True,
                              capture_output=True, timeout=LONGEST_S, cwd=ROOT, check=False)
    except subprocess.TimeoutExpired:
        raise RunError(f"The trial took more than {LONGEST_S // 60} minutes and was stopped. Look at a shorter "
                       "stretch.") from None
    finally:
        _one_at_a_time.release()
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason was given"]
        raise RunError(f"The trial ended without a result ({last[0][:300]}).")
    answer = done.stdout.strip().splitlines()[-1]
    problem = json.loads(answer).get("problem")
    if problem:
        raise RunError(problem)
    return answer


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """What the process answers: onset_s and offset_s of each sound, or the sentence of what went wrong."""
    begin_s, end_s = question["span_s"]
    where = Place(Path(os.fsdecode(bytes.fromhex(question["path"]))), question["name"], 0,
                  params.make(AudioParams, question["audio"]))
    try:
        recording = pieces.part(where, begin_s, end_s)
        found = next(iter(make_segmenter(question["values"]).segment([recording])))[1]
    except SyllabaryError as error:
        return {"problem": str(error)}
    return {name: np.round(getattr(found, name) + begin_s, 6).tolist() for name in ("onset_s", "offset_s")}


def main() -> None:
    """Answer the one question on stdin, on stdout."""
    os.nice(LOWER_PRIORITY)
    settings.keep_compiled_code()
    sys.stdout.write("\n" + json.dumps(answer(json.load(sys.stdin))) + "\n")


if __name__ == "__main__":
    main()
