"""Prepare: choose recordings, say what they are, see what the settings find, start; runs go on without the page."""

from __future__ import annotations

import uuid
from typing import Any

from dash import (
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    ctx,
    dcc,
    html,
    no_update,
    register_page,
)

from pages._ui import (
    access,
    background,
    chooser,
    forms,
    ids,
    notices,
    prepare_checkpoints,
    prepare_form,
    prepare_preview,
    prepare_start,
    prepare_survey,
    runs_panel,
    shell,
)
from pages._ui.icons import icon
from pipeline import preparing, survey
from pipeline.errors import SyllabaryError
from pipeline.runs import telling

register_page(__name__, path="/prepare", title="Prepare · Syllabary")

forms.register(ids.PREPARE)
prepare_preview.register()
FIELDS = (State(forms.own_id(ids.PREPARE), "data"), State(ids.PREPARE_PRESET, "value"),
          State(ids.PREPARE_DATA_DIR, "value"), State(ids.PREPARE_OUTPUT_DIR, "value"),
          State(ids.PREPARE_STEPS, "value"))
prepare_checkpoints.register(FIELDS)
clientside_callback(ClientsideFunction("prepare", "copied"), Output(ids.PREPARE_COPY, "title"),
                    Input(ids.PREPARE_COPY, "n_clicks"), State(ids.PREPARE_COMMAND, "children"),
                    prevent_initial_call=True)
clientside_callback(ClientsideFunction("prepare", "takeUsualOutput"), Output(ids.PREPARE_OUTPUT_DIR, "value"),
                    Input(ids.PREPARE_USUAL_OUTPUT, "data"), prevent_initial_call=True)


@shell.guarded
def layout(**_variables: str) -> object:
    """The form on the left; what it would find, and the runs, on the right."""
    access.require("owner")
    form = html.Div(prepare_form.form(), id=ids.PREPARE_FORM)
    return html.Div([
        shell.bar(shell.places("Prepare")), *_stores(),
        html.Main([
            html.Div([html.H1("Make a project from recordings"), form, prepare_checkpoints.panel(), _before(),
                      _start()], className="prepare-left"),
            html.Div([html.Div(prepare_preview.panel(), id=ids.PREPARE_PREVIEW), runs_panel.panel()],
                     className="prepare-right"),
        ], className="prepare"),
    ])


def _stores() -> list[Any]:
    return [
        *forms.stores(ids.PREPARE), dcc.Store(id=ids.PREPARE_SURVEYED), dcc.Store(id=ids.PREPARE_VALUES),
        dcc.Store(id=ids.PREPARE_USUAL_OUTPUT),
        dcc.Store(id=ids.PREPARE_TOKEN, data=uuid.uuid4().hex), dcc.Store(id=ids.RUN_AGAIN),
        dcc.Interval(id=ids.PREPARE_SURVEY_TICK, interval=400, disabled=True),
    ]


def _before() -> html.Section:
    """What one should know before it begins, and the command that does the same."""
    copy = html.Button([icon("clipboard"), html.Span("Copy")], id=ids.PREPARE_COPY, type="button", n_clicks=0,
                       className="control", title="Copy the command")
    return html.Section([
        html.H2("Start"),
        html.Div(id=ids.PREPARE_REMARKS, className="remarks", role="status"),
        html.Details([html.Summary([icon("chevron-right"), html.Span("The same at the command line")]),
                      html.Div([html.Code(id=ids.PREPARE_COMMAND), copy], className="command wrapped")],
                     className="folded"),
    ], className="form-section")


def _start() -> html.Div:
    """The button, always in sight, and why it cannot be pressed yet."""
    start = html.Button([icon("play-fill"), html.Span("Start")], id=ids.PREPARE_START, type="button", n_clicks=0,
                        disabled=True, className="control primary filled")
    return html.Div([start, html.Span(id=ids.PREPARE_STATUS, className="status"), prepare_preview.estimate_line(),
                     forms.reset_button(ids.PREPARE)], className="start-bar")


@callback(Output(ids.PREPARE_METHODS, "children"), Input(ids.PREPARE_PRESET, "value"), FIELDS[0],
          prevent_initial_call=True)
def choose_preset(preset: str, own: dict[str, Any]) -> list[html.Div]:
    """The methods a preset asks for; the fields below follow."""
    return prepare_form.method_fields(preset, own or {})


