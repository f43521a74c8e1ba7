"""How many actions a careful person needs to label a project from nothing to the end.

    python benchmarks/annotate.py PROJECT --truth labels.csv [--json]

A simulated person works on a copy of PROJECT with what the Curate page offers, through the same code: blobs, sort
orders, draft, workspace. Every click, key, typed character and page turn is one action. The person sees the map with
its blobs and their counts, and the tiles on the screen; a sound's true type is known only once its tile was on the
screen. Seeing, remembering and deciding cost nothing, and no mistake is made in recognising a type.

The strategy:

 1. Sort by outliers first, in the space of principal components: what does not belong comes first, wherever it shows.
 2. BLOBBING: click the largest blob and look at the first page of its sounds, the least fitting ones. If most are of
    one type, assign it: as a new group, or to the group that has this type already. If not, raise the threshold so
    that the blob comes apart. When no blob is left but more than 1 % of the sounds are, lower the threshold.
 3. PROOFREADING: look at the rows of the grid, select the tiles that do not belong, and move them to the group of
    their type, or split them off where it has none yet. A group whose row showed one is opened in the viewer as well.
    When all that shows is right, turn to the next rows, and in the end finalise.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402
import numpy as np  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from pipeline import browse, evaluation, measures, orders, tiles  # noqa: E402
from pipeline.blobs import Blob, Finder  # noqa: E402
from pipeline.curation import drafting, edits  # noqa: E402
from pipeline.curation.labels import UNASSIGNED  # noqa: E402
from pipeline.curation.workspace import Workspace  # noqa: E402
from pipeline.dataset import Dataset  # noqa: E402
from pipeline.importers import read_segments  # noqa: E402

LEAST_SOUNDS = 3           # a blob of fewer is left for proofreading
MOST_ARE_ONE_TYPE = 0.6    # share of the page that shows the least fitting sounds of a blob
MOST_LEFT = 0.01           # share of the sounds that may be left when blobbing ends
MOST_STEPS = 8             # presses of the keys for the threshold in one direction
WANTED_ACC = 0.99
N_TO_FINALISE = 2          # the key, and yes to what it says


@dataclass(frozen=True)
class Screen:
    """What fits on a screen of 1,280 × 800 with the panels as they are at first."""

    viewer_px: int = 752
    viewer_rows: int = 3
    grid_px: int = 544
    grid_rows: int = 9


@dataclass
class Person:
    """Counts what is done and keeps what has been seen.

    types : the truth, n texts, looked up only through `sees`      curve : (actions, ACC) after each change of labels
    enough : actions after which ACC would be 99 % had the person finalised at once, those for that included
    """

    types: np.ndarray
    actions: int = 0
    seen: set[int] = field(default_factory=set)
    curve: list[tuple[int, float]] = field(default_factory=list)
    enough: int | None = None

    def does(self, n_actions: int = 1) -> None:
        """So many clicks, keys, typed characters or page turns."""
        self.actions += n_actions

    def sees(self, rows: Iterable[int]) -> list[str]:
        """Look at tiles on the screen, and so know the types of these sounds; "" is none of the types."""
        rows = [int(row) for row in rows]
        self.seen.update(rows)
        return [str(self.types[row]) for row in rows]

    def reached(self, ids: np.ndarray, *, n_to_finish: int = 0) -> None:
        """Note how right the labels would be if the draft were finalised now. The person does not know it."""
        self.curve.append((self.actions, accuracy(self.types, ids)))
        if self.enough is None and self.curve[-1][1] >= WANTED_ACC:
            self.enough = self.actions + n_to_finish


class Page:
    """The Curate page as far as the person uses it: each method is what is done there, with its cost."""

    def __init__(self, workspace: Workspace, person: Person, screen: Screen) -> None:
        self.workspace, self.person, self.screen = workspace, person, screen
        self.drafting, self.dataset = workspace.drafting, workspace.dataset
        self.scene = browse.scene(workspace.dataset)
        self.finder = Finder(self.scene.points)
        self.parameters = self.finder.default()

    @property
    def ids(self) -> np.ndarray:
        """The group of each sound, shown by the colours of the map."""
        return self.drafting.draft.labels.ids

    @property
    def n_left(self) -> int:
        """How many sounds are not yet taken, as the grid says."""
        return int(drafting.active(self.drafting.draft).sum())

    def blobs(self) -> list[Blob]:
        """The blobs on the map with their counts, those of most sounds first; the small ones are passed over."""
        self._found = self.finder.find(self.parameters, active=drafting.active(self.drafting.draft))
        return sorted((b for b in self._found.blobs if b.count >= LEAST_SOUNDS), key=lambda blob: -blob.count)

    def press_threshold(self, steps: int) -> None:
        """``=`` or ``-``, so many times."""
        self.person.does(abs(steps))
        self.parameters = self.parameters.stepped(threshold_steps=steps)

    def click_blob(self, blob: Blob) -> tuple[np.ndarray, list[str]]:
        """Click a blob: its rows are selected, and its first page shows in the viewer."""
        self.person.does()
        rows = self._found.rows(self._found.blob_at(*blob.at))
        return rows, self.person.sees(self._viewer(rows))

    def click_row_header(self, group: int) -> np.ndarray:
        """Open a group in the viewer; returns the rows of the tiles on its first page."""
        self.person.does()
        shown = self._viewer(np.flatnonzero(self.ids == group))
        self.person.sees(shown)
        return shown

    def press_w(self, rows: np.ndarray) -> int:
        """Assign the selection as the next group; returns its number."""
        self.person.does()
        return self._step(edits.assign, rows)

    def press_m(self, rows: np.ndarray, to: int) -> None:
        """Move the selection: ``m``, the number of the group, Enter."""
        self.person.does(2 + len(str(to)))
        self._step(edits.move, rows, to=to)

    def press_k(self, rows: np.ndarray) -> int:
        """Split the selection off into a new group; returns its number."""
        self.person.does()
        return self._step(edits.split, rows)

    def select_tiles(self, rows: Sequence[int]) -> np.ndarray:
        """Click the first, ctrl-click the others."""
        self.person.does(len(rows))
        return np.asarray(rows)

    def grid_page(self, page: int) -> dict[int, np.ndarray]:
        """Group → rows of the tiles that show, for one page of the grid; unassigned sounds come last."""
        groups = sorted((int(k) for k in np.unique(self.ids)), key=lambda k: (k == UNASSIGNED, k))
        n_rows = self.screen.grid_rows
        shown = {group: self._grid_row(group) for group in groups[page * n_rows:(page + 1) * n_rows]}
        self.person.sees(np.concatenate([*shown.values(), np.empty(0, np.int64)]))
        return shown

    def _grid_row(self, group: int) -> np.ndarray:
        rows = self._sorted(np.flatnonzero(self.ids == group))
        return self._fitting(rows, self.screen.grid_px, zoom=1.0, n_lines=1)

    def _viewer(self, rows: np.ndarray) -> np.ndarray:
        return self._fitting(self._sorted(rows), self.screen.viewer_px, zoom=browse.VIEWER_ZOOM,
                             n_lines=self.screen.viewer_rows)

    def _sorted(self, rows: np.ndarray) -> np.ndarray:
        return orders.sort("outlier", orders.Sounds(self.dataset, rows, space="pca"))

    def _fitting(self, rows: np.ndarray, width_px: int, *, zoom: float, n_lines: int) -> np.ndarray:
        widths = tiles.widths_px(self.scene.durations_s[rows], self.scene.px_per_ms * zoom)
        starts = tiles.rows_that_fit(widths, width_px)
        return rows[:starts[n_lines]] if len(starts) > n_lines else rows

    def _step(self, make: object, rows: np.ndarray, **choice: int) -> int:
        sounds = self.dataset.segments.segment_id[rows]
        edit = self.drafting.step(make, seen=self.drafting.revision, segment_ids=sounds, **choice)
        self.notes()
        return int(edit.after[0])

    def notes(self) -> None:
        """What the draft is worth at this point; from BLOBBING it takes one key more to finalise it."""
        blobbing = self.drafting.mode == drafting.BLOBBING
        self.person.reached(self.ids, n_to_finish=N_TO_FINALISE + blobbing)


def annotate(page: Page) -> None:
    """The whole work, from nothing to finalised clusters."""
    begin(page)
    types = blobbing(page)
    page.person.does()   # c: go on to PROOFREADING
    page.drafting.go_to("proofreading")
    proofreading(page, types)
    page.person.does(N_TO_FINALISE)
    told = page.drafting.finalising()
    page.drafting.finalise(seen=told.revision, seen_draft=told.draft_revision)
    page.person.reached(page.workspace.labels.ids)


def begin(page: Page) -> None:
    """The key for BLOBBING, then the menu of sort orders. A project with clusters asks: all sounds."""
    has_clusters = bool(np.any(page.workspace.labels.ids != UNASSIGNED))
    page.person.does(1 + has_clusters)
    page.drafting.begin(scope="all" if has_clusters else "unassigned")
    page.person.does(2)
    page.notes()


def blobbing(page: Page) -> dict[int, str]:
    """Assign blob after blob; returns the type that the person takes each group for."""
    types: dict[int, str] = {}
    raised = lowered = 0
    while True:
        found = page.blobs()
        if not found:
            if page.n_left <= MOST_LEFT * len(page.ids) or lowered == MOST_STEPS:
                return types
            lowered += 1
            page.press_threshold(-1)
            continue
        rows, looked = page.click_blob(found[0])
        kind, share = majority(looked)
        if share < MOST_ARE_ONE_TYPE and raised < MOST_STEPS:
            raised += 1
            page.press_threshold(1)
            continue
        known = [group for group, of in types.items() if of == kind]
        if known:
            page.press_m(rows, known[0])
        else:
            types[page.press_w(rows)] = kind


def proofreading(page: Page, types: dict[int, str]) -> None:
    """Put right what shows in the grid, page by page, and look further where something was wrong."""
    number = 0
    while True:
        shown = page.grid_page(number)
        if not shown:
            return
        wrong = {group: rows for group, tiles_shown in shown.items()
                 if len(rows := misfits(page.person, types.get(group, ""), tiles_shown))}
        if wrong:
            put_right(page, types, np.concatenate(list(wrong.values())))
            look_further(page, types, wrong)
            continue
        number += 1
        if len(np.unique(page.ids)) <= number * page.screen.grid_rows:
            return
        page.person.does()   # PgDn


def look_further(page: Page, types: dict[int, str], groups: Iterable[int]) -> None:
    """Open each of these groups in the viewer until its first page is right."""
    for group in groups:
        while np.any(page.ids == group):
            wrong = misfits(page.person, types.get(group, ""), page.click_row_header(group))
            if not len(wrong):
                break
            put_right(page, types, wrong)


def put_right(page: Page, types: dict[int, str], rows: np.ndarray) -> None:
    """Select the sounds of each type among these and move them where they belong."""
    for kind, n in Counter(page.person.sees(rows)).most_common():
        chosen = page.select_tiles([row for row in rows if page.person.sees([row]) == [kind]][:n])
        known = [group for group, of in types.items() if of == kind]
        if known:
            page.press_m(chosen, known[0])
        else:
            types[page.press_k(chosen)] = kind


def misfits(person: Person, kind: str, shown: np.ndarray) -> np.ndarray:
    """The rows among the tiles shown that are of another type than their group; what is of no type may stay."""
    looked = person.sees(shown)
    return np.array([row for row, seen in zip(shown, looked, strict=True) if seen not in (kind, "")], np.int64)


def majority(looked: Sequence[str]) -> tuple[str, float]:
    """The most frequent type, and its share of what was looked at."""
    kind, n = Counter(looked).most_common(1)[0]
    return kind, n / len(looked)


def accuracy(types: np.ndarray, ids: np.ndarray) -> float:
    """ACC over the sounds that have a true type."""
    scored = types != ""
    codes = [np.unique(values[scored].astype(str), return_inverse=True)[1] for values in (types, ids)]
    return measures.accuracy(measures.contingency(*codes))


def run(project: Path, truth_path: Path, *, screen: Screen | None = None) -> dict:
    """Label a copy of the project and tell how it went, as plain values."""
    with tempfile.TemporaryDirectory(prefix="syllabary-annotate-") as folder:
        copy = Path(shutil.copyfile(project, Path(folder) / project.name))
        with Workspace.open(copy, user="careful person") as workspace:
            truth = evaluation.truth_for(workspace.dataset, read_segments(truth_path))
            person = Person(evaluation.true_types(workspace.dataset, truth))
            annotate(Page(workspace, person, screen or Screen()))
        with Dataset.open(copy) as dataset:
            scores = evaluation.labels(dataset, truth).scores
    return {
        "project": str(project), "sounds": len(person.types), "scored": scores["n"], "actions": person.actions,
        "actions_per_1000": round(1000 * person.actions / max(1, len(person.types)), 1),
        "actions_to_99": person.enough, "seen": len(person.seen),
        "acc": scores["acc"], "nmi": scores["nmi"], "curve": person.curve,
    }


@click.command(help=__doc__.split("\n\n")[0])
@click.argument("project", type=click.Path(path_type=Path, exists=True))
@click.option("--truth", required=True, type=click.Path(path_type=Path, exists=True), help="Table of the true labels.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def main(project: Path, truth: Path, as_json: bool) -> None:
    """Print the figures of one project."""
    facts = run(project, truth)
    if as_json:
        click.echo(json.dumps(facts))
        return
    curve = facts.pop("curve")
    table = Table("", "", show_header=False)
    for name, value in facts.items():
        table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    steps = Table("actions", "ACC", title="ACC if the draft were finalised then")
    for actions, acc in curve:
        steps.add_row(str(actions), f"{acc:.4f}")
    Console().print(table, steps)


if __name__ == "__main__":
    main()
