"""``maps``: features × reducers with their parameters, each a map that is kept in the project and scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipeline import sample_folder, sound_maps
from pipeline.commands._options import LABEL_COLUMN, LABELS, RESUME, SCHEDULER, WORKERS, method_options
from pipeline.commands._progress import Bars
from pipeline.dataset import Dataset
from pipeline.figures import style
from pipeline.sound_maps import Grid, MapInfo, picture, tables
from pipeline.sound_maps.clips import Clips
from pipeline.sound_maps.grid import REDUCERS, clip_features
from pipeline.text import counted, printable

PATH = click.Path(path_type=Path)
TABLE, TABLE_JSON, LEFT_OUT, PICTURE = "maps.csv", "maps.json", "left-out.csv", "maps"


def _list(name: str, known: str, default: tuple[Any, ...]) -> Any:
    return click.option(name, default=",".join(map(str, default)), show_default=True, metavar="A,B", help=known)


@click.command(short_help="Make maps by several features and reducers, and score them.")
@click.argument("place", type=PATH, metavar="PROJECT|FOLDER")
@_list("--features", f"Which: {', '.join(clip_features())}, embedding, any set of features that the project has, or "
       "several put together as A+B.", Grid.features)
@_list("--reducers", f"Which: {', '.join(REDUCERS)}.", Grid.reducers)
@_list("--perplexity", "tsne: how many neighbours each sound is kept near to.", Grid.perplexity)
@_list("--iterations", "tsne: steps of the layout.", Grid.iterations)
@_list("--n-neighbors", "umap: neighbours of each sound.", Grid.n_neighbors)
@_list("--min-dist", "umap: least distance of points on the map.", Grid.min_dist)
@method_options(Grid)
@method_options(Clips)
@click.option("--output-dir", type=PATH, help="For tables and a picture of all maps, and for the project of a folder.")
@click.option("--picture", "suffix", type=click.Choice([name[1:] for name in style.SUFFIXES]), default="png",
              show_default=True, help="Kind of picture.")
@LABELS
@LABEL_COLUMN
@WORKERS
@SCHEDULER
@RESUME
@click.option("--json", "as_json", is_flag=True, help="Print the maps as one JSON list.")
def command(place: Path, **given: Any) -> None:
    """Lay the sounds of a project, or of a folder of clips, out on a map in every way of a grid, and score each.

    Each map is kept in the project; the page Map shows and plays them. A folder first becomes a project: each file is
    one sound, its true label the sub-folder it lies in, or from --labels. Without labels the clusters count.
    """
    console, output_dir = Console(stderr=True), given["output_dir"]
    grid = Grid.of({name: given[name].split(",") for name in Grid.LISTS}, given)
    with Bars(console) as bars:
        how = {"watcher": bars, "workers": given["workers"], "scheduler": given["scheduler"]}
        project = sample_folder.as_project(place, output_dir=output_dir or sample_folder.usual_folder(place),
                                           labels=given["labels"], label_column=given["label_column"], **how)
        made = sound_maps.make(project, grid, restart=not given["resume"], **how)
    for note in dict.fromkeys(bars.notes):
        console.print(f"• {printable(note)}", markup=False, highlight=False, soft_wrap=True)
    if output_dir is not None:
        _write(project, made, output_dir.expanduser(), given["suffix"])
    if given["as_json"]:
        click.echo(tables.as_json(made.maps))
    else:
        Console().print(_table(tables.best_first(made.maps)))
    console.print(f"{counted(len(made.maps), 'map')}, {made.n_new} of them new. Kept in {printable(str(project))}.",
                  markup=False, highlight=False, soft_wrap=True)


def _write(project: Path, made: sound_maps.Made, folder: Path, suffix: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ((TABLE, tables.as_csv(made.maps)), (TABLE_JSON, tables.as_json(made.maps)),
                       (LEFT_OUT, tables.left_out_csv(made.left_out))):
        (folder / name).write_text(text, encoding="utf-8")
    with Dataset.open(project) as dataset:
        style.save(picture.draw(dataset, made.maps), folder / f"{PICTURE}.{suffix}")


def _table(maps: list[MapInfo]) -> Table:
    table = Table(*(Column(name, overflow="fold") for name in tables.SHOWN))
    for info in maps:
        table.add_row(*(Text(text) for text in tables.texts(info)))
    return table
