"""What the page Cluster shows of runs besides their progress: the losses of a training, and the curves over k."""

from __future__ import annotations

import json
from typing import Any

from pages._ui import access
from pages._ui.workspaces import OpenProject
from pipeline import runs
from pipeline.autoencoder import progress
from pipeline.runs.table import Run
from pipeline.tasks.train_autoencoder import report_dir

MOST_RUNS, MOST_POINTS = 50, 400


def watched(opened: OpenProject) -> dict[str, Any]:
    """Losses, sample pictures and curves as they are now; runs are told of to those alone who may start some."""
    found = runs.recent(most=MOST_RUNS) if access.may("owner") else []
    training, estimate = (_latest(found, kind, opened) for kind in ("train_autoencoder", "estimate_k"))
    folder, goes_on = report_dir(opened.path), training is not None and training.state == runs.RUNNING
    losses = progress.told_losses(line.text for line in runs.log(training.id)) if goes_on \
        else progress.kept_losses(folder)
    curves = estimate is not None and estimate.state == runs.DONE and estimate.result.get("curves")
    return {"losses": _thinned(losses), "goesOn": goes_on, "sheets": progress.sheets(folder),
            "curves": curves or None, "told": estimate.result.get("summary", "") if curves else ""}


def as_sent(now: dict[str, Any]) -> Any:
    """The same as it comes back from the browser."""
    return json.loads(json.dumps(now))


def _latest(found: list[Run], kind: str, opened: OpenProject) -> Run | None:
    """The newest run of a kind on this project."""
    path = str(opened.path)
    return next((run for run in found if run.kind == kind and run.values.get("project") == path), None)


def _thinned(losses: progress.Losses) -> progress.Losses:
    step = -(-len(losses) // MOST_POINTS) or 1
    return losses[::-1][::step][::-1]
