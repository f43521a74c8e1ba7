"""Edited tables as a new project: what stays is the same to the byte, what is new is made as the rest was."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest
import soundfile

from pipeline import extend, integrity, recordings, run, store
from pipeline.curation import edits, journal
from pipeline.curation.workspace import Workspace
from pipeline.dataset import Dataset
from pipeline.errors import ConflictError, ParameterError, RunError
from pipeline.plan import make_plan
from pipeline.roundtrip import applying
from pipeline.roundtrip.origin import sentence, stored
from pipeline.tasks.apply_edits import ApplyEdits
from pipeline.watcher import Watcher
from tests.roundtrip.conftest import changes, difference, exported
from tests.sounds import song, write_songs

FIRST = "day-1/bird_2024-03-01T06-00-00"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A project as ``preprocess`` makes it, with labels, features and labelings."""
    folder = tmp_path_factory.mktemp("made")
    write_songs(folder / "songs")
    run.run(make_plan(folder / "songs", folder, subject="bird", values={"n_neighbors": 5}), workers=1)
    project = folder / "bird.h5"
    with Dataset.open(project) as dataset:
        ids = dataset.segments.segment_id
    with store.amend(project) as writer:
        writer.feature("mfcc", ids, np.arange(len(ids) * 3, dtype=np.float32).reshape(-1, 3), columns="abc")
        writer.labeling("kmeans", ids, np.arange(len(ids)) % 3, exemplars=np.array([[0, 3, 6], [1, 4, 7], [2, 5, 8]]))
        writer.projection("other", ids[::2], np.random.default_rng(0).normal(size=(len(ids[::2]), 2)))
    with Workspace.open(project, user="anna") as workspace:
        workspace.edit(edits.assign, segment_ids=ids[::3], name="trill")
        workspace.edit(edits.assign, segment_ids=ids[1::3])
    return folder


@pytest.fixture
def bird(made, tmp_path, monkeypatch) -> Path:
    """A copy of it with its journal and a memory of its own; its recordings are where they were."""
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    for name in ("bird.h5", "bird.h5.edits.sqlite"):
        shutil.copy(made / name, tmp_path / name)
    return tmp_path / "bird.h5"


@pytest.fixture
def tables(bird, tmp_path) -> Path:
    """Label tracks in which #1 got another label, #0 and #6 other bounds, #2 is gone and one sound was added."""
    out = exported(bird, tmp_path / "out", format="audacity")
    path = out / f"{FIRST}.txt"
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    rows[0][1] = "0.300000"
    rows[1][2] = "whistle"
    rows[4:4] = [["1.180000", "1.240000", "click"]]
    path.write_text("".join("\t".join(row) + "\n" for row in rows[:2] + rows[3:]), encoding="utf-8")
    other = out / "day-1/bird_2024-03-03T06-00-00.txt"
    first, rest = other.read_text(encoding="utf-8").split("\n", 1)
    start, end, label = first.split("\t")
    other.write_text(f"{float(start) - 0.01:.6f}\t{end}\t{label}\n{rest}", encoding="utf-8")
    return out


def test_other_sounds_stay_the_same_to_the_byte(bird, tables, tmp_path):
    found = difference(bird, tables)
    assert changes(found).keys() == {"relabelled", "moved", "new", "deleted"}
    done = applying.make_project(bird, [tables], tmp_path / "new.h5", seen=found.fingerprint)
    assert done.counts == {"relabelled": 1, "moved": 2, "new": 1, "deleted": 1}
    touched = {*found.moved_ids.tolist(), *found.deleted_ids.tolist(), *found.relabelled_ids.tolist()}
    with Workspace.open(bird) as old, Workspace.open(tmp_path / "new.h5") as new:
        assert [one for one in integrity.check(new.path) if one.kind == "problem"] == []
        stays = [one for one in old.labels.segment_ids.tolist() if one not in touched]
        before, after = (_of(workspace, stays) for workspace in (old, new))
        assert before.keys() == after.keys()
        assert {name: before[name] == after[name] for name in before} == dict.fromkeys(before, True)
        for file_id in old.dataset.spectrogram_file_ids():
            assert (old.dataset.spectrogram(file_id, 0, 99) == new.dataset.spectrogram(file_id, 0, 99)).all()
            assert old.dataset.pitch(file_id).tobytes() == new.dataset.pitch(file_id).tobytes()
        assert old.dataset.files.path == new.dataset.files.path


