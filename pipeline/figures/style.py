"""How every figure looks and is written: sizes in mm, small text, hairlines, the clusters' colours; PNG, SVG, PDF.

    figure = style.figure(style.ONE_COLUMN_MM, 60)
    axes = style.axes(figure, left=10, top=4, width=70, height=45)      # mm from the left and upper edges
    style.save(figure, Path("figure.pdf"))

What is written depends on the figure alone: no dates, no random names, no settings of the person's own. Text is never
read as a formula; signs that none of the machine's fonts has are boxes in PNG and PDF, and text as written in SVG.
"""

from __future__ import annotations

import io
import logging
import os
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import settings, store
from pipeline.curation import colours
from pipeline.errors import ExportError
from pipeline.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ONE_COLUMN_MM, TWO_COLUMNS_MM = 85.0, 175.0
TEXT_PT, TITLE_PT, SMALL_PT = 7.0, 8.0, 6.0
HAIRLINE_PT, LINE_PT = 0.4, 0.7
INK, PALE, FAINT, PAPER = "#1f2430", "#6b7380", "#d9dde3", "#ffffff"
UNASSIGNED, NOISE = colours.UNASSIGNED, colours.NOISE
DPI, LOWEST_DPI, HIGHEST_DPI = 300, 36, 1200
MOST_PIXELS = 200_000_000       # of a PNG: 0.8 GB while it is drawn
SUFFIXES = (".png", ".svg", ".pdf")
SOFTWARE = "Syllabary"
MM_AN_INCH, PT_AN_INCH = 25.4, 72.0

# DejaVu Sans comes with matplotlib: Latin, Greek, Cyrillic, Arabic, Hebrew and more. For other scripts the first of
# these that the machine has is asked.
FAMILY = "DejaVu Sans"
OTHER_SCRIPTS = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC", "Noto Sans KR", "Source Han Sans",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback", "IPAGothic", "IPAexGothic", "NanumGothic",
    "Hiragino Sans", "PingFang SC", "Microsoft YaHei", "Malgun Gothic", "Yu Gothic", "Arial Unicode MS", "Unifont",
    "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Thai", "Noto Sans Ethiopic",
    "Noto Sans Symbols", "Noto Sans Symbols 2", "Noto Emoji", "FreeSans", "FreeSerif",
)
_SETTINGS: dict[str, Any] = {
    "font.size": TEXT_PT, "axes.titlesize": TITLE_PT, "axes.labelsize": TEXT_PT, "xtick.labelsize": TEXT_PT,
    "ytick.labelsize": TEXT_PT, "legend.fontsize": TEXT_PT, "figure.titlesize": TITLE_PT,
    "axes.linewidth": HAIRLINE_PT, "lines.linewidth": LINE_PT, "patch.linewidth": HAIRLINE_PT,
    "grid.linewidth": HAIRLINE_PT, "xtick.major.width": HAIRLINE_PT, "ytick.major.width": HAIRLINE_PT,
    "xtick.minor.width": HAIRLINE_PT, "ytick.minor.width": HAIRLINE_PT, "hatch.linewidth": HAIRLINE_PT,
    "xtick.major.size": 2.0, "ytick.major.size": 2.0, "xtick.minor.size": 1.2, "ytick.minor.size": 1.2,
    "xtick.major.pad": 2.0, "ytick.major.pad": 2.0, "axes.labelpad": 2.0, "axes.titlepad": 3.0,
    "xtick.direction": "out", "ytick.direction": "out", "axes.spines.top": False, "axes.spines.right": False,
    "text.color": INK, "axes.edgecolor": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    "axes.facecolor": "none", "figure.facecolor": PAPER, "savefig.facecolor": PAPER, "grid.color": FAINT,
    "axes.titlelocation": "left", "legend.frameon": False, "legend.handletextpad": 0.4, "legend.borderaxespad": 0.0,
    "image.composite_image": False, "image.interpolation": "nearest",
    "image.cmap": "Greys", "figure.dpi": PT_AN_INCH, "savefig.dpi": DPI,
    "text.parse_math": False, "text.usetex": False, "axes.formatter.use_mathtext": False,
    "svg.fonttype": "none", "svg.hashsalt": "syllabary", "pdf.fonttype": 42, "ps.fonttype": 42,
}
_DRAWING = threading.RLock()       # matplotlib's fonts and settings are the process's


def figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of that size on paper."""
    matplotlib()
    from matplotlib.figure import Figure

    return Figure(figsize=(width_mm / MM_AN_INCH, height_mm / MM_AN_INCH))


def axes(figure: Figure, *, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place in mm from the figure's left and upper edges."""
    width_mm, height_mm = size_mm(figure)
    return figure.add_axes((left / width_mm, 1 - (top + height) / height_mm, width / width_mm, height / height_mm))


def paper(figure: Figure) -> Axes:
    """Axes over all of a figure, in mm from its left and upper edges, without anything of their own."""
    width_mm, height_mm = size_mm(figure)
    made = figure.add_axes((0, 0, 1, 1))
    made.set(xlim=(0, width_mm), ylim=(height_mm, 0), autoscale_on=False)
    made.set_axis_off()
    return made


def text(figure: Figure, left: float, top: float, words: str, **properties: Any) -> Any:
    """A text whose upper left corner is at a place in mm from the figure's left and upper edges."""
    width_mm, height_mm = size_mm(figure)
    placed = {"ha": "left", "va": "top"} | properties
    return figure.text(left / width_mm, 1 - top / height_mm, words, **placed)


