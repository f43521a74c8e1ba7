"""The keys, in one table: it drives what they do, the buttons' tooltips and the help dialog.

A key presses a button; what the button does is written once, with the button. Names are those of the browser's
``KeyboardEvent.key``; ``Ctrl`` is the command key on a Mac.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from pages._ui import ids


@dataclass(frozen=True)
class Key:
    """One row of the table.

    combinations : any of them does it      button : the id of what is pressed
    yields : whether a slider, menu, table, dialog or button that has the focus keeps the key for itself
    """

    combinations: tuple[str, ...]
    button: str
    does: str
    yields: bool = False


CURATE = (
    Key(("l",), ids.LASSO, "lasso on or off: draw round sounds; with shift adds them, with alt takes them away"),
    Key(("f",), ids.FIT, "show the whole map"),
    Key(("e",), ids.LEGEND_OPEN, "legend of the map: colour by, show only, hide"),
    Key(("ArrowLeft",), ids.VIEWER_BACK, "viewer: previous page", yields=True),
    Key(("ArrowRight",), ids.VIEWER_NEXT, "viewer: next page", yields=True),
    Key(("Home",), ids.VIEWER_FIRST, "viewer: first page", yields=True),
    Key(("End",), ids.VIEWER_LAST, "viewer: last page", yields=True),
    Key(("PageUp",), ids.GRID_BACK, "clusters: previous page", yields=True),
    Key(("PageDown",), ids.GRID_NEXT, "clusters: next page", yields=True),
    Key((" ",), ids.PLAY, "play or stop the selected sound", yields=True),
    Key(("p",), ids.PLAY_ALL, "play the sounds of the viewer one after the other; space or Esc stops"),
    Key(("Shift+L",), ids.LOOP, "loop: play a sound again and again, on or off"),
    Key(("s",), ids.LISTENING, "menu of sound and pictures: speed, context, loop, colours"),
    Key(("w",), ids.ASSIGN, "assign the selection to a new cluster"),
    Key(("m",), ids.MOVE, "move the selection to a cluster (dialog)"),
    Key(("k",), ids.SPLIT, "split the selected sounds off into a new cluster"),
    Key(("Delete",), ids.UNASSIGN, "unassign the selected sounds"),
    Key(("u", "g"), ids.MERGE_OPEN, "merge a cluster into the current one (dialog)"),
    Key(("r",), ids.RENAME, "rename the current cluster; its colour and note as well"),
    Key(("Shift+C",), ids.RESET, "reset all assignments (asks)"),
    Key(("o",), ids.ORDER_OPEN, "sort order (menu)"),
    Key(("Shift+O",), ids.ORDER_AGAIN, "sort again: shuffle, or by the sound clicked last"),
    Key(("Ctrl+z",), ids.UNDO, "undo"),
    Key(("Ctrl+y", "Ctrl+Shift+z"), ids.REDO, "redo"),
    Key(("c",), ids.MODE_NEXT, "next mode: CLUSTERING, BLOBBING, PROOFREADING, finalise (asks)"),
    Key(("=",), ids.THRESHOLD_MORE, "blobs: threshold × 1.2"),
    Key(("-",), ids.THRESHOLD_LESS, "blobs: threshold ÷ 1.2"),
    Key(("ArrowUp",), ids.RADIUS_MORE, "blobs: radius + 0.5", yields=True),
    Key(("ArrowDown",), ids.RADIUS_LESS, "blobs: radius - 0.5", yields=True),
    Key(("b",), ids.BLOB_NEXT, "blobs: select the next, the largest first"),
    Key(("Shift+B",), ids.BLOB_BACK, "blobs: select the previous"),
    Key(("h",), ids.HISTORY, "history: who did what, and the way back"),
    Key(("v",), ids.CONTEXT, "view the selected sound in its recording"),
    Key(("n",), ids.SIMILAR, "nearest sounds: those most like the selected ones"),
    Key(("Shift+N",), ids.SEARCH_FILE, "search by a file: the sounds most like it"),
    Key(("a",), ids.SEARCH_UP_TO, "search: select all up to the current sound"),
    Key(("Shift+A",), ids.SEARCH_PAGE, "search: select all on this page"),
    Key(("/",), ids.PALETTE, "command palette: all actions and clusters by name"),
    Key(("x",), ids.EXPORT, "export: download in any format"),
    Key(("Escape",), ids.CLEAR, "clear the selection, close a dialog"),
    Key(("q",), ids.LEAVE, "leave the project (all is saved)"),
)
SOUND_MAP = (
    Key((" ",), ids.SOUNDMAP_PLAY, "play or stop the selected sound", yields=True),
    Key(("ArrowLeft",), ids.SOUNDMAP_LEFT, "to the nearest sound on the left, and play it", yields=True),
    Key(("ArrowRight",), ids.SOUNDMAP_RIGHT, "to the nearest sound on the right, and play it", yields=True),
    Key(("ArrowUp",), ids.SOUNDMAP_UP, "to the nearest sound above, and play it", yields=True),
    Key(("ArrowDown",), ids.SOUNDMAP_DOWN, "to the nearest sound below, and play it", yields=True),
    Key(("h",), ids.SOUNDMAP_HOVER, "play what is pointed at, on or off"),
    Key(("p",), ids.SOUNDMAP_PATH, "path on or off: drag across the map to hear what lies on the way"),
    Key(("e",), ids.LEGEND_OPEN, "legend of the map: colour by, show only, hide"),
    Key(("a",), ids.SOUNDMAP_SHEET_OPEN, "all maps side by side"),
    Key(("f",), ids.SOUNDMAP_FIT, "show the whole map"),
    Key(("+", "="), ids.SOUNDMAP_IN, "nearer"),
    Key(("-",), ids.SOUNDMAP_OUT, "farther"),
    Key(("Escape",), ids.SOUNDMAP_STOP, "stop what plays; then close the path, the sheet, the selection"),
)
EVERYWHERE = (Key(("?",), ids.HELP_OPEN, "help"),)
SHOWN = {
    "ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", " ": "space", "Escape": "Esc",
    "PageUp": "PgUp", "PageDown": "PgDn",
}


def shown(combination: str) -> str:
    """A combination as people write it: ``Ctrl+Z``, ``←``, ``w``."""
    *held, key = combination.split("+") if combination != "+" else ["+"]
    return "+".join([*held, SHOWN.get(key, key.upper() if held and len(key) == 1 else key)])


def of(button: str) -> Key | None:
    """The key that presses a button, if one does."""
    return next((key for key in (*CURATE, *SOUND_MAP, *EVERYWHERE) if key.button == button), None)


def tooltip(button: str, text: str) -> str:
    """``text`` with the button's key behind it."""
    key = of(button)
    return f"{text} ({shown(key.combinations[0])})" if key else text


def as_json(keys: tuple[Key, ...]) -> str:
    """The table for ``assets/keys.js``."""
    return json.dumps([asdict(key) | {"shown": [shown(one) for one in key.combinations]}
                       for key in (*keys, *EVERYWHERE)])
