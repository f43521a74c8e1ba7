"""librosa and UMAP, whose first import compiles code (numba): in one process, whoever else wants it waits.

Processes that import them at the same time for the first time write over each other's compiled code in the cache; to
call what is then loaded crashes the process, now and ever after (numba 0.68).
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import filelock

from pipeline import settings

IMPORTS = {
    "librosa": ("librosa.core.audio", "librosa.core.pitch", "librosa.util.utils", "librosa.sequence",
                "librosa.segment", "librosa.onset", "librosa.beat", "librosa.feature"),
    "umap": ("pynndescent", "umap"),
}
DISTRIBUTIONS = {"librosa": ("librosa", "numba"), "umap": ("umap-learn", "pynndescent", "numba")}


def librosa() -> ModuleType:
    """The library; the first time on a machine that takes half a minute."""
    make_once("librosa")
    return importlib.import_module("librosa")


def umap() -> ModuleType:
    """The library; the first time on a machine that takes half a minute."""
    make_once("umap")
    return importlib.import_module("umap")


@cache
def make_once(library: str) -> None:
    """Compile what a library compiles on import, in a process of its own, unless that was done before."""
    settings.keep_compiled_code()
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    versions = "-".join(map(version, DISTRIBUTIONS[library]))
    done = folder / f"{library}-{sys.version_info[0]}.{sys.version_info[1]}-{versions}"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / f"{library}.lock"):
        if not done.exists():
            code = f"import {', '.join(IMPORTS[library])}"
            finished = subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if finished.returncode == 0:     # else whoever imports them says what is wrong
                done.touch()
