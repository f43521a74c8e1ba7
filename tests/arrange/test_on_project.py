"""Arranging a project: its sounds get a tree by id, in the project, that everything else goes on working with."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from factory import make_project

from pipeline import arranging, browse, integrity, labelings, orders, store
from pipeline.__main__ import cli
from pipeline.arrange import arrange, on_project, project_files, windows
from pipeline.arrange.cutting import Cut
from pipeline.arrange.how import How
from pipeline.dataset import Dataset
from pipeline.errors import AudioError, ParameterError, ProjectError, RunError
from pipeline.tasks import make as make_task
from pipeline.watcher import Watcher

N, N_TYPES = 48, 4


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path / "bird.h5", n_sounds=N, n_types=N_TYPES, with_audio_dir=tmp_path / "audio")


def runs_of(kinds) -> int:
    return 1 + int((np.diff(kinds) != 0).sum())


def test_like_stands_beside_like_and_the_project_keeps_it(project):
    made = on_project.arrange_project(project, workers=1)
    assert (made.name, made.n, made.problems) == ("first 2 windows", N, ())
    with Dataset.open(project) as dataset:
        tree = dataset.arrangement(made.name)
        assert sorted(tree.rows_in_order.tolist()) == list(range(N))
        assert runs_of(tree.rows_in_order % N_TYPES) == N_TYPES
        one = on_project.find(dataset)
        assert (one.name, one.source, on_project.how_of(one)) == (made.name, "windows", How())
        assert dataset.feature("windows_2").columns[0] == "frame_1_zcr"
    assert [finding.text for finding in integrity.check(project) if finding.kind == "problem"] == []


def test_what_was_read_once_is_not_read_again(project, tmp_path, monkeypatch):
    on_project.arrange_project(project, workers=1)
    for path in (tmp_path / "audio").rglob("*.wav"):
        path.unlink()
    again = on_project.arrange_project(project, workers=1, order="plain", name="plainly")
    assert (again.n, again.problems) == (N, ())
    with Dataset.open(project) as dataset:
        assert [one.name for one in on_project.stored(dataset)] == ["plainly", "first 2 windows"]


def test_the_embedding_and_the_map_do_as_well(project):
    for source in ("embedding", "umap"):
        on_project.arrange_project(project, source=source)
    with Dataset.open(project) as dataset:
        assert on_project.sources(dataset) == ["windows", "embedding", "umap"]
        for source in ("embedding", "umap"):
            assert runs_of(dataset.arrangement(source).rows_in_order % N_TYPES) == N_TYPES
    with pytest.raises(ParameterError, match="compat"):
        on_project.arrange_project(project, source="embedding", compat=True)
    with pytest.raises(ParameterError, match="nonsense"):
        on_project.arrange_project(project, source="nonsense")


def test_clips_of_a_project_are_arranged_as_the_same_files_are(tmp_path):
    rng, folder = np.random.default_rng(0), tmp_path / "clips"
    folder.mkdir()
    lengths = rng.integers(400, 3000, 12)
    for number, n in enumerate(lengths):
        soundfile.write(folder / f"{number:02}.wav", rng.normal(0, 0.1, (n, 2)), 8_000, subtype="PCM_24")
    with store.create(tmp_path / "clips.h5", {}, data_dir=folder) as writer:
        ids = np.arange(12)
        names = [f"{number:02}.wav" for number in range(12)]
        writer.files(file_id=ids, filename=names, path=names, sr=np.full(12, 8_000), duration_sec=lengths / 8_000,
                     recorded_at=np.full(12, np.nan), status=["ok"] * 12)
        writer.segments(segment_id=ids, file_id=ids, onset_sec=np.zeros(12), duration_sec=lengths / 8_000)
    for compat in (False, True):
        files = arrange([folder], tmp_path / "out", copies="list", compat=compat, workers=1)
        on_project.arrange_project(tmp_path / "clips.h5", compat=compat, workers=1)
        with Dataset.open(tmp_path / "clips.h5") as dataset:
            how = How(compat=compat)
            own = on_project.points_of(dataset, "windows", how).values
            np.testing.assert_array_equal(own, files.features.astype(np.float32))
            tree = on_project.tree_of(dataset, on_project.usual_name("windows", how))
            np.testing.assert_allclose(tree.linkage[:, 2], files.linkage[:, 2], rtol=1e-4)


def test_sounds_that_come_later_or_cannot_be_read_stand_at_the_end(project, tmp_path):
    (tmp_path / "audio/day-1/song_000.wav").unlink()
    made = on_project.arrange_project(project, workers=1)
    assert made.n == N - 16
    assert "song_000.wav" in made.problems[0]
    assert "16 sounds could not be" in made.summary
    with Dataset.open(project) as dataset:
        scene = browse.scene(dataset)
        rows, said = arranging.arranged(scene, np.arange(N), arranging.arrangement({"menu": f"leaf:{made.name}"}))
        assert rows[-16:].tolist() == list(range(16))
        assert said == "leaf order of first 2 windows, the last 16 have no place in it"
        assert sorted(rows.tolist()) == list(range(N))
        files = project_files.write(dataset, tmp_path / "out")
    status = {row["file"]: row["status"] for row in table(tmp_path / "out/files.csv")}
    assert len(status) == N
    assert sum("not arranged" in text for text in status.values()) == 16
    assert len(files.rows) == N - 16


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_menu_of_curate_offers_the_newest_first_and_none_if_there_is_none(project):
    with Dataset.open(project) as dataset:
        assert not [value for value, _title in arranging.menu(dataset) if value.startswith("leaf")]
        with pytest.raises(ParameterError, match="not been arranged"):
            orders.sort("leaf", orders.Sounds(dataset, np.arange(3)))
    on_project.arrange_project(project, workers=1)
    on_project.arrange_project(project, source="embedding")
    with Dataset.open(project) as dataset:
        offered = [value for value, _title in arranging.menu(dataset) if value.startswith("leaf")]
        assert offered == ["leaf:embedding", "leaf:first 2 windows"]
        newest = orders.sort("leaf", orders.Sounds(dataset, np.arange(N)))
        assert newest.tolist() == dataset.arrangement("embedding").rows_in_order.tolist()


def test_a_cut_becomes_a_labeling_that_can_be_adopted(project):
    on_project.arrange_project(project, workers=1)
    found = on_project.label(project, N_TYPES, labeling="kinds")
    with Dataset.open(project) as dataset:
        label = dataset.labeling("kinds").label
        stored = labelings.find(dataset, "kinds")
        assert (stored.n_clusters, stored.n_noise, stored.algorithm) == (N_TYPES, 0, "arranged")
        assert {len(set(label[np.arange(N) % N_TYPES == kind].tolist())) for kind in range(N_TYPES)} == {1}
        in_order = label[dataset.arrangement("first 2 windows").rows_in_order]
        assert (np.diff(in_order) >= 0).all()
        assert dataset.labeling("kinds").exemplars.shape[0] == N_TYPES
        for wrong in (0, N + 1):
            with pytest.raises(ParameterError, match="cut into 1 to"):
                on_project.labelled(dataset, wrong)
    assert "4 clusters of 48 sounds" in found.summary


def test_the_files_of_a_project_are_its_sounds_sample_for_sample(project, tmp_path):
    on_project.arrange_project(project, workers=1)
    with Dataset.open(project) as dataset:
        made = project_files.write(dataset, tmp_path / "out", n_clusters=3)
        first = made.rows[0]
        onset_s, duration_s = dataset.segments.onset_s[first], dataset.segments.duration_s[first]
        path = dataset.audio_path(int(dataset.segments.file_id[first]))
    copies = sorted((tmp_path / "out/sorted").glob("*.wav"))
    assert len(copies) == len(set(made.names)) == N
    samples, rate_hz = soundfile.read(copies[0], dtype="int16")
    whole, _rate = soundfile.read(path, dtype="int16")
    begin = round(onset_s * rate_hz)
    assert samples.tolist() == whole[begin:round((onset_s + duration_s) * rate_hz)].tolist()
    assert made.runs == {"a": 1, "b": 1, "c": 1, "d": 1}
    originals = (tmp_path / "out/original_filenames.txt").read_text().splitlines()
    assert len(originals) == len(set(originals)) == N
    assert originals[0].startswith(f"{path}#t=")
    assert len(list((tmp_path / "out/clusters").glob("cluster_*/*.wav"))) == N
    assert {"features.csv", "linkage.npz", "dendrogram.svg", "heatmap.png"} <= {path.name for path in
                                                                               (tmp_path / "out").iterdir()}


@pytest.mark.parametrize(("how", "kinds"), [
    ({}, {"a", "b", "c", "d"}), ({"categories": "folder"}, {"day-1", "day-2"}), ({"categories": "none"}, {""}),
    ({"labels": True}, {"zero", "one", ""}),
])
def test_kinds_come_from_labels_folders_or_a_table(project, tmp_path, how, kinds):
    on_project.arrange_project(project, source="embedding")
    rows = "filename,label\nsong_000.wav,zero\nsong_001.wav,one\n"
    (tmp_path / "kinds.csv").write_text(rows)
    how = {**how, "labels": tmp_path / "kinds.csv"} if "labels" in how else how
    with Dataset.open(project) as dataset:
        project_files.write(dataset, tmp_path / "out", copies="list", **how)
    assert {row["category"] for row in table(tmp_path / "out/index.csv")} == kinds


def test_files_that_cannot_all_be_made_leave_the_earlier_ones_as_they_were(project, tmp_path):
    on_project.arrange_project(project, workers=1)
    told = Counter()
    watcher = Watcher()
    watcher.advance = lambda step, n: told.update({step: n})
    with Dataset.open(project) as dataset:
        project_files.write(dataset, tmp_path / "out", n_clusters=2, watcher=watcher)
        assert told == {"files": 2 * N + 1}
        before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.wav")}
        (tmp_path / "audio/day-2/song_002.wav").unlink()
        with pytest.raises(AudioError, match="song_002"):
            project_files.write(dataset, tmp_path / "out", n_clusters=3)
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.wav")} == before
    assert not list((tmp_path / "out").glob("*.part"))


def test_sounds_that_are_whole_recordings_are_linked(tmp_path):
    audio = tmp_path / "audio"
    project = make_project(tmp_path / "clips.h5", n_sounds=6, n_files=6, n_types=2, with_audio_dir=audio)
    with store.amend(project) as writer:
        writer._handle["segments/onset_sec"][...] = 0
        writer._handle["segments/duration_sec"][...] = writer._handle["files/duration_sec"][...]
    on_project.arrange_project(project, workers=1)
    with Dataset.open(project) as dataset:
        made = project_files.write(dataset, tmp_path / "out", copies="link")
    links = sorted((tmp_path / "out/sorted").glob("*.wav"))
    assert all(link.samefile(made.samples[row].path) for link, row in zip(links, made.rows, strict=True))


def test_a_part_of_a_recording_keeps_its_precision_and_channels(tmp_path):
    samples = np.random.default_rng(0).integers(-2**23, 2**23, (900, 2)) * 256
    soundfile.write(tmp_path / "x.flac", samples.astype(np.int32), 9_000, subtype="PCM_24")
    Cut(tmp_path / "x.flac", 0.01, 0.02).write(tmp_path / "y.wav")
    found, rate_hz = soundfile.read(tmp_path / "y.wav", dtype="int32")
    assert (rate_hz, found.tolist()) == (9_000, samples[90:180].tolist())
    with pytest.raises(AudioError, match="no samples"):
        Cut(tmp_path / "x.flac", 5.0, 6.0).write(tmp_path / "z.wav")


class Stopped(Watcher):
    """Presses Ctrl+C in the middle."""

    def advance(self, step, amount):
        if step == "windows" and amount > 0:
            raise KeyboardInterrupt


def test_interrupted_work_goes_on_where_it_was(project, tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "SOUNDS_PER_JOB", 1)
    with pytest.raises(KeyboardInterrupt):
        on_project.arrange_project(project, watcher=Stopped(), workers=1)
    with Dataset.open(project) as dataset:
        assert dataset.names("arrangements") == []
    waiting = list(windows.shelf_of(project).folder.glob("*/*.npz"))
    assert len(waiting) == 1
    read = []
    monkeypatch.setattr(windows, "_of_recording", lambda one, *rest, real=windows._of_recording: (
        read.append(one), real(one, *rest))[1])
    assert on_project.arrange_project(project, workers=1).n == N
    assert len(read) == 2
    assert not windows.shelf_of(project).folder.exists()


def test_nothing_to_compare_is_told(project, tmp_path):
    for path in (tmp_path / "audio").rglob("*.wav"):
        path.unlink()
    with pytest.raises(RunError, match="Only 0 sounds of 48"):
        on_project.arrange_project(project, workers=1)


def test_a_damaged_tree_is_refused_and_found_by_check(project):
    on_project.arrange_project(project, workers=1)
    with store.amend(project) as writer:
        writer._handle["arrangements/first 2 windows/linkage"][0, :2] = 7
    with Dataset.open(project) as dataset:
        assert on_project.find(dataset).name == "first 2 windows"        # the menu of Curate goes on
        with pytest.raises(ProjectError, match="no tree"):
            on_project.ranks(dataset)
    assert any("no tree" in finding.text for finding in integrity.check(project))


def test_too_many_sounds_are_refused_before_any_work(project, monkeypatch):
    monkeypatch.setattr(on_project, "MOST_SOUNDS", 10)
    with pytest.raises(ParameterError, match="at most 10"):
        make_task("arrange", {"project": str(project)}).check()


def test_more_numbers_than_memory_holds_are_refused_before_any_work(project, monkeypatch):
    monkeypatch.setattr(on_project, "MOST_VALUES", N * 16)
    make_task("arrange", {"project": str(project), "source": "embedding"}).check()
    with pytest.raises(ParameterError, match="48 sounds by 136 numbers"):
        make_task("arrange", {"project": str(project)}).check()


def test_the_command_does_it_for_a_project(project, tmp_path):
    done = CliRunner().invoke(cli, ["arrange", str(project), "--workers", "1", "--frames", "1"])
    assert done.exit_code == 0, done.output
    assert "48 of 48 sounds arranged as 'first window'" in done.output
    done = CliRunner().invoke(cli, ["arrange", str(project), "--source", "embedding", "--output-dir",
                                    str(tmp_path / "out"), "--n-clusters", "4", "--copies", "list"])
    assert done.exit_code == 0, done.output
    assert len(table(tmp_path / "out/index.csv")) == N
    assert not (tmp_path / "out/sorted").exists()
    lost = CliRunner().invoke(cli, ["arrange", str(tmp_path / "audio")])
    assert isinstance(lost.exception, ParameterError)
    assert "--output-dir" in str(lost.exception)


def test_runs_arrange_label_and_write_files(project):
    watcher = Watcher()
    arranged = make_task("arrange", {"project": str(project), "workers": 1})
    arranged.check()
    assert arranged.perform(watcher)["arrangement"] == "first 2 windows"
    labelled = make_task("label_arrangement", {"project": str(project), "n_clusters": 4, "labeling": "four"})
    labelled.check()
    assert labelled.perform(watcher)["labeling"] == "four"
    files = make_task("arrange_files", {"project": str(project), "values": {"n_clusters": 4}})
    files.check()
    assert (Path(files.perform(watcher)["folder"]) / "index.csv").exists()
    with pytest.raises(ParameterError, match="no arrangement 'x'"):
        make_task("arrange_files", {"project": str(project), "name": "x"}).check()
