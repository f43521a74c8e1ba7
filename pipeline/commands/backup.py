"""``backup``: projects with journals and all that belongs to them, copied while others go on."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline import backup
from pipeline.errors import ParameterError
from pipeline.text import printable


@click.command(short_help="Copy projects with all that belongs to them, also in use.")
@click.argument("projects", nargs=-1, metavar="[PROJECT | FOLDER]...", type=click.Path(path_type=Path))
@click.option("-o", "--output-dir", required=True, type=click.Path(path_type=Path), metavar="FOLDER",
              help="The folder to make; it must not be there yet.")
@click.option("--state", is_flag=True, help="Also the state folder: accounts, runs, recent projects, uploads.")
def command(projects: tuple[Path, ...], output_dir: Path, state: bool) -> None:
    """Copy projects, with journals and all that belongs to them, into a new FOLDER.

    Everybody may go on meanwhile: every edit that was saved before is in the copy. Of a folder those projects are
    taken that the dashboard lists. Recordings are not copied. Check a backup with 'sha256sum -c SHA256SUMS' in it.
    The exit code is 1 if a project could not be copied; the others are there then.
    """
    if not projects and not state:
        raise ParameterError("Say what to copy: projects, folders that hold some, or --state.")
    if any(path.is_dir() and output_dir.resolve().is_relative_to(path.resolve()) for path in projects):
        raise ParameterError(f"{output_dir} lies in a folder that is copied, so the next backup would copy this one. "
                             "Choose a place outside of it.")
    found = backup.find(projects)
    problems = backup.back_up(found, output_dir, state=state)
    for sentence in problems:
        click.echo(f"Error: {printable(sentence)}", err=True)
    click.echo(f"Wrote {printable(str(output_dir))}.", err=True)
    if problems:
        raise click.exceptions.Exit(1)
