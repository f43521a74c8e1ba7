"""``cluster``: group the sounds of a project, or a folder of arrays."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipeline import cluster_files, clustering, folder_clustering, k_estimation, params, project_clustering
from pipeline.commands._options import bare_option
from pipeline.commands._progress import Bars
from pipeline.errors import ParameterError
from pipeline.folder_clustering import Sorted
from pipeline.npy_folder import NpyReading
from pipeline.project_clustering import Labelled
from pipeline.text import counted, printable

PATH = click.Path(path_type=Path)
MOST_REFUSED_SHOWN = 50
OF_PROJECTS = ("on", "name", "only_cluster", "ids_file")
OF_FOLDERS = ("pooling", "window_s", "mapping", "audio_dir")


def _method_options(function: Callable) -> Callable:
    """An option for every parameter, declared where it belongs. What is not given arrives as None."""
    for spec, names in reversed(clustering.parameters()):
        function = bare_option(spec.name, spec, list(names))(function)
    for spec in reversed(params.specs(NpyReading)):
        function = bare_option(spec.name, spec, ["a folder"])(function)
    return function


@click.command(short_help="Group the sounds of a project, or a folder of arrays.")
@click.argument("place", type=PATH, metavar="PROJECT|FOLDER", required=False)
@click.option("--embedding-dir", type=PATH, help="The same as FOLDER.")
@click.option("--algorithm", type=click.Choice(clustering.algorithms(), case_sensitive=False), default="hdbscan",
              show_default=True, help="How sounds are grouped.")
@click.option("--on", metavar="NAME", help="What a project's sounds are grouped by: embedding, umap (the map), or "
              "the name of features or of a projection.  [default: embedding]")
@click.option("--name", help="Of the labeling that is stored in the project.  [default: the algorithm's]")
@click.option("--only-cluster", type=int, metavar="NUMBER", help="Group the sounds of this cluster of a project only.")
@click.option("--ids-file", type=PATH, help="Group only the sounds whose ids this text file holds.")
@_method_options
@click.option("--mapping", type=PATH, help="JSON that says which recording each array comes from.  "
              "[default: mapping.json in FOLDER]")
@click.option("--audio-dir", type=PATH, help="Recordings that arrays are linked to by their names.")
@click.option("--output-dir", type=PATH, help="Where files are written.  [default: FOLDER_clustered; none for PROJECT]")
@click.option("--plot", type=click.Choice(cluster_files.PLOTS), default="none", show_default=True,
              help="Draw the clusters on a map of this kind.")
@click.option("--plot-path", type=PATH, help="The picture: .png, .svg or .pdf.  [default: "
              "{algorithm}_{plot}.png in the output folder]")
@click.option("--suggest-k", is_flag=True, help="Only tell how many clusters four curves suggest.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(place: Path | None, embedding_dir: Path | None, **given: Any) -> None:
    """Group sounds by what was computed for them.

    The sounds of a PROJECT are grouped by their embedding, by default on a map of their own, and the labels are
    stored in the project as a labeling; nothing of its clusters changes. A FOLDER of .npy files, each the array of
    one sound, needs no project: labels and soft values are written as JSON.
    """
    if given["plot_path"] is not None:
        cluster_files.check_plot_path(given["plot_path"])     # before the work, not after it
    place = _place(place, embedding_dir)
    if place.is_dir():
        _refuse_others(given, OF_PROJECTS, "a folder of arrays")
        _cluster_folder(place, given)
    else:
        _refuse_others(given, OF_FOLDERS, "a project")
        _cluster_project(place, given)


def _place(place: Path | None, embedding_dir: Path | None) -> Path:
    if (place is None) == (embedding_dir is None):
        raise ParameterError("Give a project, or a folder of .npy files (as PROJECT|FOLDER or by --embedding-dir).")
    return (place or embedding_dir).expanduser().absolute()


def _refuse_others(given: dict[str, Any], names: tuple[str, ...], what: str) -> None:
    idle = [f"--{name.replace('_', '-')}" for name in names if given[name] is not None]
    if idle:
        raise ParameterError(f"{', '.join(idle)} cannot be given for {what}.")


def _values(given: dict[str, Any]) -> dict[str, Any]:
    own = {spec.name for spec, _names in clustering.parameters()} | {spec.name for spec in params.specs(NpyReading)}
    return {name: value for name, value in given.items() if name in own and value is not None}


def _cluster_folder(folder: Path, given: dict[str, Any]) -> None:
    console = Console(stderr=True)
    if given["suggest_k"]:
        _suggest(folder_clustering.points_of(folder, given["algorithm"], _values(given), mapping=given["mapping"],
                                             audio_dir=given["audio_dir"]), given)
        return
    with Bars(console) as bars:
        found = folder_clustering.cluster(folder, given["algorithm"], _values(given), mapping=given["mapping"],
                                          audio_dir=given["audio_dir"], watcher=bars)
        output_dir = given["output_dir"] or folder_clustering.output_dir_for(folder)
        found = folder_clustering.save(found, output_dir, plot=given["plot"], plot_path=given["plot_path"],
                                       watcher=bars)
    if found.vectors.refused:
        console.print(_refused(found))
    _tell(console, bars.notes, found.summary, found.files)
    if given["as_json"]:
        refused = [{"id": row.id, "status": row.status} for row in found.vectors.refused]
        _print({**found.result.counts(), "files": [str(path) for path in found.files], "refused": refused,
                "notes": list(found.result.notes), "facts": dict(found.result.clustering.facts)})


def _cluster_project(project: Path, given: dict[str, Any]) -> None:
    console, on = Console(stderr=True), given["on"] or project_clustering.EMBEDDING
    only = project_clustering.read_ids(given["ids_file"]) if given["ids_file"] else None
    if given["only_cluster"] is not None and only is not None:
        raise ParameterError("Give --only-cluster or --ids-file, not both.")
    if given["plot"] != "none" and given["plot_path"] is None and given["output_dir"] is None:
        raise ParameterError("The plot needs a place: give --plot-path or --output-dir.")
    if given["suggest_k"]:
        _suggest(project_clustering.points_of(project, given["algorithm"], _values(given), on=on), given)
        return
    with Bars(console) as bars:
        found = project_clustering.cluster(project, given["algorithm"], _values(given), on=on, name=given["name"] or "",
                                           only_cluster=given["only_cluster"], only=only, watcher=bars)
        files = _project_files(found, given, bars)
    _tell(console, bars.notes, found.summary, files)
    if given["as_json"]:
        _print({"project": str(project), "labeling": found.name, "on": on, **found.result.counts(),
                "files": [str(path) for path in files], "notes": list(found.result.notes),
                "facts": dict(found.result.clustering.facts)})


def _project_files(found: Labelled, given: dict[str, Any], bars: Bars) -> list[Path]:
    files, output_dir = [], given["output_dir"]
    if output_dir is not None:
        output_dir = output_dir.expanduser().absolute()
        ids = [str(key) for key in found.sounds.segment_ids.tolist()]
        about = {"project": str(found.project), "on": found.sounds.on, "labeling": found.name}
        files = cluster_files.write(found.result, ids, output_dir, about=about)
    if given["plot"] != "none":
        path = given["plot_path"] or output_dir / f"{given['algorithm']}_{given['plot']}.png"
        files.append(cluster_files.plot(found.result, path, how=given["plot"], watcher=bars))
    return files


def _suggest(points: Any, given: dict[str, Any]) -> None:
    found = k_estimation.curves(points, seed=42 if given["random_state"] is None else given["random_state"])
    if found is None:
        raise ParameterError("There are too few different sounds for two clusters.")
    if given["as_json"]:
        _print(asdict(found))
        return
    table = Table("k", "inertia", "silhouette", "Davies-Bouldin", "Calinski-Harabasz")
    columns = (found.inertia, found.silhouette, found.davies_bouldin, found.calinski_harabasz)
    for k, *values in zip(found.k, *columns, strict=True):
        table.add_row(str(k), *(f"{value:,.4g}" for value in values))
    console = Console()
    console.print(table)
    votes = ", ".join(f"{name.replace('_', '-')} {k}" for name, k in found.by.items())
    console.print(f"Suggested: {found.suggestion} ({votes}).", highlight=False)


def _refused(found: Sorted) -> Table:
    table = Table(*(Column(title, overflow="fold") for title in ("array", "why it is left out")),
                  title="Files that are not clustered", title_justify="left")
    for row in found.vectors.refused[:MOST_REFUSED_SHOWN]:
        table.add_row(Text(printable(row.id)), Text(printable(row.status)))
    if len(found.vectors.refused) > MOST_REFUSED_SHOWN:
        table.add_row("…", f"and {len(found.vectors.refused) - MOST_REFUSED_SHOWN} more: all are in run.json")
    return table


def _tell(console: Console, notes: list[str], summary: str, files: Any) -> None:
    for sentence in [*(f"• {note}" for note in notes), summary]:
        console.print(printable(sentence), markup=False, highlight=False)
    if files:
        console.print(printable(f"Wrote {counted(len(files), 'file')}: {', '.join(map(str, files))}"), markup=False,
                      highlight=False, soft_wrap=True)


def _print(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