def _of(workspace: Workspace, ids: list[int]) -> dict[str, bytes]:
    """All that a project knows of some sounds, as bytes."""
    dataset, rows = workspace.dataset, workspace.dataset.rows_of(ids)
    segments = dataset.segments
    parts = {"file": segments.file_id, "onset": segments.onset_s, "duration": segments.duration_s,
             "umap": segments.umap, "pca": segments.pca, "label": workspace.labels.ids,
             "embedding": dataset.embedding(), "placed": dataset.placed(),
             "kmeans": dataset.labeling("kmeans").label, "other": dataset.projection("other"),
             **{name: dataset.feature(name).values for name in dataset.names("features")}}
    return {name: np.ascontiguousarray(values[rows]).tobytes() for name, values in parts.items()}


def test_changed_sounds_are_as_the_tables_say(bird, tables, tmp_path):
    found = difference(bird, tables)
    applying.make_project(bird, [tables], tmp_path / "new.h5")
    with Dataset.open(bird) as old, Workspace.open(tmp_path / "new.h5") as workspace:
        new, labels = workspace.dataset, workspace.labels
        assert new.project_id != old.project_id
        new_id = old.n_segments                       # behind all ids that there ever were
        assert new.segments.segment_id.tolist() == [0, 1, *range(3, new_id + 1)]
        rows = dict(zip(new.segments.segment_id.tolist(), range(new.n_segments), strict=True))
        names = {number: info.name for number, info in labels.clusters.items()}
        assert [names[labels.ids[rows[one]]] for one in (0, 1, new_id)] == ["trill", "whistle", "click"]
        assert new.segments.onset_s[rows[new_id]] == 1.18
        moved = rows[found.moved_ids[1]]
        assert new.segments.onset_s[moved] == found.moved_onset_s[1]
        assert new.segments.umap[rows[0]].tolist() != old.segments.umap[0].tolist()
        assert np.flatnonzero(new.placed()).tolist() == sorted([rows[0], moved, rows[new_id]])
        low, high = old.segments.umap.min(axis=0), old.segments.umap.max(axis=0)
        placed = new.segments.umap[new.placed()]
        assert ((placed >= low) & (placed <= high)).all()
        assert np.isfinite(new.feature("pitch").values[rows[0]]).all()
        assert np.isnan(new.feature("mfcc").values[rows[0]]).all()       # nothing is guessed
        assert new.labeling("kmeans").label[rows[new_id]] == -1
        gone = {0, 2, int(found.moved_ids[1])}
        exemplars = new.labeling("kmeans").exemplars
        assert not gone & set(exemplars.ravel().tolist())
        assert new.embedding().shape == (new.n_segments, old.embedding().shape[1])


def test_a_sound_that_was_added_where_one_was_has_its_vector(bird, tmp_path):
    """The embedding of a new sound is made exactly as that of the others: the same bounds give the same numbers."""
    out = exported(bird, tmp_path / "out", format="csv")
    text = out.read_text(encoding="utf-8").splitlines()
    cells = text[1].split(",")
    out.write_text("\n".join([*text, ",".join(["", *cells[1:]])]), encoding="utf-8")
    applying.make_project(bird, [out], tmp_path / "new.h5")
    with Dataset.open(tmp_path / "new.h5") as new:
        vectors = new.embedding()
        assert np.allclose(vectors[-1], vectors[0], atol=1e-5)
        assert np.allclose(new.segments.pca[-1], new.segments.pca[0], atol=1e-3)
        assert np.allclose(new.segments.umap[-1], new.segments.umap[0], atol=0.5)
        assert np.array_equal(new.feature("pitch").values[-1], new.feature("pitch").values[0])


