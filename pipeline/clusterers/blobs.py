"""The map's blobs as clusters: dense places of a map, as in BLOBBING."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline import blobs
from pipeline.clusterers import _result
from pipeline.clusterers._result import Clustering
from pipeline.errors import ParameterError
from pipeline.params import param


@dataclass(frozen=True)
class Blobs:
    """Blobs: dense places of a map, found as in BLOBBING; in two dimensions only."""

    radius_px: float = param(20.0, "radius of the disc that smooths the density", unit="px", low=blobs.MIN_RADIUS_PX,
                             high=blobs.MAX_RADIUS_PX)
    threshold: float | None = param(None, "density above which a place belongs to a blob; by default the number of "
                                    "sounds divided by 100,000", unit="sounds per pixel", low=0)
    max_blobs: int = param(30, "at most so many blobs, the largest ones", low=1, high=250)
    pixels: int = param(1200, "width and height of the density image", unit="px", low=50, high=4000)

    def cluster(self, points: np.ndarray) -> Clustering:
        """Group points float32 (n, 2); the blob with the largest area is 0. Raises ParameterError for other widths."""
        if points.shape[1] != 2:
            raise ParameterError(f"Blobs are found on a map of two dimensions, but these points have {points.shape[1]}."
                                 " Reduce them (--reduce umap --reduce-dim 2), or take a map (--on umap).")
        parameters = blobs.Parameters(self.radius_px, self.threshold, self.max_blobs, self.pixels)
        found = blobs.Finder(points).find(parameters)
        numbers = np.setdiff1d(found.blob_of_sound, [0])        # a blob between sounds may hold none
        label = np.where(found.blob_of_sound > 0, np.searchsorted(numbers, found.blob_of_sound), _result.NOISE)
        return Clustering(label.astype(np.int32), facts={"threshold": found.threshold})
