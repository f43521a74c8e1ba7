"""Checkpoints of neural models on the page Prepare: which are on this machine, what is missing in one, take one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dash import ALL, Input, Output, callback, ctx, html, no_update
from dash.development.base_component import Component

from pages._ui import access, chooser, ids, notices, prepare_form
from pages._ui.icons import icon
from pipeline import checkpoints
from pipeline.checkpoints import AUDIO, WHISPER, WHISPERSEG, Checkpoint
from pipeline.errors import SyllabaryError
from pipeline.text import printable, size_text

SEGMENT, WHISPER_EMBED, OTHER_EMBED = "whisperseg", "whisper", "hf"     # methods that take a checkpoint
TAKEN_BY = {WHISPERSEG: (SEGMENT, WHISPER_EMBED), WHISPER: (WHISPER_EMBED,), AUDIO: (OTHER_EMBED,)}
FIELDS = {SEGMENT: ("segmenter", "seg_model"), WHISPER_EMBED: ("embedder", "emb_model"),
          OTHER_EMBED: ("embedder", "emb_model")}
WORDS = {WHISPERSEG: "WhisperSeg", WHISPER: "Whisper", AUDIO: "audio encoder"}
NONE_HERE = ("None was found: neither in the hub's cache nor in the folders that may be used here. On a machine with "
             "access to the hub, fetch one with “hf download openai/whisper-base”, or copy a checkpoint's folder here. "
             "The methods energy and logmel need none.")


def panel() -> html.Details:
    """A folded section; its list is made when it is opened."""
    return html.Details([
        html.Summary([icon("chevron-right"), html.Span("Checkpoints of neural models on this machine")],
                     id=ids.CHECKPOINTS_OPEN, n_clicks=0),
        html.Div(id=ids.CHECKPOINTS_LIST, role="status", className="checkpoints"),
        html.Label("Check a folder", htmlFor=ids.CHECKPOINTS_FOLDER, className="form-label"),
        chooser.field(ids.CHECKPOINTS_FOLDER, label="Choose the folder of a checkpoint",
                      placeholder="Full path of a checkpoint's folder, or of one that holds some"),
        html.Div(id=ids.CHECKPOINTS_CHECKED, role="status", className="checkpoints"),
    ], className="form-section folded-section")


def register(fields: Sequence[Any]) -> None:
    """The panel's callbacks; once for the page.

    fields : the states of the form, as `prepare_form.task` takes them
    """
    callback(Output(ids.CHECKPOINTS_LIST, "children"), Input(ids.CHECKPOINTS_OPEN, "n_clicks"),
             prevent_initial_call=True)(list_checkpoints)
    callback(Output(ids.CHECKPOINTS_CHECKED, "children"), Input(ids.CHECKPOINTS_FOLDER, "value"),
             prevent_initial_call=True)(check_folder)
    callback(Output(ids.PREPARE_FORM, "children", allow_duplicate=True),
             Output(ids.NOTICE, "data", allow_duplicate=True), Input(button_id(ALL, ALL), "n_clicks"), *fields,
             prevent_initial_call=True)(take_checkpoint)


def button_id(method: Any, model: Any) -> dict[str, Any]:
    """The id of the button that gives a checkpoint to a method."""
    return {"type": "take-checkpoint", "method": method, "model": model}


def list_checkpoints(_clicks: int) -> list[Component]:
    """Those in the hub's cache and in the allowed folders."""
    access.require("owner")
    found = checkpoints.find(chooser.roots().folders)
    return [_table(found)] if found else [html.P(NONE_HERE, className="hint")]


def check_folder(folder: str | None) -> list[Component]:
    """What a folder holds, or what is missing there."""
    access.require("owner")
    if not (folder or "").strip():
        return []
    try:
        path = chooser.resolve(folder)
    except SyllabaryError as error:   # told beside the field: the text may not be finished
        return [_told(str(error))]
    return [_table(checkpoints.find([path], hub=False) or [checkpoints.check(path)])]


def take_checkpoint(_clicks: Sequence[int | None], *fields: Any) -> tuple[Any, Any]:
    """The form with the checkpoint in its field, and the method that takes it."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:      # the buttons have only just come
        return no_update, no_update
    chosen = ctx.triggered_id
    given = prepare_form.as_values(prepare_form.task(*fields))
    given = with_checkpoint(given, method=chosen["method"], model=chosen["model"])
    told = f"The {FIELDS[chosen['method']][0]} is now {chosen['method']}, with {_short(chosen['model'])}."
    return prepare_form.form(given), notices.told(told)


def with_checkpoint(given: dict[str, Any], *, method: str, model: str) -> dict[str, Any]:
    """The values of a task with a checkpoint for a method."""
    kind, field = FIELDS[method]
    return given | {kind: method, "values": {**given["values"], field: model}}


def _table(found: Sequence[Checkpoint]) -> html.Table:
    return html.Table(html.Tbody([_row(one) for one in found]), className="checkpoint-table")


def _row(one: Checkpoint) -> html.Tr:
    place = printable(str(one.folder.parent)) if one.name.startswith("/") else "from the hub"
    words = f"{WORDS.get(one.kind, 'no audio model')} · {_numbers(one)}"
    usable = () if one.problems else TAKEN_BY.get(one.kind, ())
    return html.Tr([
        html.Td([html.Span(_short(one.name), className="name"), html.Div(words), html.Div(place, className="quiet"),
                 *(_told(f"{printable(text)}.") for text in one.problems),
                 *(html.Div(f"{printable(text)}.", className="quiet") for text in one.notes)],
                title=printable(str(one.folder))),
        html.Td([_button(one.name, method) for method in usable], className="take"),
    ])


def _short(name: str) -> str:
    """A hub id, or the last part of a folder."""
    return printable(Path(name).name if name.startswith("/") else name)


def _numbers(one: Checkpoint) -> str:
    form = {checkpoints.CT2: "CTranslate2", checkpoints.HF: "Hugging Face"}.get(one.form, "")
    parts = (size_text(one.n_bytes), form, one.n_dims and f"{one.n_dims:,} numbers a sound",
             one.n_mels and f"{one.n_mels} mels",
             one.rate_hz and f"{one.rate_hz / 1000:g} kHz")
    return " · ".join(str(part) for part in parts if part)


def _button(model: str, method: str) -> html.Button:
    words, name = "Find sounds" if method == SEGMENT else "Compare sounds", _short(model)
    about = {"title": f"Use {name} as {FIELDS[method][0]}", "aria-label": f"{words} with {name}"}
    return html.Button(words, id=button_id(method, model), type="button", n_clicks=0, className="control", **about)


def _told(text: str) -> html.Div:
    return html.Div([icon("exclamation-triangle"), html.Span(text)], className="remark problem")
