"""How well the ``energy`` segmenter finds the sounds of each labelled set, with defaults and with presets.

    python benchmarks/segmentation.py [FOLDER]

FOLDER, or SYLLABARY_DATA, holds one folder per set with recordings and their ``labels.csv``. Sets that are not there
are passed over. Speed is in seconds of sound per second of processor time, decoding not included.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from pipeline import audio, params, presets  # noqa: E402
from pipeline.importers import read_segments  # noqa: E402
from pipeline.measures import Counts, Intervals, frame_counts, segment_counts  # noqa: E402
from pipeline.segmenters.energy import Energy  # noqa: E402

DEFAULT_RATE_HZ = 32_000


@dataclass(frozen=True)
class LabelledSet:
    """A folder of recordings with its preset, the tolerance of its labels, and those that stand for noise."""

    name: str
    preset: str
    tolerance_s: float = 0.01
    noise: tuple[str, ...] = ()


SETS = (
    LabelledSet("bengalese_finch_gy6or6", "bengalese-finch"),
    LabelledSet("bengalese_finch_koumura_bird0", "bengalese-finch"),
    LabelledSet("zebra_finch_G402_typed", "zebra-finch"),
    LabelledSet("zebra_finch_G402_segmentation", "zebra-finch", noise=("n",)),
    LabelledSet("ws_zebra_finch_segmentation", "zebra-finch"),
    LabelledSet("ws_canary_segmentation", "canary"),
    LabelledSet("ws_meerkat_segmentation", "meerkat", tolerance_s=0.02),
    LabelledSet("bats_whombat", "bat", tolerance_s=0.005),
    LabelledSet("mouse_usv_icr", "mouse-usv"),
)


@dataclass(frozen=True)
class Result:
    """Counts by segment and by frame, and seconds of sound per second of processor time."""

    segment: Counts
    frame: Counts
    speed: float


def main() -> None:
    """Print one row per set and setting."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SYLLABARY_DATA", ROOT / "../shared/data"))
    Energy().find(audio.decode(next(folder.rglob("*.wav")), rate_hz=DEFAULT_RATE_HZ))     # what is imported late
    table = Table("set", "setting", "segment P", "R", "F1", "frame P", "R", "F1", "× real time")
    for labelled in SETS:
        if (folder / labelled.name).is_dir():
            for setting, result in results(folder / labelled.name, labelled):
                table.add_row(labelled.name, setting, *_cells(result.segment), *_cells(result.frame),
                              f"{result.speed:,.0f}")
    Console(width=130).print(table)


def results(folder: Path, labelled: LabelledSet) -> Iterator[tuple[str, Result]]:
    """The set's scores with defaults (not for ultrasound) and with its preset."""
    values = presets.get(labelled.preset)
    if values["sr"] < 4 * DEFAULT_RATE_HZ:
        yield "default", score(folder, labelled, Energy(), DEFAULT_RATE_HZ)
    own = {key.removeprefix("seg_"): value for key, value in values.items() if key.startswith("seg_")}
    yield labelled.preset, score(folder, labelled, params.make(Energy, own), values["sr"])


def score(folder: Path, labelled: LabelledSet, segmenter: Energy, rate_hz: int) -> Result:
    """Decode, segment and score every recording that the set's table names."""
    table = read_segments(folder / "labels.csv")
    label = np.array(table.label)
    segment = frame = Counts()
    sound_s = work_s = 0.0
    for name in sorted(set(table.recording)):
        rows = np.array([recording == name for recording in table.recording])
        noise = rows & np.isin(label, labelled.noise)
        recording = audio.decode(folder / name, rate_hz=rate_hz)
        began = time.process_time()
        found = segmenter.find(recording)
        work_s, sound_s = work_s + time.process_time() - began, sound_s + recording.duration_s
        found = Intervals(found.onset_s, found.offset_s)
        truth, ignored = (Intervals(table.onset_s[which], table.offset_s[which]) for which in (rows & ~noise, noise))
        segment += segment_counts(found, truth, tolerance_s=labelled.tolerance_s, ignored=ignored)
        frame += frame_counts(found, truth, ignored=ignored)
    return Result(segment, frame, sound_s / work_s)


def _cells(counts: Counts) -> list[str]:
    return [f"{value:.3f}" for value in (counts.precision, counts.recall, counts.f1)]


if __name__ == "__main__":
    main()