def text_width_mm(words: str, *, size_pt: float = TEXT_PT) -> float:
    """How wide a line of text is."""
    matplotlib()
    from matplotlib.font_manager import FontProperties

    with _alone():
        width, _height, _descent = _measure().get_text_width_height_descent(words, FontProperties(size=size_pt), False)
    return float(width) * MM_AN_INCH / DPI


@cache
def _measure() -> Any:
    from matplotlib.backends.backend_agg import RendererAgg

    return RendererAgg(8, 8, DPI)


def fitting(words: str, width_mm: float, *, size_pt: float = TEXT_PT) -> str:
    """``words``, or as much of their beginning as fits, with an ellipsis."""
    if text_width_mm(words, size_pt=size_pt) <= width_mm:
        return words
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_width_mm(words[:middle].rstrip() + "…", size_pt=size_pt) <= width_mm
        low, high = (middle, high) if fits else (low, middle - 1)
    return words[:low].rstrip() + "…"


def shown(words: str) -> str:
    """A name as a figure can hold it: on one line, what cannot be seen as escapes."""
    return printable(" ".join(words.split()))


def size_mm(figure: Figure) -> tuple[float, float]:
    """How wide and high a figure is."""
    width, height = figure.get_size_inches()
    return float(width) * MM_AN_INCH, float(height) * MM_AN_INCH


def save(figure: Figure, path: Path, *, dpi: float = DPI) -> Path:
    """Write a figure as its suffix says, whole or not at all, and return where.

    dpi : pixels per inch of a PNG, and of what is rasterised within SVG and PDF

    Raises ExportError for another suffix or too many pixels, ProjectError if it cannot be written.
    """
    content = encoded(figure, suffix_of(path), dpi=dpi)
    with store.replacing(path) as temporary:
        temporary.write_bytes(content)
    return path


def save_pages(figures: Iterable[Figure], path: Path, *, dpi: float = DPI) -> Path:
    """Write several figures as the pages of one PDF. They are drawn one at a time. Raises as `save`."""
    with store.replacing(path) as temporary:
        _write_pages(figures, temporary, dpi)
    return path


def encoded_pages(figures: Iterable[Figure], *, dpi: float = DPI) -> bytes:
    """Several figures as the bytes of one PDF."""
    target = io.BytesIO()
    _write_pages(figures, target, dpi)
    return target.getvalue()


def _write_pages(figures: Iterable[Figure], target: Path | io.BytesIO, dpi: float) -> None:
    matplotlib()
    from matplotlib.backends.backend_pdf import PdfPages

    with PdfPages(target, metadata=_about(".pdf")) as pages:
        for one in figures:
            with _alone():
                pages.savefig(one, dpi=dpi)


def encoded(figure: Figure, suffix: str, *, dpi: float = DPI) -> bytes:
    """A figure as the bytes of a file of that suffix. Raises ExportError for another one, or too many pixels."""
    suffix_of(Path(f"figure{suffix}"))
    _check_size(figure, suffix, dpi)
    target = io.BytesIO()
    with _alone():
        figure.savefig(target, format=suffix[1:], dpi=dpi, metadata=_about(suffix))
    return target.getvalue()


def suffix_of(path: Path) -> str:
    """The suffix of a figure's file, in small letters. Raises ExportError for one that is none of `SUFFIXES`."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ExportError(f"{path} does not say what the figure is to be. Let its name end in .png, .svg or .pdf.")
    return suffix


def colour_of(cluster_id: int, chosen: str = "") -> str:
    """A cluster's colour: the one it was given, else its number's."""
    return chosen if colours.is_colour(chosen) else colours.of(cluster_id)


def matplotlib() -> Any:
    """The library, with this style as its settings. Its own folder lies in our cache; nothing is loaded for it.

    Whoever makes figures without `figure` calls this first.
    """
    with _DRAWING:
        return _styled()


@cache
def _styled() -> Any:
    os.environ.setdefault("MPLCONFIGDIR", str(settings.cache_dir() / "matplotlib"))
    for name in ("matplotlib", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)     # what it says of fonts is for nobody's eyes
    import matplotlib as library
    from matplotlib import font_manager

    library.rcdefaults()                                # a person's own settings are for their own figures
    known = set(font_manager.fontManager.get_font_names())
    library.rcParams.update(_SETTINGS)
    library.rcParams["font.sans-serif"] = [FAMILY]
    library.rcParams["font.family"] = [FAMILY, *[family for family in OTHER_SCRIPTS if family in known], "sans-serif"]
    return library


def _about(suffix: str) -> dict[str, str | None]:
    """What a file says of itself: nothing that changes from one time to the next."""
    if suffix == ".png":
        return {"Software": SOFTWARE}
    if suffix == ".svg":
        return {"Date": None, "Creator": SOFTWARE}
    return {"CreationDate": None, "Creator": SOFTWARE, "Producer": SOFTWARE}


def _check_size(figure: Figure, suffix: str, dpi: float) -> None:
    width, height = figure.get_size_inches() * dpi
    if suffix == ".png" and width * height > MOST_PIXELS:
        raise ExportError(f"A PNG of {width:,.0f} by {height:,.0f} pixels is too large. Ask for fewer dots per inch, "
                          "or for SVG or PDF.")


@contextmanager
def _alone() -> Iterator[None]:
    """One figure is drawn at a time, and nothing is said of signs that no font has."""
    with _DRAWING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
