"""What `arrange` writes: lists, tables, the tree, pictures, copies, and a bank for TidalCycles."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.arrange import pictures, placing
from pipeline.discover import name_of

if TYPE_CHECKING:
    from pipeline.arrange import Arranged

BANK, CLUSTERS = "sorted", "clusters"
ORIGINALS, INDEX, STATUS, FEATURES = "original_filenames.txt", "index.csv", "files.csv", "features.csv"
TREE, ABOUT = "linkage.npz", "arrange.json"


def n_steps(made: Arranged) -> int:
    """How many files `write` tells of: those of sounds, and one for all the rest."""
    copies = 0 if made.how.copies == "list" else 2 if made.how.n_clusters else 1
    return copies * len(made.rows) + 1


def write(made: Arranged, folder: Path, about: dict[str, Any], *, advance: Callable[[int], None] = lambda _n: None
          ) -> list[str]:
    """Write all of it into ``folder``; sentences about what could not be done as asked. Raises ExportError.

    advance : called as files are done, `n_steps` in all
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = _place_files(made, folder, advance)
    _lines(folder / ORIGINALS, (made.samples[row].title for row in made.rows))
    _table(folder / INDEX, ("number", "name", "file", "category", "cluster", "tidal"), _index(made))
    _table(folder / STATUS, ("file", "status", "number", "samples", "rate_hz", "channels", "notes"), _statuses(made))
    _table(folder / FEATURES, ("file", *made.columns), _feature_rows(made))
    with (folder / f".{TREE}").open("wb") as file:
        np.savez(file, linkage=made.linkage, order=made.order, points=made.points.astype(np.float32),
                 files=np.array(made.files), categories=np.array(made.categories),
                 cluster=made.cluster)
    (folder / f".{TREE}").replace(folder / TREE)
    _draw(made, folder)
    (folder / ABOUT).write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    advance(1)
    return told


def _place_files(made: Arranged, folder: Path, advance: Callable[[int], None]) -> list[str]:
    bank, clusters = folder / BANK, folder / CLUSTERS
    for place in (bank, clusters):
        placing.check(place)          # both, before either is changed
    if made.how.copies == "list":
        placing.remove(bank)
        placing.remove(clusters)
        return []
    paths = [made.samples[row].source for row in made.rows]
    n_copied = placing.fill(bank, list(zip(paths, made.names, strict=True)), how=made.how.copies, advance=advance)
    if made.how.n_clusters:
        inside = [f"cluster_{number:04d}/{name}" for number, name in
                  zip(made.cluster[made.order].tolist(), made.names, strict=True)]
        n_copied += placing.fill(clusters, list(zip(paths, inside, strict=True)), how=made.how.copies, advance=advance)
    else:
        placing.remove(clusters)
    return [f"{n_copied} files could not be linked from here and were copied."] if n_copied else []


def _index(made: Arranged) -> Iterable[tuple[Any, ...]]:
    clusters = made.cluster[made.order].tolist()
    for number, (row, place) in enumerate(zip(made.rows, made.order.tolist(), strict=True)):
        yield (number, name_of(made.names[number]), made.samples[row].title, made.categories[place],
               clusters[number] or "", f's "{BANK}:{number}"')


def _statuses(made: Arranged) -> Iterable[tuple[Any, ...]]:
    number_of = {row: number for number, row in enumerate(made.rows)}
    for row, (sample, status) in enumerate(zip(made.samples, made.statuses, strict=True)):
        yield (sample.title, status.text, number_of.get(row, ""), status.n_samples or "", status.rate_hz or "",
               status.n_channels or "", "; ".join(status.notes))


def _feature_rows(made: Arranged) -> Iterable[list[Any]]:
    for row, place in zip(made.rows, made.order.tolist(), strict=True):
        yield [made.samples[row].title, *made.features[place].tolist()]


def _draw(made: Arranged, folder: Path) -> None:
    shown = [Path(name).name for name in made.files]
    pictures.dendrogram(made.linkage, made.order, shown, made.categories).save(folder / "dendrogram")
    if made.points.shape[1]:
        pictures.heat_map(made.scaled, made.linkage, made.order, made.kept_columns, made.categories).save(
            folder / "heatmap")


def _lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(line.replace("\n", "\\n") + "\n" for line in lines), encoding="utf-8")


def _table(path: Path, heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    part = path.with_name(f".{path.name}")
    with part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        writer.writerows(rows)
    os.replace(part, path)      # noqa: PTH105
