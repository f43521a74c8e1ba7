"""``adopt``: a labeling becomes a project's clusters."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.curation import adopting
from pipeline.curation.workspace import Workspace
from pipeline.errors import ParameterError
from pipeline.text import printable


@click.command(short_help="Make a stored labeling the project's clusters.")
@click.argument("project", type=click.Path(path_type=Path))
@click.argument("labeling")
@click.option("--draft", is_flag=True, help="Begin a draft in PROOFREADING instead; the clusters are as they were.")
@click.option("--split", "cluster", type=int, metavar="NUMBER",
              help="Split this one cluster by the labeling; its largest part keeps the number.")
def command(project: Path, labeling: str, draft: bool, cluster: int | None) -> None:
    """Make the clusters of LABELING the clusters of PROJECT, in one edit that can be undone.

    Each gets a number that was never used, the largest first; noise is unassigned; sounds that the labeling does not
    speak of stay as they are.
    """
    if draft and cluster is not None:
        raise ParameterError("Give --draft or --split, not both.")
    proposal = adopting.Proposal.read(project, labeling)
    with Workspace.open(project) as workspace:
        if draft:
            groups = len(set(adopting.draft_from(workspace, proposal).labels.ids.tolist()) - {0})
            done = f"Began a draft of {groups} groups in PROOFREADING; open the project to go on with it"
        elif cluster is not None:
            done = workspace.edit(adopting.split_by, cluster=cluster, **proposal.choice()).title
        else:
            done = workspace.edit(adopting.adopt, **proposal.choice()).title
    click.echo(printable(f"{done}."), err=True)
