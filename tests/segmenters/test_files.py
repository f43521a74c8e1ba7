"""Every file is one sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.audio import Recording
from pipeline.segmenters.files import Files


def recording(file_id: int, n_samples: int) -> Recording:
    samples = np.zeros(n_samples, np.float32)
    return Recording(Path("x.wav"), "x.wav", file_id, 8000, 8000, 1, samples, 0.0)


def test_a_clip_is_one_sound_from_beginning_to_end():
    found = dict(Files().segment([recording(0, 4000), recording(7, 1)]))
    assert [(table.onset_s.tolist(), table.offset_s.tolist()) for table in found.values()] == [
        ([0.0], [0.5]), ([0.0], [1 / 8000])]
    assert list(found) == [0, 7]
    assert found[0].label is None