def test_the_new_project_says_where_it_comes_from(bird, tables, tmp_path):
    applying.make_project(bird, [tables], tmp_path / "new.h5", user="bert")
    with Dataset.open(bird) as old, Dataset.open(tmp_path / "new.h5") as new:
        origin = stored(new)
        assert (origin["project_id"], origin["file"], origin["revision"]) == (old.project_id, "bird.h5", 2)
        assert {kind: origin["applied"][kind] for kind in ("relabelled", "moved", "new", "deleted")} == {
            "relabelled": 1, "moved": 2, "new": 1, "deleted": 1}
        assert (origin["applied"]["user"], origin["applied"]["format"]) == ("bert", "audacity")
        assert [line["title"] for line in origin["history"]["latest"]] == [
            "Assign 8 sounds to C1 “trill”", "Assign 8 sounds to C2"]
        assert origin["history"]["users"] == {"anna": 2}
        assert sentence(new.parameters).startswith("bird.h5 at revision 2 and ")
        assert sentence(new.parameters).endswith(": 1 with another label, 2 with other bounds, 1 new and 1 deleted")
        assert sentence(old.parameters) == ""
        assert sentence({"origin": "a nest"}) == ""
    with h5py.File(tmp_path / "new.h5") as file:
        assert json.loads(file["parameters"].attrs["origin"]) == origin
    assert not journal.exists(journal.path_of(tmp_path / "new.h5"))


def test_numbers_of_deleted_sounds_never_come_back(bird, tmp_path):
    out = exported(bird, tmp_path / "out", format="csv")
    lines = out.read_text(encoding="utf-8").splitlines()
    out.write_text("\n".join(lines[:-1]), encoding="utf-8")
    applying.make_project(bird, [out], tmp_path / "one.h5")
    with Dataset.open(tmp_path / "one.h5") as one:
        last = int(one.segments.segment_id.max())
        assert one.next_segment_id == last + 2
    again = exported(tmp_path / "one.h5", tmp_path / "again", format="csv")
    added = ",".join(["", *lines[-1].split(",")[1:]])
    again.write_text(again.read_text(encoding="utf-8") + added + "\n", encoding="utf-8")
    applying.make_project(tmp_path / "one.h5", [again], tmp_path / "two.h5")
    with Dataset.open(tmp_path / "two.h5") as two:
        assert int(two.segments.segment_id.max()) == last + 2
        origin = stored(two)
        assert (origin["file"], [one["file"] for one in origin["earlier"]]) == ("one.h5", ["bird.h5"])


def test_an_extended_project_remembers_where_it_comes_from_and_gives_no_number_twice(bird, made, tmp_path):
    out = exported(bird, tmp_path / "out", format="csv")
    out.write_text("\n".join(out.read_text(encoding="utf-8").splitlines()[:-1]), encoding="utf-8")
    applying.make_project(bird, [out], tmp_path / "one.h5")
    soundfile.write(made / "songs/later.wav", song([0.2, 0.7], duration_s=1.5), 32_000)
    try:
        extend.extend(tmp_path / "one.h5", made / "songs", workers=1)
    finally:
        (made / "songs/later.wav").unlink()
    with Dataset.open(bird) as old, Dataset.open(tmp_path / "one.h5") as one:
        n = old.n_segments
        assert one.segments.segment_id.tolist() == [*range(n - 1), n, n + 1]      # n − 1 was deleted
        assert one.next_segment_id == n + 2
        assert stored(one)["project_id"] == old.project_id


def test_the_old_project_is_not_touched_and_the_new_one_can_be_worked_on(bird, tables, tmp_path):
    before = bird.read_bytes()
    applying.make_project(bird, [tables], tmp_path / "new.h5")
    assert bird.read_bytes() == before
    with Workspace.open(tmp_path / "new.h5") as workspace:
        workspace.edit(edits.assign, segment_ids=workspace.labels.segment_ids[:3], name="more")
        workspace.undo()
    assert changes(difference(tmp_path / "new.h5", tables)) == {}


