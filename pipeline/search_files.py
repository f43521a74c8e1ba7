"""Examples that come as files: each in a folder of its own for as long as it is searched by, then removed.

Such a folder holds the recording, ``about.json`` with its pieces, and ``pieces.npz`` with their vectors and pictures.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import filelock
import numpy as np

from pipeline import playback, search, search_process, tiles, uploads, vetting
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, UploadError
from pipeline.search import Search
from pipeline.search_hearing import SOUND, Span
from pipeline.text import counted, printable, size_text
from pipeline.uploads import Upload

MOST_BYTES = 100_000_000
KEPT_S = 3 * 3600.0          # an example that nobody has searched by for so long is removed
MOST_OF_ONE = 4              # examples of one person
MOST_CHOSEN = 20             # stretches that a person has chosen in one file
ABOUT, PIECES = "about.json", "pieces.npz"


def folder() -> Path:
    """Where examples lie: hidden among the uploads, which may be read wherever recordings are confined."""
    place = uploads.folder() / ".examples"
    place.mkdir(exist_ok=True, mode=0o700)
    return place


# ---- coming and going ------------------------------------------------------------------------------------------------

def begin(name: str, size: int, *, user: str) -> Upload:
    """Begin to receive one recording to search by; of earlier ones of this person the latest stay.

    Raises UploadError for what is not taken.
    """
    sweep()
    for token in _of_user(user)[MOST_OF_ONE - 1:]:
        shutil.rmtree(folder() / token, ignore_errors=True)
    if Path(uploads.safe_name(name)).suffix.lower() not in uploads.AUDIO:
        raise UploadError(f"{printable(name)} is no recording. Choose an audio file (WAV, FLAC, MP3, …).")
    if isinstance(size, int) and size > MOST_BYTES:
        raise UploadError(f"{printable(name)} has {size_text(size)}; a file to search by may have "
                          f"{size_text(MOST_BYTES)}. Cut the sound out of it, or use 'search' at the command line.")
    place, flat = folder() / uuid.uuid4().hex, name.replace("\\", "/").rpartition("/")[2]
    upload = uploads.begin([{"name": flat, "size": size}], user=user, into=place, most_bytes=MOST_OF_ONE * MOST_BYTES)
    place.mkdir(mode=0o700)
    return upload


def _of_user(user: str) -> list[str]:
    """The tokens of a person's examples, the latest first."""
    found = []
    for path in folder().glob(f"*/{ABOUT}"):
        with contextlib.suppress(OSError, ValueError):     # removed meanwhile
            if json.loads(path.read_text(encoding="utf-8")).get("user") == user:
                found.append((path.stat().st_mtime, path.parent.name))
    return [token for _when, token in sorted(found, reverse=True)]


def is_example(token: str, *, user: str) -> bool:
    """Whether this person's upload of that token was begun by `begin`."""
    try:
        return _is_here(uploads.get(token, user=user))
    except UploadError:
        return False


def _is_here(upload: Upload) -> bool:
    return bool(upload.into) and Path(upload.into).parent == folder()


def take(upload: Upload, dataset: Dataset) -> str:
    """Hear the recording that has come as those of the project; its token. What cannot be used is not kept.

    Raises UploadError, AudioError, and what `search_hearing.hear` raises, as RunError.
    """
    if not _is_here(upload):
        raise UploadError("This upload is not an example to search by.")
    place = Path(upload.into)
    try:
        done = uploads.finish(upload)
        path = done.folder / done.good[0][0]
        vetting.vet(path, "recording")
        heard = search_process.heard(dataset.path, path, place / PIECES)
        if not heard["vectors"]:
            raise ParameterError(next(iter(heard["reasons"].values()), "This project has nothing to compare by."))
        about = {"name": path.name, "project": dataset.project_id, "user": upload.user, **heard}
        (place / ABOUT).write_text(json.dumps(about), encoding="utf-8")
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return place.name


def choose(dataset: Dataset, token: str, span: Span) -> int:
    """Add a stretch of the file to its pieces; its number. Raises ParameterError, RunError."""
    place, about = _place(dataset, token), _about(dataset, token)
    if sum(one["kind"] != SOUND for one in about["pieces"]) > MOST_CHOSEN:
        raise ParameterError(f"{counted(MOST_CHOSEN, 'piece')} of this file were chosen. Drop it again to choose more.")
    fresh = place / f"{uuid.uuid4().hex}.npz"
    try:
        heard = search_process.heard(dataset.path, place / about["name"], fresh, span=span)
        with filelock.FileLock(place / "lock"):
            return _append(dataset, token, heard, fresh)
    finally:
        fresh.unlink(missing_ok=True)


def _append(dataset: Dataset, token: str, heard: dict[str, Any], fresh: Path) -> int:
    place, about = _place(dataset, token), _about(dataset, token)
    if heard["vectors"] != about["vectors"]:
        raise ParameterError("The project has got other features since this file was dropped. Drop it again.")
    number, old, new = len(about["pieces"]), _arrays(place / PIECES), _arrays(fresh)
    joined = {name: np.concatenate([old[name], new[name]]) for name in old if not name.startswith("picture-")}
    joined |= {name: array for name, array in old.items() if name.startswith("picture-")}
    joined[f"picture-{number}"] = new["picture-0"]
    changed = place / "changed.npz"
    np.savez(changed, **joined)
    changed.replace(place / PIECES)
    (place / ABOUT).write_text(json.dumps(about | {"pieces": about["pieces"] + heard["pieces"]}), encoding="utf-8")
    return number


