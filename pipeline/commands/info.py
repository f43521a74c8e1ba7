"""``info``: what is in a project."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline import overview
from pipeline.joins import SETS
from pipeline.roundtrip import origin
from pipeline.text import counted, printable

MOST_ROWS = 40


@click.command(short_help="Tell what is in a project: recordings, sounds, clusters.")
@click.argument("project", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
def command(project: Path, as_json: bool) -> None:
    """Tell what is in PROJECT: recordings, sounds, clusters, embeddings, parameters. Nothing is changed."""
    facts = overview.of(project)
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    console = Console()
    for title, rows in (("", _summary(facts)), ("Clusters", _clusters(facts)), ("Parameters", _parameters(facts))):
        table = Table("", "", title=title or None, title_justify="left", show_header=False)
        for name, value in rows:
            table.add_row(Text(printable(str(name))), Text(printable(str(value), keep_lines=True)))
        if table.row_count:
            console.print(table)


def _summary(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    recordings, segments, clusters = facts["recordings"], facts["segments"], facts["clusters"]
    yield "project", facts["path"]
    yield "size", f"{facts['size_bytes'] / 1e6:,.1f} MB"
    yield "format version", _version(facts)
    yield "created", facts["created"] or "unknown"
    if made_of := origin.sentence(facts["parameters"]):
        yield "made of", made_of
    yield "recordings", f"{recordings['n']:,}" + _by_status(recordings["by_status"])
    yield "total duration", _duration(recordings)
    yield "sample rates", ", ".join(f"{_rate(rate)} ({n})" for rate, n in recordings["by_rate_hz"].items())
    yield "sounds", f"{segments['n']:,}, {segments['duration_s']:,.1f} s in all"
    yield "clusters", f"{clusters['n']:,}; {clusters['unassigned']:,} sounds unassigned"
    yield "true labels", "none" if segments["labels"] is None else f"{len(segments['labels'])} types"
    yield "spectrograms", f"of {recordings['with_spectrogram']:,} recordings"
    yield "embedding", "none" if not facts["embedding"] else f"{facts['embedding'][1]:,} dimensions"
    yield from ((name, ", ".join(facts[name]) or "none") for name in SETS)
    yield "journal", _journal(facts["journal"])
    yield from (("note", note) for note in facts["notes"])


def _version(facts: dict[str, Any]) -> str:
    return str(facts["format_version"]) if facts["format_version"] else "none: made by another tool"


def _by_status(counts: dict[str, int]) -> str:
    """How many recordings ended how; one line each where any went wrong."""
    if set(counts) <= {overview.OK}:
        return ", all ok" if counts else ""
    shown = [f"\n{n:,}: {status}" for status, n in list(counts.items())[:MOST_ROWS]]
    return "".join(shown) + ("\n…" if len(counts) > MOST_ROWS else "")


def _rate(rate_hz: str) -> str:
    return "unknown" if rate_hz == "0" else f"{rate_hz} Hz"


def _duration(recordings: dict[str, Any]) -> str:
    known = str(datetime.timedelta(seconds=round(recordings["duration_s"])))
    n_unknown = recordings["n_of_unknown_duration"]
    return f"{known} ({counted(n_unknown, 'recording')} of unknown length)" if n_unknown else known


def _journal(found: dict[str, Any] | None) -> str:
    if found is None:
        return "none: never edited"
    if found["trouble"]:
        return f"cannot be read ({found['trouble']})"
    if not found["edits"]:
        return "no edits yet"
    latest = datetime.datetime.fromtimestamp(found["latest"], datetime.UTC).isoformat(sep=" ", timespec="minutes")
    return f"{found['edits']:,} edits, the latest at {latest}"


def _clusters(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    rows = facts["clusters"]["rows"]
    for row in rows[:MOST_ROWS]:
        yield f"C{row['cluster_id']} {row['name']}".rstrip(), f"{row['n']:,}"
    if len(rows) > MOST_ROWS:
        yield "…", f"and {len(rows) - MOST_ROWS} more"


def _parameters(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((name, text) for name, text in facts["parameters"].items() if name != origin.NAME)
