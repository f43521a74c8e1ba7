"""``search``: the sounds of a project that are most like an example."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipeline import audio, params, search, search_hearing, searching
from pipeline.browse import cluster_title
from pipeline.commands._options import bare_option
from pipeline.curation.labels import Labels
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.search import Search
from pipeline.text import printable

COLUMNS = ("segment_id", "recording", "onset_sec", "duration_sec", "distance", "cluster_id", "cluster")
FORMATS = ("table", "json", "csv")


def _search_options(function: Any) -> Any:
    for spec in reversed(params.specs(Search)):
        function = bare_option(spec.name, spec, [])(function)
    return function


@click.command(short_help="Find the sounds that are most like an example.")
@click.argument("project", type=click.Path(path_type=Path))
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option("--sound", "sounds", type=int, multiple=True, metavar="ID",
              help="A sound of the project as the example; can be given several times.")
@click.option("--from", "from_s", type=click.FloatRange(min=0), metavar="S", help="Where the example begins in FILE.")
@click.option("--to", "to_s", type=click.FloatRange(min=0), metavar="S", help="Where it ends.")
@click.option("--segment", "is_segmented", is_flag=True,
              help="Every sound of FILE is an example, found as those of the project were; without it FILE is one.")
@_search_options
@click.option("--format", "format", type=click.Choice(FORMATS), default="table", show_default=True,
              help="What is printed.")
def command(
    project: Path, file: Path | None, sounds: tuple[int, ...], from_s: float | None, to_s: float | None,
    is_segmented: bool, format: str, **values: Any,
) -> None:
    """Find the sounds of PROJECT that are most like one of them, or like those in a recording FILE.

    FILE is decoded and embedded as the project's own recordings were.
    """
    if (file is None) == (not sounds):
        raise ParameterError("Give an example: a sound of the project with --sound, or a recording FILE.")
    by = params.make(Search, values)
    with Workspace.open(project) as workspace:
        dataset, labels = workspace.dataset, workspace.labels
        if file is None:
            found = searching.found(dataset, labels, searching.Asked(tuple(dict.fromkeys(sounds)), search=by))
        else:
            found = searching.found_by(dataset, labels, _heard(dataset, file, by, (from_s, to_s), is_segmented), by)
        rows = list(_rows(dataset, labels, found, sounds))
    _show(rows, format)


def _heard(
    dataset: Dataset, file: Path, by: Search, ends_s: tuple[float | None, float | None], is_segmented: bool,
) -> np.ndarray:
    """The vectors of the examples in a file."""
    name = search.vectors_of(dataset, by)
    span = None if ends_s == (None, None) else (ends_s[0] or 0.0, ends_s[1] or audio.probe(file).duration_s)
    heard = search_hearing.hear(dataset, file, span=span, cut=is_segmented, wanted=[name])
    for note in heard.notes:
        click.echo(printable(note), err=True)
    sounds = [number for number, one in enumerate(heard.pieces) if one.kind == search_hearing.SOUND]
    return heard.vectors[name][sounds or [0]]


def _rows(
    dataset: Dataset, labels: Labels, found: search.Found, examples: tuple[int, ...]
) -> Iterator[dict[str, Any]]:
    """What was found besides the examples, nearest first."""
    segments, files = dataset.segments, dataset.files
    for row, distance in zip(found.rows.tolist(), found.distances.tolist(), strict=True):
        cluster = int(labels.ids[row])
        if int(segments.segment_id[row]) not in examples:
            yield dict(zip(COLUMNS, (
                int(segments.segment_id[row]), str(files.path[files.row_of(int(segments.file_id[row]))]),
                float(segments.onset_s[row]), float(segments.duration_s[row]), distance, cluster,
                cluster_title(labels, cluster)), strict=True))


def _show(rows: list[dict[str, Any]], format: str) -> None:
    if format == "json":
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif format == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        click.echo(text.getvalue(), nl=False)
    else:
        _show_table(rows)


def _show_table(rows: list[dict[str, Any]]) -> None:
    right = {"justify": "right"}
    table = Table(Column("id", **right), Column("recording", overflow="fold"), Column("onset s", **right),
                  Column("ms", **right), Column("distance", **right), Column("cluster", overflow="fold"))
    for row in rows:
        table.add_row(str(row["segment_id"]), Text(printable(row["recording"])), f"{row['onset_sec']:.3f}",
                      f"{1000 * row['duration_sec']:.0f}", f"{row['distance']:.4g}", Text(printable(row["cluster"])))
    Console().print(table)
