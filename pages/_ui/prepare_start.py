"""Before a run begins: what the form says as a command, what is wrong with it, what one should know; and the start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dash import html
from flask import current_app

from pages._ui import access, chooser, prepare_form
from pages._ui.icons import icon
from pages._ui.prepare_survey import remark, trouble
from pipeline import discover, preparing, survey
from pipeline.errors import ParameterError, SyllabaryError
from pipeline.preparing import Preprocess
from pipeline.runs import Run
from pipeline.survey import Survey

UNCHOSEN = "Choose the folder of recordings first."
NO_PLACE = "Choose a folder for the project."


@dataclass(frozen=True)
class Look:
    """How the form stands. ``problem`` is why it cannot be started as it is, or empty."""

    described: Preprocess | None
    problem: str = ""
    remarks: Sequence[str] = ()


def look(fields: Sequence[Any], surveyed: Mapping[str, Any] | None) -> Look:
    """Judge the form as it is; never raises for what a person can put right.

    fields : own values, preset, folders and steps, as `prepare_form.task` takes them
    """
    described = None
    try:
        described = prepare_form.task(*fields)
        if not described.data_dir:
            return Look(described, UNCHOSEN)
        if not described.output_dir:
            return Look(described, NO_PLACE)
        allowed = preparing.within(described, chooser.roots())
        plan, problems = allowed.plan()
        told = preparing.warnings(allowed, plan, problems)
        return Look(described, _about_recordings(allowed, surveyed), [*told, *_about_rate(allowed, surveyed)])
    except SyllabaryError as error:
        return Look(described, str(error))


def _about_recordings(described: Preprocess, surveyed: Mapping[str, Any] | None) -> str:
    """Why the recordings cannot be used, as far as it is known yet."""
    if not surveyed or surveyed["folder"] != described.data_dir:
        return ""
    if not surveyed["n_read"]:
        return "None of the recordings can be read."
    return preparing.LEADS_OUT if surveyed["outside"] else ""


def _about_rate(described: Preprocess, surveyed: Mapping[str, Any] | None) -> list[str]:
    if not surveyed or not surveyed["rate_hz"]:
        return []
    seen = Survey(surveyed["folder"], rates_hz=[(surveyed["rate_hz"], surveyed["n_read"])])
    return survey.against_rate(seen, prepare_form.sample_rate_hz(described))


def shown(judged: Look) -> list[html.P]:
    """The sentences of a look, what is wrong first."""
    wrong = [trouble(judged.problem)] if judged.problem and judged.problem not in (UNCHOSEN, NO_PLACE) else []
    return [*wrong, *[remark(text) for text in judged.remarks]]


def status(judged: Look) -> list[Any]:
    """One line beside the button."""
    if judged.problem:
        return [icon("info-circle"), html.Span(judged.problem)]
    return [icon("check-circle"), html.Span("Ready to start.")]


def ready(fields: Sequence[Any]) -> Preprocess:
    """The task to be queued, checked by the server. Raises AccessError, ParameterError or TableError."""
    access.require("owner")
    described = prepare_form.task(*fields)
    if not described.data_dir:
        raise ParameterError(UNCHOSEN)
    if not described.output_dir:
        raise ParameterError(NO_PLACE)
    described = preparing.within(described, chooser.roots())
    preparing.refuse_links_out(discover.recordings(Path(described.data_dir)), chooser.roots())
    return described


def told(run: Run) -> str:
    """What is said when it was put into the queue."""
    return f"{run.title} begins as soon as it is its turn. It goes on without this page."


def usual_output(data_dir: str | None) -> str | None:
    """Where the project would most likely go; None if nothing can be said."""
    try:
        folder = chooser.resolve(data_dir)
    except ParameterError:   # what is wrong with it is told beside it
        return None
    return preparing.usual_output(folder, chooser.roots(), place=current_app.config["PLACE"])
