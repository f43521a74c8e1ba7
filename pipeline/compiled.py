"""What numba compiles for librosa and UMAP when they are imported: made once, before several processes would make it.

Processes that import them at the same time for the first time write over each other's compiled code in the cache; to
call what is then loaded crashes the process, now and ever after (numba 0.68).
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import filelock

from pipeline import settings

IMPORTS = ("librosa.core.audio", "librosa.core.pitch", "librosa.util.utils", "librosa.sequence", "librosa.segment",
           "librosa.onset", "librosa.beat", "librosa.feature", "pynndescent", "umap")
LIBRARIES = ("librosa", "numba", "umap-learn", "pynndescent")


def make_once() -> None:
    """Compile it in a process of its own, unless that was done before; whoever else wants it waits."""
    settings.keep_compiled_code()
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    done = folder / f"made-{sys.version_info[0]}.{sys.version_info[1]}-{'-'.join(map(version, LIBRARIES))}"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(folder / "made.lock"):
        if not done.exists():
            code = f"import {', '.join(IMPORTS)}"
            finished = subprocess.run([sys.executable, "-c", code], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if finished.returncode == 0:     # else whoever imports them says what is wrong
                done.touch()
