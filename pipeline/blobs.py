"""Blobs: places of the map where the sounds lie dense.

A histogram of the map is smoothed by a disc, cut at a threshold, and its largest connected parts are the blobs: density
as published for FlatClust. It is made in stages, each a value that holds all that the next one needs:

    Frame (the pixels, fixed by all sounds) ▸ Histogram (the sounds asked about) ▸ Smoothed (radius) ▸ Blobs (threshold)

All counts are whole numbers, so that a radius gives the same blobs however one came to it. `Finder` keeps the latest
stages by value: another threshold only cuts again, another radius only smooths again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np

from pipeline import outlines
from pipeline.params import param

MARGIN = 0.05                    # of the map's range, on each side
SOUNDS_PER_THRESHOLD = 100_000   # the default threshold is the number of all sounds divided by this
THRESHOLD_STEP, RADIUS_STEP_PX = 1.2, 0.5
MIN_RADIUS_PX, MAX_RADIUS_PX = 1.0, 100.0
ROWS_AT_ONCE = 48                # so that the sums of a block of pixel rows stay in the processor's cache
KEPT_STAGES = 4


@dataclass(frozen=True)
class Parameters:
    """How blobs are found."""

    radius_px: float = param(20.0, "Radius of the disc that smooths the density.", unit="px",
                             low=MIN_RADIUS_PX, high=MAX_RADIUS_PX)
    threshold: float | None = param(
        None, "Density above which a place belongs to a blob, in sounds per pixel; by default the number of all "
        "sounds divided by 100,000.", unit="sounds per pixel", low=0)
    max_blobs: int = param(30, "At most so many blobs, the largest ones.", low=1, high=250)
    pixels: int = param(1200, "Width and height of the density image.", unit="px", low=50, high=4000)

    def resolved(self, n_sounds: int) -> Parameters:
        """The same with a threshold, which is made from the number of all sounds where none was given."""
        return self if self.threshold is not None else replace(self, threshold=n_sounds / SOUNDS_PER_THRESHOLD)

    def stepped(self, *, threshold_steps: int = 0, radius_steps: int = 0) -> Parameters:
        """The same after so many presses of the keys for threshold (× or ÷ 1.2) and radius (± 0.5, never below 1).

        The threshold has to be resolved before it can be stepped.
        """
        threshold = self.threshold
        if threshold is not None:
            threshold = float(f"{threshold * THRESHOLD_STEP ** threshold_steps:.6g}")
        radius_px = self.radius_px + RADIUS_STEP_PX * radius_steps
        return replace(self, threshold=threshold, radius_px=min(max(radius_px, MIN_RADIUS_PX), MAX_RADIUS_PX))


@dataclass(frozen=True)
class Frame:
    """Where the pixels lie on the map: bounds in map coordinates; pixel (0, 0) is at the low end of both axes."""

    x_low: float
    x_high: float
    y_low: float
    y_high: float
    pixels: int

    @classmethod
    def of(cls, points: np.ndarray, pixels: int = 1200) -> Frame:
        """The range of all points, float (n, 2), plus 5 % on each side. Points that are not finite do not count."""
        finite = points[np.isfinite(points).all(axis=1)].astype(np.float64)
        low, high = (finite.min(axis=0), finite.max(axis=0)) if len(finite) else (np.zeros(2), np.zeros(2))
        margin = np.where(high > low, MARGIN * (high - low), 1.0)
        (x_low, y_low), (x_high, y_high) = (low - margin).tolist(), (high + margin).tolist()
        return cls(x_low, x_high, y_low, y_high, pixels)

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels per unit of the map, along x and y."""
        return self.pixels / (self.x_high - self.x_low), self.pixels / (self.y_high - self.y_low)

    def pixel_of(self, points: np.ndarray) -> np.ndarray:
        """The pixel of each point, int32 (n,): y · pixels + x; -1 for what lies outside or is not finite."""
        x, y = (np.asarray(points, np.float64) - (self.x_low, self.y_low)).T * np.array(self.scale)[:, None]
        with np.errstate(invalid="ignore"):
            seen = (x >= 0) & (x < self.pixels) & (y >= 0) & (y < self.pixels)
            place = np.floor(y).astype(np.int32) * np.int32(self.pixels) + np.floor(x).astype(np.int32)
        return np.where(seen, place, -1).astype(np.int32)

    def on_map(self, corners: np.ndarray) -> np.ndarray:
        """Corners of pixels, (n, 2) as x and y counted in pixels, in map coordinates, float64."""
        return np.asarray(corners, np.float64) / self.scale + (self.x_low, self.y_low)


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many of the sounds asked about lie in each pixel.

    pixel : int32 (n,), of every sound; -1 for those not asked about      integral : int32 (pixels + 1, pixels + 1),
    the number of sounds below and left of each pixel corner
    """

    frame: Frame
    pixel: np.ndarray
    integral: np.ndarray

    @classmethod
    def of(cls, frame: Frame, pixel: np.ndarray, active: np.ndarray | None = None) -> Histogram:
        """Count. ``pixel`` as `Frame.pixel_of` of all sounds; ``active`` bool (n,) or rows, None for all of them."""
        if active is not None:
            taken_in = np.full(len(pixel), -1, np.int32)
            taken_in[active] = pixel[active]
            pixel = taken_in
        size = frame.pixels
        counts = np.bincount(pixel[pixel >= 0], minlength=size * size).reshape(size, size)
        integral = np.zeros((size + 1, size + 1), np.int32)
        np.cumsum(counts, axis=1, dtype=np.int32, out=integral[1:, 1:])
        for row in range(1, size):       # faster than a cumulative sum along the first axis
            integral[row + 1] += integral[row]
        return cls(frame, pixel, integral)

    @property
    def n_sounds(self) -> int:
        """How many of the sounds asked about lie on the map."""
        return int(self.integral[-1, -1])


@dataclass(frozen=True, eq=False)
class Smoothed:
    """The number of sounds in the disc around each pixel.

    sums : uint16 or uint32 (pixels, pixels)      n_disc : how many pixels the disc has; sums / n_disc is the density
    """

    histogram: Histogram
    radius_px: float
    sums: np.ndarray
    n_disc: int

    @classmethod
    def of(cls, histogram: Histogram, radius_px: float) -> Smoothed:
        """Sum over the disc of pixels whose centres are no farther than the radius; nothing lies beyond the image."""
        boxes = disc(radius_px)
        reach = boxes[-1][0]
        padded = np.pad(histogram.integral, reach, mode="edge")
        padded = padded.astype(_whole_numbers(padded, 2 * reach + 1, histogram.n_sounds))
        n_rows = histogram.frame.pixels
        sums = np.empty((n_rows, n_rows), padded.dtype)
        for first in range(0, n_rows, ROWS_AT_ONCE):
            _add_boxes(padded, boxes, sums[first:first + ROWS_AT_ONCE], first)
        return cls(histogram, radius_px, sums, n_pixels(radius_px))


def disc(radius_px: float) -> list[tuple[int, int]]:
    """A disc as nested boxes (half height, half width) from the widest to the highest: their union is the disc."""
    above = np.arange(int(radius_px) + 1)
    half_widths = np.floor(np.sqrt(radius_px ** 2 - above ** 2)).astype(int)
    return [(int(above[half_widths == width][-1]), int(width)) for width in np.unique(half_widths)[::-1]]


def n_pixels(radius_px: float) -> int:
    """How many pixels the disc has."""
    above = np.arange(-int(radius_px), int(radius_px) + 1)
    return int((2 * np.floor(np.sqrt(radius_px ** 2 - above ** 2)) + 1).sum())


def _whole_numbers(padded: np.ndarray, side: int, n_sounds: int) -> type[np.unsignedinteger]:
    """The smaller type if it holds every sum; what overflows on the way there comes back, as in a clock."""
    limit = np.iinfo(np.uint16).max
    if n_sounds <= limit:
        return np.uint16
    square = padded[side:, side:] - padded[:-side, side:]
    square -= padded[side:, :-side]
    square += padded[:-side, :-side]
    return np.uint16 if square.max() <= limit else np.uint32


def _add_boxes(padded: np.ndarray, boxes: list[tuple[int, int]], sums: np.ndarray, first: int) -> None:
    """The sums of a block of pixel rows: every box, less what it shares with the next, narrower one."""
    reach, (n_rows, n_columns) = boxes[-1][0], sums.shape
    rows = np.empty((n_rows, padded.shape[1]), padded.dtype)
    sums[:] = 0
    narrower = [*(width for _, width in boxes[1:]), None]
    for (height, width), shared in zip(boxes, narrower, strict=True):
        low, high = first + reach - height, first + reach + height + 1
        np.subtract(padded[high:high + n_rows], padded[low:low + n_rows], out=rows)
        sums += rows[:, reach + width + 1:][:, :n_columns]
        sums -= rows[:, reach - width:][:, :n_columns]
        if shared is not None:
            sums -= rows[:, reach + shared + 1:][:, :n_columns]
            sums += rows[:, reach - shared:][:, :n_columns]


@dataclass(frozen=True, eq=False)
class Blob:
    """One dense place.

    number : from 1, the largest first      count : how many sounds lie in it      area_px : its size in pixels
    at : a place inside it, in map coordinates      rings : its outline and the outlines of its holes, each float64
    (n_corners, 2) in map coordinates, to be filled by the even-odd rule
    """

    number: int
    count: int
    area_px: int
    at: tuple[float, float]
    rings: tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False)
class Blobs:
    """The blobs of some sounds, largest first.

    image : uint8 (pixels, pixels), the number of the blob at each pixel, 0 outside
    blob_of_sound : uint8 (n,), likewise for every sound, 0 for those not asked about
    """

    smoothed: Smoothed
    threshold: float
    image: np.ndarray
    blob_of_sound: np.ndarray
    runs: outlines.Runs

    @classmethod
    def of(cls, smoothed: Smoothed, threshold: float, max_blobs: int = 30) -> Blobs:
        """The ``max_blobs`` largest parts, connected along pixel edges, with a density above ``threshold``."""
        limit = min(np.floor(threshold * smoothed.n_disc), np.iinfo(smoothed.sums.dtype).max)
        runs = outlines.parts(smoothed.sums > smoothed.sums.dtype.type(limit), n_largest=max_blobs)
        image = runs.image()
        pixel = smoothed.histogram.pixel
        blob_of_sound = np.where(pixel >= 0, image.reshape(-1)[pixel], 0).astype(np.uint8)
        return cls(smoothed, threshold, image, blob_of_sound, runs)

    def __len__(self) -> int:
        return self.runs.n_parts

    @property
    def frame(self) -> Frame:
        """The frame they share with the map."""
        return self.smoothed.histogram.frame

    @cached_property
    def blobs(self) -> tuple[Blob, ...]:
        """All blobs with their outlines."""
        counts = np.bincount(self.blob_of_sound, minlength=len(self) + 1)[1:].tolist()
        places = self.frame.on_map(self.runs.inner_places()).tolist()
        rings = self._rings()
        return tuple(Blob(row + 1, counts[row], int(area_px), tuple(places[row]), tuple(rings[row]))
                     for row, area_px in enumerate(self.runs.areas))

    def _rings(self) -> list[list[np.ndarray]]:
        rings: list[list[np.ndarray]] = [[] for _ in range(len(self))]
        for part, corners in outlines.simplified(outlines.rings(self.runs)):
            rings[part - 1].append(self.frame.on_map(corners))
        return rings

    def rows(self, number: int) -> np.ndarray:
        """The rows of the sounds in a blob, ascending, int64."""
        return np.flatnonzero((self.blob_of_sound == number) & (number > 0))

    def blob_at(self, x: float, y: float) -> int | None:
        """The number of the blob at a place of the map, or None outside of all."""
        pixel = int(self.frame.pixel_of(np.array([[x, y]]))[0])
        return (int(self.image.reshape(-1)[pixel]) or None) if pixel >= 0 else None

    def payload(self) -> list[dict[str, Any]]:
        """The blobs with sounds as plain values to be sent to a browser, less than 40 kB as JSON for 30 of them.

        Between sounds that lie round it a place can be dense and hold none: nobody can do anything with it. Each ring
        is one list x, y, x, y, …, rounded to a tenth of a pixel or finer.
        """
        digits = [max(0, int(np.ceil(np.log10(scale))) + 1) for scale in self.frame.scale]
        return [{"number": blob.number, "count": blob.count, "area": blob.area_px, "at": _rounded(blob.at, digits),
                 "rings": [_rounded(ring, digits) for ring in blob.rings]} for blob in self.blobs if blob.count]


def _rounded(places: Any, digits: list[int]) -> list[float]:
    pairs = np.reshape(places, (-1, 2))
    return np.column_stack([np.round(pairs[:, 0], digits[0]), np.round(pairs[:, 1], digits[1])]).ravel().tolist()


class Finder:
    """Finds blobs on one map, again and again, and keeps the latest stages by their values. Safe for several threads.

    points : float (n, 2), the places of all sounds in row order
    """

    def __init__(self, points: np.ndarray) -> None:
        self._points = np.asarray(points)
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.RLock()

    def default(self, parameters: Parameters | None = None) -> Parameters:
        """Parameters with the threshold that fits this map's number of sounds, where none is given."""
        return (parameters or Parameters()).resolved(len(self._points))

    def find(self, parameters: Parameters | None = None, *, active: np.ndarray | None = None) -> Blobs:
        """The blobs of the sounds in ``active``: bool (n,), or rows; None for all sounds."""
        wanted = self.default(parameters)
        mask = np.zeros(len(self._points), bool)
        mask[slice(None) if active is None else active] = True
        sounds = (wanted.pixels, blake2b(np.packbits(mask).tobytes(), digest_size=16).digest())
        disc_of = (*sounds, wanted.radius_px)
        with self._lock:
            frame, pixel = self._keep(("frame", wanted.pixels), lambda: self._frame(wanted.pixels))
            counted = self._keep(("histogram", *sounds), lambda: Histogram.of(frame, pixel, mask))
            smoothed = self._keep(("smoothed", *disc_of), lambda: Smoothed.of(counted, wanted.radius_px))
            return self._keep(("blobs", *disc_of, wanted.threshold, wanted.max_blobs),
                              lambda: Blobs.of(smoothed, wanted.threshold, wanted.max_blobs))

    def _frame(self, pixels: int) -> tuple[Frame, np.ndarray]:
        frame = Frame.of(self._points, pixels)
        return frame, frame.pixel_of(self._points)

    def _keep(self, key: tuple[Hashable, ...], make: Callable[[], Any]) -> Any:
        """What was made for this key, or make it; of each stage only the latest few stay."""
        if key not in self._kept:
            self._kept[key] = make()
        self._kept.move_to_end(key)
        same_stage = [known for known in self._kept if known[0] == key[0]]
        for old in same_stage[:-KEPT_STAGES]:
            del self._kept[old]
        return self._kept[key]
