"""What a browser asks to be imported: only inside the allowed folders, nothing written over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline import tasks
from pipeline.errors import ParameterError
from pipeline.importing import requests
from pipeline.importing.looking import ARRAYS, CLIPS, PROJECT, TABLE
from pipeline.importing.requests import Wanted
from pipeline.roots import Roots
from pipeline.tasks.check_project import CheckProject
from pipeline.watcher import Watcher
from tests.factory import make_project
from tests.sounds import write_songs


@pytest.fixture
def lab(tmp_path) -> Path:
    """The allowed folder, with one of everything; ``tmp_path`` around it is not allowed."""
    lab = tmp_path / "lab"
    write_songs(lab / "songs", n_files=2)
    make_project(lab / "old.h5")
    make_project(tmp_path / "secret.h5")
    (lab / "arrays").mkdir()
    np.save(lab / "arrays/a.npy", np.zeros(3))
    (lab / "sounds.csv").write_text("filename,onset_sec,offset_sec\nbird_2024-03-01T06-00-00.wav,0.2,0.3\n")
    return lab


def wanted(lab: Path, kind: str, source: str, **more: str) -> Wanted:
    return Wanted(kind, str(lab / source), **{"folder": str(lab / "out"), "name": "new", **more})


@pytest.mark.parametrize(("kind", "source", "run"), [
    (PROJECT, "old.h5", "import_project"), (ARRAYS, "arrays", "import_npy"), (CLIPS, "songs", "preprocess"),
    (TABLE, "sounds.csv", "preprocess"),
])
def test_each_kind_becomes_a_run_that_can_be_queued(lab, kind, source, run):
    audio = {"audio_dir": str(lab / "songs")} if kind == TABLE else {}
    name, values = requests.run_of(wanted(lab, kind, source, **audio), Roots([lab]))
    assert name == run
    task = tasks.make(name, values)
    task.check()
    assert "new" in (values.get("output") or values.get("hdf5_output"))


@pytest.mark.parametrize("change", [
    {"source": "../secret.h5"}, {"source": "/etc/passwd"}, {"source": "link.h5"}, {"source": ""},
    {"kind": "anything"}, {"folder": "/etc"}, {"folder": ""}, {"name": "../new"}, {"name": ".new"}, {"name": ""},
    {"name": "a\nb"}, {"source": "songs"},
])
def test_what_leads_out_or_makes_no_sense_is_refused(lab, change):
    (lab / "link.h5").symlink_to(lab.parent / "secret.h5")
    values = {"kind": PROJECT, "source": "old.h5", "folder": str(lab / "out"), "name": "new"} | change
    source = values["source"] and str(lab / values["source"])
    with pytest.raises(ParameterError):
        requests.run_of(Wanted(values["kind"], source, folder=values["folder"], name=values["name"]), Roots([lab]))


def test_nothing_is_written_over(lab):
    with pytest.raises(ParameterError, match="already"):
        requests.run_of(wanted(lab, PROJECT, "old.h5", folder=str(lab), name="old"), Roots([lab]))


@pytest.mark.parametrize(("kind", "source"), [(ARRAYS, "arrays"), (CLIPS, "songs")])
def test_links_that_lead_out_of_the_folders_are_refused(lab, kind, source):
    ending = "npy" if kind == ARRAYS else "wav"
    (lab.parent / f"secret.{ending}").write_bytes(b"secret")
    (lab / source / f"link.{ending}").symlink_to(lab.parent / f"secret.{ending}")
    with pytest.raises(ParameterError, match="lead out"):
        requests.run_of(wanted(lab, kind, source), Roots([lab]))
    with pytest.raises(ParameterError, match="lead out"):
        requests.look(Wanted(kind, str(lab / source)), Roots([lab]))


def test_a_place_and_a_free_name_are_suggested(lab):
    (lab / "projects").mkdir()
    make_project(lab / "projects/old.h5")
    assert requests.usual_place(str(lab / "old.h5"), Roots([lab]), served=lab / "projects") == (
        str(lab / "projects"), "old-2")
    assert requests.usual_place(str(lab / "arrays"), Roots([lab]), served=lab / "projects")[1] == "arrays"
    assert requests.usual_place("/etc/passwd", Roots([lab]), served=None) == ("", "")


def test_newcomers_are_looked_at_before_a_project_is_extended(lab, tmp_path):
    project = make_project(lab / "bird.h5", n_files=2, with_audio_dir=lab / "days")
    found = requests.look_at_newcomers(project, str(lab / "days"), Roots([lab]))
    assert (found.n_sounds, found.error) == (0, "There is no recording in it that the project does not have.")
    found = requests.look_at_newcomers(project, str(lab / "songs"), Roots([lab]))
    assert (found.n_sounds, found.error) == (2, "")
    with pytest.raises(ParameterError):
        requests.look_at_newcomers(project, str(tmp_path), Roots([lab]))


def test_a_check_is_a_run_that_waits_for_no_other(lab):
    task = CheckProject(str(lab / "old.h5"))
    assert task.is_light
    assert task.perform(Watcher())["summary"] == "All is well."
