"""``compare``: features × scaling × reduction × algorithm in one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipeline import clustering, comparing, comparison_tables, params, published, registry, sample_folder, vectors
from pipeline.commands._options import LABEL_COLUMN, LABELS, RESUME, SCHEDULER, WORKERS, method_options
from pipeline.commands._progress import Bars
from pipeline.comparing import AUTO, LINKAGES, Grid
from pipeline.comparison_rows import Row
from pipeline.feature_sets import Preparation
from pipeline.reduction import METHODS, SCALES
from pipeline.text import printable

PATH = click.Path(path_type=Path)


def _list(name: str, known: str, default: tuple[str, ...]) -> Any:
    return click.option(name, default=",".join(default), show_default=True, metavar="A,B", help=known)


@click.command(short_help="Compare features, reductions and algorithms in one table.")
@click.argument("place", type=PATH, metavar="PROJECT|FOLDER")
@_list("--features", f"Which: {', '.join(registry.names('features'))}, embedding, any set of features that the project "
       "has, or several put together as A+B.", Grid.features)
@_list("--vectors", f"How frames become one vector: {', '.join(vectors.KINDS)}.", Grid.vectors)
@_list("--scaling", f"Of columns: {AUTO} (features minmax, an embedding none), {', '.join(SCALES)}.", Grid.scalings)
@_list("--reduction", f"Before clustering: {', '.join(METHODS)}.", Grid.reductions)
@_list("--algorithms", f"Which: {', '.join(clustering.algorithms())}; {', '.join(LINKAGES)} are agglomerative's.",
       Grid.algorithms)
@click.option("--n-clusters", type=int, help="Number of clusters.  [default: that of the true labels]")
@click.option("--seeds", "n_seeds", type=int, help="Seeds that ways depending on chance are averaged over.  [default: "
                                                   "3]")
@click.option("--seed", type=int, help="The first of them.  [default: 42]")
@click.option("--search", is_flag=True, default=None,
              help="Try each algorithm's own grid, keep the best by silhouette.")
@method_options(Preparation)
@click.option("--output-dir", type=PATH, help="For the project of a folder.")
@LABELS
@LABEL_COLUMN
@WORKERS
@SCHEDULER
@RESUME
@click.option("--csv", "csv_path", type=PATH, help="Write all columns to this file.")
@click.option("--markdown", "markdown_path", type=PATH, help="Write the main columns to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as one JSON list.")
def command(place: Path, **given: Any) -> None:
    """Cluster the sounds of a project, or of a folder of clips, in every way of a grid, and score each.

    A folder first becomes a project: each file is one sound, its true label the sub-folder it lies in, or from
    --labels. Rows are kept beside the project: what was done is not done again.
    """
    console = Console(stderr=True)
    with Bars(console) as bars:
        how = {"watcher": bars, "workers": given["workers"], "scheduler": given["scheduler"]}
        project = sample_folder.as_project(
            place, output_dir=given["output_dir"] or sample_folder.usual_folder(place), labels=given["labels"],
            label_column=given["label_column"], **how)
        rows = comparing.compare(project, _grid(given), restart=not given["resume"], **how)
    for note in dict.fromkeys(bars.notes):
        console.print(f"• {printable(note)}", markup=False, highlight=False)
    for path, write in ((given["csv_path"], comparison_tables.as_csv),
                        (given["markdown_path"], comparison_tables.as_markdown)):
        if path is not None:
            path.expanduser().write_text(write(rows), encoding="utf-8")
    if as_json := given["as_json"]:
        click.echo(json.dumps([comparison_tables.plain(row) for row in rows], indent=2))
    if not as_json:
        Console().print(_table(comparison_tables.best_first(rows)))
    for line in published.on(project.stem):
        console.print(f"Published for {line.data_set}, {line.n_classes} classes: {line.way}: NMI {line.nmi:.2f}, ACC "
                      f"{line.acc or float('nan'):.2f}.", highlight=False)


def _grid(given: dict[str, Any]) -> Grid:
    values = params.values(Grid()) | {name: given[name] for name in params.values(Grid()) if given[name] is not None}
    checked = params.make(Grid, values)
    lists = {"features": "features", "vectors": "vectors", "scalings": "scaling", "reductions": "reduction",
             "algorithms": "algorithms"}
    return Grid(
        **{name: tuple(dict.fromkeys(part.strip() for part in given[option].split(",") if part.strip()))
           for name, option in lists.items()},
        preparation=params.make(Preparation, given),
        **params.values(checked),
    ).check()


def _table(rows: list[Row]) -> Table:
    table = Table(*(Column(name, overflow="fold") for name in comparison_tables.SHOWN))
    for row in rows:
        table.add_row(*(Text(text) for text in comparison_tables.texts(row)))
    return table