def remove(dataset: Dataset, token: str) -> None:
    """Remove an example with all that is known of it."""
    shutil.rmtree(_place(dataset, token), ignore_errors=True)


def sweep(*, kept_s: float = KEPT_S) -> None:
    """Remove what nobody searches by any more."""
    for place in folder().iterdir():
        try:
            latest = max(place.stat().st_mtime, *(path.stat().st_mtime for path in place.glob("*")), 0.0)
        except OSError:     # removed meanwhile
            continue
        if latest < time.time() - kept_s:
            shutil.rmtree(place, ignore_errors=True)


# ---- what is known ---------------------------------------------------------------------------------------------------

def about(dataset: Dataset, token: str) -> dict[str, Any]:
    """``name``, ``duration_s``, ``pieces`` (kind, onset_s, offset_s) and ``notes`` of an example, for the page."""
    found = _about(dataset, token)
    (folder() / token / ABOUT).touch()        # it is looked at: not yet to be swept
    return {"file": token, "name": printable(found["name"]),
            **{key: found[key] for key in ("duration_s", "pieces", "notes")}}


def usual(dataset: Dataset, token: str) -> int:
    """The piece that is searched by at first: the first sound in the file, or the whole of it."""
    kinds = [one["kind"] for one in _about(dataset, token)["pieces"]]
    return kinds.index(SOUND) if SOUND in kinds else 0


def vectors(dataset: Dataset, token: str, pieces: Sequence[int], search_by: Search) -> np.ndarray:
    """The vectors of pieces, float32 (m, d), as they were computed. Raises ParameterError for what there is not."""
    name, found, place = search.vectors_of(dataset, search_by), _about(dataset, token), _place(dataset, token)
    if name not in found["vectors"]:
        why = found["reasons"].get(name) or f"A file has no {name}. Compare by the embedding, or one set of features."
        raise ParameterError(why)
    _checked(found, pieces)
    return _arrays(place / PIECES)[f"vectors-{found['vectors'].index(name)}"][list(pieces)]


def title(dataset: Dataset, token: str, pieces: Sequence[int]) -> str:
    """``call.wav``, or ``call.wav, 0.10–0.18 s``, or ``3 pieces of call.wav``."""
    found = _about(dataset, token)
    _checked(found, pieces)
    name = printable(found["name"])
    if len(pieces) > 1:
        return f"{len(pieces)} pieces of {name}"
    one = found["pieces"][pieces[0]]
    return name if one["kind"] == "whole" else f"{name}, {one['onset_s']:.2f}–{one['offset_s']:.2f} s"


def provenance(dataset: Dataset, token: str, pieces: Sequence[int]) -> dict[str, Any]:
    """The file and its pieces, for the history."""
    found = _about(dataset, token)
    return {"file": found["name"], "pieces": [found["pieces"][number] for number in pieces]}


def tile(dataset: Dataset, token: str, piece: int, levels: tuple[float, float], style: tiles.Style) -> np.ndarray:
    """The picture of a piece as shades, uint8 (height, width), in the scale of the project's tiles."""
    one = _piece(dataset, token, piece)
    duration_s = one["offset_s"] - one["onset_s"]
    values = _arrays(_place(dataset, token) / PIECES)[f"picture-{piece}"]
    n_frames = values.shape[1] if values.ndim == 2 else 0
    shown = values[:, :max(1, round(n_frames * tiles.shown_s(duration_s, style.px_per_ms) / max(duration_s, 1e-9)))]
    width_px = int(tiles.widths_px(np.array([duration_s]), style.px_per_ms)[0])
    return tiles.shades(shown, levels, width_px=width_px, height_px=style.height_px)


def wav(dataset: Dataset, token: str, piece: int, *, speed: float | None = None) -> bytes:
    """A piece for the ear, as `browse.wav`. Raises AudioError."""
    one, found = _piece(dataset, token, piece), _about(dataset, token)
    return playback.wav(_place(dataset, token) / found["name"], one["onset_s"], one["offset_s"],
                        speed=speed or playback.default_speed(found["rate_hz"]))


def _piece(dataset: Dataset, token: str, number: int) -> dict[str, Any]:
    found = _about(dataset, token)
    _checked(found, [number])
    return found["pieces"][number]


def _checked(found: dict[str, Any], pieces: Sequence[int]) -> None:
    if not pieces or not all(0 <= number < len(found["pieces"]) for number in pieces):
        raise ParameterError("This file has no such piece. Drop it again.")


def _place(dataset: Dataset, token: str) -> Path:
    _about(dataset, token)
    return folder() / token


def _about(dataset: Dataset, token: str) -> dict[str, Any]:
    """Raises ParameterError for an example that is not there, or was heard for another project."""
    try:
        is_token = isinstance(token, str) and len(token) == 32 and token.isascii() and token.isalnum()
        found = json.loads((folder() / token / ABOUT).read_text(encoding="utf-8")) if is_token else {}
    except (OSError, ValueError):
        found = {}
    if found.get("project") != dataset.project_id:
        raise ParameterError("The file to search by is not kept any more. Drop it again.")
    return found


def _arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
