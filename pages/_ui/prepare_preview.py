"""The preview on the page Prepare: what the settings as they stand find in one recording; and what a run will need.

The drawing, zoom, sound and the waiting until a person has stopped typing are in assets/preview.js and
assets/previewview.js. Pictures and sound come from routes that take a folder within the allowed ones and a name in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, dcc, html
from flask import Blueprint, Response, request

from pages._ui import access, chooser, ids, media, shell
from pages._ui.icons import icon
from pipeline import estimate, params, pieces, playback, preparing, surroundings, survey, tiles, trial, trial_picture
from pipeline.errors import ParameterError, SyllabaryError
from pipeline.pieces import Place
from pipeline.spectrogram import SpectrogramParams
from pipeline.text import counted, printable

routes = Blueprint("preview", __name__, url_prefix="/preview")
routes.register_error_handler(SyllabaryError, media.say_why)
HOW = ("The recording with the sounds that these settings find. Left and right scroll, plus and minus zoom, up and "
       "down go from sound to sound, Enter plays the sound, space plays what is shown")
TABLES = (".csv", ".tsv", ".txt", ".json", ".mat", ".textgrid")
LEAST_TOLERANCE_MS, MOST_TOLERANCE_MS = 0.1, 1000
NAMES = f"{ids.PREVIEW_NAME}-list"
WAITING = "The estimate follows when the recordings have been looked at."


def panel() -> html.Section:
    """The whole preview, with what its callbacks need besides what is seen."""
    stores = [dcc.Store(id=id) for id in (ids.PREVIEW_FOLDER, ids.PREVIEW_RECORDING, ids.PREVIEW_ASKED,
                                          ids.PREVIEW_ANSWER, ids.PREVIEW_CHANGED, ids.PREVIEW_DRAWN)]
    drawing = html.Div([html.Div(id=ids.PREVIEW_TILES, className="context-tiles"),
                        html.Canvas(id=ids.PREVIEW_CANVAS, className="context-canvas")],
                       id=ids.PREVIEW_DRAWING, className="context-drawing preview-drawing", role="application",
                       tabIndex=0, **{"aria-label": HOW})
    told = [html.P(id=ids.PREVIEW_TOLD, className="preview-told", role="status"),
            html.P(id=ids.PREVIEW_SCORE, className="preview-score", role="status"),
            html.Div(id=ids.PREVIEW_WORDS, className="preview-words")]
    return html.Section([_head(), drawing, _below(), *told, _truth(), *stores], id=ids.PREVIEW,
                        className="trial", **{"aria-label": "Preview", "data-empty": "yes"})


def _head() -> html.Div:
    name = dbc.Input(id=ids.PREVIEW_NAME, type="text", debounce=300, autocomplete="off", list=NAMES,
                     placeholder="Search recordings", className="preview-name")
    return html.Div([
        html.H2("Preview"), shell.button(ids.PREVIEW_BACK, "chevron-left", "The recording before"),
        html.Label([html.Span("Recording", className="visually-hidden"), name], className="preview-search"),
        html.Datalist(id=NAMES), shell.button(ids.PREVIEW_NEXT, "chevron-right", "The next recording"),
        html.Span(id=ids.PREVIEW_AT, className="hint", role="status"),
        html.Div([
            shell.button(ids.PREVIEW_PLAY, "play-fill", "Play what is shown, or stop (space)"),
            shell.button(ids.PREVIEW_OUT, "zoom-out", "Show more of the recording (-)"),
            shell.button(ids.PREVIEW_IN, "zoom-in", "Show less, but larger (+)"),
            shell.button(ids.PREVIEW_ALL, "arrows-fullscreen", "As much as can be shown"),
        ], className="pager"),
    ], className="preview-head")


def _below() -> html.Div:
    """Where one is in the recording, and what to press for a method that takes long."""
    place = dbc.Input(id=ids.PREVIEW_PLACE, type="range", min=0, max=1000, step=0.01, value=0, className="context-at")
    wait = html.Button([icon("play-fill"), html.Span("Try these settings on what is shown")], id=ids.PREVIEW_TRY,
                       type="button", className="control", hidden=True)
    return html.Div([html.Label([html.Span("Place in the recording", className="visually-hidden"), place],
                                className="context-place"), wait], className="preview-below")


def _truth() -> html.Details:
    own = dbc.Checkbox(id=ids.PREVIEW_OWN_TRUTH, label=f"{trial.TRUTH_NAME} in the folder of recordings", value=False)
    table = chooser.field(ids.PREVIEW_TRUTH, kind=chooser.FILE, files=TABLES, placeholder="Table of true sounds",
                          label="Choose a table of true sounds")
    tolerance = dbc.Input(id=ids.PREVIEW_TOLERANCE, type="number", value=10, min=LEAST_TOLERANCE_MS,
                          max=MOST_TOLERANCE_MS, step="any", debounce=300)
    return html.Details([
        html.Summary([icon("chevron-right"), html.Span("Score against a table of true sounds")]),
        html.Div([own, html.Label([html.Span("Table", className="form-label"), table], className="preview-table"),
                  html.Label([html.Span("A hit if onset and offset are within", className="form-label"), tolerance,
                              html.Span("ms")], className="preview-tolerance")], className="form-group"),
    ], id=ids.PREVIEW_SCORING, className="folded")


def estimate_line() -> html.Div:
    """Time and room that the run will need, for beside the button that starts it."""
    line = html.Span(WAITING, id=ids.ESTIMATE, role="status")
    return html.Div([line, dcc.Store(id=ids.ESTIMATE_ASKED), dcc.Store(id=ids.ESTIMATE_TOLD)], className="estimate")


def register() -> None:
    """The callbacks of this file; once for each app."""
    callback(Output(ids.PREVIEW_RECORDING, "data"), Output(ids.PREVIEW_NAME, "value"),
             Output(ids.PREVIEW_AT, "children"), Output(NAMES, "children"), Output(ids.PREVIEW_OWN_TRUTH, "disabled"),
             Input(ids.PREVIEW_FOLDER, "data"), Input(ids.PREVIEW_BACK, "n_clicks"),
             Input(ids.PREVIEW_NEXT, "n_clicks"), Input(ids.PREVIEW_NAME, "value"),
             State(ids.PREVIEW_RECORDING, "data"), prevent_initial_call=True)(choose_recording)
    callback(Output(ids.PREVIEW_ANSWER, "data"), Input(ids.PREVIEW_ASKED, "data"), State(ids.PREPARE_VALUES, "data"),
             prevent_initial_call=True, running=[(Output(ids.PREVIEW, "className"), "trial busy", "trial")],
             )(try_settings)
    callback(Output(ids.ESTIMATE, "children"), Output(ids.ESTIMATE, "className"), Output(ids.ESTIMATE_TOLD, "data"),
             Input(ids.ESTIMATE_ASKED, "data"), State(ids.PREPARE_VALUES, "data"), prevent_initial_call=True,
             running=[(Output(ids.ESTIMATE, "aria-busy"), "true", "false")])(estimate_run)
    _browser("followFolder", Output(ids.PREVIEW_FOLDER, "data"), Input(ids.PREPARE_VALUES, "data"))
    _browser("ask", Output(ids.PREVIEW_CHANGED, "data"), Input(ids.PREPARE_VALUES, "data"),
             Input(ids.PREVIEW_RECORDING, "data"), Input(ids.PREVIEW_TRUTH, "value"),
             Input(ids.PREVIEW_OWN_TRUTH, "value"), Input(ids.PREVIEW_TOLERANCE, "value"))
    _browser("draw", Output(ids.PREVIEW_DRAWN, "data"), Input(ids.PREVIEW_ANSWER, "data"))
    _browser("askEstimate", Output(ids.ESTIMATE_ASKED, "data"), Input(ids.PREPARE_VALUES, "data"),
             Input(ids.PREPARE_SURVEYED, "data"))


def _browser(function: str, output: Output, *inputs: Input) -> None:
    clientside_callback(ClientsideFunction("preview", function), output, *inputs, prevent_initial_call=True)


def choose_recording(
    folder: str | None, _back: int, _next: int, typed: str | None, chosen: dict[str, Any] | None,
) -> tuple:
    """The recording that is looked at: the first of a folder, its neighbour, or the one whose name was typed."""
    if not folder:
        return None, "", "", [], True
    data_dir = _folder(folder)
    step = {ids.PREVIEW_BACK: -1, ids.PREVIEW_NEXT: 1}.get(ctx.triggered_id, 0)
    is_typed = ctx.triggered_id == ids.PREVIEW_NAME and typed
    is_same = (chosen or {}).get("folder") == folder
    found = pieces.choose(data_dir, now=chosen["name"] if chosen and is_same else None,
                          typed=typed if is_typed else "", step=step)
    place = f"{found.row + 1} of {found.n}"
    is_found = not is_typed or printable(found.name) == typed or found.n_matching == 1
    told = place if is_found else f"{counted(found.n_matching, 'name')} with that"
    return ({"folder": folder, "name": found.name}, printable(found.name) if is_found else typed, told,
            [html.Option(value=printable(name)) for name in found.names], not (data_dir / trial.TRUTH_NAME).is_file())


def try_settings(asked: dict[str, Any] | None, form: dict[str, Any] | None) -> dict[str, Any]:
    """What the settings find in the recording that is looked at."""
    access.require("owner")
    if not asked or not form or not asked.get("name"):
        return {"problem": "", "name": None, "serial": (asked or {}).get("serial")}
    data_dir = _folder(form["data_dir"])
    try:
        form = preparing.form_within(form, chooser.roots())
    except ParameterError as error:     # told in its place: the text may not be finished
        return {"problem": str(error), "name": asked["name"], "serial": asked["serial"]}
    _allowed(data_dir, asked["name"])
    tolerance_ms = min(max(float(asked.get("tolerance_ms") or 10), LEAST_TOLERANCE_MS), MOST_TOLERANCE_MS)
    answer = trial.look(trial.Asked(
        data_dir, asked["name"], trial.plan_values(form), from_s=float(asked["from_s"]), to_s=float(asked["to_s"]),
        truth=_truth_path(asked, data_dir), tolerance_s=tolerance_ms / 1000, is_wanted=bool(asked.get("wanted"))))
    return answer | {"serial": asked["serial"]}


def _truth_path(asked: dict[str, Any], data_dir: Path) -> Path | None:
    if asked.get("truth"):
        return chooser.roots().resolve(asked["truth"])
    own = data_dir / trial.TRUTH_NAME
    return chooser.roots().resolve(own) if asked.get("own_truth") and own.is_file() else None


def estimate_run(_asked: float | None, form: dict[str, Any] | None) -> tuple[str, str, dict[str, Any]]:
    """What the run as it stands will need, and whether there is room."""
    access.require("owner")
    unknown = {"is_enough": True, "words": ""}
    if not form or not form.get("data_dir") or not form.get("output_dir"):
        return "", "", unknown
    state = survey.follow(_folder(form["data_dir"]), is_allowed=chooser.roots().allows)
    if state["state"] != "done":
        return WAITING if state["state"] == "running" else "", "", unknown
    output_dir = chooser.roots().resolve(form["output_dir"], must_exist=False)
    try:
        form = preparing.form_within(form, chooser.roots())
    except ParameterError:     # told where it stands
        return "", "", unknown
    found = estimate.for_form(form | {"output_dir": output_dir}, survey.from_json(state["survey"]))
    return found["words"], "" if found["is_enough"] else "problem", found


def _folder(text: str) -> Path:
    return chooser.roots().folder(text)


def _allowed(data_dir: Path, name: str) -> Path:
    """Where a recording lies. Raises ParameterError for one that a link leads to, out of the allowed folders."""
    path = pieces.find(data_dir, name)
    if not chooser.roots().allows(path):
        raise ParameterError(f"{printable(name)} is a link that leads out of the folders that may be used here.")
    return path


@routes.before_request
def check() -> None:
    """Looking into folders is for those who may start runs."""
    access.require("owner")


@routes.get("/picture/<int:from_ms>-<int:to_ms>.png")
def picture(from_ms: int, to_ms: int) -> Response:
    """The spectrogram of a stretch, with the values of the address; see `trial_picture.picture`."""
    values = {name: request.args[name] for name in ("sr", "channel", "n_fft", "hop_length", "spec_min_freq",
                                                    "spec_max_freq") if request.args.get(name)}
    where, part = _asked_place(values), surroundings.on_grid(from_ms, to_ms)
    number = request.args.get("piece", -1, type=int)
    if not pieces.is_piece(where, number):
        raise ParameterError("There is no such piece of this recording.")
    shades = trial_picture.picture(where, number, params.make(SpectrogramParams, values), part)
    return Response(tiles.png(shades), mimetype="image/png", headers={"Cache-Control": media.FOREVER})


@routes.get("/heard/<int:from_ms>-<int:to_ms>.wav")
def heard(from_ms: int, to_ms: int) -> Response:
    """A stretch for the ear, of any length up to a minute. ``speed=auto`` slows ultrasound down."""
    where, part = _asked_place({}), surroundings.any_stretch(from_ms, to_ms)
    speed = playback.default_speed(pieces.probe(where).rate_hz) if request.args.get("speed", "auto") == "auto" \
        else media.number("speed", 1.0, playback.SLOWEST, playback.FASTEST)
    return media.wav_answer(playback.wav(where.path, part.from_s, part.to_s, speed=speed))


def _asked_place(values: dict[str, Any]) -> Place:
    data_dir, name = _folder(request.args.get("folder", "")), request.args.get("name", "")
    _allowed(data_dir, name)
    return pieces.place(data_dir, name, values)
