"""All that edited tables change, as a new project beside the old one, which is not touched."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline import drives, recordings, store
from pipeline.curation.labels import Labels
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ConflictError, ParameterError
from pipeline.importing import place
from pipeline.roundtrip import computing, telling, writing
from pipeline.roundtrip.difference import Difference, How, compare
from pipeline.roundtrip.origin import NAME as ORIGIN
from pipeline.roundtrip.origin import origin_of
from pipeline.roundtrip.relabelling import clusters_made, first_number, numbered
from pipeline.roundtrip.writing import Sounds
from pipeline.text import counted, listed
from pipeline.watcher import Watcher

STEPS = {"read": "tables", "embed": "embeddings", "write": "project file"}


@dataclass(frozen=True)
class Applied:
    """A project that was made.

    counts : how many sounds of each kind were applied      n_sounds : in the new project
    notes : what one should know
    """

    project: Path
    counts: dict[str, int]
    n_sounds: int
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """What was done, in a sentence."""
        told = [f"{n:,} {telling.VERBS[kind]}" for kind, n in self.counts.items() if n]
        return f"{counted(self.n_sounds, 'sound')} in {self.project.name}: {listed(told) or 'nothing changed'}."


def make_project(
    project: Path, tables: Sequence[Path], output: Path, *, how: How | None = None, seen: str = "",
    kinds: Sequence[str] = telling.KINDS, watcher: Watcher | None = None, user: str | None = None,
) -> Applied:
    """Apply edited tables to a copy of a project, at a path where there is nothing.

    seen : the fingerprint of the difference that a person has looked at; another one is refused
    kinds : which of the changes are applied, see `telling.KINDS`

    Sounds that stay keep id, label, vectors and place on the map; moved ones keep id and label. The new project has an
    id and a history of its own, and says where it comes from. Raises ConflictError if the labels or tables are others
    than those looked at, ParameterError if there is something at ``output`` or nothing would change, RunError if
    recordings that are needed are not there; then nothing is written.
    """
    watcher, output = watcher or Watcher(), place.check(output)
    with Workspace.open(project, user=user) as workspace:
        dataset, labels, revision = workspace.dataset, workspace.labels, workspace.revision
        watcher.begin("read", 1, title=STEPS["read"])
        difference = compare(dataset, labels, tables, how)
        if seen and difference.fingerprint != seen:
            raise ConflictError("Labels or tables have changed since this difference was made. Look at the difference "
                                "anew, and decide then.")
        chosen = only(difference, kinds)
        if chosen.is_empty:
            raise ParameterError("Nothing of what was chosen would change, so no project was made.")
        origin = origin_of(workspace, chosen, revision=revision)
        watcher.advance("read", 1)
        sounds = _sounds(dataset, labels, chosen)
        made = computing.compute(dataset, sounds, watcher)
        watcher.begin("write", len(dataset.files) + 1, title=STEPS["write"])
        told = _write(dataset, output, sounds, made, origin, watcher)
        _remember_recordings(dataset, output)
        watcher.advance("write", 1)
        counts = {kind: n for kind, n in chosen.counts.items() if kind != "unchanged"}
    return Applied(output, counts, len(sounds.segment_id), (*difference.problems, *made.notes, *told))


def only(difference: Difference, kinds: Sequence[str]) -> Difference:
    """The changes of some kinds; those of others count as not asked for. Raises ParameterError for unknown kinds."""
    unknown = [kind for kind in kinds if kind not in telling.KINDS]
    if unknown:
        raise ParameterError(f"There are changes of the kinds {listed(telling.KINDS)}, not {listed(unknown)}.")
    groups: Mapping[str, tuple[str, ...]] = {
        "relabelled": ("relabelled_ids", "relabelled_before", "relabelled_to"),
        "moved": ("moved_ids", "moved_onset_s", "moved_offset_s"),
        "new": ("new_file_ids", "new_onset_s", "new_offset_s", "new_to"), "deleted": ("deleted_ids",),
    }
    dropped = [name for kind, names in groups.items() if kind not in kinds for name in names]
    return replace(difference, **{name: getattr(difference, name)[:0] for name in dropped})


def _sounds(dataset: Dataset, labels: Labels, difference: Difference) -> Sounds:
    """The rows of the new project: the old ones without those deleted, in their order, then the new ones."""
    segments, n_new = dataset.segments, len(difference.new_file_ids)
    targets = np.concatenate([difference.relabelled_to, difference.new_to])
    first = first_number(labels, targets)
    numbers = numbered(labels, targets, first=first)
    clusters = labels.described(clusters_made(labels, difference, numbers, targets).values()).clusters
    ids, changed = labels.ids.copy(), dataset.rows_of(difference.relabelled_ids)
    ids[changed] = numbers[:len(changed)]
    onset_s, duration_s = segments.onset_s.copy(), segments.duration_s.copy()
    moved = dataset.rows_of(difference.moved_ids)
    onset_s[moved] = difference.moved_onset_s
    duration_s[moved] = difference.moved_offset_s - difference.moved_onset_s
    kept = np.ones(len(segments), bool)
    kept[dataset.rows_of(difference.deleted_ids)] = False
    rows = np.flatnonzero(kept)
    if not len(rows) and not n_new:
        raise ParameterError("No sound would be left, so no project was made.")
    next_id = dataset.next_segment_id
    label = None if segments.label is None else (*(segments.label[row] for row in rows.tolist()), *("",) * n_new)
    return Sounds(
        old_rows=rows, is_moved=np.isin(rows, moved),
        segment_id=np.concatenate([segments.segment_id[rows], np.arange(next_id, next_id + n_new)]).astype(np.int32),
        file_id=np.concatenate([segments.file_id[rows], difference.new_file_ids]).astype(np.int32),
        onset_s=np.concatenate([onset_s[rows], difference.new_onset_s]),
        duration_s=np.concatenate([duration_s[rows], difference.new_offset_s - difference.new_onset_s]),
        cluster_id=np.concatenate([ids[rows], numbers[len(changed):]]).astype(np.int32), label=label,
        clusters=tuple(info for number, info in clusters.items() if number), next_id=next_id + n_new,
    )


def _write(dataset: Dataset, output: Path, sounds: Sounds, made: computing.Computed, origin: dict[str, object],
           watcher: Watcher) -> list[str]:
    """Make the file under a hidden name; it gets its own only if that is still free."""
    hidden = output.with_name(f".{output.name}.{uuid.uuid4().hex[:8]}.part")
    _sweep(output)
    try:
        parameters = writing.parameters(dataset, output) | {
            ORIGIN: json.dumps(origin, ensure_ascii=False), "next_segment_id": sounds.next_id}
        with store.create(hidden, parameters) as writer:
            told = writing.write(writer, dataset, sounds, made, advance=lambda n: watcher.advance("write", n))
        with Dataset.open(hidden):          # nothing is told as done that cannot be opened
            pass
        _name(hidden, output)
    finally:
        hidden.unlink(missing_ok=True)
    return told


def _sweep(output: Path) -> None:
    """Remove what a killed run left long ago; a younger one may still be at work."""
    name = glob.escape(output.name)
    for left in [*output.parent.glob(f".{name}.*.part"), *output.parent.glob(f"..{name}.*.part")]:
        if time.time() - left.stat().st_mtime > store.ABANDONED_S:
            left.unlink(missing_ok=True)


def _name(hidden: Path, output: Path) -> None:
    """Give a finished file its name, never over another file."""
    place.check(output)
    try:
        os.link(hidden, output)
    except FileExistsError:
        place.check(output)                 # says so
    except OSError:                         # a disk that has no second names for a file
        hidden.rename(output)
    drives.sync_folder(output.parent)


def _remember_recordings(dataset: Dataset, output: Path) -> None:
    """A folder that a person has pointed to for the old project's recordings holds the new one's, too."""
    folder = recordings.folder_of(dataset)
    with Dataset.open(output) as made:
        if folder.is_dir() and folder.resolve() != recordings.folder_of(made).resolve():
            with contextlib.suppress(ParameterError):       # they have gone from there since
                recordings.look_in(made, folder.resolve())