def test_nothing_is_written_over_and_nothing_is_left_of_a_refusal(bird, tables, tmp_path):
    (tmp_path / "taken.h5").write_text("mine")
    before = _files(tmp_path)
    with pytest.raises(ParameterError, match="nothing is written over it"):
        applying.make_project(bird, [tables], tmp_path / "taken.h5")
    with pytest.raises(ConflictError, match="Look at the difference anew"):
        applying.make_project(bird, [tables], tmp_path / "new.h5", seen="0" * 32)
    with pytest.raises(ParameterError, match="Nothing of what was chosen"):
        applying.make_project(bird, [exported(bird, tmp_path / "same", format="csv")], tmp_path / "new.h5")
    shutil.rmtree(tmp_path / "same", ignore_errors=True)
    (tmp_path / "same.csv").unlink(missing_ok=True)
    assert _files(tmp_path) == before
    assert (tmp_path / "taken.h5").read_text() == "mine"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix != ".lock" and path.name != "state")


def test_a_file_that_appears_meanwhile_is_not_written_over(bird, tables, tmp_path):
    class Late(Watcher):
        def begin(self, step: str, total: float, *, title: str = "") -> None:
            if step == "write":
                (tmp_path / "new.h5").write_text("somebody else's")

    with pytest.raises(ParameterError, match="nothing is written over it"):
        applying.make_project(bird, [tables], tmp_path / "new.h5", watcher=Late())
    assert (tmp_path / "new.h5").read_text() == "somebody else's"
    assert not list(tmp_path.glob(".new.h5.*"))


def test_an_edit_between_looking_and_applying_is_noticed(bird, tables, tmp_path):
    found = difference(bird, tables)
    with Workspace.open(bird) as workspace:
        workspace.edit(edits.move, segment_ids=[20], to=2)         # touches nothing of the tables' changes
    with pytest.raises(ConflictError):
        applying.make_project(bird, [tables], tmp_path / "new.h5", seen=found.fingerprint)


def test_without_recordings_labels_and_deletions_are_still_possible(bird, tables, tmp_path):
    with h5py.File(bird, "r+") as file:
        file["parameters"].attrs["data_dir"] = "/nowhere"
    with pytest.raises(RunError, match="apply only changed labels and deleted sounds"):
        applying.make_project(bird, [tables], tmp_path / "new.h5")
    done = applying.make_project(bird, [tables], tmp_path / "new.h5", kinds=("relabelled", "deleted"))
    assert done.counts == {"relabelled": 1, "moved": 0, "new": 0, "deleted": 1}
    with Dataset.open(tmp_path / "new.h5") as new:
        assert new.n_segments == 23
        assert not new.placed().any()


def test_another_recording_in_the_place_of_one_is_refused(bird, tables, made, tmp_path):
    shutil.copytree(made / "songs", tmp_path / "songs")
    samples, rate_hz = soundfile.read(tmp_path / f"songs/{FIRST}.wav")
    soundfile.write(tmp_path / f"songs/{FIRST}.wav", samples[:rate_hz], rate_hz)
    with Dataset.open(bird) as dataset:
        recordings.look_in(dataset, tmp_path / "songs")
    with pytest.raises(RunError, match="it is another recording"):
        applying.make_project(bird, [tables], tmp_path / "new.h5")
    assert not (tmp_path / "new.h5").exists()


def test_a_project_elsewhere_finds_its_recordings(bird, tables, made, tmp_path):
    with h5py.File(bird, "r+") as file:
        file["parameters"].attrs["data_dir"] = os.path.relpath(made / "songs", bird.parent)
    (tmp_path / "deep/er").mkdir(parents=True)
    applying.make_project(bird, [tables], tmp_path / "deep/er/new.h5")
    with Dataset.open(tmp_path / "deep/er/new.h5") as new:
        assert recordings.missing(new) == ""


