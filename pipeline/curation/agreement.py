"""Keeping the project file and its journal in agreement: the journal is the truth, the file is brought to it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from pipeline import locks
from pipeline.curation import checkpoint, journal
from pipeline.curation.checkpoint import Content, Places
from pipeline.curation.journal import Checkpoint, Journal, MismatchError
from pipeline.curation.labels import Labels
from pipeline.curation.state import State, advance
from pipeline.errors import JournalError, ProjectError

KEEP_JOURNAL, ADOPT_FILE = "keep-journal", "adopt-file"


@dataclass(frozen=True)
class Identity:
    """What tells a project from others: its id, a fingerprint of its sounds, and how many they are.

    sounds : see `checkpoint.sounds_digest`
    """

    project_id: str
    sounds: str
    n_sounds: int


def settle(project: Path, labels: Labels) -> int:
    """Bring the file to the newest edit in the journal and return that edit's revision.

    labels : of the sounds as they were when the project was opened; it may have been extended since

    It works from the two files alone, so it may be called from any thread or process. What the file is about to
    get is written to the journal first: after a crash, the next call tells a write cut short from a foreign change.
    Raises MismatchError, and writes nothing, if the file has something else than the last checkpoint left there.
    """
    with locks.holding(project), contextlib.closing(_Visit(project)) as book:
        places = _places(project, book)
        if places.n_sounds != len(labels):
            labels = Labels.of(checkpoint.segment_ids(project))
        done = _finish_pending(project, places, book, labels)
        newest = _newest(book, done)
        if newest.state.revision > done.state.revision:
            _write(project, places, book, newest)
        return newest.state.revision


def begin(project: Path, labels: Labels, *, about: Identity, first_revision: int = 0) -> Journal:
    """The project's journal, begun if there is none. The file is rewritten once if labels cannot be written in place.

    labels : as they were in the file when it was opened. Raises ProjectError if the file is another one by now.
    """
    path = journal.path_of(project)
    with locks.holding(project):
        if not journal.exists(path):
            if len(checkpoint.segment_ids(project)) != len(labels):
                raise ProjectError(f"{project} has other sounds than when it was opened, as after it was extended. "
                                   "Open it again.")
            places = checkpoint.locate(project) or _make_room(project, labels, project_id=about.project_id)
            if places.project_id != about.project_id:
                raise ProjectError(f"{project} was replaced by another project since it was opened. Open it again.")
            content = checkpoint.read(project, places)
            origin = Checkpoint(State.first(first_revision, from_content(content, labels)), content.cluster_table)
            Journal.create(path, about=_texts(about), origin=origin).close()
    return Journal(path)


def check_sounds(project: Path, *, about: Identity, first: Callable[[int], str]) -> None:
    """Raise MismatchError if the journal speaks of other sounds than the file has.

    A project that was extended has more sounds than its journal knows, all behind those it knows; the journal is then
    told of them. first : the fingerprint of so many of the file's sounds
    """
    with contextlib.closing(_Visit(project)) as book:
        if book.about["sounds"] == about.sounds:
            return
        is_extended = book.about["project_id"] == about.project_id and first(book.n_sounds) == book.about["sounds"]
        if is_extended:
            book.put_sounds(about.sounds, about.n_sounds)
        else:
            raise MismatchError(_mismatch(project, "has other sounds than those its journal speaks of",
                                          f"'--keep file' ({ADOPT_FILE!r}) is the only choice here"))


def keep_journal(project: Path, labels: Labels, *, about: Identity, first: Callable[[int], str]) -> None:
    """Write over the file what the journal has, as a person decided. MismatchError as `check_sounds`."""
    check_sounds(project, about=about, first=first)
    with locks.holding(project), contextlib.closing(_Visit(project)) as book:
        last = book.checkpoint("pending", labels) or book.checkpoint("done", labels)
        places = checkpoint.locate(project)
        if places and places.fits(last.content) and places.project_id == book.about["project_id"]:
            checkpoint.write(project, places, last.content)
        else:
            checkpoint.rewrite(project, last.content, project_id=book.about["project_id"], keep=True)


def adopt_file(project: Path, labels: Labels, *, about: Identity) -> Path:
    """Set the journal aside and begin another from what the file has, as a person decided. Returns its new name.

    Revisions go on rising, so that no view mistakes the new labels for older ones.
    """
    path = journal.path_of(project)
    with locks.holding(project):
        try:
            with contextlib.closing(_Visit(project)) as book:
                first_revision = book.last_seq + 1
        except JournalError:   # unreadable: the clock gives a number above any that it can have had
            first_revision = int(time.time())
        aside = journal.set_aside(path)
    begin(project, labels, about=about, first_revision=first_revision).close()
    return aside


def retire_journal(project: Path) -> Path | None:
    """Set the journal of a project aside under a dated name, because another set of sounds has taken its place.

    Returns that name, or None if there was no journal. The labels, if any, must have been carried over before.
    """
    path = journal.path_of(project.resolve())
    with locks.holding(project):
        if not journal.exists(path):
            return None
        with contextlib.suppress(MismatchError):   # a damaged one is set aside as it is
            Journal(path).close()
        return journal.set_aside(path)


def _texts(about: Identity) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(about).items()}


def load(book: Journal, labels: Labels) -> State:
    """The newest state, from the last checkpoint and the few edits after it."""
    done = book.checkpoint("done", labels)
    return advance(done.state, book.edits_after(done.state.revision))


def from_content(content: Content, labels: Labels) -> Labels:
    """The labels that the file has, for the same sounds as ``labels``."""
    ids = np.frombuffer(content.cells, "<i4")
    return Labels.of(labels.segment_ids, ids, clusters=checkpoint.decode(content.cluster_table))


class _Visit(Journal):
    """A journal opened for a moment: folding its write-ahead log is left to those who stay."""

    def __init__(self, project: Path) -> None:
        super().__init__(journal.path_of(project))

    def close(self) -> None:
        self._connection.close()


def _places(project: Path, book: Journal) -> Places:
    places = checkpoint.locate(project)
    if places is None or places.project_id != book.about["project_id"]:
        raise MismatchError(_mismatch(project, "is not the file that its journal was written for"))
    return places


def _finish_pending(project: Path, places: Places, book: Journal, labels: Labels) -> Checkpoint:
    done, pending = book.checkpoint("done", labels), book.checkpoint("pending", labels)
    found = checkpoint.read(project, places)
    meant = pending or _newest(book, done)
    if found != done.content and not checkpoint.is_mixture(found, done.content, meant.content):
        raise MismatchError(_mismatch(project, "was changed by another program: its labels are not those last saved"))
    if pending is None:
        return done
    _write(project, places, book, pending)
    return pending


def _newest(book: Journal, done: Checkpoint) -> Checkpoint:
    """What the file should have by now."""
    state = advance(done.state, book.edits_after(done.state.revision))
    return Checkpoint(state, checkpoint.encode(state.labels.clusters.values(), capacity=done.content.capacity))


def _write(project: Path, places: Places, book: Journal, new: Checkpoint) -> None:
    book.put_pending(new)
    if places.fits(new.content):
        checkpoint.write(project, places, new.content)
    else:   # more clusters than the table has rows: one atomic rewriting with twice as many
        checkpoint.rewrite(project, new.content, project_id=places.project_id, keep=False)
    book.finish_pending()


def _make_room(project: Path, labels: Labels, *, project_id: str) -> Places:
    table = checkpoint.encode(labels.clusters.values(), capacity=checkpoint.CAPACITY)
    content = Content(labels.ids.astype("<i4").tobytes(), table)
    checkpoint.rewrite(project, content, project_id=checkpoint.project_id_of(project) or project_id, keep=True)
    places = checkpoint.locate(project)
    if places is None:
        raise JournalError(f"{project} cannot be prepared for editing: labels have no fixed place in it. Run "
                           "preprocess again to make the project anew.")
    return places


def _mismatch(project: Path, what: str, advice: str = "") -> str:
    advice = advice or ("'python -m pipeline check PROJECT --keep journal' writes the journal's labels over it (in "
                        f"Python, on_mismatch={KEEP_JOURNAL!r}), '--keep file' ({ADOPT_FILE!r}) goes on from the file")
    return (f"{project} {what}. Nothing was overwritten. Decide which holds: {advice} (the journal is then set aside "
            "under a dated name).")
