"""A project's figures as files: which figure, how it is drawn, one page or several."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import params, registry
from pipeline.curation.labels import Labels
from pipeline.dataset import Dataset
from pipeline.errors import ExportError, ParameterError
from pipeline.figures import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER = "figures.kinds"
MOST_PAGES, MOST_SENT_PAGES = 500, 60
PREVIEW_PX = (1000, 1400)       # at most so wide and high
ZIP, EPOCH = ".zip", (1980, 1, 1, 0, 0, 0)


def figures() -> tuple[str, ...]:
    """The names of all figures."""
    return registry.names(FOLDER)


def of(name: str) -> type:
    """The dataclass of a figure. Raises ParameterError if there is none of that name."""
    if name not in figures():
        raise ParameterError(f"There is no figure {name!r}. Known are: {', '.join(figures())}.")
    return registry.load(FOLDER, name)


def describe(name: str) -> str:
    """What a figure shows, in a sentence."""
    of(name)
    return registry.describe(FOLDER, name)


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure of a project, with ``labels`` as its labels: made with `drawing`, drawn page by page when asked."""

    dataset: Dataset
    labels: Labels
    name: str
    figure: Any

    def n_pages(self) -> int:
        """How many pages it has. Raises ExportError if there is nothing to show, or far too much."""
        n_pages = self.figure.n_pages(self.dataset, self.labels)
        if n_pages > MOST_PAGES:
            raise ExportError(f"This figure would have {n_pages:,} pages; {MOST_PAGES} are the most. Choose fewer "
                              "clusters, or lower rows.")
        return n_pages

    def page(self, number: int) -> Figure:
        """One page, counted from 0. Raises ExportError as `n_pages`."""
        return self.figure.page(self.dataset, self.labels, number)

    def pages(self) -> Iterator[Figure]:
        """All pages, each drawn when it is asked for."""
        return (self.page(number) for number in range(self.n_pages()))


def drawing(dataset: Dataset, labels: Labels, name: str, values: Mapping[str, Any] | None = None) -> Drawing:
    """A figure by name, with ``values`` for its parameters. Raises ParameterError for what it cannot be."""
    return Drawing(dataset, labels, name, params.make(of(name), values or {}))


def write(drawn: Drawing, path: Path | str, *, dpi: float = style.DPI) -> list[Path]:
    """Write a figure as its suffix says and return the files: several pages are one PDF, or numbered PNG or SVG files.

    Raises ExportError if there is nothing to show or ``path`` will not do, ProjectError if it cannot be written.
    """
    path = Path(path).expanduser().absolute()
    suffix, n_pages = style.suffix_of(path), drawn.n_pages()
    if not path.parent.is_dir():
        raise ExportError(f"There is no folder {path.parent}. Create it, or choose another.")
    if path.is_dir():
        raise ExportError(f"{path} is a folder. Give the name of a file in it.")
    if suffix == ".pdf":
        return [style.save_pages(drawn.pages(), path, dpi=dpi)]
    if n_pages == 1:
        return [style.save(drawn.page(0), path, dpi=dpi)]
    return [style.save(page, path.with_name(_numbered(path.stem, number, n_pages) + path.suffix), dpi=dpi)
            for number, page in enumerate(drawn.pages(), start=1)]


def download(drawn: Drawing, suffix: str, *, stem: str, dpi: float = style.DPI) -> tuple[str, bytes]:
    """A figure to be sent: (name of the file, its bytes); a zip of several pages that are no PDF. Raises as `write`."""
    n_pages = drawn.n_pages()
    if n_pages > MOST_SENT_PAGES:
        raise ExportError(f"This figure has {n_pages} pages, and at most {MOST_SENT_PAGES} are made for a browser. "
                          "Choose fewer clusters, or use “python -m pipeline figure”.")
    if suffix == ".pdf":
        return f"{stem}.pdf", style.encoded_pages(drawn.pages(), dpi=dpi)
    if n_pages == 1:
        return f"{stem}{suffix}", style.encoded(drawn.page(0), suffix, dpi=dpi)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for number, page in enumerate(drawn.pages(), start=1):
            entry = zipfile.ZipInfo(_numbered(stem, number, n_pages) + suffix, EPOCH)
            file.writestr(entry, style.encoded(page, suffix, dpi=dpi))
    return stem + ZIP, target.getvalue()


def preview(drawn: Drawing, number: int = 0) -> bytes:
    """One page as a PNG small enough to look at: within `PREVIEW_PX`."""
    page = drawn.page(min(max(number, 0), drawn.n_pages() - 1))
    width, height = page.get_size_inches()
    return style.encoded(page, ".png", dpi=min(PREVIEW_PX[0] / width, PREVIEW_PX[1] / height, style.DPI))


def _numbered(stem: str, number: int, n_pages: int) -> str:
    return f"{stem}-{number:0{len(str(n_pages))}d}"