def test_a_folder_that_a_person_pointed_to_holds_for_the_new_project(bird, tables, made, tmp_path):
    shutil.copytree(made / "songs", tmp_path / "found")
    with h5py.File(bird, "r+") as file:
        file["parameters"].attrs["data_dir"] = "/nowhere"
    with Dataset.open(bird) as dataset:
        recordings.look_in(dataset, tmp_path / "found")
    applying.make_project(bird, [tables], tmp_path / "new.h5")
    with Dataset.open(tmp_path / "new.h5") as new:
        assert recordings.folder_of(new) == tmp_path / "found"


def test_a_run_tells_what_it_did(bird, tables, tmp_path):
    class Notes(Watcher):
        def __init__(self) -> None:
            self.steps: list[str] = []

        def begin(self, step: str, total: float, *, title: str = "") -> None:
            self.steps.append(step)

    task = ApplyEdits(str(bird), (str(tables),), str(tmp_path / "new.h5"), user="bert")
    task.check()
    watcher = Notes()
    result = task.perform(watcher)
    assert set(watcher.steps) <= {step["step"] for step in task.planned()}
    assert result["project"] == str(tmp_path / "new.h5")
    assert result["summary"].startswith("24 sounds in new.h5: 1 with another label, 2 with other bounds, 1 new and")
    with pytest.raises(ParameterError):
        task.check()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_a_process_that_ends_in_the_middle_leaves_no_project(bird, tables, tmp_path, python, root, sign):
    """The embedder waits for ever: the process is ended while it works."""
    script = ("import signal, sys, time\n"
              "signal.signal(signal.SIGINT, signal.default_int_handler)\n"      # a job in the background ignores it
              "from pipeline.embedders.logmel import Logmel\n"
              "def wait(self, clips):\n    next(iter(clips)); print('working', flush=True); time.sleep(600)\n"
              "Logmel.embed = wait\n"
              "from pathlib import Path\nfrom pipeline.roundtrip import applying\n"
              "applying.make_project(Path(sys.argv[1]), [Path(sys.argv[2])], Path(sys.argv[3]))\n")
    process = subprocess.Popen([python, "-c", script, str(bird), str(tables), str(tmp_path / "new.h5")], cwd=root,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout.readline() == "working\n"
        process.send_signal(sign)
        process.wait(timeout=60)
    finally:
        process.kill()
    assert not (tmp_path / "new.h5").exists()
    assert not list(tmp_path.glob("*new*"))
    with Workspace.open(bird) as workspace:
        assert len(workspace.history()) == 2
    applying.make_project(bird, [tables], tmp_path / "new.h5")          # and nothing is in the way of another try


def test_an_interruption_while_the_file_is_written_leaves_nothing(bird, tables, tmp_path):
    class Stop(Watcher):
        def __init__(self) -> None:
            self.step = ""

        def begin(self, step: str, total: float, *, title: str = "") -> None:
            self.step = step

        def advance(self, step: str, amount: float) -> None:
            if step == "write":
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        applying.make_project(bird, [tables], tmp_path / "new.h5", watcher=Stop())
    assert [path.name for path in tmp_path.iterdir() if "new" in path.name] == []


def test_whispersegs_training_data_comes_back_unchanged_and_edited(bird, tmp_path):
    out = exported(bird, tmp_path / "out", format="whisperseg")
    assert changes(difference(bird, out)) == {}
    [path] = out.glob("*2024-03-01*.csv")
    path.write_text(path.read_text(encoding="utf-8").replace("Vocal", "trill", 1), encoding="utf-8")
    assert changes(difference(bird, out)) == {"relabelled": {2: 1}}


def test_what_a_killed_run_left_long_ago_is_swept(bird, tables, tmp_path):
    old, young = tmp_path / "..new.h5.01234567.part.89abcdef.part", tmp_path / ".new.h5.76543210.part"
    for path in (old, young):
        path.write_text("half")
    os.utime(old, (0, 0))
    applying.make_project(bird, [tables], tmp_path / "new.h5", kinds=("deleted",))
    assert not old.exists()
    assert young.exists()
