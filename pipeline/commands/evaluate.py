"""``evaluate``: how well a project agrees with a table of the truth."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from pipeline import evaluation
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError
from pipeline.evaluation import LabelReport, Truth, Unmatched
from pipeline.importers import read_segments
from pipeline.measures import Counts
from pipeline.text import printable

MOST_ROWS = 40
SIDES = {"found": "in the project only", "true": "in the truth only"}


@click.group()
def command() -> None:
    """Score a project against a table of true sounds."""


def _shared(function: Callable) -> Callable:
    """What both scores are asked with."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table."),
        click.option("--ignore-labels", default="", metavar="A,B", help="True labels that stand for noise."),
        click.option("--truth", "truth_path", type=click.Path(path_type=Path, exists=True),
                     help="Table of the true sounds (CSV with filename, onset_sec, offset_sec, label, or any other "
                          "format that can be imported).  [labels: the project's own, if none is given]"),
        click.argument("project", type=click.Path(path_type=Path)),
    ):
        function = option(function)
    return function


@command.command(short_help="Were the sounds found where the truth has them?")
@_shared
@click.option("--tolerance", default=0.01, show_default=True, type=click.FloatRange(min=0), metavar="S",
              help="Greatest difference of onsets and of offsets.")
def segments(project: Path, truth_path: Path | None, ignore_labels: str, tolerance: float, as_json: bool) -> None:
    """Were the sounds of PROJECT found where the truth has them? F1 by sounds and by frames of 1 ms."""
    if truth_path is None:
        raise ParameterError("Segments are scored against a table of the true sounds: give it with --truth.")
    with Dataset.open(project) as dataset:
        truth = _read(dataset, truth_path)
        by_segment, by_frame = evaluation.segments(
            dataset, truth, tolerance_s=tolerance, ignore_labels=_listed(ignore_labels))
    if as_json:
        _show({"segment": by_segment.scores(), "frame": by_frame.scores()}, as_json)
    else:
        _show_segments(by_segment, by_frame)


@command.command(short_help="Do the clusters agree with the true labels?")
@_shared
@click.option("--labeling", default=None, metavar="NAME", help="A labeling of the project instead of its clusters.")
def labels(project: Path, truth_path: Path | None, ignore_labels: str, labeling: str | None, as_json: bool) -> None:
    """Do the clusters of PROJECT agree with the true labels? NMI, ACC, ARI and others."""
    with Dataset.open(project) as dataset:
        chosen = {"labeling": labeling, "ignore_labels": _listed(ignore_labels)}
        report = (evaluation.own_labels(dataset, **chosen) if truth_path is None
                  else evaluation.labels(dataset, _read(dataset, truth_path), **chosen))
    _tell_unmatched(report.unmatched)
    facts = {**report.scores, "labeling": labeling or "cluster_id", "unmatched": _n_unmatched(report)}
    _show(facts, as_json)


def _read(dataset: Dataset, path: Path) -> Truth:
    truth = evaluation.truth_for(dataset, read_segments(path))
    for sentence in truth.problems:
        click.echo(printable(sentence), err=True)
    return truth


def _listed(texts: str) -> list[str]:
    return [text.strip() for text in texts.split(",") if text.strip()]


def _n_unmatched(report: LabelReport) -> dict[str, int]:
    counts = Counter(sound.side for sound in report.unmatched)
    return {side: counts[side] for side in SIDES}


def _show(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    table = Table("", "", show_header=False)
    for name, value in facts.items():
        table.add_row(name, Text(_text(value)))
    Console().print(table)


def _show_segments(by_segment: Counts, by_frame: Counts) -> None:
    table = Table("", "precision", "recall", "F1", "true", "found")
    for name, counts in (("segment", by_segment), ("frame", by_frame)):
        scores = (_text(score) for score in counts.scores().values())
        table.add_row(name, *scores, f"{counts.n_true:,}", f"{counts.n_found:,}")
    Console().print(table)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    return f"{value:.3f}" if isinstance(value, float) else printable(str(value))


def _tell_unmatched(sounds: tuple[Unmatched, ...]) -> None:
    if not sounds:
        return
    table = Table("", Column("recording", overflow="fold"), "onset s", "offset s", Column("label", overflow="fold"),
                  title="Not scored: sounds without a partner")
    for sound in sounds[:MOST_ROWS]:
        table.add_row(SIDES[sound.side], Text(printable(sound.recording)), f"{sound.onset_s:.3f}",
                      f"{sound.offset_s:.3f}", Text(printable(sound.label)))
    if len(sounds) > MOST_ROWS:
        table.add_row(f"… and {len(sounds) - MOST_ROWS} more")
    Console(stderr=True).print(table)
