"""A backup is a whole project as of one moment, whoever edits or replaces what meanwhile."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from factory import make_project

from pipeline import accounts, backup, catalogue, integrity, settings, store
from pipeline.commands import backup as command
from pipeline.curation import edits, journal
from pipeline.curation.journal import MismatchError
from pipeline.curation.workspace import Workspace
from pipeline.errors import ExportError

N_SOUNDS = 30


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))


@pytest.fixture
def bird(tmp_path: Path) -> Path:
    (tmp_path / "lab").mkdir()
    return make_project(tmp_path / "lab" / "bird.h5", n_sounds=N_SOUNDS)


def assign(workspace: Workspace, *segment_ids: int) -> None:
    workspace.edit(edits.assign, segment_ids=list(segment_ids))


def copy_of(folder: Path, name: str = "bird") -> Path:
    return folder / "projects" / name / f"{name}.h5"


def labels_of(project: Path) -> list[int]:
    with Workspace.open(project) as workspace:
        return workspace.labels.ids.tolist()


def in_the_middle(monkeypatch, happens) -> None:
    """Let ``happens`` happen once, when the first half of the first file has been copied."""
    copy, left = shutil.copyfileobj, [happens]

    def in_halves(source, target, length=0):
        half = Path(source.name).stat().st_size // 2
        target.write(source.read(half))
        if left:
            left.pop()()
        copy(source, target, length)

    monkeypatch.setattr(shutil, "copyfileobj", in_halves)


# ---- what is in use --------------------------------------------------------------------------------------------------

def test_edits_go_on_while_it_is_made_and_none_made_before_is_missing(bird, tmp_path):
    done, enough = [], threading.Event()

    def work() -> None:
        with Workspace.open(bird, user="ada") as workspace:
            for number in range(10_000):
                if enough.is_set():
                    return
                assign(workspace, number % N_SOUNDS)
                done.append(workspace.revision)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        before = []
        for number in range(4):
            while len(done) < 5 * (number + 1):
                enough.wait(0.01)
            before.append(done[-1])
            assert backup.back_up([bird], tmp_path / f"backup-{number}") == []
    finally:
        enough.set()
        worker.join()
    for number, revision in enumerate(before):
        with Workspace.open(copy_of(tmp_path / f"backup-{number}")) as workspace:
            assert workspace.revision >= revision
            assert workspace.revision == len(workspace.history())
    assert len(done) > before[-1] > before[0]


def test_an_edit_saved_when_half_of_the_file_was_copied_is_in_the_copy(bird, tmp_path, monkeypatch):
    with Workspace.open(bird) as workspace:
        assign(workspace, 1)
    in_the_middle(monkeypatch, lambda: edit_and_save(bird, 7))
    backup.back_up([bird], tmp_path / "backup")
    monkeypatch.undo()
    expected = labels_of(bird)
    assert np.flatnonzero(expected).tolist() == [1, 7]
    assert labels_of(copy_of(tmp_path / "backup")) == expected


def edit_and_save(project: Path, segment_id: int) -> None:
    with Workspace.open(project) as workspace:
        assign(workspace, segment_id)


def test_copying_the_two_files_by_hand_meanwhile_would_not_do(bird, tmp_path):
    """Why there is this command: after an edit between the two copies they disagree, whichever came first."""
    edit_and_save(bird, 1)
    for number, names in enumerate((["bird.h5", "bird.h5.edits.sqlite"], ["bird.h5.edits.sqlite", "bird.h5"])):
        folder = tmp_path / f"by-hand-{number}"
        folder.mkdir()
        for row, name in enumerate(names):
            shutil.copyfile(bird.with_name(name), folder / name)
            if row == 0:
                edit_and_save(bird, 7 + number)
        with pytest.raises(MismatchError):
            Workspace.open(folder / "bird.h5")


def test_a_project_that_a_run_replaces_meanwhile_is_copied_as_it_then_is(bird, tmp_path, monkeypatch):
    edit_and_save(bird, 3)

    def run() -> None:
        with store.amend(bird) as writer:
            writer.labeling("late", np.arange(N_SOUNDS), np.zeros(N_SOUNDS, np.int32))

    in_the_middle(monkeypatch, run)
    backup.back_up([bird], tmp_path / "backup")
    assert copy_of(tmp_path / "backup").read_bytes() == bird.read_bytes()


def test_nobody_waits_for_the_large_copy(bird, tmp_path, monkeypatch):
    """A first edit takes the project's lock, which the backup has at the end only."""
    seen = []
    in_the_middle(monkeypatch, lambda: (edit_and_save(bird, 2), seen.append(journal.exists(journal.path_of(bird)))))
    backup.back_up([bird], tmp_path / "backup")
    assert seen == [True]
    assert np.flatnonzero(labels_of(copy_of(tmp_path / "backup"))).tolist() == [2]


# ---- what belongs to a project, and the way back ---------------------------------------------------------------------

