"""What can be imported, and a look at it before anything is made.

`ask` looks in a process of its own, with limits of time and memory: what a browser names may have been made to harm,
and a library that reads it may crash. ``python -m pipeline.importing.looking`` is that process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipeline import clip_labels, discover, importers, sandbox
from pipeline.browse import thousands
from pipeline.errors import ParameterError, SyllabaryError
from pipeline.importing import arrays, older
from pipeline.text import counted

PROJECT, ARRAYS, TABLE, CLIPS = "project", "arrays", "table", "clips"
TITLES = {
    PROJECT: "A project file (HDF5) of an older version or another tool",
    ARRAYS: "A folder of arrays (.npy): one embedding for each sound",
    TABLE: "A table of sounds, with the recordings it speaks of",
    CLIPS: "A folder of clips: each file is one sound",
}
ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 60.0
MOST_BYTES = 6 << 30         # of address space; the libraries alone map more than one
MOST_PROBLEMS = 20
CRASHED = ("{} made the program that looks at it crash, so it is not opened here. It may be damaged; make it again, or "
           "copy it anew.")


@dataclass(frozen=True)
class Look:
    """What was found: facts and problems in sentences. ``error`` is why it cannot be imported, or empty."""

    n_sounds: int = 0
    facts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    error: str = ""


def ask(kind: str, source: Path, *, audio_dir: Path | None = None, longest_s: float = LONGEST_S) -> Look:
    """As `look`, in another process; what harms that one becomes the ``error``."""
    asked = json.dumps({"kind": kind, "source": str(source), "audio_dir": str(audio_dir) if audio_dir else ""})
    command = [sys.executable, "-m", "pipeline.importing.looking"]
    try:
        done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=longest_s, cwd=ROOT)
    except subprocess.TimeoutExpired:
        return Look(error=f"Looking at {source} takes longer than {longest_s:g} s, so it is not opened here. Import it "
                          "at the command line, which waits.")
    try:
        return Look(**json.loads(done.stdout))
    except (ValueError, TypeError):
        return Look(error=CRASHED.format(source))


def look(kind: str, source: Path, *, audio_dir: Path | None = None) -> Look:
    """What an import would find. Raises a SyllabaryError where it would be refused."""
    if kind not in _LOOKS:
        raise ParameterError(f"There is no import of the kind {kind!r}. Known are: {', '.join(_LOOKS)}.")
    return _LOOKS[kind](source, audio_dir)


def _project(source: Path, _audio_dir: Path | None) -> Look:
    found = older.look(source)
    facts = [f"{counted_sounds(found.n_sounds)}, in {found.layout}.", *[f"Taken over: {text}." for text in found.taken]]
    return Look(found.n_sounds, facts, [*[f"Missing: {text}." for text in found.missing], *found.notes])


def _arrays(source: Path, audio_dir: Path | None) -> Look:
    found = arrays.look(source, audio_dir=audio_dir)
    if audio_dir is None:
        return Look(found.n_arrays, [f"{counted(found.n_arrays, 'array')}."], [
            "Without the folder of recordings the sounds can be neither seen nor heard."])
    return Look(found.n_arrays, [f"{counted(found.n_arrays, 'array')}, {found.n_linked} with a recording."],
                found.problems)


def _table(source: Path, audio_dir: Path | None) -> Look:
    if audio_dir is None:
        raise ParameterError("Choose the folder of recordings that the table speaks of.")
    names = [found.name for found in discover.recordings(audio_dir)]
    by_name, problems = importers.match(importers.read_segments(source), names)
    n = sum(len(table) for table in by_name.values())
    if not n:
        raise ParameterError(" ".join([f"No row of {source.name} fits one of {counted(len(names), 'recording')}.",
                                       *problems[:3]]))
    n_used = sum(bool(len(table)) for table in by_name.values())
    return Look(n, [f"{counted_sounds(n)} in {n_used} of {counted(len(names), 'recording')}."], problems)


def _clips(source: Path, _audio_dir: Path | None) -> Look:
    names = [found.name for found in discover.recordings(source)]
    in_folders = any("/" in name for name in names)
    found = clip_labels.read(source, from_folder=in_folders)
    n_labels = counted(len(set(found.by_name.values())), "sub-folder")
    said = f"True labels from {n_labels}." if in_folders else "No sub-folders, so no true labels."
    return Look(len(names), [f"{counted(len(names), 'clip')}.", said], found.problems)


_LOOKS: Mapping[str, Callable[[Path, Path | None], Look]] = {
    PROJECT: _project, ARRAYS: _arrays, TABLE: _table, CLIPS: _clips}


def counted_sounds(n: int) -> str:
    """``1,204 sounds``, with thin spaces."""
    return f"{thousands(n)} {'sound' if n == 1 else 'sounds'}"


def main() -> None:
    """Answer one question from stdin on stdout, within the limits."""
    sandbox.limit(MOST_BYTES)
    asked = json.loads(sys.stdin.read())
    try:
        found = look(asked["kind"], Path(asked["source"]),
                     audio_dir=Path(asked["audio_dir"]) if asked["audio_dir"] else None)
    except SyllabaryError as error:
        found = Look(error=str(error))
    except MemoryError:
        found = Look(error=f"{asked['source']} does not fit into memory.")
    told = asdict(found) | {"problems": found.problems[:MOST_PROBLEMS]}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
