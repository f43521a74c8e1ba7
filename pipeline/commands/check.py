"""``check``: whether a project holds together."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline import integrity
from pipeline.integrity import Finding
from pipeline.text import counted, printable

PROBLEMS_REMAIN = 1
DECISIONS = {None: "ask", "journal": "keep-journal", "file": "adopt-file"}


@click.command(short_help="Find what is wrong with a project; repair its labels.")
@click.argument("project", type=click.Path(path_type=Path))
@click.option("--keep", type=click.Choice(["journal", "file"]),
              help="Whose labels hold if another program changed the file; without it nothing is overwritten.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
@click.pass_context
def command(context: click.Context, project: Path, keep: str | None, as_json: bool) -> None:
    """Look at every table, id and spectrogram of PROJECT, and repair its labels from the journal beside it.

    The exit code is 1 if problems remain.
    """
    findings = integrity.check(project, on_mismatch=DECISIONS[keep])
    n_problems = sum(finding.kind == "problem" for finding in findings)
    if as_json:
        document = {"path": str(project), "ok": not n_problems, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _show(project, findings, n_problems)
    context.exit(PROBLEMS_REMAIN if n_problems else 0)


def _show(project: Path, findings: list[Finding], n_problems: int) -> None:
    console = Console()
    if findings:
        table = Table("", "what was found")
        for finding in findings:
            table.add_row(finding.kind, Text(printable(finding.text)))
        console.print(table)
    verdict = "All is well."
    if n_problems:
        verdict = f"{counted(n_problems, 'problem')} {'remains' if n_problems == 1 else 'remain'}."
    console.print(f"{printable(str(project))}: {verdict}", markup=False, highlight=False, soft_wrap=True)