def test_all_that_belongs_to_a_project_comes_along_and_nothing_of_others(bird, tmp_path):
    edit_and_save(bird, 3)
    folder = bird.parent
    journal.set_aside(journal.path_of(bird))
    edit_and_save(bird, 4)
    make_project(folder / "bird.2.h5", n_sounds=4)
    (folder / "bird.compare" / "compare").mkdir(parents=True)
    (folder / "bird.compare" / "compare" / "x.npz").write_bytes(b"found")
    (folder / "bird.compare" / "rows.part").write_bytes(b"half")
    (folder / "bird.autoencoder.safetensors").write_bytes(b"net")
    (folder / "bird.before-syllabary.h5").write_bytes(b"old")
    backup.back_up([bird], tmp_path / "backup")
    into = tmp_path / "backup" / "projects" / "bird"
    found = sorted(path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file())
    aside = next(name for name in found if name.startswith("bird.h5.edits.2"))
    assert found == sorted(["bird.h5", "bird.h5.edits.sqlite", aside, "bird.compare/compare/x.npz",
                            "bird.autoencoder.safetensors", "bird.before-syllabary.h5"])


def test_a_project_comes_back_with_its_history_at_any_place(bird, tmp_path):
    with Workspace.open(bird, user="ada") as workspace:
        assign(workspace, 1, 2)
        assign(workspace, 5)
    backup.back_up([bird], tmp_path / "backup")
    shutil.rmtree(bird.parent)
    back = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "backup" / "projects" / "bird", back)
    assert [one.text for one in integrity.check(back / "bird.h5") if one.kind == "problem"] == []
    with Workspace.open(back / "bird.h5", user="ada") as workspace:
        assert np.flatnonzero(workspace.labels.ids).tolist() == [1, 2, 5]
        workspace.undo()
        assert np.flatnonzero(workspace.labels.ids).tolist() == [1, 2]


def test_accounts_come_along_if_asked_for_and_what_is_passing_stays(bird, tmp_path, monkeypatch):
    accounts.add("ada", "a long password")
    catalogue.remember(bird)
    (settings.state_dir() / "uploads" / ".parts").mkdir(parents=True)
    (settings.state_dir() / "uploads" / ".parts" / "half").write_bytes(b"half")
    backup.back_up([], tmp_path / "backup", state=True)
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "backup" / "state"))
    assert [account.name for account in accounts.listing()] == ["ada"]
    assert not (tmp_path / "backup" / "state" / "uploads").exists()


def test_the_sums_are_those_of_sha256sum(bird, tmp_path):
    odd = bird.rename(bird.with_name("a\nb\\c.h5"))
    backup.back_up([odd], tmp_path / "backup")
    assert oct((tmp_path / "backup").stat().st_mode & 0o777) == "0o700"
    told = json.loads((tmp_path / "backup" / "backup.json").read_text())
    assert [(one["from"], one["file"]) for one in told["projects"]] == [(str(odd), "projects/a\nb\\c/a\nb\\c.h5")]
    if shutil.which("sha256sum") is None:
        pytest.skip("there is no sha256sum")
    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path / "backup", check=True)
    copied = (tmp_path / "backup" / "projects" / "a\nb\\c" / "a\nb\\c.h5").read_bytes()
    assert hashlib.sha256(copied).hexdigest() in (tmp_path / "backup" / "SHA256SUMS").read_text()


# ---- what goes wrong, and the command --------------------------------------------------------------------------------

def tell(*arguments: object):
    return CliRunner().invoke(command.command, [str(argument) for argument in arguments])


def test_a_damaged_project_does_not_keep_the_others_from_being_copied(bird, tmp_path):
    (bird.parent / "worse.h5").write_bytes(b"nothing of the kind")
    told = tell(bird.parent, "-o", tmp_path / "backup")
    assert told.exit_code == 1
    assert "worse.h5 was not copied" in told.stderr
    assert copy_of(tmp_path / "backup").exists()
    assert [path.name for path in (tmp_path / "backup" / "projects").iterdir()] == ["bird"]


def test_two_projects_of_one_name_lie_apart(bird, tmp_path):
    (tmp_path / "lab" / "b").mkdir()
    other = make_project(tmp_path / "lab" / "b" / "bird.h5", n_sounds=4)
    told = tell(bird.parent, bird, "--output-dir", tmp_path / "backup")
    assert told.exit_code == 0, told.output
    assert (tmp_path / "backup" / "projects" / "bird-2" / "bird.h5").read_bytes() in {
        bird.read_bytes(), other.read_bytes()}
    assert len(list((tmp_path / "backup" / "projects").iterdir())) == 2


def test_a_place_that_will_not_do_is_refused_and_nothing_is_left(bird, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(ExportError, match="is there already"):
        backup.back_up([bird], tmp_path / "there")
    with pytest.raises(ExportError, match="There is no folder"):
        backup.back_up([bird], tmp_path / "not" / "there")
    with pytest.raises(ExportError, match="outside"):
        backup.back_up([], settings.state_dir() / "backup", state=True)
    (tmp_path / "only-worse.h5").write_bytes(b"nothing of the kind")
    with pytest.raises(ExportError, match="was not copied"):
        backup.back_up([tmp_path / "only-worse.h5"], tmp_path / "backup")
    assert not list(tmp_path.glob(".*.part"))
    assert not (tmp_path / "backup").exists()
    assert "outside" in str(tell(bird.parent, "-o", bird.parent / "backup").exception)
    assert "does not exist" in str(tell(tmp_path / "gone.h5", "-o", tmp_path / "backup").exception)


def test_a_full_disk_is_told_before_any_work(bird, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(ExportError, match="MB left"):
        backup.back_up([bird], tmp_path / "backup")