@callback(Output(ids.PREPARE_PARAMETERS, "children"), Input(forms.id_of(ids.PREPARE, "segmenter"), "value"),
          Input(forms.id_of(ids.PREPARE, "embedder"), "value"), FIELDS[1], FIELDS[0], prevent_initial_call=True)
def choose_methods(segmenter: str, embedder: str, preset: str, own: dict[str, Any]) -> list[Any]:
    """The parameters that have an effect with these methods, with what was set before."""
    return prepare_form.parameter_fields(preset, {**(own or {}), "segmenter": segmenter, "embedder": embedder})


@callback(Output(ids.PREPARE_SURVEY, "children"), Output(ids.PREPARE_SURVEYED, "data"),
          Output(ids.PREPARE_SURVEY_TICK, "disabled"), Input(ids.PREPARE_DATA_DIR, "value"),
          Input(ids.PREPARE_SURVEY_TICK, "n_intervals"), prevent_initial_call=True)
def look_at_recordings(data_dir: str | None, _ticks: int) -> tuple[Any, ...]:
    """What is in the chosen folder: begun when it is chosen, followed until it is known."""
    access.require("owner")
    if not (data_dir or "").strip():
        return [], None, True
    try:
        folder = chooser.resolve(data_dir)
    except SyllabaryError as error:   # told beside the field: the text may not be finished
        return [prepare_survey.trouble(str(error))], None, True
    state = survey.follow(folder, anew=ctx.triggered_id != ids.PREPARE_SURVEY_TICK, is_allowed=chooser.roots().allows)
    return prepare_survey.shown(state), prepare_survey.told(state), state["state"] != "running"


@callback(Output(ids.PREPARE_USUAL_OUTPUT, "data"), Input(ids.PREPARE_DATA_DIR, "value"), FIELDS[3],
          prevent_initial_call=True)
def suggest_output(data_dir: str | None, output_dir: str | None) -> Any:
    """A place for the project, unless one was chosen; the page takes it if none has been chosen meanwhile."""
    return no_update if output_dir else prepare_start.usual_output(data_dir) or no_update


@callback(Output(ids.PREPARE_VALUES, "data"), Output(ids.PREPARE_REMARKS, "children"),
          Output(ids.PREPARE_COMMAND, "children"), Output(ids.PREPARE_STATUS, "children"),
          Output(ids.PREPARE_START, "disabled"), Input(forms.settled_id(ids.PREPARE), "data"),
          Input(ids.PREPARE_PRESET, "value"), Input(ids.PREPARE_DATA_DIR, "value"),
          Input(ids.PREPARE_OUTPUT_DIR, "value"), Input(ids.PREPARE_STEPS, "value"),
          Input(ids.PREPARE_SURVEYED, "data"), FIELDS[0])
def judge_form(*given: Any) -> tuple[Any, ...]:
    """What the form says now: as values for the preview, as a command, and whether it can be started."""
    access.require("owner")
    _settled, preset, data_dir, output_dir, chosen, surveyed, own = given
    judged = prepare_start.look((own, preset, data_dir, output_dir, chosen), surveyed)
    values = prepare_form.values_of(judged.described) if judged.described else no_update
    command = preparing.command_line(judged.described) if judged.described else no_update
    return (values, prepare_start.shown(judged), command, prepare_start.status(judged), bool(judged.problem))


@callback(Output(ids.NOTICE, "data", allow_duplicate=True), Output(ids.RUN_ASKED, "data", allow_duplicate=True),
          Output(ids.PREPARE_TOKEN, "data"), Input(ids.PREPARE_START, "n_clicks"), *FIELDS,
          State(ids.PREPARE_TOKEN, "data"), prevent_initial_call=True)
def start(_clicks: int, *given: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Put the run into the queue; it belongs to the server and goes on without this page."""
    *fields, token = given
    described = prepare_start.ready(fields)
    run = background.submit("preprocess", prepare_form.as_values(described), token=token or uuid.uuid4().hex)
    told = telling.joined(run, token) or prepare_start.told(run)
    return notices.told(told), background.asked(run), uuid.uuid4().hex


@callback(Output(ids.PREPARE_FORM, "children"), Input(ids.RUN_AGAIN, "data"), prevent_initial_call=True)
def fill_with_run(again: dict[str, Any] | None) -> Any:
    """The form with the values of an earlier run."""
    if not again or again.get("kind") != "preprocess":
        return no_update
    return prepare_form.form(again["values"])
