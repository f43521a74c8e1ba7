"""A table of sounds with its recordings, and a folder of clips: preprocessing with what fits such things."""

from __future__ import annotations

from pathlib import Path

from pipeline import sample_folder
from pipeline.importing import place
from pipeline.segmenters.table import TRUTH
from pipeline.tasks.preprocess import Preprocess


def from_table(table: Path, data_dir: Path, output: Path, *, labels_as: str = TRUTH, preset: str = "") -> Preprocess:
    """The run that makes a project of the sounds in a table, or a folder of tables, and their recordings.

    Raises ParameterError if there is something at ``output``.
    """
    output = place.check(output)
    return Preprocess(
        data_dir=str(_full(data_dir)), output_dir=str(output.parent), subject=output.stem, hdf5_output=str(output),
        preset=preset, segmenter="table", values={"seg_segments_from": str(_full(table)), "seg_labels_as": labels_as},
    )


def from_clips(folder: Path, output: Path) -> Preprocess:
    """The run that makes a project of a folder in which every file is one sound, labelled by its sub-folder if any.

    The sample rate is that of most files. Raises ParameterError if there is something at ``output``, or no recording.
    """
    output = place.check(output)
    plan = sample_folder.plan_for(_full(folder), output.parent)
    values = {"sr": plan.audio.sr, "spec_max_freq": plan.spectrogram.spec_max_freq}
    return Preprocess(
        data_dir=str(_full(folder)), output_dir=str(output.parent), subject=output.stem, hdf5_output=str(output),
        preset=sample_folder.PRESET, values=values, label_folder=bool(plan.clip_labels),
    )


def _full(path: Path) -> Path:
    return path.expanduser().absolute()
